"""Coupons for use in North America (AI 8110) and positive offer files (AI 8112).

Their values are little messages of digits: fields in a fixed order, many with a digit in front that gives the
length (General Specifications, section 3; GS1 US, North American Coupon Application Guideline).
"""

from __future__ import annotations

from lotbook.standards.errors import shown
from lotbook.standards.gs1.errors import Fault


class _Stop(Exception):
    """Carries the first fault out of the reader."""

    def __init__(self, fault: Fault) -> None:
        self.fault = fault


class _Digits:
    """Reads a coupon from left to right; every refusal names the field, and codes carry its name, too."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.rest = text

    def stop(self, code: str, expected: str) -> _Stop:
        got = f"{shown(self.rest)} at {len(self.text) - len(self.rest) + 1} of {shown(self.text)}"
        return _Stop(Fault(f"coupon_{code}", expected, got))

    def take(self, length: int, code: str, named: str) -> str:
        """Read exactly `length` digits."""
        if len(self.rest) < length:
            raise self.stop(code, f"{length} digits of {named}")
        taken, self.rest = self.rest[:length], self.rest[length:]
        return taken

    def choice(self, name: str, allowed: str, named: str, problem: str = "") -> str:
        """Read one digit out of `allowed`."""
        if not self.rest:
            raise self.stop(f"missing_{name}", f"one digit: {named}")
        if self.rest[0] not in allowed:
            raise self.stop(problem or f"invalid_{name}", f"{named} as one of {' '.join(allowed)}")
        return self.take(1, "", named)

    def sized(self, name: str, allowed: str, offset: int, named: str) -> str:
        """Read a digit that gives the length (less `offset`) and then so many digits."""
        size = self.choice(f"{name}_vli", allowed, f"length of {named}", f"invalid_{name}_length")
        return self.take(int(size) + offset, f"truncated_{name}", named)

    def purchase(self, which: str) -> None:
        """Read what must be bought: how much, in which measure, out of which family of goods."""
        self.sized(f"{which}_purchase_requirement", "12345", 0, f"{which} purchase requirement")
        self.choice(f"{which}_purchase_requirement_code", "012349", f"{which} purchase requirement code")
        self.take(3, f"truncated_{which}_purchase_family_code", f"{which} purchase family code")

    def further_company(self, which: str) -> None:
        """Read a company prefix, or the 9 that says: the same as the first."""
        if self.rest.startswith("9"):
            self.rest = self.rest[1:]
            return
        self.sized(f"{which}_purchase_gcp", "0123456", 6, f"{which} company prefix")

    def date(self, name: str, named: str) -> str:
        """Read a date."""
        from lotbook.standards.gs1.linters import lint

        text = self.rest[:6]
        if len(text) < 6:
            raise self.stop(f"too_short_for_{name}_date", f"six digits of {named}")
        fault = lint("yymmdd", text)
        if fault is not None:
            raise self.stop(f"invalid_{name}_date", f"{named}: {fault.expected}")
        return self.take(6, "", named)


def _years_between(first: str, second: str) -> int:
    """Years from one YY to another, -49 to 50: two coupons' dates lie within a lifetime of each other."""
    years = (int(second[:2]) - int(first[:2])) % 100
    return years - 100 if years > 50 else years


def _before(first: str, second: str) -> bool:
    years = _years_between(first, second)
    return years > 0 or (years == 0 and first[2:] < second[2:])


def _coupon(digits: _Digits) -> None:
    digits.sized("gcp", "0123456", 6, "company prefix")
    digits.take(6, "truncated_offer_code", "offer code")
    digits.sized("save_value", "12345", 0, "save value")
    digits.purchase("1st")
    if digits.rest.startswith("1"):
        digits.rest = digits.rest[1:]
        digits.choice("additional_purchase_rules_code", "0123", "additional purchase rules code")
        digits.purchase("2nd")
        digits.further_company("2nd")
    if digits.rest.startswith("2"):
        digits.rest = digits.rest[1:]
        digits.purchase("3rd")
        digits.further_company("3rd")
    _dates(digits)
    if digits.rest.startswith("5"):
        digits.rest = digits.rest[1:]
        digits.sized("serial_number", "0123456789", 6, "serial number")
    if digits.rest.startswith("6"):
        digits.rest = digits.rest[1:]
        digits.sized("retailer_gcp_or_gln", "1234567", 6, "retailer's company prefix or GLN")
    if digits.rest.startswith("9"):
        digits.rest = digits.rest[1:]
        digits.choice("save_value_code", "01256", "save value code")
        digits.choice("save_value_applies_to_item", "012", "item that the save value applies to")
        digits.choice("store_coupon_flag", "0123456789", "store coupon flag")
        digits.choice("dont_multiply_flag", "01", "don't-multiply flag")


def _dates(digits: _Digits) -> None:
    expires = starts = None
    before = digits.rest
    if digits.rest.startswith("3"):
        digits.rest = digits.rest[1:]
        expires = digits.date("expiration", "expiration date")
    if digits.rest.startswith("4"):
        digits.rest = digits.rest[1:]
        starts = digits.date("start", "start date")
    if expires and starts and _before(expires, starts):
        digits.rest = before
        raise digits.stop("expiration_before_start", "an expiration date not before the start date")


def _positive_offer(digits: _Digits) -> None:
    digits.choice("format_code", "01", "coupon format")
    digits.sized("funder", "0123456", 6, "funder")
    digits.take(6, "truncated_offer_code", "offer code")
    digits.sized("serial_number", "0123456789", 6, "serial number")


def _checked(text: str, *, positive_offer: bool) -> Fault | None:
    stranger = next((character for character in text if character not in "0123456789"), None)
    if stranger is not None:
        return Fault("non_digit_character", "only digits", f"{shown(stranger)} in {shown(text)}")
    digits = _Digits(text)
    try:
        (_positive_offer if positive_offer else _coupon)(digits)
        if digits.rest:
            raise digits.stop("excess_data", "nothing more, or the next optional field in its order")
    except _Stop as stop:
        return stop.fault
    return None


def check_coupon(text: str) -> Fault | None:
    """Check the value of AI 8110."""
    return _checked(text, positive_offer=False)


def check_positive_offer(text: str) -> Fault | None:
    """Check the value of AI 8112."""
    return _checked(text, positive_offer=True)

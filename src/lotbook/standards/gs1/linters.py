"""Checks on the content of a value, by the names that GS1's Barcode Syntax Dictionary calls them.

Every check takes a text and returns None, or the `Fault` it found. Rules are those of the GS1 General
Specifications, section 3, and of the standards named there (ISO 3166, 4217, 5218, 13616; UN/ECE Rec. 21).

>>> lint("csum", "04012345123456") is None
True
>>> lint("yymmdd", "230229").code
'illegal_day'
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Callable, Mapping

from lotbook.standards.errors import shown
from lotbook.standards.gs1.checks import (
    CSET_32,
    CSET_39,
    CSET_64,
    CSET_82,
    MODEL_LENGTH_MAX,
    check_characters,
    check_digit,
    is_digits,
)
from lotbook.standards.gs1.codelists import COUNTRIES, COUNTRY_NUMBERS, CURRENCY_NUMBERS, PACKAGE_TYPES
from lotbook.standards.gs1.coupons import check_coupon, check_positive_offer
from lotbook.standards.gs1.errors import Fault

Linter = Callable[[str], Fault | None]

#: Shortest company prefix that the check of prefixes asks for.
PREFIX_LENGTH_MIN = 4
#: Norway has the shortest account numbers: 2 letters, 2 check digits, 11 digits.
_IBAN_LENGTH_MIN = 15
#: Kosovo has no ISO 3166 code, but account numbers with one of the user-assigned codes.
_IBAN_COUNTRIES = COUNTRIES | {"XK"}
_MEDIA_TYPES = frozenset(f"{number:02}" for number in (*range(1, 11), *range(80, 100)))


def lint(name: str, text: str) -> Fault | None:
    """Run the check called `name`. Raises KeyError for a name that is none."""
    return LINTERS[name](text)


def _stranger(text: str, allowed: str) -> str | None:
    return next((character for character in text if character not in allowed), None)


def _characters(code: str, allowed: str, named: str) -> Linter:
    def check(text: str) -> Fault | None:
        stranger = _stranger(text, allowed)
        if stranger is None:
            return None
        return Fault(code, f"only {named}", f"{shown(stranger)} in {shown(text)}")

    return check


def _digits_only(text: str) -> Fault | None:
    stranger = _stranger(text, "0123456789")
    if stranger is None:
        return None
    return Fault("non_digit_character", "only digits", f"{shown(stranger)} in {shown(text)}")


def _length(short: str, long: str, length: int, named: str) -> Linter:
    """Exactly `length` digits."""

    def check(text: str) -> Fault | None:
        if len(text) != length:
            code = short if len(text) < length else long
            return Fault(code, f"{length} digits ({named})", f"{len(text)} in {shown(text)}")
        return _digits_only(text)

    return check


def _one_of(code: str, allowed: frozenset[str], named: str) -> Linter:
    def check(text: str) -> Fault | None:
        return None if text in allowed else Fault(code, named, shown(text))

    return check


def _base64(text: str) -> Fault | None:
    """Base64 for URIs; padding, when there is any, fills the last group of three."""
    body = text.rstrip("=")
    stranger = _stranger(body, CSET_64)
    if stranger is not None:
        expected = "only characters of the GS1 set 64 (base64 for URIs)"
        return Fault("invalid_cset64_character", expected, f"{shown(stranger)} in {shown(text)}")
    pads = len(text) - len(body)
    if pads > 2 or (pads and len(text) % 3):
        expected = "at most two = at the end, up to a multiple of three characters"
        return Fault("invalid_cset64_padding", expected, shown(text))
    return None


def _check_digit(text: str) -> Fault | None:
    fault = _digits_only(text)
    if fault is not None:
        return fault
    if not text:
        return Fault("too_short_for_check_digit", "digits and a check digit behind them", "nothing")
    right = check_digit(text[:-1]) if text[:-1] else "0"
    if text[-1] == right:
        return None
    return Fault("incorrect_check_digit", f"check digit {right}", f"{text[-1]} in {text}")


def _check_pair(text: str) -> Fault | None:
    if not 2 <= len(text) <= MODEL_LENGTH_MAX + 2:
        code = "too_short_for_check_pair" if len(text) < 2 else "too_long_for_check_pair"
        return Fault(code, f"2 to {MODEL_LENGTH_MAX + 2} characters", f"{len(text)} in {shown(text)}")
    fault = LINTERS["cset82"](text[:-2])
    if fault is not None:
        return fault
    right = check_characters(text[:-2])
    if text[-2:] == right:
        return None
    got = f"{shown(text[-2:])} in {shown(text)}"
    return Fault("incorrect_check_pair", f"check characters {right} (out of {CSET_32})", got)


def _company_prefix(start: int) -> Linter:
    """A company prefix begins at `start`: digits, at least as many as the shortest prefix has.

    Who holds which prefix is not looked up: that list is GS1's and changes daily.
    """

    def check(text: str) -> Fault | None:
        front = text[start : start + PREFIX_LENGTH_MIN]
        expected = f"{PREFIX_LENGTH_MIN} digits of a company prefix" + (f" after {start}" if start else "")
        if len(front) < PREFIX_LENGTH_MIN:
            return Fault("too_short_for_gcp", expected, shown(text))
        return None if is_digits(front) else Fault("invalid_gcp_prefix", expected, shown(text))

    return check


def _date(length: int, *, day_may_be_open: bool) -> Linter:
    """YYMMDD or YYYYMMDD; two digits of a year are enough to know a leap year (2000 was one)."""
    form = "YYMMDD" if length == 6 else "YYYYMMDD"
    right_length = _length("date_too_short", "date_too_long", length, form)

    def check(text: str) -> Fault | None:
        fault = right_length(text)
        if fault is not None:
            return fault
        year, month, day = int(text[:-4]), int(text[-4:-2]), int(text[-2:])
        if not 1 <= month <= 12:
            return Fault("illegal_month", f"a month from 01 to 12 in {form}", shown(text))
        # The calendar module knows no year 0; 2000 has the same months.
        last = monthrange(year + 2000 if length == 6 else year or 2000, month)[1]
        if (0 if day_may_be_open else 1) <= day <= last:
            return None
        first = "00" if day_may_be_open else "01"
        return Fault("illegal_day", f"a day from {first} to {last} in {form}", shown(text))

    return check


def _clock(code: str, named: str, top: int) -> Linter:
    right_length = _length(f"{code}_too_short", f"{code}_too_long", 2, named)

    def check(text: str) -> Fault | None:
        fault = right_length(text)
        if fault is not None or int(text) <= top:
            return fault
        return Fault(f"illegal_{code}", f"00 to {top} ({named})", shown(text))

    return check


def _hour_and_minute(text: str) -> Fault | None:
    fault = _length("hour_with_minute_too_short", "hour_with_minute_too_long", 4, "HHMM")(text)
    return fault or LINTERS["hh"](text[:2]) or LINTERS["mi"](text[2:])


def _angle(code: str, top: int) -> Linter:
    """Degrees times ten million, moved so that they begin at 0 (General Specifications, AI 4309)."""

    def check(text: str) -> Fault | None:
        if len(text) != 10:
            return Fault(f"{code}_invalid_length", "10 digits", f"{len(text)} in {shown(text)}")
        fault = _digits_only(text)
        if fault is not None or int(text) <= top:
            return fault
        return Fault(f"invalid_{code}", f"at most {top:010}", text)

    return check


def _not_all_zeros(text: str) -> Fault | None:
    fault = _digits_only(text)
    if fault is not None or text.strip("0"):
        return fault
    return Fault("illegal_zero_value", "a number above 0", shown(text))


def _no_zero_in_front(text: str) -> Fault | None:
    if text.startswith("0"):
        return Fault("illegal_zero_prefix", "no 0 in front", shown(text))
    return _digits_only(text)


def _zero(text: str) -> Fault | None:
    return Fault("not_zero", "0", shown(text)) if text.strip("0") or not text else None


def _has_non_digit(text: str) -> Fault | None:
    if _stranger(text, "0123456789") is not None:
        return None
    return Fault("requires_non_digit_character", "at least one character that is no digit", shown(text))


def _hyphen(text: str) -> Fault | None:
    return (
        Fault("not_hyphen", "- (below zero) or nothing", shown(text)) if text.strip("-") or not text else None
    )


def _iban(text: str) -> Fault | None:
    stranger = _stranger(text, "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ")
    if stranger is not None:
        expected = "only digits and capital letters in an account number (IBAN)"
        return Fault("invalid_iban_character", expected, f"{shown(stranger)} in {shown(text)}")
    if len(text) < _IBAN_LENGTH_MIN:
        expected = f"at least {_IBAN_LENGTH_MIN} characters (IBAN)"
        return Fault("iban_too_short", expected, f"{len(text)} in {shown(text)}")
    if text[:2] not in _IBAN_COUNTRIES:
        return Fault("illegal_iban_country_code", "a country in front (ISO 3166, two letters)", shown(text))
    # ISO 13616: the first four go to the end, letters count from 10, and the rest by 97 must be 1.
    if is_digits(text[2:4]) and int("".join(str(int(c, 36)) for c in text[4:] + text[:4])) % 97 == 1:
        return None
    return Fault("incorrect_iban_checksum", "check digits that fit the account number (IBAN)", shown(text))


def _piece_of_total(text: str) -> Fault | None:
    if not text or len(text) % 2:
        expected = "piece and total with as many digits each"
        return Fault("invalid_length_for_piece_of_total", expected, shown(text))
    fault = _digits_only(text)
    if fault is not None:
        return fault
    piece, total = int(text[: len(text) // 2]), int(text[len(text) // 2 :])
    if not piece:
        return Fault("zero_piece_number", "a piece from 1", shown(text))
    if not total:
        return Fault("zero_total_pieces", "a total from 1", shown(text))
    if piece > total:
        return Fault("piece_number_exceeds_total", f"a piece up to {total}", f"{piece} in {shown(text)}")
    return None


def _place_in_sequence(text: str) -> Fault | None:
    match = re.fullmatch(r"([0-9]+)/([0-9]+)", text)
    if match is None:
        return Fault("position_in_sequence_malformed", "position/end in digits, such as 1/2", shown(text))
    if match[1].startswith("0") or match[2].startswith("0"):
        return Fault("illegal_zero_prefix", "no 0 in front of either number", shown(text))
    if int(match[1]) > int(match[2]):
        return Fault("position_exceeds_end", f"a position up to {match[2]}", shown(text))
    return None


def _percent_escapes(text: str) -> Fault | None:
    bad = re.search(r"%(?![0-9A-Fa-f]{2}).{0,2}", text, re.DOTALL)
    if bad is None:
        return None
    expected = "two hexadecimal digits behind every %"
    return Fault("invalid_percent_sequence", expected, f"{shown(bad[0])} in {shown(text)}")


def _anything(_: str) -> Fault | None:
    """Names of earlier dictionaries that check nothing any more."""
    return None


LINTERS: Mapping[str, Linter] = {
    "csetnumeric": _digits_only,
    "cset82": _characters("invalid_cset82_character", CSET_82, "characters of the GS1 set 82"),
    "cset39": _characters("invalid_cset39_character", CSET_39, "characters of the GS1 set 39"),
    "cset64": _base64,
    "csum": _check_digit,
    "csumalpha": _check_pair,
    "gcppos1": _company_prefix(0),
    "gcppos2": _company_prefix(1),
    "yymmdd": _date(6, day_may_be_open=False),
    "yymmd0": _date(6, day_may_be_open=True),
    "yyyymmdd": _date(8, day_may_be_open=False),
    "yyyymmd0": _date(8, day_may_be_open=True),
    "hh": _clock("hour", "hours", 23),
    "mi": _clock("minute", "minutes", 59),
    "ss": _clock("second", "seconds", 59),
    "hhmi": _hour_and_minute,
    "iso3166": _one_of("not_iso3166", COUNTRY_NUMBERS, "a country's number (ISO 3166)"),
    "iso3166999": _one_of(
        "not_iso3166_or_999", COUNTRY_NUMBERS | {"999"}, "a country's number (ISO 3166) or 999"
    ),
    "iso3166alpha2": _one_of("not_iso3166_alpha2", COUNTRIES, "a country in two capital letters (ISO 3166)"),
    "iso4217": _one_of("not_iso4217", CURRENCY_NUMBERS, "a currency's number (ISO 4217)"),
    "iso5218": _one_of("invalid_biological_sex_code", frozenset("0129"), "0, 1, 2 or 9 (ISO 5218)"),
    "iban": _iban,
    "yesno": _one_of("not_zero_or_one", frozenset("01"), "0 (no) or 1 (yes)"),
    "winding": _one_of("invalid_winding_direction", frozenset("019"), "0, 1 or 9 (direction of winding)"),
    "mediatype": _one_of("invalid_media_type", _MEDIA_TYPES, "a media type, 01 to 10 or 80 to 99"),
    "packagetype": _one_of("invalid_package_type", PACKAGE_TYPES, "a package type (UN/ECE Rec. 21 or GS1)"),
    "importeridx": _one_of("invalid_import_idx_character", frozenset(CSET_64), "one of - 0-9 A-Z _ a-z"),
    "latitude": _angle("latitude", 1_800_000_000),
    "longitude": _angle("longitude", 3_600_000_000),
    "nonzero": _not_all_zeros,
    "nozeroprefix": _no_zero_in_front,
    "zero": _zero,
    "hasnondigit": _has_non_digit,
    "hyphen": _hyphen,
    "pcenc": _percent_escapes,
    "pieceoftotal": _piece_of_total,
    "posinseqslash": _place_in_sequence,
    "couponcode": check_coupon,
    "couponposoffer": check_positive_offer,
    "iso3166list": _anything,
    "keyoff1": _anything,
    "mmoptss": _anything,
}

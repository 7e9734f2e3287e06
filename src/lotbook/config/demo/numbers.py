"""GS1 keys of the demo world, all under 952: the prefix GS1 keeps for demonstrations and examples."""

from __future__ import annotations

from lotbook.standards.gs1.checks import check_digit

COMPANY = "9526543"
"""Our own company prefix."""


def _checked(digits: str) -> str:
    return digits + str(check_digit(digits))


def gtin(reference: int, indicator: int = 0) -> str:
    """The GTIN-14 of one of our trade items; ``indicator`` 1 to 8 for its packaging levels."""
    return _checked(f"{indicator}{COMPANY}{reference:05}")


def supplier_gtin(supplier: int, reference: int) -> str:
    """The GTIN-14 of what a supplier sells us."""
    return _checked(f"09527{supplier:03}{reference:05}")


def gln(reference: int) -> str:
    """The GLN of one of our places."""
    return _checked(f"{COMPANY}{reference:05}")


def partner_gln(reference: int) -> str:
    """The GLN of a partner."""
    return _checked(f"9528{reference:08}")


def sscc(serial: int) -> str:
    """The SSCC of one of our pallets."""
    return _checked(f"0{COMPANY}{serial:09}")

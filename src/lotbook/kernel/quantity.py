"""Quantities: integers of an item's smallest unit, decimals only at the edge.

An item's ``scale`` says how many decimal places its base unit is kept to: scale 3 and unit KGM means the
integer 1 is one gram. No floats anywhere, and no decimals in SQL (design, section 5).
"""

from __future__ import annotations

from decimal import Decimal, InvalidOperation, localcontext

from lotbook.kernel.errors import Fault, Refused

QUANTITY_MAX = 2**62
"""Largest quantity of one movement, in smallest units: two of them still fit a 64-bit integer."""

SCALE_MAX = 9


def to_integer(value: Decimal | int | str, scale: int, *, field: str = "quantity") -> int:
    """The integer for ``value`` base units at ``scale``; refuses what is finer, not finite or too large.

    >>> to_integer("12.5", 3)
    12500
    """
    if isinstance(value, bool | float):
        cause = f"expected a decimal number as text, got {value!r}."
        raise Refused(Fault(field, cause, "Send it as a string."))
    try:
        number = value if isinstance(value, Decimal) else Decimal(_plain(str(value).strip()))
    except InvalidOperation:
        cause = f"expected a number, got {str(value)[:40]!r}."
        raise Refused(Fault(field, cause, "Write it like 12.5.")) from None
    if not number.is_finite():
        raise Refused(Fault(field, f"expected a finite number, got {value}.", "Write it like 12.5."))
    if number.adjusted() > 30:
        raise Refused(Fault(field, "the number is too large.", "Check the unit."))
    with localcontext() as context:
        context.prec = 60
        scaled = number.scaleb(scale)
        if scaled != scaled.to_integral_value():
            raise Refused(
                Fault(
                    field,
                    f"{value} is finer than the item is kept to ({scale} decimal places).",
                    "Round it, or have an administrator make the item's scale finer.",
                    "too_fine",
                )
            )
    if abs(scaled) >= QUANTITY_MAX:
        raise Refused(Fault(field, f"{value} is too large.", "Check the unit."))
    return int(scaled)


def _plain(text: str) -> str:
    """Only what a person would write: Decimal also takes underscores and every script's digits."""
    if not text.isascii() or "_" in text:
        raise InvalidOperation
    return text


def to_decimal(quantity: int, scale: int) -> Decimal:
    """The decimal in base units for an integer ``quantity`` at ``scale``.

    >>> to_decimal(12500, 3)
    Decimal('12.500')
    """
    return Decimal(quantity).scaleb(-scale)


def to_text(quantity: int, scale: int) -> str:
    """Shortest plain decimal text: no exponent, no trailing zeros.

    >>> to_text(12500, 3)
    '12.5'
    """
    if not scale:
        return str(quantity)
    sign = "-" if quantity < 0 else ""
    whole, part = divmod(abs(quantity), 10**scale)
    fraction = str(part).rjust(scale, "0").rstrip("0")
    return f"{sign}{whole}.{fraction}" if fraction else f"{sign}{whole}"

"""What the flows of a trace put into words."""

from __future__ import annotations

from fractions import Fraction

from django import template

from lotbook.traceability.trace.workspace.flows import Flow, Node

register = template.Library()

FINE = 100


@register.filter
def kilograms(mass: Fraction) -> str:
    """Kilograms for reading: whole ones from a hundred on, else to the gram; thin spaces between thousands.

    >>> kilograms(Fraction(1234567, 1000)), kilograms(Fraction(5, 2)), kilograms(Fraction(1, 3))
    ('1\u202f235', '2.5', '0.333')
    """
    if mass >= FINE:
        return f"{round(mass):,}".replace(",", "\u202f")
    return f"{float(mass):.3f}".rstrip("0").rstrip(".")


@register.filter
def ends(flow: Flow) -> tuple[Node, Node]:
    """Where it begins and ends."""
    return flow.source, flow.target


@register.filter
def own_units(flow: Flow) -> list[tuple[str, int, int]]:
    """The flow in the items' own units: unit, scale, quantity."""
    return [(unit, scale, quantity) for (unit, scale), quantity in sorted(flow.units.items())]

"""How dates, quantities and faults are written on pages: ``{% load lotbook %}``."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from urllib.parse import urlencode

from django import template
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.timesince import timesince

from lotbook.interfaces.web import menu as menus
from lotbook.interfaces.web.words import STATUS, Status, unit_name
from lotbook.kernel import clock, permissions, quantity, screens

register = template.Library()


@register.filter
def written(day: date | datetime | None) -> str | SafeString:
    """A date as people read it without doubt, kept on one line: 03 MAR 2027. Not for attributes."""
    return format_html('<span class="date">{}</span>', clock.written(day)) if day else ""


@register.filter
def moment(at: datetime | None) -> str | SafeString:
    """A date and time with its zone, how long ago in the title: 03 MAR 2027 14:05 UTC."""
    if at is None:
        return ""
    zone = at.tzname() or "UTC"
    text = f"{clock.written(at)} {at:%H:%M} {zone}"
    return format_html('<time datetime="{}" title="{}">{}</time>', at.isoformat(), ago(at), text)


@register.filter
def ago(at: datetime | None) -> str:
    """How long ago, or how long until: 3 hours ago, in 2 days."""
    if at is None:
        return ""
    now = clock.now()
    if at > now:
        return f"in {timesince(now, at, depth=1)}"
    return f"{timesince(at, now, depth=1)} ago"


@register.filter(name="quantity")
def quantity_text(value: int | None, scale: int = 0) -> str:
    """A quantity of smallest units as a decimal with thin spaces between thousands: 12 500.5."""
    if value is None:
        return ""
    text = quantity.to_text(value, scale)
    whole, point, fraction = text.partition(".")
    sign, digits = ("−", whole[1:]) if whole.startswith("-") else ("", whole)
    # U+202F keeps the groups together on one line.
    return f"{sign}{int(digits):,}".replace(",", "\u202f") + point + fraction


@register.filter
def unit(code: str) -> str:
    """The name people use for a UN/ECE Rec 20 code: KGM → kg. An unknown code stays as it is."""
    return unit_name(code)


@register.filter
def person(actor: str | None) -> str:
    """Who acted, as people say it: ``user:paul`` → paul, ``key:abcd2345`` → key abcd2345."""
    scheme, _, name = str(actor or "").partition(":")
    return {"user": name, "key": f"key {name}"}.get(scheme, str(actor or "")) if name else scheme


@register.filter
def status_of(name: str) -> Status:
    """How a lot's status is shown: its word, icon and class."""
    return STATUS[name]


@register.filter
def element_id(field: str) -> str:
    """The id of the form element a fault belongs to."""
    return screens.element_id(field)


@register.filter
def get(mapping: Mapping[Any, Any] | None, key: object) -> object:
    """The value of ``key`` in ``mapping``, or nothing."""
    return (mapping or {}).get(key, "")


@register.filter
def has(request: HttpRequest, name: str) -> bool:
    """Whether the person may: ``{% if request|has:"lots.hold" %}``."""
    return permissions.allowed(request, name)


@register.simple_tag(takes_context=True)
def menu(context: template.Context) -> list[menus.ShownGroup]:
    """The menu of the person: ``{% menu as groups %}``."""
    return menus.shown(context["request"])


@register.simple_tag(takes_context=True)
def here(context: template.Context, **changes: object) -> str:
    """This page's address with some of its query changed: ``{% here cursor=next %}``; none removes a key."""
    request: HttpRequest = context["request"]
    query = request.GET.copy()
    for key, value in changes.items():
        if value is None or value == "":
            query.pop(key, None)
        else:
            query[key] = str(value)
    return f"?{urlencode(list(query.lists()), doseq=True)}" if query else request.path

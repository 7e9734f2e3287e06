"""Requests and transfers by name, and their lists."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from django.db.models import Count, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from lotbook.foundation.places import queries as places
from lotbook.kernel.checks import storable
from lotbook.kernel.errors import Fault, NotFound
from lotbook.operations.transfers.models import Level, RequestLine, StockRequest, Transfer, TransferLine


def request(name: UUID | str) -> StockRequest:
    """The stock request with this uid or number; raises NotFound."""
    rows = StockRequest.objects.select_related("source", "destination", "site")
    return _named(rows, name, "stock request")  # type: ignore[no-any-return]  # what the rows are of


def transfer(name: UUID | str) -> Transfer:
    """The transfer with this uid or number; raises NotFound."""
    rows = Transfer.objects.select_related("source", "destination", "site", "transit", "request", "carrier")
    return _named(rows, name, "transfer")  # type: ignore[no-any-return]  # what the rows are of


def _named(rows: QuerySet[Any], name: UUID | str, word: str) -> Any:
    text = str(name).strip()
    try:
        found = rows.filter(uid=UUID(text)).first()
    except ValueError:
        found = None if storable(text) else rows.filter(number=text).first()
    if found is None:
        field = word.rsplit(maxsplit=1)[-1]
        raise NotFound(Fault(field, f"there is no {word} {text[:60]!r}.", "Look it up in the list."))
    return found


def requests(
    *, text: str = "", status: str = "", place: str = "", mine: str = "", until: date | None = None
) -> QuerySet[StockRequest]:
    """Stock requests, newest first, each with ``line_count``.

    ``text`` is looked for in the number, the reason and the items; ``status`` also takes ``current``
    (nothing final yet); ``place`` is either end; ``mine`` an actor; ``until`` the day they are needed.
    """
    rows = (
        StockRequest.objects.select_related("source", "destination")
        .annotate(line_count=_lines(RequestLine, "request"))
        .order_by("-pk")
    )
    if any(storable(word) for word in (text, status, place, mine)):
        return rows.none()
    if text:
        of_item = Q(lines__item__code__iexact=text)
        rows = rows.filter(
            Q(pk__in=StockRequest.objects.filter(of_item).values("pk"))
            | Q(number__icontains=text)
            | Q(reason__icontains=text)
        )
    if status == "current":
        rows = rows.exclude(status__in=["received", "differences", "refused", "cancelled"])
    elif status:
        rows = rows.filter(status=status)
    if mine:
        rows = rows.filter(created_by=mine)
    if until:
        rows = rows.filter(needed_on__lte=until)
    return _at(rows, place)


def transfers(
    *, text: str = "", status: str = "", source: str = "", destination: str = "", place: str = ""
) -> QuerySet[Transfer]:
    """Transfers, newest first, each with ``line_count``; ``status`` also takes ``current``."""
    rows = (
        Transfer.objects.select_related("source", "destination", "request", "carrier")
        .annotate(line_count=_lines(TransferLine, "transfer"))
        .order_by("-pk")
    )
    if any(storable(word) for word in (text, status, source, destination, place)):
        return rows.none()
    if text:
        inside = Transfer.objects.filter(Q(lines__item__code__iexact=text) | Q(picks__lot__number=text))
        same = Q(number__icontains=text) | Q(vehicle__icontains=text) | Q(request__number__icontains=text)
        rows = rows.filter(same | Q(pk__in=inside.values("pk")))
    if status == "current":
        rows = rows.exclude(status__in=["received", "differences", "cancelled"])
    elif status:
        rows = rows.filter(status=status)
    for field, name in (("source", source), ("destination", destination)):
        if name:
            here = places.named(name)
            rows = rows.filter(**{f"{field}__in": places.subtree_ids(here.pk)}) if here else rows.none()
    return _at(rows, place)


def _lines(model: type[RequestLine] | type[TransferLine], document: str) -> Coalesce:
    """How many lines a document has, counted for the rows of a page alone."""
    own = model._default_manager.filter(**{document: OuterRef("pk")}).order_by().values(document)
    return Coalesce(Subquery(own.annotate(many=Count("pk")).values("many")), 0)


def _at(rows: QuerySet[Any], place: str) -> QuerySet[Any]:
    if not place:
        return rows
    here = places.named(place)
    if here is None:
        return rows.none()
    inside = places.subtree_ids(here.pk)
    return rows.filter(Q(source__in=inside) | Q(destination__in=inside))


def levels(*, text: str = "", place: str = "") -> QuerySet[Level]:
    """Levels, by item and place."""
    rows = Level.objects.select_related("item", "place", "source", "supplier").order_by(
        "item__code", "place__code"
    )
    if storable(text) or storable(place):
        return rows.none()
    if text:
        rows = rows.filter(Q(item__code__icontains=text) | Q(item__name__icontains=text))
    if place:
        here = places.named(place)
        rows = rows.filter(place__in=places.subtree_ids(here.pk)) if here else rows.none()
    return rows


def level(uid: UUID | str) -> Level:
    """The level with this uid; raises NotFound."""
    try:
        return levels().get(uid=UUID(str(uid)))
    except (Level.DoesNotExist, ValueError):
        cause = f"there is no level {str(uid)[:60]}."
        raise NotFound(Fault("level", cause, "Look it up in the list of levels.")) from None

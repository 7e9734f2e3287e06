"""The filters of the trace page: all of them stand in its address, so that it can be shared."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django import forms
from django.http import QueryDict

from lotbook.kernel import screens
from lotbook.kernel.errors import Fault, Refused
from lotbook.traceability.ledger.rules import KINDS
from lotbook.traceability.lots.rules import STATUSES

DIRECTION_WORDS = {"both": "Both ways", "back": "To suppliers", "forward": "To customers"}
SIDE_WORDS = {"back": "What it was made from", "forward": "What it went into"}
VIEW_WORDS = {"graph": "Graph", "flows": "Flows", "sites": "Sites", "table": "Table"}
EXPAND_MAX = 50
SEQUENCE_MAX = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Filters:
    """What the address asks for, checked."""

    id: str = ""
    direction: str = "both"
    as_of: int | None = None
    view: str = "graph"
    item: str = ""
    side: str = ""
    depth: int | None = None
    status: str = ""
    text: str = ""
    site: str = ""
    """An end of movements as ``moves.End.code`` names it; the table holds only lots that were there."""
    kind: str = ""
    expand: frozenset[str] = frozenset()
    page: int = 1
    events_page: int = 1

    @property
    def narrow(self) -> bool:
        """Whether the lots are filtered at all."""
        return bool(self.item or self.side or self.depth is not None or self.status or self.text or self.site)


def _choices(words: dict[str, str], empty: str = "") -> list[tuple[str, str]]:
    return ([("", empty)] if empty else []) + list(words.items())


class TraceForm(forms.Form):
    """Reads the address; ``offer`` fills the lists with what the trace holds."""

    id = forms.CharField(max_length=2000, required=False, widget=forms.HiddenInput)
    direction = forms.ChoiceField(choices=_choices(DIRECTION_WORDS), required=False)
    as_of = forms.IntegerField(
        min_value=0, max_value=SEQUENCE_MAX, required=False, label="As of sequence", widget=forms.HiddenInput
    )
    view = forms.ChoiceField(choices=_choices(VIEW_WORDS), required=False, widget=forms.HiddenInput)
    item = forms.CharField(max_length=500, required=False, widget=forms.Select)
    side = forms.ChoiceField(choices=_choices(SIDE_WORDS, "Both sides"), required=False)
    depth = forms.IntegerField(
        min_value=0, max_value=10_000, required=False, label="Steps", widget=forms.Select
    )
    status = forms.ChoiceField(
        choices=[("", "Any status"), *((name, name.capitalize()) for name in STATUSES)], required=False
    )
    text = forms.CharField(max_length=200, required=False, label="Lot contains", widget=forms.SearchInput)
    site = forms.CharField(max_length=100, required=False, widget=forms.HiddenInput)
    kind = forms.CharField(max_length=40, required=False, widget=forms.HiddenInput)
    page = forms.IntegerField(min_value=1, max_value=1_000_000, required=False, widget=forms.HiddenInput)
    events_page = forms.IntegerField(
        min_value=1, max_value=1_000_000, required=False, widget=forms.HiddenInput
    )

    def offer(self, items: Iterable[tuple[str, str]], deepest: int) -> None:
        """Let the lists of items and steps hold what this trace has."""
        select = self.fields["item"].widget
        select.choices = [("", "All items"), *((code, f"{name} ({code})") for code, name in items)]
        steps = [("", "Any number")] + [(str(n), f"up to {n}") for n in range(1, min(deepest, 50) + 1)]
        self.fields["depth"].widget.choices = steps


def read(query: QueryDict) -> tuple[TraceForm, Filters]:
    """The form and the filters of an address. Raises Refused (400) naming what is wrong in it."""
    form = TraceForm(query)
    if not form.is_valid():
        raise Refused([_in_address(fault, query) for fault in screens.form_faults(form)], status=400)
    given = form.cleaned_data
    return form, Filters(
        id=given["id"].strip(),
        direction=given["direction"] or "both",
        as_of=given["as_of"],
        view=given["view"] or "graph",
        item=given["item"],
        side=given["side"],
        depth=given["depth"],
        status=given["status"],
        text=given["text"].strip(),
        site=given["site"],
        kind=given["kind"],
        expand=frozenset(query.getlist("expand")[:EXPAND_MAX]),
        page=given["page"] or 1,
        events_page=given["events_page"] or 1,
    )


def _in_address(fault: Fault, query: QueryDict) -> Fault:
    """What is wrong with a key of the address: there may be no field on the page to point at."""
    got = query.get(fault.field, "")[:40]
    return Fault(
        "", f"{fault.field}={got} in the address: {fault.cause}", "Correct it, or leave it out.", fault.code
    )


def kind_label(kind: str) -> str:
    """What people call a kind of event; foreign kinds keep their own name."""
    known = KINDS.get(kind)
    return known.label if known else kind


def in_words(filters: Filters) -> str:
    """The filters as a sentence for the head of a file."""
    parts: Sequence[tuple[str, object]] = (
        ("direction", DIRECTION_WORDS[filters.direction]),
        ("item", filters.item),
        ("side", SIDE_WORDS.get(filters.side, "")),
        ("steps up to", "" if filters.depth is None else filters.depth),
        ("status", filters.status),
        ("lot contains", filters.text),
        ("site", filters.site),
        ("events", kind_label(filters.kind) if filters.kind else ""),
    )
    return "; ".join(f"{name}: {value}" for name, value in parts if value != "")

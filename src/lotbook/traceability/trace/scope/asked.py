"""What an address of the pages of scope, exposure and what-if asks for: it has everything, and can be shared.

``s`` has a line for each suspect (``lines``); the parameters of ``GET /api/v1/trace/scope`` are understood, too.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.http import HttpRequest, QueryDict
from django.urls import NoReverseMatch, reverse

from lotbook.kernel.errors import Fault, Refused
from lotbook.traceability.trace.scope import lines
from lotbook.traceability.trace.scope.lines import Named, Words
from lotbook.traceability.trace.suspects import Suspects

SEQUENCE_MAX = 2**63 - 1
WORDS = ("lot", "unit", "run", "place", "supplier", "without", "query")
CARRIED_MAX = 6_000
"""Longest address with which suspects are handed to another page: servers and browsers take 8,000."""


class AddForm(forms.Form):
    """One suspect more."""

    kind = forms.ChoiceField(label="Suspect", choices=[*lines.KINDS.items()])
    name = forms.CharField(
        label="Number, code or name", max_length=lines.LINE_MAX,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )  # fmt: skip
    since = forms.CharField(label="From", max_length=40, required=False, widget=forms.DateInput)
    until = forms.CharField(label="Until", max_length=40, required=False, widget=forms.DateInput)

    def __init__(self, data: Any = None) -> None:
        super().__init__(data, label_suffix="", prefix="add")
        for name in ("since", "until"):
            self.fields[name].widget.attrs["placeholder"] = "2027-03-01"

    @property
    def line(self) -> str:
        """The line it adds; empty where nothing was entered. Times belong to deliveries and places alone."""
        if not self.is_valid() or not (name := self.cleaned_data["name"].strip()):
            return ""
        given = self.cleaned_data
        kind = given["kind"] or "lot"
        window = (given["since"].strip(), given["until"].strip()) if kind in lines.WINDOWED else ("", "")
        return str(Words(kind, name, *window))


@dataclass
class Asked:
    """What the address says: lines as given, read on demand; ``faults`` names what could not be read."""

    path: str
    lines: list[str]
    as_of: int | None
    direction: str
    add: AddForm
    faults: list[Fault] = field(default_factory=list)
    others: dict[str, list[str]] = field(default_factory=dict)

    @cached_property
    def suspects(self) -> Suspects:
        """What the lines mean; what means nothing is among ``faults``."""
        return self.read(self.lines)

    def read(self, wanted: Sequence[str]) -> Suspects:
        """What some lines mean; what means nothing goes to ``faults``, and the others count."""
        try:
            return lines.read(wanted)
        except Refused as refusal:
            self.faults += refusal.faults
        known = []
        for line in wanted[: lines.LINES_MAX]:
            try:
                lines.read([line])
            except Refused:
                continue
            known.append(line)
        try:
            return lines.read(known)
        except Refused:
            return Suspects()

    @cached_property
    def named(self) -> list[Named]:
        """The suspects with their names."""
        return lines.named(self.suspects)

    @property
    def forward(self) -> bool:
        """Whether it goes downstream."""
        return self.direction == "forward"

    def address(self, to: str = "", **changes: Any) -> str:
        """This page's address (or that of the page called ``to``) with some keys changed; None takes one out."""
        query: dict[str, list[str]] = {"s": [one.line for one in self.named], **self.others}
        if self.as_of is not None:
            query["as_of"] = [str(self.as_of)]
        if not self.forward:
            query["direction"] = [self.direction]
        for key, value in changes.items():
            query.pop(key, None)
            if value is not None:
                several = [value] if isinstance(value, str | int) else value
                query[key] = [str(one) for one in several]
        return f"{reverse(to) if to else self.path}?{urlencode(query, doseq=True)}"

    @property
    def chips(self) -> list[tuple[Named, str]]:
        """Each suspect with the address without it."""
        every = [one.line for one in self.named]
        return [(one, self.address(s=[line for line in every if line != one.line])) for one in self.named]

    @property
    def words(self) -> str:
        """What was asked, for the head of a file."""
        told = [f"{one.kind} {one.words if one.kind in lines.WINDOWED else one.label}" for one in self.named]
        asked = "; ".join(told)
        return f"{asked}; upstream" if not self.forward else asked

    def recall(self, named: Iterable[Named] | None = None) -> str:
        """Where a recall case is opened with these suspects; empty where that room is closed."""
        return recall_address([one.line for one in (self.named if named is None else named)])


def recall_address(suspected: Sequence[str], **more: str) -> str:
    """Where a recall case is opened with lines of suspects; empty where that room is closed."""
    try:
        here = reverse("recall:new")
    except NoReverseMatch:
        return ""
    query = {"source_kind": "trace", "source": f"trace of {len(suspected)} suspects", **more}
    if len(suspected) == 1:
        query["source"] = more.get("source", suspected[0][:200])
    address = f"{here}?{urlencode({'s': suspected, **query}, doseq=True)}"
    return address if len(address) <= CARRIED_MAX else ""


def read(request: HttpRequest, path: str, keep: Sequence[str] = ()) -> Asked:
    """What an address asks for; ``keep`` are further keys that stay in it. Raises Refused (400)."""
    query = request.GET
    form = AddForm(query if "add-name" in query else None)
    given = given_lines(query)
    if line := form.line:
        given.append(line)
    direction = query.get("direction", "forward")
    if direction not in ("forward", "back"):
        raise Refused(
            Fault("", f"direction={direction[:20]} in the address: expected forward or back."), status=400
        )
    others = {key: query.getlist(key) for key in keep if any(query.getlist(key))}
    return Asked(path, given, sequence(query.get("as_of", "")), direction, form, others=others)


def given_lines(query: QueryDict) -> list[str]:
    """The lines of an address: those of ``s``, and the API's words with their one window."""
    found = [line.strip("\r ") for text in query.getlist("s") for line in text.split("\n") if line.strip()]
    window = (query.get("from", "").strip(), query.get("until", "").strip())
    for name in WORDS:
        kind = {"unit": "lot", "query": "search"}.get(name, name)
        times = window if kind in lines.WINDOWED else ("", "")
        named = [line.strip("\r ") for text in query.getlist(name) for line in text.split("\n")]
        found += [str(Words(kind, line, *times)) for line in named if line]
    return list(dict.fromkeys(found))


def sequence(text: str) -> int | None:
    """A sequence out of an address. Raises Refused (400)."""
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and int(text[:30]) <= SEQUENCE_MAX):
        cause = f"as_of={text[:40]} in the address: expected a sequence."
        raise Refused(Fault("", cause, "Correct it, or leave it out."), status=400)
    return int(text)


def settled(asked: Asked, request: HttpRequest) -> bool:
    """Whether the address is the one this question has for good (else the page goes there)."""
    query = request.GET
    if any(name in query for name in ("add-name", "from", "until", *WORDS)):
        return False
    return query.getlist("s") == [one.line for one in asked.named]

"""What the page of gaps is filtered by: all of it in the address."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django import forms
from django.http import QueryDict

from lotbook.kernel import screens
from lotbook.kernel.errors import Fault, Refused
from lotbook.traceability.trace.gaps.rules import KINDS, Gap

SEQUENCE_MAX = 2**63 - 1
NAME_MAX = 200


@dataclass(frozen=True, slots=True)
class Filters:
    """What the address asks for, checked; ``since`` None: the whole book."""

    kind: str = ""
    site: str = ""
    text: str = ""
    since: date | None = None
    as_of: int | None = None
    page: int = 1

    def passes(self, gap: Gap) -> bool:
        """Whether a gap is wanted."""
        word = self.text.casefold()
        return (
            self.kind in ("", gap.kind)
            and self.site in ("", gap.site_name)
            and (not word or word in gap.label.casefold() or word in gap.sentence.casefold())
        )

    @property
    def words(self) -> str:
        """The filters as a sentence for the head of a file."""
        parts = (
            ("kind", KINDS.get(self.kind, "")),
            ("site", self.site),
            ("contains", self.text),
            ("recorded since", self.since.isoformat() if self.since else ""),
        )
        return "; ".join(f"{name}: {value}" for name, value in parts if value) or "everything"


class GapsForm(forms.Form):
    """Reads the address; ``offer`` fills the list of sites with those of the report."""

    text = forms.CharField(max_length=NAME_MAX, required=False, label="Contains", widget=forms.SearchInput)
    kind = forms.ChoiceField(choices=[("", "Any gap"), *KINDS.items()], required=False)
    site = forms.CharField(max_length=NAME_MAX, required=False, widget=forms.Select)
    since = forms.DateField(
        required=False, label="Recorded since", widget=forms.DateInput(attrs={"type": "date"})
    )
    as_of = forms.IntegerField(min_value=0, max_value=SEQUENCE_MAX, required=False, widget=forms.HiddenInput)
    page = forms.IntegerField(min_value=1, max_value=1_000_000, required=False, widget=forms.HiddenInput)

    def offer(self, sites: list[str]) -> None:
        """Let the list of sites hold what the report has."""
        self.fields["site"].widget.choices = [("", "All sites"), *((one, one) for one in sites)]


def read(query: QueryDict) -> tuple[GapsForm, Filters]:
    """The form and the filters of an address. Raises Refused (400) naming what is wrong in it."""
    form = GapsForm(query)
    if not form.is_valid():
        faults = screens.form_faults(form)
        raise Refused([_in_address(fault, query) for fault in faults], status=400)
    given = form.cleaned_data
    return form, Filters(
        given["kind"],
        given["site"],
        given["text"].strip(),
        given["since"],
        given["as_of"],
        given["page"] or 1,
    )


def _in_address(fault: Fault, query: QueryDict) -> Fault:
    got = query.get(fault.field, "")[:40]
    cause = f"{fault.field}={got} in the address: {fault.cause}"
    return Fault("", cause, "Correct it, or leave it out.", fault.code)

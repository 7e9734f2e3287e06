"""The forms of this room: read as text, judged by the actions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms

from lotbook.interfaces.rfid import queries
from lotbook.interfaces.rfid.models import PassStatus, Portal, Purpose
from lotbook.traceability.ledger.acting import PlaceChoice, TextChoice

STATUSES = [("", "All"), ("live", "Not posted yet"), *PassStatus.choices]


def _codes() -> list[tuple[str, str]]:
    return [(one.code, str(one)) for one in queries.portals()]


class PassFilter(forms.Form):
    """Which passes the list shows."""

    text = forms.CharField(label="Number or document", required=False)
    status = forms.ChoiceField(label="Status", required=False, choices=STATUSES)
    portal = TextChoice(_codes, label="Portal", empty="All portals")

    def __init__(self, data: object = None) -> None:
        super().__init__(data, label_suffix="")  # type: ignore[arg-type]  # a QueryDict


class PortalForm(forms.Form):
    """A portal as it is set up."""

    code = forms.CharField(
        label="Code", max_length=60, help_text="Short, like dock-1: readers and topics name it so."
    )
    name = forms.CharField(label="Name", max_length=200, required=False)
    purpose = forms.ChoiceField(label="What happens here", choices=Purpose.choices)
    place = PlaceChoice(label="Place", empty="Choose …",
        required=True,
        help_text="Where goods are received, counted or shipped from; of a gate, the place behind it.",
    )  # fmt: skip
    from_place = PlaceChoice(
        label="Place in front", empty="None", help_text="Only for a gate that goods move through."
    )
    antennas = forms.CharField(
        label="Antennas", required=False, widget=forms.Textarea(attrs={"rows": 3}),
        help_text="One a line, like “1: from” and “2: to”. Left out: every tag goes in.",
    )  # fmt: skip
    rssi_min = forms.CharField(
        label="Weakest signal, dBm", required=False, help_text="Like -65. Weaker reads do not count."
    )
    reads_min = forms.CharField(
        label="Reads of a tag, at least", required=False, initial="1",
        help_text="A pass begins when one tag was read so often; before that it only passes by.",
    )  # fmt: skip
    silence_s = forms.CharField(
        label="Silence that ends a pass, seconds", required=False, initial="10",
        help_text="Longer than the reader takes between two deliveries.",
    )  # fmt: skip
    longest_s = forms.CharField(label="Longest pass, seconds", required=False, initial="1800")
    schemes = forms.CharField(
        label="Only tags of these schemes", required=False, help_text="Like SGTIN-96, SSCC-96. Left out: all."
    )
    prefixes = forms.CharField(
        label="Only these GS1 company prefixes", required=False, help_text="Like 9526543. Left out: all."
    )
    trusts_units = forms.BooleanField(
        label="The tag of a pallet stands for everything in it, although serials in it are not read",
        required=False,
    )
    posts_itself = forms.BooleanField(
        label="Post passes that are complete and clean without anybody looking, in my name", required=False
    )
    is_active = forms.BooleanField(label="In use", required=False, initial=True)

    def __init__(self, data: Any = None, portal: Portal | None = None) -> None:
        super().__init__(data, label_suffix="", initial=_initial(portal) if portal else None)

    def told(self) -> dict[str, Any]:
        """What was entered, as the action takes it."""
        values = dict(self.cleaned_data)
        values["antennas"] = _antennas(values["antennas"])
        for name in ("schemes", "prefixes"):
            values[name] = values[name].replace(",", " ").split()
        for name, usual in (("reads_min", 1), ("silence_s", 10), ("longest_s", 1800)):
            values[name] = values[name] or usual
        return values


def _antennas(text: str) -> dict[str, str]:
    found = {}
    for line in text.splitlines():
        number, _, side = line.partition(":")
        if line.strip():
            found[number.strip()] = side.strip().lower()
    return found


def _initial(one: Portal) -> dict[str, Any]:
    names = (
        "code", "name", "purpose", "rssi_min", "reads_min", "silence_s", "longest_s", "trusts_units",
        "posts_itself", "is_active",
    )  # fmt: skip
    return {
        **{name: getattr(one, name) for name in names},
        "place": one.place.code,
        "from_place": one.from_place.code if one.from_place else "",
        "antennas": "\n".join(f"{number}: {side}" for number, side in one.antennas.items()),
        "schemes": ", ".join(one.schemes),
        "prefixes": ", ".join(one.prefixes),
    }


class JobForm(forms.Form):
    """Which document says what is expected."""

    job = forms.ChoiceField(label="What is expected", required=False)

    def __init__(self, data: Any = None, listed: Sequence[tuple[str, str]] = (), usual: str = "") -> None:
        super().__init__(data, label_suffix="", initial={"job": usual})
        self.fields["job"] = forms.ChoiceField(
            label="What is expected", required=False, choices=[("", "Whatever fits best"), *listed]
        )


class PostForm(forms.Form):
    """How a pass with differences is posted."""

    goes = forms.ChoiceField(label="Which way the goods went", required=False)
    accept = forms.BooleanField(
        label="I have looked at the differences; what is missing stays expected, what should not be there is"
        " left out",
        required=False,
    )
    reason = forms.CharField(
        label="Why the differences are accepted", required=False, max_length=2000,
        widget=forms.Textarea(attrs={"rows": 2}),
    )  # fmt: skip

    def __init__(self, data: Any = None, *, clean: bool = False, both: bool = False) -> None:
        super().__init__(data, label_suffix="")
        if clean:
            del self.fields["accept"], self.fields["reason"]
        if both:
            ways = [("", "Choose …"), ("in", "In"), ("out", "Back out")]
            self.fields["goes"] = forms.ChoiceField(
                label="Which way the goods went", required=False, choices=ways
            )
        else:
            del self.fields["goes"]


class DropForm(forms.Form):
    """Why nothing of a pass is posted."""

    reason = forms.CharField(
        label="Why nothing is posted", max_length=2000, widget=forms.Textarea(attrs={"rows": 2})
    )

    def __init__(self, data: Any = None) -> None:
        super().__init__(data, label_suffix="")

"""The forms of this room: read as text, judged by the actions."""

from __future__ import annotations

from typing import Any

from django import forms

from lotbook.foundation.places.models import Place
from lotbook.kernel.ids import new_uid
from lotbook.operations.labels import queries, rules, tags

SIZES = [(size.name, size.words) for size in rules.SIZES.values()]
FILE = ("pdf", "PDF to print yourself")


def _printers() -> list[tuple[str, str]]:
    return [
        (row.name, f"{row.name}{f' ({row.site})' if row.site else ''}")
        for row in queries.printers(active=True)
    ]


def _sites() -> list[tuple[str, str]]:
    rows = Place.objects.filter(kind="site", own=True, is_active=True).order_by("code")
    return [(row.code, str(row)) for row in rows]


class _Form(forms.Form):
    """Without colons behind labels."""

    def __init__(self, data: object = None, **more: Any) -> None:
        super().__init__(data, label_suffix="", **more)  # type: ignore[arg-type]  # a QueryDict


class PrintForm(_Form):
    """Where a label is printed, how many, and by which design; printers first, a file is always there."""

    uid = forms.UUIDField(widget=forms.HiddenInput, initial=new_uid, required=False)
    printer = forms.ChoiceField(label="Printer")
    copies = forms.IntegerField(label="How many", initial=1, min_value=1, max_value=rules.COPIES_MAX)
    design = forms.ChoiceField(label="Design", required=False)
    size = forms.ChoiceField(
        label="Size", required=False, choices=[("", "as the design or printer says"), *SIZES]
    )
    start = forms.IntegerField(
        label="First label", initial=1, min_value=1, max_value=30,
        help_text="On sheets: how many labels from the upper left, if the first are used.",
    )  # fmt: skip

    def __init__(self, data: object = None, *, what: str, **more: Any) -> None:
        super().__init__(data, **more)
        choice = self.fields["printer"]
        assert isinstance(choice, forms.ChoiceField)
        choice.choices = [*_printers(), FILE]
        design = self.fields["design"]
        assert isinstance(design, forms.ChoiceField)
        ours = [(row.name, row.name) for row in queries.designs(what)]
        design.choices = [("", "the usual one"), (rules.STANDARD, rules.STANDARD), *ours]


class ReprintForm(_Form):
    """Why a label is printed once more."""

    uid = forms.UUIDField(widget=forms.HiddenInput, initial=new_uid, required=False)
    reason = forms.CharField(label="Why again?", max_length=500)
    copies = forms.IntegerField(label="How many", initial=1, min_value=1, max_value=rules.COPIES_MAX)
    printer = forms.ChoiceField(label="Printer", required=False)

    def __init__(self, data: object = None, **more: Any) -> None:
        super().__init__(data, **more)
        choice = self.fields["printer"]
        assert isinstance(choice, forms.ChoiceField)
        choice.choices = [("", "the same as before"), *_printers(), FILE]


class NewUnitsForm(_Form):
    """How many new pallet labels."""

    site = forms.ChoiceField(label="Site")
    count = forms.IntegerField(label="How many", initial=1, min_value=1, max_value=500)
    printer = forms.ChoiceField(label="Printer")

    def __init__(self, data: object = None, **more: Any) -> None:
        super().__init__(data, **more)
        for name, choices in (("site", _sites()), ("printer", [*_printers(), FILE])):
            field = self.fields[name]
            assert isinstance(field, forms.ChoiceField)
            field.choices = choices


class JobFilter(_Form):
    """What the list of jobs shows."""

    text = forms.CharField(label="What", required=False, max_length=120)
    what = forms.ChoiceField(label="Kind", required=False, choices=[("", "All"), *rules.WHAT.items()])
    state = forms.ChoiceField(
        label="State", required=False,
        choices=[("", "All"), ("open", "Not printed yet"), ("printed", "Printed"), ("failed", "Failed"),
                 ("cancelled", "Cancelled")],
    )  # fmt: skip


class PrinterForm(_Form):
    """A printer."""

    name = forms.CharField(label="Name", max_length=60)
    site = forms.ChoiceField(label="Site", required=False)
    host = forms.CharField(label="Address", max_length=253, help_text="Host name or IP address.")
    port = forms.IntegerField(label="Port", initial=9100, min_value=1, max_value=65_535)
    dpi = forms.ChoiceField(label="Dots an inch", choices=[("203", "203"), ("300", "300")])
    size = forms.ChoiceField(label="Labels in it", choices=[(n, w) for n, w in SIZES if n in rules.ROLLS])
    confirms = forms.BooleanField(
        label="Answers ~HS", required=False, initial=True,
        help_text="Zebra printers do. Without it, “printed” only means handed over.",
    )  # fmt: skip
    rfid = forms.BooleanField(label="Writes RFID tags", required=False)
    scheme_serial = forms.ChoiceField(label="Tags of serials", choices=[(n, n) for n in tags.SERIAL])
    scheme_unit = forms.ChoiceField(label="Tags of units", choices=[(n, n) for n in tags.UNIT])
    is_active = forms.BooleanField(label="In use", required=False, initial=True)

    def __init__(self, data: object = None, **more: Any) -> None:
        super().__init__(data, **more)
        field = self.fields["site"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [("", "every site"), *_sites()]


class DesignForm(_Form):
    """A design."""

    name = forms.CharField(
        label="Name", max_length=60, help_text="A name that is there gets its next version."
    )
    what = forms.ChoiceField(label="For", choices=list(rules.WHAT.items()))
    title = forms.CharField(
        label="Line at the top",
        required=False,
        max_length=rules.TITLE_MAX,
        help_text="Empty: the site's name.",
    )
    fields_shown = forms.MultipleChoiceField(
        label="Shows", required=False, choices=list(rules.FIELDS.items()), widget=forms.CheckboxSelectMultiple
    )
    symbol = forms.ChoiceField(label="Symbol", choices=list(rules.SYMBOLS.items()))
    size = forms.ChoiceField(label="Size", choices=SIZES)
    retired = forms.BooleanField(
        label="Out of use", required=False,
        help_text="It is not offered any more. What was printed with it can still be read and printed again.",
    )  # fmt: skip
    instead = forms.CharField(
        label="In its place", required=False, max_length=60,
        help_text="Only for one that goes out of use and is the usual one somewhere: the name of another.",
    )  # fmt: skip


class ChoiceForm(_Form):
    """Which design is usual."""

    what = forms.ChoiceField(label="For", choices=list(rules.WHAT.items()))
    site = forms.ChoiceField(label="At", required=False)
    design = forms.ChoiceField(label="Design")
    size = forms.ChoiceField(label="Size", required=False, choices=[("", "as the design says"), *SIZES])

    def __init__(self, data: object = None, **more: Any) -> None:
        super().__init__(data, **more)
        names = dict.fromkeys([rules.STANDARD, *(row.name for row in queries.designs())])
        for name, choices in (("site", [("", "every site"), *_sites()]), ("design", [(n, n) for n in names])):
            field = self.fields[name]
            assert isinstance(field, forms.ChoiceField)
            field.choices = choices

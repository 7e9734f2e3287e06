"""The form that takes files of foreign events."""

from __future__ import annotations

from typing import Any

from django import forms

FILES_MAX = 100


class ManyFilesInput(forms.ClearableFileInput):
    """A file field that takes several files at once."""

    allow_multiple_selected = True


class ManyFilesField(forms.FileField):
    """Several files; each is checked by itself."""

    widget = ManyFilesInput

    def clean(self, data: Any, initial: Any = None) -> list[Any]:
        """Every file that was sent, in order."""
        files = (data if isinstance(data, list | tuple) else [data]) or [None]
        if len(files) > FILES_MAX:
            raise forms.ValidationError(
                f"At most {FILES_MAX} files at once, got {len(files)}. Send them in parts."
            )
        clean = super().clean
        return [clean(one, initial) for one in files]


class ImportForm(forms.Form):
    """Files of EPCIS events."""

    upload = ManyFilesField(
        label="Files",
        help_text="EPCIS 2.0 in JSON-LD: capture and query documents, lists of events, single events.",
        widget=ManyFilesInput(attrs={"accept": ".json,.jsonld,application/json,application/ld+json"}),
        error_messages={
            "required": "No file was chosen. Choose at least one.",
            "empty": "The file is empty. Choose another one.",
        },
    )

"""Complaints from a file: its columns, and every fault at its row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from uuid import UUID, uuid5

from django.db import transaction

from lotbook.kernel.columns import Columns, Line
from lotbook.kernel.errors import Fault, Refused
from lotbook.kernel.ids import new_uid
from lotbook.operations.complaints import actions
from lotbook.operations.complaints.models import (
    Channel,
    Complainant,
    Complaint,
    Harm,
    Sample,
    Severity,
    Symptom,
)
from lotbook.operations.complaints.reading import Told
from lotbook.operations.complaints.rules import Reach

ROWS_MAX = 2_000
COLUMNS = Columns(
    {
        "received_at": ("received", "received on", "date"),
        "complainant": ("who", "complainant"),
        "channel": ("channel",),
        "partner": ("customer", "customer code", "shop"),
        "item": ("item", "item code", "gtin", "article"),
        "lot": ("lot",),
        "serial": ("serial",),
        "best_before_on": ("best before",),
        "symptoms": ("symptoms", "symptom", "what is wrong"),
        "description": ("description", "what happened", "note"),
        "harm": ("harm",),
        "severity": ("severity",),
        "units_affected": ("affected", "units affected"),
        "sample": ("sample",),
        "name": ("name",),
        "phone": ("phone", "telephone"),
        "email": ("e-mail", "email"),
        "address": ("address",),
    },
    dates=("received_at", "best_before_on"),
    text_max={"description": 4_000, "address": 500, "lot": 200},
    needed=(("symptoms",),),
)
CHOICES = {
    "complainant": Complainant,
    "channel": Channel,
    "harm": Harm,
    "severity": Severity,
    "sample": Sample,
    "symptoms": Symptom,
}
REACH = ("name", "phone", "email", "address")


@transaction.atomic
def enter(*, data: bytes, answers: Mapping[str, str], actor: str, uid: UUID | None = None) -> list[Complaint]:
    """Write down every complaint of a CSV or XLSX file, or none; raises Refused with every fault by row."""
    table = COLUMNS.read(data, answers).checked()
    if len(table.lines) > ROWS_MAX:
        cause = f"the file has {len(table.lines)} complaints, at most {ROWS_MAX} are taken at once."
        raise Refused(Fault("file", cause, "Split it.", "too_many"))
    made: list[Complaint] = []
    faults: list[Fault] = []
    for line in table.lines:
        told, reach = _told(line)
        own = uuid5(uid or new_uid(), str(line.row))
        try:
            with transaction.atomic():
                made.append(actions.receive(actor=actor, told=told, reach=reach, uid=own))
        except Refused as refusal:
            faults += [replace(fault, field=table.at(line.row, fault.field)) for fault in refusal.faults]
    if faults:
        raise Refused(list(dict.fromkeys(faults)))
    return made


def _told(line: Line) -> tuple[Told, Reach]:
    texts = {
        name: value for name, value in line.values.items() if name not in ("received_at", "best_before_on")
    }
    symptoms = tuple(_code("symptoms", one) for one in _separated(texts.pop("symptoms", "")))
    for name in ("complainant", "channel", "harm", "severity", "sample"):
        if name in texts:
            texts[name] = _code(name, texts[name])
    reach = Reach(**{name: texts.pop(name) for name in REACH if name in texts})
    received: date | str = line.get("received_at")
    at = f"{received.isoformat()}T12:00" if isinstance(received, date) else ""
    return Told(
        received_at=at, symptoms=symptoms, best_before_on=line.get("best_before_on") or None, **texts
    ), reach


def _separated(text: str) -> Sequence[str]:
    return [one.strip() for one in text.replace(";", ",").split(",") if one.strip()]


def _code(name: str, text: str) -> str:
    """The code of a choice that is written as its code or its words."""
    wanted = text.strip().casefold()
    return next((code for code, label in CHOICES[name].choices if wanted in (code, label.casefold())), text)


def template() -> tuple[Sequence[str], list[Sequence[str]]]:
    """The header of a file to fill in, and a row that shows how."""
    example = {
        "received_at": "2027-03-03", "complainant": "consumer", "channel": "phone", "partner": "", "item": "",
        "lot": "",
        "best_before_on": "2028-08-25", "symptoms": "taste, packaging", "description": "lid was loose",
        "harm": "no", "units_affected": "1", "sample": "yes",
    }  # fmt: skip
    return list(COLUMNS.usual.values()), [[example.get(name, "") for name in COLUMNS.usual]]

"""Lists from files over HTTP: every room that reads lists takes them in the same way.

The file comes as ``file`` of a multipart form (CSV or XLSX), read by ``kernel.sheets`` with its guards. With
``preview=true`` the room's own act runs and is taken back: what it tells is what would be made, or every
fault by row and column. Without, all of the list is made or nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from django.db import transaction
from ninja import File, Form, UploadedFile
from pydantic import BaseModel, ConfigDict, Field

from lotbook.kernel import sheets
from lotbook.kernel.errors import Refused
from lotbook.kernel.problems import FaultOut, fault_out

FAULTS_TOLD = 1_000
"""Most faults told of one list."""


class Reading(BaseModel):
    """How the file is read; what is left out is found out, or asked for."""

    model_config = ConfigDict(extra="forbid")

    encoding: Annotated[
        Literal["", "utf-8", "cp1252", "cp1250"], Field(description="Left out: UTF-8, or refused.")
    ] = ""
    decimal: Annotated[Literal["", ".", ","], Field(description="What stands before the decimals.")] = ""
    date_order: Annotated[Literal["", "dmy", "mdy"], Field(description="Tells 03/12/2027 apart.")] = ""


ListFile = Annotated[UploadedFile, File(description="CSV or XLSX: up to 20 MB and 100,000 rows.")]
Answers = Annotated[Reading, Form()]
Preview = Annotated[bool, Field(description="Only look: nothing is saved.")]


class ListOut(BaseModel):
    """What a list made; with `preview` what it would make, or what is wrong with it by row and column."""

    saved: bool
    rows: int
    made: list[str]
    faults: list[FaultOut]


@dataclass(frozen=True, slots=True)
class Made:
    """What an import made: by name, out of so many rows."""

    names: list[str]
    rows: int


def content(file: UploadedFile) -> bytes:
    """The bytes of an uploaded list: no more than one beyond what is taken."""
    data: bytes = file.read(sheets.FILE_MAX + 1)
    return data


def taken(act: Callable[[], Made], *, preview: bool) -> dict[str, Any]:
    """The answer to an import: ``act`` done, or with ``preview`` done and taken back."""
    if not preview:
        made = act()
        return {"saved": True, "rows": made.rows, "made": made.names, "faults": []}
    try:
        with transaction.atomic():
            made = act()
            transaction.set_rollback(True)
    except Refused as refusal:
        told = [fault_out(fault) for fault in refusal.faults[:FAULTS_TOLD]]
        return {"saved": False, "rows": 0, "made": [], "faults": told}
    return {"saved": False, "rows": made.rows, "made": made.names, "faults": []}

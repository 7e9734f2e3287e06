"""Keeping versions of what authorities and the press are told; nothing here is ever sent."""

from __future__ import annotations

from uuid import UUID

from django.db import transaction

from lotbook.insights.recall import casetexts
from lotbook.insights.recall.actions.steps import locked, record
from lotbook.insights.recall.models import CaseText, TextKind
from lotbook.insights.recall.queries import texts
from lotbook.kernel import clock
from lotbook.kernel.checks import Check

BODY_MAX = 60_000


@transaction.atomic
def keep_text(*, case: UUID | str, kind: str, language: str, title: str, body: str, actor: str) -> CaseText:
    """Keep a text as its next version; the same as the newest is that one. Raises Refused."""
    found = locked(case, "text")
    check = Check()
    sort = check.choice("kind", kind, TextKind.values)
    tongue = check.choice("language", language, casetexts.LANGUAGES)
    head = check.text("title", title, 300, required=True)
    said = check.text("body", body.replace("\r\n", "\n"), BODY_MAX, required=True, lines=True)
    check.done()
    last = texts.newest(found, sort, tongue)
    if last is not None and (last.title, last.body) == (head, said):
        return last
    made = CaseText.objects.create(
        case=found, kind=sort, language=tongue, version=last.version + 1 if last else 1,
        title=head, body=said, written_at=clock.now(), written_by=actor,
    )  # fmt: skip
    lacks = casetexts.missing(f"{head}\n{said}")
    words = f"{made.get_kind_display()}, {casetexts.LANGUAGES[tongue]}, version {made.version}"
    data = {"kind": sort, "language": tongue, "version": made.version, "missing": lacks}
    record(found, "text kept", actor=actor, text=words, data=data)
    return made

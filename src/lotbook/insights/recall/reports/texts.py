"""A text of a case on paper."""

from __future__ import annotations

from datetime import datetime

from lotbook.insights.recall.casetexts import LANGUAGES, missing
from lotbook.insights.recall.models import Case, TextKind
from lotbook.insights.recall.queries import house
from lotbook.insights.recall.queries.texts import Draft
from lotbook.insights.recall.reports import TEMPLATE, many
from lotbook.kernel import clock, pdf


def paper(case: Case, draft: Draft, *, by: str, paper: str | None = None) -> bytes:
    """The text as PDF: a kept version the same bytes every time, a draft marked so."""
    at: datetime = draft.kept.written_at if draft.kept is not None else clock.now()
    whose = draft.kept.written_by if draft.kept is not None else by
    lacks = missing(f"{draft.title}\n{draft.body}")
    marks = ["DRILL"] if case.is_drill else []
    marks += [] if draft.kept is not None else ["DRAFT"]
    marks += [f"{many(lacks, 'fact')} to be filled"] if lacks else []
    kind = str(TextKind(draft.kind).label)
    version = f"version {draft.kept.version}" if draft.kept is not None else "not kept yet"
    blocks = [part.partition("\n") for part in draft.body.replace("\r\n", "\n").split("\n\n") if part.strip()]
    sections = [pdf.section(head, text=rest) if rest else pdf.section(text=head) for head, _, rest in blocks]
    told = {
        "company": f"{house.company()} · {kind}, {LANGUAGES[draft.language]}, {version}",
        "title": draft.title,
        "number": case.number,
        "banner": " – ".join(marks),
        "sections": sections,
    }
    return pdf.render(TEMPLATE, told, by=whose, at=at, paper=paper)

"""The list of notices: a line for each notice, and one for each customer nobody wrote to yet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from lotbook.insights.recall.models import Case, CaseCustomer, Channel, Notice, NoticeStatus
from lotbook.insights.recall.noticewords import LANGUAGES
from lotbook.insights.recall.queries import notices as reading
from lotbook.insights.recall.queries.notices import ANSWERED
from lotbook.insights.recall.queries.recipients import Recipient

TROUBLED = (NoticeStatus.FAILED, NoticeStatus.UNSURE)


@dataclass(frozen=True, slots=True)
class Line:
    """A notice, or a customer to whom none was written yet (``notice`` None)."""

    customer: CaseCustomer
    notice: Notice | None
    recipient: Recipient | None

    @property
    def kind(self) -> str:
        """What it is."""
        return self.notice.get_kind_display() if self.notice else "Not written yet"

    @property
    def channel(self) -> str:
        """The way it takes, by its key."""
        if self.notice:
            return self.notice.channel
        return self.recipient.channel if self.recipient else ""

    @property
    def way(self) -> str:
        """The way it takes, in words."""
        return Channel(self.channel).label if self.channel else ""

    @property
    def address(self) -> str:
        """Where it goes."""
        if self.notice:
            return self.notice.address
        return self.recipient.address_by(self.channel) if self.recipient and self.channel else ""

    @property
    def language(self) -> str:
        """The language it is in, by its own name."""
        code = self.notice.language if self.notice else self.recipient.language if self.recipient else "en"
        return LANGUAGES[code].name if code in LANGUAGES else code

    @property
    def state(self) -> str:
        """How far it is."""
        return self.notice.get_status_display() if self.notice else ""

    @property
    def is_troubled(self) -> bool:
        """Whether a person has to decide about it."""
        return self.notice is not None and self.notice.status in TROUBLED

    @property
    def is_answered(self) -> bool:
        """Whether the customer has answered."""
        return self.customer.status in ANSWERED

    @property
    def opened(self) -> bool:
        """Whether the link in it was opened."""
        link = getattr(self.notice, "link", None) if self.notice else None
        return link is not None and link.opened_at is not None

    @property
    def others(self) -> list[tuple[str, str]]:
        """The other ways the customer can be reached by."""
        known = self.recipient.known if self.recipient else []
        return [(way, Channel(way).label) for way in known if way != self.channel]


def lines(case: Case, rows: Sequence[Recipient]) -> list[Line]:
    """What needs somebody first, then by the customers' names, each customer's notices newest first."""
    by_customer: dict[int, list[Notice]] = {}
    for one in reading.notices(case):
        by_customer.setdefault(one.customer_id, []).insert(0, one)
    found: list[Line] = []
    for row in rows:
        written = by_customer.get(row.customer.pk, [])
        found += [Line(row.customer, one, row) for one in written] or [Line(row.customer, None, row)]
    return sorted(found, key=lambda one: (not one.is_troubled, bool(one.channel)))

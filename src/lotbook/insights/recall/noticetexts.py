"""Putting a notice together: subject, mail text and letter, in the customer's language. Pure.

The content is that of 21 CFR 7.49(c)(1): which goods, by name, GTIN and lot or serial number; why, and what
they may do; to stop using and distributing them at once, and to tell whoever got them; what to do with them;
how to answer. Nothing else stands in it (7.49(c)(2)): no advertising, nothing that makes it less serious.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from lotbook.insights.recall.noticewords import LANGUAGES, LINK, Words, language_of

SUBJECT_MAX = 300
ITEMS_NAMED = 3
"""Most items the subject names."""
URGENT = ("I", "II", "")
"""Classes whose notices are marked urgent (21 CFR 7.49(b)); a recall not classified yet is, too."""


@dataclass(frozen=True, slots=True)
class Shipped:
    """So much of a lot went out under one document on one day; all of it as text."""

    quantity: str
    document: str = ""
    order: str = ""
    on: str = ""


@dataclass(frozen=True, slots=True)
class Goods:
    """A lot, or a serial, that a customer got; ``quantity`` with its unit, as text."""

    lot: str
    item: str
    code: str
    number: str
    is_serial: bool
    quantity: str
    gtin: str = ""
    expires: str = ""
    shipped: tuple[Shipped, ...] = ()


@dataclass(frozen=True, slots=True)
class Facts:
    """All that a notice says, before it is put into words.

    ``kind`` is that of ``models.NoticeKind``, ``manner`` recall or withdrawal, ``over`` closed or called_off.
    ``own`` are the people's own words (subject, reason, hazard, todo) in this language.
    """

    kind: str
    manner: str
    language: str
    number: str
    customer: str
    address: tuple[str, ...]
    on: str
    company: str
    company_address: tuple[str, ...]
    contact: Mapping[str, str]
    reason: str
    hazard: str
    classification: str
    todo: str
    goods: tuple[Goods, ...]
    has_link: bool
    own: Mapping[str, str]
    told_on: str = ""
    over: str = ""

    def content(self) -> dict[str, Any]:
        """As it is kept with the notice."""
        return asdict(self)


def facts_of(content: Mapping[str, Any]) -> Facts:
    """The facts as they were kept."""
    goods = tuple(
        Goods(**{**one, "shipped": tuple(Shipped(**part) for part in one["shipped"])})
        for one in content["goods"]
    )
    texts = {name: tuple(content[name]) for name in ("address", "company_address")}
    return Facts(**{**content, **texts, "goods": goods})


def subject(facts: Facts) -> str:
    """The subject: urgent where it is, what it is, which goods, our reference.

    People's own words take the place of the goods; what kind of notice it is stands in any case.
    """
    words = _words(facts)
    names = list(dict.fromkeys(one.item for one in facts.goods))
    named = ", ".join(names[:ITEMS_NAMED]) + (" …" if len(names) > ITEMS_NAMED else "")
    what = facts.own.get("subject") or f"{_manner(facts, words)}: {named}"
    before = {"reminder": words.reminder, "more": words.more_lots, "end": words.ended}.get(facts.kind, "")
    urgent = words.urgent if is_urgent(facts) else ""
    head = " – ".join(part for part in (urgent, before, what) if part)
    reference = f" ({facts.number})"
    return " ".join(head.split())[: SUBJECT_MAX - len(reference)] + reference


def is_urgent(facts: Facts) -> bool:
    """Whether the notice is marked urgent."""
    return facts.kind != "end" and facts.manner == "recall" and facts.classification in URGENT


def body(facts: Facts) -> str:
    """The text of the mail; ``{link}`` stands where the answer link comes."""
    words = _words(facts)
    parts = [words.greeting, _opening(facts, words)]
    if facts.kind != "end":
        parts += _why(facts, words)
    parts.append(f"{words.goods.upper()}\n\n" + "\n\n".join(_goods(one, words) for one in facts.goods))
    if facts.kind != "end":
        parts.append(f"{words.what_to_do.upper()}\n\n" + "\n".join(_numbered(_steps(facts, words))))
    parts.append("\n".join(_answer(facts, words)))
    parts.append(f"{words.regards}\n\n" + "\n".join([facts.company, *facts.company_address]))
    parts.append(f"{words.reference}: {facts.number}")
    return "\n\n".join(part for part in parts if part) + "\n"


def letter(facts: Facts, link: str) -> dict[str, Any]:
    """The letter as data for its template; ``link`` is the answer link ("" without one)."""
    words = _words(facts)
    end = facts.kind == "end"
    # The link stands on a line of its own: nothing may break it that somebody copies.
    answer = [line.replace(LINK, "").strip() for line in _answer(facts, words)]
    return {
        "lang": facts.language,
        "company": facts.company,
        "company_address": list(facts.company_address),
        "recipient": [facts.customer, *facts.address],
        "on": facts.on,
        "reference": f"{words.reference}: {facts.number}",
        "mark": "" if end else _mark(facts, words),
        "subject": subject(facts),
        "opening": [words.greeting, _opening(facts, words)],
        "facts": [] if end else [[label, text] for label, text in _reasons(facts, words)],
        "goods_title": words.goods,
        "columns": [words.item, words.lot, words.quantity, words.deliveries],
        "rows": [_row(one, words) for one in facts.goods],
        "todo_title": "" if end else words.what_to_do,
        "todo": [] if end else list(_steps(facts, words)),
        "answer_title": "" if end else words.answer,
        "answer": answer,
        "link": link if facts.has_link else "",
        "regards": words.regards,
        "page": words.page,
        "page_of": words.page_of,
    }


def outline(facts: Facts) -> tuple[list[tuple[str, str]], list[str], str]:
    """What the customer's own page repeats of a notice: reasons with labels, what to do, whom to ask."""
    words = _words(facts)
    return list(_reasons(facts, words)), list(_steps(facts, words)), _contact(facts, words)


def with_link(text: str, link: str) -> str:
    """A text with the answer link where it belongs."""
    return text.replace(LINK, link)


def _words(facts: Facts) -> Words:
    return LANGUAGES[language_of(facts.language)]


def _manner(facts: Facts, words: Words) -> str:
    return words.withdrawal if facts.manner == "withdrawal" else words.recall


def _mark(facts: Facts, words: Words) -> str:
    parts = (words.urgent if is_urgent(facts) else "", _manner(facts, words))
    return " – ".join(part for part in parts if part).upper()


def _opening(facts: Facts, words: Words) -> str:
    if facts.kind == "end":
        return words.over_called_off if facts.over == "called_off" else words.over_closed
    if facts.kind == "more":
        return words.more
    if facts.kind == "reminder":
        return words.again.format(date=facts.told_on)
    return words.first_withdrawal if facts.manner == "withdrawal" else words.first_recall


def _reasons(facts: Facts, words: Words) -> Iterator[tuple[str, str]]:
    yield words.reason, facts.own.get("reason") or facts.reason
    if hazard := facts.own.get("hazard") or facts.hazard:
        yield words.hazard, hazard
    if facts.classification:
        yield words.classification, words.classes.get(facts.classification, facts.classification)


def _why(facts: Facts, words: Words) -> list[str]:
    return ["\n".join(f"{label}: {text}" for label, text in _reasons(facts, words))]


def _steps(facts: Facts, words: Words) -> Iterator[str]:
    yield words.stop
    yield words.onward
    yield words.todo[facts.todo]
    if own := facts.own.get("todo"):
        yield own


def _numbered(lines: Iterator[str]) -> Iterator[str]:
    return (f"{place}. {line}" for place, line in enumerate(lines, start=1))


def _answer(facts: Facts, words: Words) -> Iterator[str]:
    contact = _contact(facts, words)
    if facts.kind == "end":
        if contact:
            yield words.contact.format(contact=contact)
        return
    if facts.has_link:
        yield words.link
    yield words.none_left
    if contact:
        yield (words.contact if facts.has_link else words.contact_only).format(contact=contact)


def _contact(facts: Facts, words: Words) -> str:
    name, mail, phone = (facts.contact.get(part, "") for part in ("name", "email", "phone"))
    parts = [name, f"{words.mail} {mail}" if mail else "", f"{words.telephone} {phone}" if phone else ""]
    return ", ".join(part for part in parts if part)


def _goods(one: Goods, words: Words) -> str:
    gtin = f", {words.gtin} {one.gtin}" if one.gtin else ""
    number = words.serial if one.is_serial else words.lot
    expires = f", {words.expires} {one.expires}" if one.expires else ""
    lines = [f"{one.item} ({one.code}{gtin})", f"{number} {one.number}{expires}: {one.quantity}"]
    return "\n".join([*lines, *(f"  {_shipment(part, words)}" for part in one.shipped)])


def _shipment(part: Shipped, words: Words) -> str:
    document = f"{words.delivery_note} {part.document}" if part.document else words.no_document
    order = f"{words.order} {part.order}" if part.order else ""
    return ", ".join(text for text in (part.on, document, order, part.quantity) if text)


def _row(one: Goods, words: Words) -> list[str]:
    lines = [one.item, one.code, f"{words.gtin} {one.gtin}" if one.gtin else ""]
    number = [one.number, f"{words.expires} {one.expires}" if one.expires else ""]
    shipped = [_shipment(part, words) for part in one.shipped]
    return [_lines(lines), _lines(number), one.quantity, _lines(shipped)]


def _lines(parts: Sequence[str]) -> str:
    return "\n".join(part for part in parts if part)

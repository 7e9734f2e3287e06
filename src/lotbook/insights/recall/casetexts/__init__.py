"""Drafts of what authorities and the press are told, from the facts of a case. Pure.

The authority's text follows what 21 CFR 7.46(a)(1)–(9) asks of a firm, with the origin and the distribution
that article 19 of Regulation (EC) 178/2002 and notifications of the EU's alert system (RASFF) want. The
public one says in plain words what, which lots, why, what to do and whom to ask (21 CFR 7.42(b)(2) and 7.50).
What the book does not know is marked ``[to be filled: …]`` in the language of the text, and counted.

>>> missing("Phone: [to be filled: number] or [noch einzutragen: Nummer]")
2
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from lotbook.insights.recall.casetexts import de, en, es, fr, pl
from lotbook.kernel.clock import written

LANGUAGES: Mapping[str, str] = {
    "en": "English",
    "de": "Deutsch",
    "fr": "Français",
    "es": "Español",
    "pl": "Polski",
}
_WORDS = {"en": en.WORDS, "de": de.WORDS, "fr": fr.WORDS, "es": es.WORDS, "pl": pl.WORDS}
_ASK = {"en": en.ASK, "de": de.ASK, "fr": fr.ASK, "es": es.ASK, "pl": pl.ASK}
_MARKERS = re.compile(
    r"\[(?:" + "|".join(re.escape(one["marker"]) for one in _WORDS.values()) + r")\s?: [^\]]*\]"
)
LOTS_NAMED = 40
ACCOUNTS_NAMED = 100


@dataclass(frozen=True, slots=True)
class ProductFacts:
    """An affected item: its lots with the day on the pack, and quantities as decimal text in ``unit``."""

    name: str
    code: str
    gtin: str
    unit: str
    made: str
    shipped: str
    here: str
    lots: Sequence[tuple[str, date | None]]
    since: date | None = None
    until: date | None = None


@dataclass(frozen=True, slots=True)
class CaseFacts:
    """What a text is made of."""

    number: str
    drill: bool
    withdrawal: bool
    company: str
    address: str
    phone: str
    registration: str
    reason: str
    hazard: str
    classification: str
    source: str
    opened_on: date
    decided_on: date | None
    decision: str
    """``recall``, ``withdrawal`` or ``internal``."""
    decision_text: str
    products: Sequence[ProductFacts] = ()
    accounts: Sequence[tuple[str, str]] = ()
    countries: Sequence[str] = ()
    origins: Sequence[str] = ()
    told: int = 0
    told_on: date | None = None
    checks: int = 0
    checks_done: int = 0


def missing(text: str) -> int:
    """How many facts a text still lacks: its marks in any of the languages."""
    return len(_MARKERS.findall(text))


def draft(kind: str, language: str, facts: CaseFacts) -> tuple[str, str]:
    """Title and body of a text of ``kind`` (authority or press); an unknown language gets English."""
    made = _Draft(language if language in _WORDS else "en", facts)
    return made.authority() if kind == "authority" else made.press()


class _Draft:
    """One text in one language."""

    def __init__(self, language: str, facts: CaseFacts) -> None:
        self.words, self.asks, self.facts = _WORDS[language], _ASK[language], facts

    def mark(self, what: str) -> str:
        return f"[{self.words['marker']}: {self.asks[what]}]"

    def known(self, value: str, what: str) -> str:
        return value or self.mark(what)

    def line(self, key: str, **values: object) -> str:
        return self.words[key].format(**values)

    def said(self, key: str, value: str, what: str) -> str:
        return self.line(key, value=self.known(value, what))

    @property
    def product(self) -> str:
        names = list(dict.fromkeys(one.name for one in self.facts.products))
        shown = ", ".join(names[:3]) + (" …" if len(names) > 3 else "")
        return shown or self.mark("proposal")

    @property
    def company(self) -> str:
        return self.known(self.facts.company, "company")

    def authority(self) -> tuple[str, str]:
        """The text for the authority."""
        facts = self.facts
        what = self.words["withdrawal" if facts.withdrawal else "recall"]
        parts = [
            self.section("h_who", [
                self.said("company", facts.company, "company"),
                self.said("address", facts.address, "address"),
                self.said("registration", facts.registration, "registration"),
            ]),
            self.section("h_product", [
                *self.products(),
                self.said("origin", ", ".join(facts.origins), "origin"),
            ]),
            self.section("h_reason", [
                self.line("reason", value=facts.reason),
                self.line("found", date=written(facts.opened_on), source=self.source()),
            ]),
            self.section("h_risk", [
                self.said("hazard", facts.hazard, "hazard"),
                self.said("class", facts.classification, "class"),
                self.said("harm", "", "harm"),
            ]),
            self.section("h_made", [self.made(one) for one in facts.products]),
            self.section("h_out", [
                self.line("out", name=one.name, shipped=one.shipped, here=one.here, unit=one.unit)
                for one in facts.products
            ]),
            self.section("h_where", self.where()),
            self.section("h_told", [self.told()]),
            self.section("h_plan", self.plan()),
            self.section("h_contact", [
                self.said("contact", "", "contact"),
                self.said("phone", facts.phone, "phone"),
            ]),
        ]  # fmt: skip
        return self.line("a_title", product=self.product, what=what), self.whole(parts)

    def press(self) -> tuple[str, str]:
        """The text for the public: plain, and without what only an authority needs."""
        facts = self.facts
        lead = self.line("p_lead", company=self.company, product=self.product, reason=facts.reason)
        parts = [
            lead,
            self.section("p_which", [
                *self.products(),
                self.said("p_sold", "", "sold"),
                self.words["p_others"],
            ]),
            self.section("p_risk", [self.known(facts.hazard, "hazard")]),
            self.section("p_do", [self.said("p_do_text", "", "refund")]),
            self.section("p_ask", [
                self.line(
                    "p_ask_text", company=self.company, phone=self.known(facts.phone, "phone"),
                    value=self.mark("mail"),
                ),
                self.words["p_sorry"],
            ]),
        ]  # fmt: skip
        return self.line("p_title", company=self.company, product=self.product), self.whole(parts)

    def whole(self, parts: Sequence[str]) -> str:
        head = [self.words["drill"]] if self.facts.drill else []
        return "\n\n".join([*head, *parts])

    def section(self, heading: str, lines: Sequence[str]) -> str:
        return "\n".join([self.words[heading], *lines])

    def products(self) -> list[str]:
        lines: list[str] = []
        left = LOTS_NAMED
        for one in self.facts.products:
            gtin = self.known(one.gtin, "gtin")
            lines.append(self.line("item", name=one.name, code=one.code, gtin=gtin))
            lines += [
                self.line("lot", lot=lot, date=self.dated(day)) for lot, day in one.lots[: max(left, 0)]
            ]
            if len(one.lots) > left:
                lines.append(self.line("more", count=len(one.lots) - max(left, 0)))
            left -= len(one.lots)
        return lines or [self.mark("proposal")]

    def dated(self, day: date | None) -> str:
        return self.line("until", date=written(day)) if day else self.mark("date")

    def source(self) -> str:
        return self.line("source", value=self.facts.source or self.facts.number)

    def made(self, one: ProductFacts) -> str:
        span = self.mark("span")
        if one.since and one.until:
            span = self.line("span", since=written(one.since), until=written(one.until))
        return self.line("made", name=one.name, quantity=one.made, unit=one.unit, span=span)

    def where(self) -> list[str]:
        facts = self.facts
        countries = self.known(", ".join(facts.countries), "countries")
        lines = [self.line("accounts", count=len(facts.accounts), countries=countries)]
        shown = facts.accounts[:ACCOUNTS_NAMED]
        lines += [self.line("account", name=name, quantity=quantity) for name, quantity in shown]
        left = len(facts.accounts) - len(shown)
        return [*lines, f"- + {left}"] if left else lines

    def told(self) -> str:
        if self.facts.told and self.facts.told_on:
            return self.line("told", count=self.facts.told, date=written(self.facts.told_on))
        return self.said("untold", "", "notice")

    def plan(self) -> list[str]:
        facts = self.facts
        if facts.decided_on:
            first = self.line(
                "plan",
                date=written(facts.decided_on),
                decision=self.words[facts.decision],
                why=facts.decision_text,
            )
        else:
            first = self.said("undecided", "", "proposal")
        return [
            first,
            self.said("depth", "", "depth"),
            self.line("checks", count=facts.checks, done=facts.checks_done),
            self.said("goods", "", "goods"),
        ]

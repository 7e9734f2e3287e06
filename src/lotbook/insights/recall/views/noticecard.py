"""The tab of notices: whom nothing reaches, what they say, what waits, each notice and its state."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django import forms
from django.core.paginator import Paginator
from django.http import HttpRequest

from lotbook.insights.recall import noticetexts, rules
from lotbook.insights.recall.forms import Plain
from lotbook.insights.recall.models import Case, Channel, NoticeKind, NoticePlan, ToDo
from lotbook.insights.recall.noticewords import LANGUAGES, LINK
from lotbook.insights.recall.queries import noticelines
from lotbook.insights.recall.queries import notices as reading
from lotbook.insights.recall.queries.recipients import Recipient, recipients
from lotbook.kernel.ids import new_uid

TAB = "notices"
SHOWN = 50
OWN = {
    "subject": ("Subject, instead of the goods’ names", 200),
    "reason": ("Why", 2000),
    "hazard": ("What may happen", 2000),
    "todo": ("More about what to do: carrier, times, how to mark the goods", 2000),
}
PLACEHOLDER = "‹ the customer’s own answer link ›"


def _line(label: str, most: int, *, required: bool = False, **more: Any) -> forms.CharField:
    return forms.CharField(label=label, max_length=most, required=required, **more)


def _lines(label: str, most: int) -> forms.CharField:
    return forms.CharField(
        label=label, max_length=most, required=False, widget=forms.Textarea(attrs={"rows": 2})
    )


class PlanForm(Plain):
    """What the notices say; a part for each language that customers of the case are written to in."""

    todo = forms.ChoiceField(label="What customers shall do", choices=ToDo.choices, widget=forms.RadioSelect)
    company = _line("Who we are", 200, required=True)
    company_address = _lines("Our address", 600)
    contact_name = _line("Whom to ask for", 200)
    contact_email = _line("Mail for answers", 254)
    contact_phone = _line("Telephone for answers", 60)
    first_hours = forms.IntegerField(label="First reminder after, hours", min_value=1, required=False)
    every_hours = forms.IntegerField(label="Then every, hours", min_value=1, required=False)
    most = forms.IntegerField(label="At most, times", min_value=0, required=False, help_text="0: none.")
    escalate_to = _line(
        "Whom of us to tell if nobody answers",
        500,
        help_text="Usernames or role:quality; empty: who decides.",
    )

    def __init__(self, data: Any, initial: Mapping[str, Any] | None, languages: Iterable[str]) -> None:
        super().__init__(data, initial)
        self.languages = list(languages)
        for code in self.languages:
            for name, (label, most) in OWN.items():
                field = _line(label, most) if name == "subject" else _lines(label, most)
                self.fields[f"texts-{code}-{name}"] = field

    def parts(self) -> list[tuple[str, str, list[forms.BoundField]]]:
        """The languages with their names and fields."""
        return [
            (code, LANGUAGES[code].name, [self[f"texts-{code}-{name}"] for name in OWN])
            for code in self.languages
        ]

    def values(self) -> dict[str, Any]:
        """What was entered, as ``planning.keep_plan`` takes it."""
        given = {name: value for name, value in self.cleaned_data.items() if not name.startswith("texts-")}
        texts = {
            code: {name: self.cleaned_data[f"texts-{code}-{name}"] for name in OWN} for code in self.languages
        }
        people = given["escalate_to"].replace(",", " ").split()
        return {**given, "texts": texts, "escalate_to": people}


def initial(case: Case, plan: NoticePlan) -> dict[str, Any]:
    """What the form shows at first."""
    names = [name for name in PlanForm.base_fields if name != "escalate_to"]
    shown: dict[str, Any] = {name: getattr(plan, name) for name in names}
    shown["escalate_to"] = ", ".join(plan.escalate_to)
    shown |= {f"texts-{code}-{name}": text for code, own in plan.texts.items() for name, text in own.items()}
    if not plan.changed_by:
        shown |= {"texts-en-reason": case.reason, "texts-en-hazard": case.hazard}
    return shown


def languages_of(plan: NoticePlan, rows: Iterable[Recipient]) -> list[str]:
    """English, and what else the customers read."""
    wanted = {"en", *plan.texts, *(one.language for one in rows)}
    return [code for code in LANGUAGES if code in wanted]


def preview(case: Case, plan: NoticePlan, one: Recipient) -> noticetexts.Facts:
    """What the next notice to a customer would say."""
    known = reading.told(case)
    found = reading.due([one], known)
    if found.more:
        return reading.facts(case, plan, one, NoticeKind.MORE, goods=found.more[0][1])
    return reading.facts(case, plan, one, NoticeKind.FIRST)


def shown(facts: noticetexts.Facts) -> dict[str, str]:
    """A notice as people look at it before it goes out."""
    return {
        "language": facts.language,
        "subject": noticetexts.subject(facts),
        "body": noticetexts.body(facts).replace(LINK, PLACEHOLDER),
    }


def context(request: HttpRequest, case: Case) -> dict[str, Any]:
    """All that the tab shows."""
    kept = reading.plan_of(case)
    plan = kept or reading.fresh_plan(case)
    if kept is None and not plan.contact_email and request.user.is_authenticated:
        plan.contact_email = request.user.email
    rows = recipients(case, plan) if case.as_of is not None else []
    known = reading.told(case)
    found = reading.due(rows, known)
    listed = Paginator(noticelines.lines(case, rows), SHOWN).get_page(request.GET.get("page"))
    data = request.POST if request.method == "POST" and "company" in request.POST else None
    form = PlanForm(data, initial(case, plan) if data is None else None, languages_of(plan, rows))
    if data is not None:
        form.is_valid()
    progress = reading.progress(case, kept)
    sample = found.first[0] if found.first else found.more[0][0] if found.more else None
    return {
        "notice_plan": kept,
        "notice_form": form,
        "notice_due": found,
        "notice_missing": found.missing,
        "notice_progress": progress,
        "notice_counts": [
            (label, progress.counts[value]) for value, label in _STATES if progress.counts.get(value)
        ],
        "notice_lines": listed,
        "notice_sample": shown(preview(case, plan, sample)) if sample is not None and kept else None,
        "notice_sample_of": sample,
        "notice_silent": len(reading.silent(case, known)),
        "notice_has_link": reading.has_link(),
        "notice_ways": Channel.choices,
        "may_notify": rules.fits("notify", case.status) and not case.is_drill and case.decision != "internal",
        "may_remind": rules.fits("remind", case.status),
        "may_end": rules.fits("end_notice", case.status)
        and any("first" in one.live and "end" not in one.live for one in known.values()),
        "notice_uid": new_uid(),
    }


_STATES = (
    ("sent", "sent"), ("waiting", "waiting"), ("sending", "being sent"), ("failed", "not sent"),
    ("unsure", "perhaps sent"), ("dropped", "dropped"),
)  # fmt: skip

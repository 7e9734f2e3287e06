"""The forms of drills: read as text, judged by the actions."""

from __future__ import annotations

from django import forms

from lotbook.insights.recall import drillrules
from lotbook.insights.recall.forms import Plain, _long
from lotbook.insights.recall.models import Answers, Reached
from lotbook.kernel.formpages import day_field
from lotbook.kernel.ids import new_uid


class StartForm(Plain):
    """What is rehearsed, and against which time."""

    uid = forms.UUIDField(widget=forms.HiddenInput, initial=new_uid)
    lots = _long("Lot", help_text="Leave it empty: a lot is drawn. Or name lots, one a line.")
    target = forms.CharField(
        label="Target",
        max_length=20,
        initial="4h",
        help_text="4h as BRCGS asks, 2h as many customers do, or 90 min.",
    )
    among = forms.ChoiceField(label="Draw from", choices=[*drillrules.AMONG.items()], initial="shipped")
    days = forms.CharField(
        label="Of the last days", max_length=4, initial=str(drillrules.DAYS_USUAL), required=False
    )
    seed = forms.CharField(
        label="Seed", max_length=16, required=False, help_text="A number; left out, one is made up and shown."
    )
    answers = forms.ChoiceField(
        label="Customers' answers", choices=Answers.choices, initial=Answers.NONE, widget=forms.RadioSelect
    )
    reason = forms.CharField(label="Why now", max_length=2000, required=False)


class SignForm(Plain):
    """What the signer adds."""

    text = _long("Remark")
    finding = _long("A finding")
    action = forms.CharField(label="What is done about it", max_length=2000, required=False)
    owner = forms.CharField(label="By whom", max_length=200, required=False)
    due_on = day_field("Until when")


class FindingForm(Plain):
    """What went wrong, and what is done about it."""

    text = _long("What went wrong", required=True)
    action = forms.CharField(label="What is done about it", max_length=2000, required=False)
    owner = forms.CharField(label="By whom", max_length=200, required=False)
    due_on = day_field("Until when")


class SettleForm(Plain):
    """What was done about a finding."""

    finding = forms.CharField(widget=forms.HiddenInput)
    text = forms.CharField(label="What was done", max_length=2000)


class AnswerForm(Plain):
    """What somebody who was asked said."""

    question = forms.CharField(widget=forms.HiddenInput)
    reached = forms.ChoiceField(label="Reached", choices=[one for one in Reached.choices if one[0]])
    name = forms.CharField(label="Who", max_length=200, required=False)
    answer = forms.CharField(label="What was said", max_length=2000, required=False)


class QuestionForm(Plain):
    """Somebody else to ask."""

    role = forms.CharField(label="Whom", max_length=120)
    question = forms.CharField(label="What", max_length=300)
    contact = forms.CharField(label="How to reach them", max_length=300, required=False)

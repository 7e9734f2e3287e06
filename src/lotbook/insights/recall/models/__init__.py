"""The tables of recall cases."""

from lotbook.insights.recall.models.answers import Answer, AnswerFile, AnswerLine, AnswerLink, NextRecipient
from lotbook.insights.recall.models.cases import (
    Case,
    CaseCustomer,
    CaseDelivery,
    CaseExpense,
    CaseKind,
    CaseLot,
    CaseStatus,
    CaseStep,
    CustomerStatus,
    Waiting,
)
from lotbook.insights.recall.models.drills import Answers, Choice, Drill, DrillFinding, DrillQuestion, Reached
from lotbook.insights.recall.models.notices import Channel, Notice, NoticeKind, NoticeStatus
from lotbook.insights.recall.models.plans import CustomerHook, NoticePlan, ToDo
from lotbook.insights.recall.models.texts import CaseText, EffectivenessCheck, Method, Outcome, TextKind

__all__ = [
    "Answer",
    "AnswerFile",
    "AnswerLine",
    "AnswerLink",
    "Answers",
    "Case",
    "CaseCustomer",
    "CaseDelivery",
    "CaseExpense",
    "CaseKind",
    "CaseLot",
    "CaseStatus",
    "CaseStep",
    "CaseText",
    "Channel",
    "Choice",
    "CustomerHook",
    "CustomerStatus",
    "Drill",
    "DrillFinding",
    "DrillQuestion",
    "EffectivenessCheck",
    "Method",
    "NextRecipient",
    "Notice",
    "NoticeKind",
    "NoticePlan",
    "NoticeStatus",
    "Outcome",
    "Reached",
    "TextKind",
    "ToDo",
    "Waiting",
]

"""Everything that changes a case."""

from lotbook.insights.recall.actions.answering import answer, make_link, renew_link, revoke_link, take_down
from lotbook.insights.recall.actions.checking import keep_check, plan_checks
from lotbook.insights.recall.actions.deciding import call_off, close, decide, decided, note, reconcile
from lotbook.insights.recall.actions.drilling import start_drill
from lotbook.insights.recall.actions.drillpeople import add_question, find, settle_finding, take_answer
from lotbook.insights.recall.actions.exposing import set_reading
from lotbook.insights.recall.actions.freezing import Frozen, follow, freeze, release_lots
from lotbook.insights.recall.actions.opening import open_case, set_suspects, take_scope
from lotbook.insights.recall.actions.outward import CLOSE, DECIDE
from lotbook.insights.recall.actions.reconciling import account, enter_expense, explain, explain_points
from lotbook.insights.recall.actions.signing import finish
from lotbook.insights.recall.actions.texts import keep_text

__all__ = [
    "CLOSE",
    "DECIDE",
    "Frozen",
    "account",
    "add_question",
    "answer",
    "call_off",
    "close",
    "decide",
    "decided",
    "enter_expense",
    "explain",
    "explain_points",
    "find",
    "finish",
    "follow",
    "freeze",
    "keep_check",
    "keep_text",
    "make_link",
    "note",
    "open_case",
    "plan_checks",
    "reconcile",
    "release_lots",
    "renew_link",
    "revoke_link",
    "set_reading",
    "set_suspects",
    "settle_finding",
    "start_drill",
    "take_answer",
    "take_down",
    "take_scope",
]

"""Everything this room writes: receipts and returns, orders, shipping notices, rules, lists from files."""

from lotbook.operations.receiving.actions import imports
from lotbook.operations.receiving.actions.lines import add_line, cancel_line, change_line
from lotbook.operations.receiving.actions.notices import cancel_notice, create_notice
from lotbook.operations.receiving.actions.orders import (
    allow_over,
    amend_order,
    cancel_order,
    close_order,
    create_order,
    send_order,
)
from lotbook.operations.receiving.actions.receipts import receive, receive_unit
from lotbook.operations.receiving.actions.returns import supplier_return
from lotbook.operations.receiving.actions.settling import settle, settle_returns
from lotbook.operations.receiving.actions.terms import remove_rule, set_rule

__all__ = [
    "add_line",
    "allow_over",
    "amend_order",
    "cancel_line",
    "cancel_notice",
    "cancel_order",
    "change_line",
    "close_order",
    "create_notice",
    "create_order",
    "imports",
    "receive",
    "receive_unit",
    "remove_rule",
    "send_order",
    "set_rule",
    "settle",
    "settle_returns",
    "supplier_return",
]

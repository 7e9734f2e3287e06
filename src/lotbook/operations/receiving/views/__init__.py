"""The pages of receiving."""

from lotbook.operations.receiving.views.arriving import arrival, expected, new, supplier_return, unit
from lotbook.operations.receiving.views.imports import FAULTS_SHOWN, confirm, import_list, preview, template
from lotbook.operations.receiving.views.listing import SHOWN
from lotbook.operations.receiving.views.notices import (
    NOTICE_COLUMNS,
    cancel_notice,
    new_notice,
    notice,
    notices,
)
from lotbook.operations.receiving.views.orders import (
    ORDER_COLUMNS,
    add_line,
    allow_over,
    cancel_line,
    cancel_order,
    change_line,
    change_order,
    close_order,
    new_order,
    order,
    orders,
    send_order,
)
from lotbook.operations.receiving.views.rules import change_rule, new_rule, remove_rule, rules_list

__all__ = [
    "FAULTS_SHOWN",
    "NOTICE_COLUMNS",
    "ORDER_COLUMNS",
    "SHOWN",
    "add_line",
    "allow_over",
    "arrival",
    "cancel_line",
    "cancel_notice",
    "cancel_order",
    "change_line",
    "change_order",
    "change_rule",
    "close_order",
    "confirm",
    "expected",
    "import_list",
    "new",
    "new_notice",
    "new_order",
    "new_rule",
    "notice",
    "notices",
    "order",
    "orders",
    "preview",
    "remove_rule",
    "rules_list",
    "send_order",
    "supplier_return",
    "template",
    "unit",
]

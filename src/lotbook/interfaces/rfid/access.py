"""Who may post what passed: the permission of this room, and that of the room that posts."""

from __future__ import annotations

from django.http import HttpRequest

from lotbook.foundation.accounts.models import User
from lotbook.interfaces.rfid.actions import NEEDS
from lotbook.interfaces.rfid.models import Pass
from lotbook.kernel import permissions
from lotbook.kernel.errors import Fault, NotAllowed


def need(request: HttpRequest, kind: str) -> None:
    """Raise NotAllowed unless the person may do by hand what posting a pass of this kind does."""
    if not permissions.allowed(request, NEEDS[kind]):
        cause = f"this needs the permission {NEEDS[kind]}."
        raise NotAllowed(Fault("", cause, "Ask somebody who may.", "not_allowed"))


def need_for(request: HttpRequest, one: Pass) -> None:
    """The same for a pass, by its document where it has one."""
    need(request, one.job_kind or one.portal.purpose)


def answering(request: HttpRequest, purpose: str) -> str:
    """The username of who answers for what a portal posts by itself: whoever sets it up, if they may post."""
    if not permissions.allowed(request, "rfid.post"):
        cause = "posting by itself needs the permission rfid.post."
        raise NotAllowed(Fault("posts_itself", cause, "Ask somebody who may.", "not_allowed"))
    if purpose in NEEDS:
        need(request, purpose)
    assert isinstance(request.user, User)
    return request.user.get_username()

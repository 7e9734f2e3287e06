"""Everything that changes people, roles, keys, badges and handhelds. Each change is kept in the history."""

from lotbook.foundation.accounts.actions.badges import (
    badge_in,
    change_pin,
    enrol_handheld,
    make_badge,
    revoke_badge,
    revoke_handheld,
)
from lotbook.foundation.accounts.actions.keys import (
    NewKey,
    create_api_key,
    note_wrong_key,
    revoke_api_key,
    rotate_api_key,
    use_key,
)
from lotbook.foundation.accounts.actions.people import (
    create_user,
    deactivate,
    reactivate,
    set_password,
    set_role,
    set_sites,
)
from lotbook.foundation.accounts.actions.roles import change_role, create_role, seed_roles
from lotbook.foundation.accounts.actions.sso import person_of_claims

__all__ = [
    "NewKey",
    "badge_in",
    "change_pin",
    "change_role",
    "create_api_key",
    "create_role",
    "create_user",
    "deactivate",
    "enrol_handheld",
    "make_badge",
    "note_wrong_key",
    "person_of_claims",
    "reactivate",
    "revoke_api_key",
    "revoke_badge",
    "revoke_handheld",
    "rotate_api_key",
    "seed_roles",
    "set_password",
    "set_role",
    "set_sites",
    "use_key",
]

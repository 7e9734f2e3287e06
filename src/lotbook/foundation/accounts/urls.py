"""Addresses of login, people, roles, keys, badges and handhelds."""

from __future__ import annotations

from django.urls import include, path

from lotbook.foundation.accounts.views import handhelds, keys, login, people, roles

# allauth reverses its pages by their bare names: they stand outside this room's name space.
doors = [
    path("login/", login.login, name="account_login"),
    path("logout/", login.logout, name="account_logout"),
    path("inactive/", login.inactive, name="account_inactive"),
    path("signup/", login.signup, name="account_signup"),
    path("password/", login.change_password, name="account_change_password"),
    path("again/", login.reauthenticate, name="account_reauthenticate"),
    path("second/", login.second_factor, name="mfa_authenticate"),
    path("security/", login.security, name="mfa_index"),
    path("security/again/", login.reauthenticate_code, name="mfa_reauthenticate"),
    path("security/app/", login.add_totp, name="mfa_activate_totp"),
    path("security/app/remove/", login.remove_totp, name="mfa_deactivate_totp"),
    path("security/codes/", login.recovery_codes, name="mfa_view_recovery_codes"),
    path("security/codes/new/", login.new_recovery_codes, name="mfa_generate_recovery_codes"),
    path("security/passkeys/", login.to_security, name="mfa_list_webauthn"),
    path("security/passkeys/add/", login.add_passkey, name="mfa_add_webauthn"),
    path("security/passkeys/again/", login.reauthenticate_passkey, name="mfa_reauthenticate_webauthn"),
    path("security/passkeys/<int:pk>/remove/", login.remove_passkey, name="mfa_remove_webauthn"),
    path("security/pin/", login.change_pin, name="account_change_pin"),
    path("login/passkey/", login.login_passkey, name="mfa_login_webauthn"),
    path("sso/cancelled/", login.sso_cancelled, name="socialaccount_login_cancelled"),
    path("sso/error/", login.sso_error, name="socialaccount_login_error"),
    path("sso/signup/", login.signup, name="socialaccount_signup"),
    path("sso/connected/", login.to_security, name="socialaccount_connections"),
    path("sso/<str:provider_id>/login/", login.sso_login, name="openid_connect_login"),
    path("sso/<str:provider_id>/login/callback/", login.sso_callback, name="openid_connect_callback"),
]

rooms = [
    path("badge", handhelds.badge, name="badge"),
    path("badge/switch", handhelds.switch, name="switch"),
    path("settings/people", people.people, name="people"),
    path("settings/people/add", people.add_person, name="add_person"),
    path("settings/people/<str:username>", people.person, name="person"),
    path("settings/people/<str:username>/role", people.set_role, name="set_role"),
    path("settings/people/<str:username>/sites", people.set_sites, name="set_sites"),
    path("settings/people/<str:username>/password", people.set_password, name="set_password"),
    path("settings/people/<str:username>/access", people.set_access, name="set_access"),
    path("settings/people/<str:username>/badge", people.make_badge, name="make_badge"),
    path("settings/people/<str:username>/badge/pin", people.set_pin, name="set_pin"),
    path("settings/people/<str:username>/badge/revoke", people.revoke_badge, name="revoke_badge"),
    path("settings/handhelds", handhelds.handhelds, name="handhelds"),
    path("settings/handhelds/enrol", handhelds.enrol_handheld, name="enrol_handheld"),
    path("settings/handhelds/<str:name>/revoke", handhelds.revoke_handheld, name="revoke_handheld"),
    path("settings/roles", roles.roles, name="roles"),
    path("settings/roles/add", roles.add_role, name="add_role"),
    path("settings/roles/<str:name>", roles.role, name="role"),
    path("settings/keys", keys.keys, name="keys"),
    path("settings/keys/ending", keys.ending_keys, name="ending_keys"),
    path("settings/keys/add", keys.add_key, name="add_key"),
    path("settings/keys/<str:prefix>/rotate", keys.rotate_key, name="rotate_key"),
    path("settings/keys/<str:prefix>/revoke", keys.revoke_key, name="revoke_key"),
]

urlpatterns = [path("account/", include(doors)), path("", include((rooms, "accounts")))]

"""Addresses of login, people and keys."""

from __future__ import annotations

from django.urls import include, path

from lotbook.foundation.accounts import views

# allauth reverses its pages by their bare names: they stand outside this room's name space.
login = [
    path("login/", views.login, name="account_login"),
    path("logout/", views.logout, name="account_logout"),
    path("inactive/", views.inactive, name="account_inactive"),
    path("signup/", views.signup, name="account_signup"),
    path("password/", views.change_password, name="account_change_password"),
]

rooms = [
    path("settings/people", views.people, name="people"),
    path("settings/people/add", views.add_person, name="add_person"),
    path("settings/people/<str:username>", views.person, name="person"),
    path("settings/people/<str:username>/role", views.set_role, name="set_role"),
    path("settings/people/<str:username>/sites", views.set_sites, name="set_sites"),
    path("settings/people/<str:username>/password", views.set_password, name="set_password"),
    path("settings/people/<str:username>/access", views.set_access, name="set_access"),
    path("settings/roles", views.roles, name="roles"),
    path("settings/roles/add", views.add_role, name="add_role"),
    path("settings/roles/<str:name>", views.role, name="role"),
    path("settings/keys", views.keys, name="keys"),
    path("settings/keys/add", views.add_key, name="add_key"),
    path("settings/keys/<str:prefix>/revoke", views.revoke_key, name="revoke_key"),
]

urlpatterns = [path("account/", include(login)), path("", include((rooms, "accounts")))]

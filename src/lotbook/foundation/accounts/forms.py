"""Forms of the administrators' pages, and of the login."""

from __future__ import annotations

from datetime import UTC, datetime, time

from django import forms

from lotbook.foundation.accounts import queries
from lotbook.foundation.accounts.models import User
from lotbook.kernel.formpages import reason_field
from lotbook.kernel.permissions import PERMISSIONS


def role_choices() -> list[tuple[str, str]]:
    """The roles with what each does."""
    return [(role, f"{role} – {words}") for role, words in queries.role_words().items()]


def site_choices() -> list[tuple[str, str]]:
    """The sites by code."""
    return [(site.code, f"{site.code} {site.name}".strip()) for site in queries.sites()]


def sites_field() -> forms.MultipleChoiceField:
    """Where somebody works."""
    return forms.MultipleChoiceField(
        label="Sites",
        choices=site_choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="Goods at other sites they can see, not move. None ticked: all sites.",
    )


class PersonForm(forms.Form):
    """A new person."""

    username = forms.CharField(
        label="Name to log in with",
        max_length=60,
        help_text="Small letters, digits, dots; kept in every event.",
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}
        ),
    )
    first_name = forms.CharField(max_length=150, required=False)
    last_name = forms.CharField(max_length=150, required=False)
    email = forms.EmailField(label="E-mail", required=False)
    role = forms.ChoiceField(choices=role_choices, initial="operator")
    sites = sites_field()
    password = forms.CharField(
        label="First password",
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text="At least 10 characters. They can change it under their name, top right.",
    )


class RoleForm(forms.Form):
    """Another role for a person."""

    role = forms.ChoiceField(choices=role_choices)


class SitesForm(forms.Form):
    """Other sites for a person."""

    sites = sites_field()


class PermissionsForm(forms.Form):
    """What people of a role may do."""

    words = forms.CharField(label="What the person does", max_length=200)
    permissions = forms.MultipleChoiceField(
        label="What they may do",
        choices=list(PERMISSIONS.items()),
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )
    needs_second_factor = forms.BooleanField(
        label="Needs a second factor",
        required=False,
        help_text="Who has this role sets up an app or a passkey before anything else.",
    )


class RoleChangeForm(PermissionsForm):
    """A role as it shall be from now on."""

    reason = reason_field()


class NewRoleForm(PermissionsForm):
    """A role of one's own."""

    name = forms.CharField(
        max_length=20,
        help_text="Small letters, digits, hyphens, like night-shift. It stays as it is.",
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "none"}),
    )
    field_order = ("name", "words", "permissions", "needs_second_factor")


class NewPasswordForm(forms.Form):
    """A new password for somebody who forgot theirs."""

    password = forms.CharField(
        label="New password",
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text="At least 10 characters.",
    )


def pin_field(label: str) -> forms.CharField:
    """A PIN, typed on a keypad and not shown."""
    attrs = {"inputmode": "numeric", "autocomplete": "off", "pattern": "[0-9]*"}
    return forms.CharField(label=label, max_length=12, strip=False, widget=forms.PasswordInput(attrs=attrs))


class FirstPinForm(forms.Form):
    """The PIN of a badge, as an administrator sets it."""

    pin = pin_field("PIN")
    pin.help_text = "4 to 12 digits. They can change it under their name, top right."


class PinForm(forms.Form):
    """Another PIN for one's own badge."""

    pin = pin_field("New PIN")
    pin.help_text = "4 to 12 digits, without a pattern."
    again = pin_field("The same again")

    def clean_again(self) -> str:
        """Both have to be the same."""
        again = str(self.cleaned_data["again"])
        if again != self.cleaned_data.get("pin"):
            raise forms.ValidationError("The two are not the same.")
        return again


class BadgeForm(forms.Form):
    """Badge and PIN on a shared handheld."""

    code = forms.CharField(
        label="Badge",
        max_length=100,
        help_text="Scan it.",
        widget=forms.PasswordInput(attrs={"autocomplete": "off", "autofocus": True}),
    )
    pin = pin_field("PIN")


class HandheldForm(forms.Form):
    """A name for a shared device."""

    name = forms.CharField(
        label="Name of this device", max_length=60, help_text="As its sticker says, like Handheld 3."
    )


class RotateForm(forms.Form):
    """A new key in the place of an old one."""

    overlap = forms.ChoiceField(
        label="The old key works on for",
        choices=[("0", "no longer"), ("1", "1 hour"), ("24", "1 day"), ("168", "7 days"), ("720", "30 days")],
        initial="24",
        help_text="Long enough to give the new one to every program that uses it.",
    )
    expires_on = forms.DateField(
        label="Last day of the new key", required=False, widget=forms.DateInput(attrs={"type": "date"})
    )

    def expires_at(self) -> datetime | None:
        """The end of the last day, in UTC."""
        day = self.cleaned_data.get("expires_on")
        return datetime.combine(day, time.max, tzinfo=UTC) if day else None


class KeyForm(forms.Form):
    """A new key for a program."""

    name = forms.CharField(label="What uses it", max_length=100)
    owner = forms.ModelChoiceField(
        User.objects.filter(is_active=True).order_by("username"),
        to_field_name="username",
        help_text="The key may never do more than its owner.",
    )
    scopes = forms.MultipleChoiceField(
        label="What it may do", choices=list(PERMISSIONS.items()), widget=forms.CheckboxSelectMultiple
    )
    expires_on = forms.DateField(
        label="Last day of use", required=False, widget=forms.DateInput(attrs={"type": "date"})
    )

    def expires_at(self) -> datetime | None:
        """The end of the last day, in UTC."""
        day = self.cleaned_data.get("expires_on")
        return datetime.combine(day, time.max, tzinfo=UTC) if day else None

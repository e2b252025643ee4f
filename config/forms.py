"""allauth's forms in the words of the product."""

from typing import Any

from allauth.account import forms
from django.utils.translation import gettext_lazy as _

LABELS = {
    "login": _("E-mail address"),
    "email": _("E-mail address"),
    "password": _("Password"),
    "remember": _("Remember me"),
    "oldpassword": _("Current password"),
    "password1": _("New password"),
    "password2": _("New password, again"),
}


class OwnWords:
    """Labels every field, and removes the placeholders that would say the same in other words."""

    fields: dict[str, Any]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            field.label = LABELS[name]
            field.widget.attrs.pop("placeholder", None)


class SignInForm(OwnWords, forms.LoginForm):  # type: ignore[misc]
    """Address and password."""


class ChangePasswordForm(OwnWords, forms.ChangePasswordForm):  # type: ignore[misc]
    """The current password and, twice, the new one."""


class SetPasswordForm(OwnWords, forms.SetPasswordForm):  # type: ignore[misc]
    """A password, twice, for an account that has none."""


class ResetPasswordForm(OwnWords, forms.ResetPasswordForm):  # type: ignore[misc]
    """The address that a link is sent to."""


class ResetPasswordKeyForm(OwnWords, forms.ResetPasswordKeyForm):  # type: ignore[misc]
    """A new password, twice, for whoever has the link."""

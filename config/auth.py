"""Who may have an account, and how it is made."""

import logging
from collections.abc import Callable
from functools import wraps
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.auth_backends import AuthenticationBackend
from allauth.account.utils import filter_users_by_email
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter, get_adapter
from allauth.socialaccount.helpers import render_authentication_error
from allauth.socialaccount.models import SocialAccount, SocialLogin
from allauth.socialaccount.providers.base import AuthError, Provider
from allauth.socialaccount.providers.openid_connect import views
from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext_lazy as _
from requests import RequestException

from postmortems.models import User

logger = logging.getLogger("sansblame.auth")

ProviderView = Callable[[HttpRequest, str], HttpResponse]

DEMO_DOMAIN = "@demo.example"
SECONDS_AN_HOUR = 3600


class AccountBackend(AuthenticationBackend):  # type: ignore[misc]
    """Signs in by address and password."""

    def user_can_authenticate(self, user: AbstractBaseUser) -> bool:
        """Refuse inactive accounts, and demo accounts where DEMO is off; their sessions end, too."""
        if not settings.DEMO and user.get_username().endswith(DEMO_DOMAIN):
            return False
        allowed: bool = super().user_can_authenticate(user)
        return allowed


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """Local accounts are created by staff, who administer their addresses as well."""

    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "email_password_mismatch": _("The e-mail address or the password is not right."),
        "enter_current_password": _("This is not your current password."),
        "too_many_login_attempts": _("Too many attempts failed. Try again in a few minutes."),
    }

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        """Lead back to where the change began; the new password is asked for first."""
        return reverse("postmortems:profile")

    def send_password_reset_mail(self, user: User, email: str, context: dict[str, Any]) -> None:
        """Write in the language of the account; one that never had a password is being invited."""
        context["invited"] = not user.has_usable_password()
        context["hours"] = settings.PASSWORD_RESET_TIMEOUT // SECONDS_AN_HOUR
        with translation.override(user.language or translation.get_language()):
            super().send_password_reset_mail(user, email, context)


class SocialAccountAdapter(DefaultSocialAccountAdapter):  # type: ignore[misc]
    """Whoever the installation's own OpenID Connect provider lets in gets an account."""

    def is_open_for_signup(self, request: HttpRequest, sociallogin: SocialLogin) -> bool:
        """Accept everybody to whom the provider gives an address that is nobody's yet.

        Refuse an address that the provider calls unverified: it would be its owner's word alone. One
        about which the provider says nothing is taken as the operator's.
        """
        email = sociallogin.user.email
        unverified = _claims(sociallogin).get("email_verified") in (False, "false")
        return bool(email) and not unverified and not filter_users_by_email(email)

    def can_authenticate_by_email(self, sociallogin: SocialLogin, email: str) -> bool:
        """Sign in to the account of an address that the provider has verified; some write it as text."""
        verified = _claims(sociallogin).get("email_verified") in (True, "true")
        return verified and bool(super().can_authenticate_by_email(sociallogin, email))

    def populate_user(self, request: HttpRequest, sociallogin: SocialLogin, data: dict[str, Any]) -> User:
        """Give a new account the name that the provider knows, else the local part of its address."""
        user: User = super().populate_user(request, sociallogin, data)
        name = _claims(sociallogin).get("name") or ""
        limit = user._meta.get_field("display_name").max_length
        user.display_name = (name.strip() or user.email.partition("@")[0])[:limit]
        return user

    def get_connect_redirect_url(self, request: HttpRequest, socialaccount: SocialAccount) -> str:
        """Lead somebody who was signed in already to their profile."""
        return reverse("postmortems:profile")

    def on_authentication_error(
        self,
        request: HttpRequest,
        provider: Provider,
        error: str | None = None,
        exception: Exception | None = None,
        extra_context: dict[str, Any] | None = None,
    ) -> None:
        """Log why, since the page only says that it did not work."""
        if error != AuthError.CANCELLED:
            logger.warning("sign-in through the identity provider failed", exc_info=exception)


def _claims(sociallogin: SocialLogin) -> dict[str, Any]:
    """What the provider says about a person, found where allauth looks for it."""
    data: dict[str, Any] = sociallogin.account.extra_data
    return data.get("userinfo") or data.get("id_token") or data


def _answering(view: ProviderView) -> ProviderView:
    """Answers with a page of its own when the provider cannot be reached."""

    @wraps(view)
    def answered(request: HttpRequest, provider_id: str) -> HttpResponse:
        try:
            return view(request, provider_id)
        except RequestException as error:
            provider = get_adapter().get_provider(request, provider_id)
            response: HttpResponse = render_authentication_error(request, provider, exception=error)
            return response

    return answered


provider_login = _answering(views.login)
provider_callback = _answering(views.callback)

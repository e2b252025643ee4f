"""Who may have an account, and how it is made."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.auth_backends import AuthenticationBackend
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialLogin
from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser
from django.http import HttpRequest
from django.utils import translation

from postmortems.models import User

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
    """Local accounts are created by staff."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Refuse sign-up by form."""
        return False

    def send_password_reset_mail(self, user: User, email: str, context: dict[str, Any]) -> None:
        """Write in the language of the account; one that never had a password is being invited."""
        context["invited"] = not user.has_usable_password()
        context["hours"] = settings.PASSWORD_RESET_TIMEOUT // SECONDS_AN_HOUR
        with translation.override(user.language or translation.get_language()):
            super().send_password_reset_mail(user, email, context)


class SocialAccountAdapter(DefaultSocialAccountAdapter):  # type: ignore[misc]
    """Whoever the installation's own OpenID Connect provider lets in gets an account."""

    def is_open_for_signup(self, request: HttpRequest, sociallogin: SocialLogin) -> bool:
        """Accept everybody whom the provider has signed in."""
        return True

    def populate_user(self, request: HttpRequest, sociallogin: SocialLogin, data: dict[str, Any]) -> User:
        """Give a new account the name that the provider knows, else the local part of its address."""
        user: User = super().populate_user(request, sociallogin, data)
        claims = sociallogin.account.extra_data
        name = claims.get("name") or claims.get("userinfo", {}).get("name") or ""
        limit = user._meta.get_field("display_name").max_length
        user.display_name = (name.strip() or user.email.partition("@")[0])[:limit]
        return user

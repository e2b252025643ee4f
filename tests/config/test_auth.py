"""Accounts: who gets in, who does not, and how little a stranger learns."""

from typing import Any

import pytest
from allauth.socialaccount.models import SocialAccount, SocialLogin
from django.contrib.auth.hashers import Argon2PasswordHasher
from django.core import mail
from django.http import HttpRequest
from django.test import Client
from django.utils.module_loading import import_string
from pytest_django import Settings

from config import settings as project_settings
from config.auth import SocialAccountAdapter
from postmortems.models import User

pytestmark = pytest.mark.django_db


def sign_in(client: Client, email: str, password: str = "correct horse") -> bool:
    client.post("/accounts/login/", {"login": email, "password": password})
    return client.get("/resume/")["Location"] == "/"


def test_signing_in_by_address_whatever_its_case(client: Client, person: User) -> None:
    assert sign_in(client, "Person@Example.org")


def test_wrong_password(client: Client, person: User) -> None:
    assert not sign_in(client, person.email, "wrong horse")


def test_nobody_signs_up_by_form(client: Client) -> None:
    form = {"email": "new@example.org", "password1": "a long password", "password2": "a long password"}
    client.post("/accounts/signup/", form)
    assert not User.objects.exists()


def test_guessing_a_password_is_slowed_down(client: Client, person: User) -> None:
    for _ in range(5):
        sign_in(client, person.email, "wrong horse")
    assert not sign_in(client, person.email)


def test_a_reset_tells_nobody_whether_an_account_exists(client: Client, person: User) -> None:
    known = client.post("/accounts/password/reset/", {"email": person.email})
    unknown = client.post("/accounts/password/reset/", {"email": "stranger@example.org"})
    assert (known.status_code, known["Location"]) == (unknown.status_code, unknown["Location"])
    assert [message.to for message in mail.outbox] == [[person.email]]


def test_a_reset_says_who_it_is_for_and_how_long_its_link_works(client: Client, person: User) -> None:
    client.post("/accounts/password/reset/", {"email": person.email})
    (message,) = mail.outbox
    assert message.subject == "A new password for Sans Blâme"
    assert person.email in message.body
    assert "/accounts/password/reset/key/" in message.body
    assert "within 1 hour" in message.body


def test_resets_are_limited(client: Client) -> None:
    answers = [client.post("/accounts/password/reset/", {"email": "a@example.org"}) for _ in range(4)]
    assert [answer.status_code for answer in answers] == [302, 302, 302, 429]


@pytest.fixture
def demo_account() -> User:
    return User.objects.create_user("author@demo.example", "demo", display_name="Author")


def test_demo_accounts_work_in_a_demo(client: Client, demo_account: User) -> None:
    assert sign_in(client, demo_account.email, "demo")


def test_the_sign_in_page_of_a_demo_offers_its_accounts(
    client: Client, demo_account: User, settings: Settings
) -> None:
    offer = f'name="login" value="{demo_account.email}"'
    assert offer in client.get("/accounts/login/").content.decode()
    settings.DEMO = False
    assert offer not in client.get("/accounts/login/").content.decode()


def test_demo_accounts_are_refused_elsewhere(client: Client, demo_account: User, settings: Settings) -> None:
    settings.DEMO = False
    assert not sign_in(client, demo_account.email, "demo")


def test_sessions_of_demo_accounts_end_with_the_demo(
    client: Client, demo_account: User, settings: Settings
) -> None:
    client.force_login(demo_account)
    settings.DEMO = False
    assert client.get("/resume/")["Location"].startswith("/accounts/login/")


def test_passwords_are_hashed_by_argon2() -> None:
    assert import_string(project_settings.PASSWORD_HASHERS[0]) is Argon2PasswordHasher


@pytest.mark.parametrize(
    ("claims", "name"),
    [
        ({"name": "Dominique Example"}, "Dominique Example"),
        ({"userinfo": {"name": "Dominique Example"}}, "Dominique Example"),
        ({"name": "  "}, "dominique"),
        ({}, "dominique"),
        ({"name": "x" * 500}, "x" * 120),
    ],
)
def test_an_account_from_the_identity_provider_has_a_name(claims: dict[str, Any], name: str) -> None:
    login = SocialLogin(user=User(), account=SocialAccount(provider="oidc", extra_data=claims))
    data = {"email": "dominique@example.org"}
    user = SocialAccountAdapter().populate_user(HttpRequest(), login, data)
    assert (user.display_name, user.email) == (name, "dominique@example.org")
    user.full_clean(exclude=["password"])

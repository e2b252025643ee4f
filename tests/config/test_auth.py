"""Accounts: who gets in, who does not, and how little a stranger learns."""

import re
from typing import Any

import pytest
from allauth.account.models import EmailAddress
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


def test_only_the_owner_of_an_inactive_account_learns_that_it_is(client: Client, person: User) -> None:
    User.objects.update(is_active=False)
    wrong = client.post("/accounts/login/", {"login": person.email, "password": "wrong horse"})
    assert wrong.context["form"].errors
    right = client.post("/accounts/login/", {"login": person.email, "password": "correct horse"}, follow=True)
    assert "switched off" in right.content.decode()
    assert client.get("/")["Location"].startswith("/accounts/login/")


def test_signing_out(client: Client, person: User) -> None:
    sign_in(client, person.email)
    assert "Sign out" in client.get("/accounts/logout/").content.decode()
    assert client.post("/accounts/logout/")["Location"] == "/"
    assert client.get("/")["Location"].startswith("/accounts/login/")


@pytest.mark.parametrize(
    "address",
    [
        "",
        "signup/",
        "email/",
        "confirm-email/",
        "confirm-email/x/",
        "reauthenticate/",
        "login/code/confirm/",
        "3rdparty/",
        "3rdparty/signup/",
        "3rdparty/login/error/",
        "social/connections/",
    ],
)
def test_what_the_product_does_not_use_of_allauth_does_not_exist(signed_in: Client, address: str) -> None:
    assert signed_in.get(f"/accounts/{address}").status_code == 404
    assert signed_in.post(f"/accounts/{address}").status_code == 404


def test_nobody_changes_the_address_of_their_account(signed_in: Client, person: User) -> None:
    for action in ("action_add", "action_primary"):
        signed_in.post("/accounts/email/", {"email": "boss@example.org", action: ""})
    person.refresh_from_db()
    assert person.email == "person@example.org"
    assert not EmailAddress.objects.exists()


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


def test_a_reset_by_mail_from_end_to_end(client: Client, person: User) -> None:
    answer = client.post("/accounts/password/reset/", {"email": person.email}, follow=True)
    assert "Look into your mailbox" in answer.content.decode()
    (link,) = re.findall(r"http://testserver(/\S+)", str(mail.outbox[0].body))
    form = client.get(link, follow=True)
    chosen = {"password1": "staple battery 42", "password2": "staple battery 42"}
    short = client.post(form.context["action_url"], {"password1": "short", "password2": "short"})
    assert short.context["form"].errors
    done = client.post(form.context["action_url"], chosen, follow=True)
    assert "Your password is changed" in done.content.decode()
    assert sign_in(client, person.email, "staple battery 42")
    assert "This link does not work any more" in Client().get(link).content.decode()


def test_changing_a_password_asks_for_the_new_one_at_once(client: Client, person: User) -> None:
    sign_in(client, person.email)
    chosen = {"password1": "staple battery 42", "password2": "staple battery 42"}
    wrong = client.post("/accounts/password/change/", {"oldpassword": "wrong horse", **chosen})
    assert "oldpassword" in wrong.context["form"].errors
    answer = client.post("/accounts/password/change/", {"oldpassword": "correct horse", **chosen})
    assert answer["Location"] == "/profile/"
    back = client.get(answer["Location"])["Location"]
    assert (
        client.post(back, {"login": person.email, "password": chosen["password1"]})["Location"] == "/profile/"
    )


def test_an_account_without_a_password_chooses_one(client: Client, person: User) -> None:
    person.set_unusable_password()
    person.save()
    client.force_login(person)
    assert client.get("/accounts/password/change/")["Location"] == "/accounts/password/set/"
    assert client.get("/accounts/password/set/").status_code == 200
    chosen = {"password1": "staple battery 42", "password2": "staple battery 42"}
    assert client.post("/accounts/password/set/", chosen)["Location"] == "/profile/"
    assert sign_in(client, person.email, "staple battery 42")


class TestLimitsBehindAProxy:
    """A stranger's twelve attempts, then somebody else at the same proxy."""

    def attempt(self, password: str, forwarded: str, email: str = "person@example.org") -> bool:
        client = Client(REMOTE_ADDR="127.0.0.1", headers={"X-Forwarded-For": forwarded})
        return sign_in(client, email, password)

    def fail(self, *forwarded: str) -> None:
        for number, address in enumerate(forwarded):
            assert not self.attempt("wrong horse", address, f"stranger{number}@example.org")

    def test_each_client_has_limits_of_its_own(self, person: User, settings: Settings) -> None:
        settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1
        self.fail(*["203.0.113.9"] * 12)
        assert not self.attempt("correct horse", "203.0.113.9")
        assert self.attempt("correct horse", "198.51.100.7")

    def test_an_address_that_the_client_wrote_itself_does_not_count(
        self, person: User, settings: Settings
    ) -> None:
        settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1
        self.fail(*[f"192.0.2.{number}, 203.0.113.9" for number in range(12)])
        assert not self.attempt("correct horse", "192.0.2.99, 203.0.113.9")

    def test_without_a_trusted_proxy_nobody_forges_an_address(self, person: User) -> None:
        self.fail(*[f"192.0.2.{number}" for number in range(12)])
        assert not self.attempt("correct horse", "192.0.2.99")


def test_resets_are_limited(client: Client) -> None:
    answers = [client.post("/accounts/password/reset/", {"email": "a@example.org"}) for _ in range(4)]
    assert [answer.status_code for answer in answers] == [302, 302, 302, 429]
    assert "<h1>Too many attempts</h1>" in answers[-1].content.decode()


class TestWords:
    """Pages of accounts speak of accounts, in the product's own words."""

    def test_a_refused_sign_in_is_no_text_to_save(self, client: Client, person: User) -> None:
        page = client.post("/accounts/login/", {"login": person.email, "password": "wrong horse"}).content
        assert "<h2>Sign-in refused</h2>" in page.decode()
        assert "The e-mail address or the password is not right." in page.decode()
        assert "Not saved yet" not in page.decode()

    def test_too_many_attempts(self, client: Client, person: User) -> None:
        form = {"login": person.email, "password": "wrong horse"}
        for _ in range(6):
            page = client.post("/accounts/login/", form).content.decode()
        assert "Too many attempts failed. Try again in a few minutes." in page
        assert "lease" not in page

    @pytest.mark.parametrize(
        ("address", "heading"),
        [
            ("/accounts/login/", "Sign-in refused"),
            ("/accounts/password/reset/", "The link is not sent yet"),
            ("/accounts/password/change/", "The password is not changed yet"),
        ],
    )
    def test_each_page_says_what_did_not_happen(
        self, client: Client, person: User, address: str, heading: str
    ) -> None:
        if "change" in address:
            client.force_login(person)
        assert f"<h2>{heading}</h2>" in client.post(address, {}).content.decode()

    def test_without_a_password_it_is_not_saved(self, client: Client, person: User) -> None:
        person.set_unusable_password()
        person.save()
        client.force_login(person)
        page = client.post("/accounts/password/set/", {}).content.decode()
        assert "<h2>The password is not saved yet</h2>" in page

    @pytest.mark.parametrize(
        ("address", "labels"),
        [
            ("/accounts/login/", ["E-mail address", "Password", "Remember me"]),
            ("/accounts/password/reset/", ["E-mail address"]),
            ("/accounts/password/change/", ["Current password", "New password", "New password, again"]),
        ],
    )
    def test_labels_without_placeholders(
        self, client: Client, person: User, address: str, labels: list[str]
    ) -> None:
        if "change" in address:
            client.force_login(person)
        answer = client.get(address)
        form = answer.context["form"]
        assert [str(field.label) for field in form] == labels
        assert not any("placeholder" in str(field) for field in form)


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

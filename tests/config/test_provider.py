"""Signing in through OpenID Connect, against an issuer on this machine."""

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import jwt
import pytest
from django.test import Client
from pytest_django import Settings

from postmortems.models import User

pytestmark = pytest.mark.django_db

LOGIN = "/accounts/oidc/oidc/login/"
CALLBACK = "/accounts/oidc/oidc/login/callback/"


@dataclass
class Issuer:
    """A provider that lets in whoever comes, as the person whom the test has put into ``claims``."""

    address: str = ""
    down: bool = False
    claims: dict[str, Any] = field(default_factory=dict)

    def answer(self, path: str) -> dict[str, Any]:
        now = datetime.now(UTC)
        token = {"iss": self.address, "aud": "sans-blame", "sub": "1", "iat": now}
        return {
            "/.well-known/openid-configuration": {
                "issuer": self.address,
                "authorization_endpoint": f"{self.address}/authorize",
                "token_endpoint": f"{self.address}/token",
                "userinfo_endpoint": f"{self.address}/userinfo",
                "jwks_uri": f"{self.address}/keys",
            },
            "/token": {
                "access_token": "access",
                "id_token": jwt.encode({**token, "exp": now + timedelta(minutes=1)}, "k" * 32),
            },
            "/userinfo": {"sub": "1", **self.claims},
        }[path]


@pytest.fixture
def issuer(settings: Settings) -> Iterator[Issuer]:
    """An issuer that runs, and is configured as OIDC_ISSUER would configure it."""
    issuer = Issuer()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(503 if issuer.down else 200)
            self.send_header("Content-Type", "application/json")
            self.end_headers()
            self.wfile.write(json.dumps(issuer.answer(urlsplit(self.path).path)).encode())

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.do_GET()

        def log_message(self, *arguments: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=[0.01], daemon=True)
    thread.start()
    issuer.address = f"http://127.0.0.1:{server.server_port}"
    settings.SOCIALACCOUNT_PROVIDERS = {
        "openid_connect": {
            "OAUTH_PKCE_ENABLED": True,
            "APPS": [
                {
                    "provider_id": "oidc",
                    "name": "Company",
                    "client_id": "sans-blame",
                    "secret": "secret",
                    "settings": {"server_url": issuer.address},
                }
            ],
        }
    }
    yield issuer
    server.shutdown()
    thread.join()
    server.server_close()


def depart(client: Client, address: str = LOGIN) -> str:
    """Leave for the issuer; return the state that it hands back."""
    answer = client.post(address)
    assert answer.status_code == 302
    return parse_qs(urlsplit(answer["Location"]).query)["state"][0]


def come_back(client: Client, address: str = LOGIN, **given: str) -> Any:
    """Leave and come back as the issuer's person, or with what is given."""
    state = depart(client, address)
    return client.get(CALLBACK, {"state": state, **(given or {"code": "code"})})


def who(client: Client) -> str:
    """The address of the account that is signed in, or nothing."""
    context = client.get("/profile/").context
    return str(context["request"].user.email) if context else ""


def test_the_sign_in_page_offers_the_provider(client: Client, issuer: Issuer) -> None:
    page = client.get("/accounts/login/").content.decode()
    assert f'action="{LOGIN}?process=login' in page
    assert "Sign in with Company" in client.get(LOGIN).content.decode()


def test_a_person_whom_nobody_knew_gets_an_account(client: Client, issuer: Issuer) -> None:
    issuer.claims = {"email": "New@example.org", "email_verified": True, "name": "New Person"}
    answer = come_back(client, f"{LOGIN}?next=/guide/")
    assert answer["Location"] == "/guide/"
    assert who(client) == "new@example.org"
    assert User.objects.get().display_name == "New Person"


@pytest.mark.parametrize("verified", [True, "true"])
def test_a_verified_address_signs_in_to_its_account(
    client: Client, issuer: Issuer, person: User, verified: bool | str
) -> None:
    issuer.claims = {"email": person.email, "email_verified": verified}
    assert come_back(client)["Location"] == "/"
    assert who(client) == person.email
    assert User.objects.count() == 1


def test_a_person_is_known_again_whatever_their_address_has_become(client: Client, issuer: Issuer) -> None:
    issuer.claims = {"email": "before@example.org", "email_verified": True}
    come_back(client)
    client.post("/accounts/logout/")
    issuer.claims = {"email": "after@example.org", "email_verified": True}
    come_back(client)
    assert who(client) == "before@example.org"


def test_an_address_about_which_the_provider_says_nothing_makes_an_account(
    client: Client, issuer: Issuer
) -> None:
    issuer.claims = {"email": "new@example.org"}
    come_back(client)
    assert who(client) == "new@example.org"


@pytest.mark.parametrize(
    "claims",
    [
        {},
        {"email": "not an address"},
        {"email": "new@example.org", "email_verified": False},
        {"email": "new@example.org", "email_verified": "false"},
        {"email": "person@example.org"},
        {"email": "Person@Example.org", "email_verified": False},
        {"email": "person@example.org", "email_verified": "false"},
    ],
)
def test_nobody_chooses_their_own_address(
    client: Client, issuer: Issuer, person: User, claims: dict[str, Any]
) -> None:
    issuer.claims = claims
    answer = come_back(client)
    assert answer.status_code == 200
    assert "no e-mail address that it has verified" in answer.content.decode()
    assert who(client) == ""
    assert list(User.objects.all()) == [person]


def test_an_inactive_account_stays_closed(client: Client, issuer: Issuer, person: User) -> None:
    User.objects.update(is_active=False)
    issuer.claims = {"email": person.email, "email_verified": True}
    answer = come_back(client)
    assert "switched off" in client.get(answer["Location"]).content.decode()
    assert who(client) == ""


def test_somebody_signed_in_connects_and_keeps_their_account(
    signed_in: Client, issuer: Issuer, person: User
) -> None:
    issuer.claims = {"email": "other@example.org", "email_verified": True}
    assert come_back(signed_in, f"{LOGIN}?process=connect")["Location"] == "/profile/"
    signed_in.post("/accounts/logout/")
    come_back(signed_in)
    assert who(signed_in) == person.email


def test_leaving_the_provider_half_way(client: Client, issuer: Issuer) -> None:
    answer = come_back(client, error="access_denied")
    assert "Signing in was cancelled" in client.get(answer["Location"]).content.decode()


def test_a_refusal_is_told(client: Client, issuer: Issuer) -> None:
    answer = come_back(client, error="server_error")
    assert answer.status_code == 401
    assert "Signing in did not work" in answer.content.decode()


@pytest.mark.parametrize("given", [{}, {"code": "code"}, {"code": "code", "state": "forged"}])
def test_coming_back_without_having_left(client: Client, issuer: Issuer, given: dict[str, str]) -> None:
    assert client.get(CALLBACK, given).status_code == 401


def test_a_provider_that_is_down(client: Client, issuer: Issuer, caplog: pytest.LogCaptureFixture) -> None:
    state = depart(client)
    issuer.down = True
    for answer in (client.post(LOGIN), client.get(CALLBACK, {"state": state, "code": "code"})):
        assert answer.status_code == 401
        assert "Signing in did not work" in answer.content.decode()
    failures = [record for record in caplog.records if record.name == "sansblame.auth"]
    assert [record.exc_info is not None for record in failures] == [True, True]


@pytest.mark.parametrize("address", [LOGIN, CALLBACK, "/accounts/oidc/other/login/"])
def test_without_a_provider_there_is_nothing(client: Client, address: str) -> None:
    assert client.get(address).status_code == 404
    assert client.post(address).status_code == 404

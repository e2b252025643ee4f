"""What surrounds every request: security headers, the language, the request for sign-in."""

import pytest
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.test import Client
from django.urls import include, path
from django.utils.translation import get_language
from pytest_django import DjangoAssertNumQueries, Settings

from config import urls
from postmortems.models import User

POLICY = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self'",
    "font-src": "'self'",
    "connect-src": "'self'",
    "manifest-src": "'self'",
    "form-action": "'self'",
    "base-uri": "'none'",
    "frame-ancestors": "'none'",
}


@login_not_required
def language_view(request: HttpRequest) -> HttpResponse:
    return HttpResponse(get_language() or "")


@login_not_required
def nonce_view(request: HttpRequest) -> HttpResponse:
    return HttpResponse(str(request.csp_nonce))  # type: ignore[attr-defined]


@login_not_required
def failing_view(request: HttpRequest) -> HttpResponse:
    raise RuntimeError("broken on purpose")


def absent_view(request: HttpRequest) -> HttpResponse:
    raise Http404("No Postmortem matches the given query.")


def private_view(request: HttpRequest) -> HttpResponse:
    return HttpResponse("private")


urlpatterns = [
    path("test/language", language_view),
    path("test/nonce", nonce_view),
    path("test/failing", failing_view),
    path("test/private", private_view),
    path("test/absent", absent_view),
    path("", include(urls)),
]
handler404, handler500 = urls.handler404, urls.handler500

pytestmark = [pytest.mark.urls(__name__), pytest.mark.django_db]


def policy(response: HttpResponseBase) -> dict[str, str]:
    directives = (part.partition(" ") for part in response["Content-Security-Policy"].split("; "))
    return {name: value for name, _, value in directives}


class TestHeaders:
    @pytest.mark.parametrize(
        ("address", "status"),
        [
            ("/accounts/login/", 200),
            ("/test/private", 302),
            ("/nowhere", 404),
            ("/test/failing", 500),
            ("/healthz", 200),
            ("/static/css/base.css", 200),
        ],
    )
    def test_every_response_carries_them(self, client: Client, address: str, status: int) -> None:
        client.raise_request_exception = False
        response = client.get(address)
        assert response.status_code == status
        assert policy(response) == POLICY
        assert response["X-Content-Type-Options"] == "nosniff"
        assert response["Referrer-Policy"] == "same-origin"
        assert response["Cross-Origin-Opener-Policy"] == "same-origin"
        assert response["Cross-Origin-Resource-Policy"] == "same-origin"
        assert "camera=()" in response["Permissions-Policy"]

    def test_shared_caches_keep_no_page(self, client: Client) -> None:
        assert client.get("/test/language")["Cache-Control"] == "private, no-cache"

    def test_static_files_are_not_open_to_other_origins(self, client: Client) -> None:
        assert "Access-Control-Allow-Origin" not in client.get("/static/css/base.css")

    def test_a_nonce_is_allowed_for_styles_of_the_page_that_asked(self, client: Client) -> None:
        first, second = client.get("/test/nonce"), client.get("/test/nonce")
        nonce = first.content.decode()
        assert len(nonce) >= 20
        assert policy(first) == {**POLICY, "style-src": f"'self' 'nonce-{nonce}'"}
        assert second.content.decode() != nonce

    def test_sign_in_form_may_lead_to_the_identity_provider(self, client: Client, settings: Settings) -> None:
        settings.OIDC_ISSUER = "https://id.example.org/realms/main"
        assert policy(client.get("/accounts/login/"))["form-action"] == "'self' https://id.example.org"

    def test_over_https_browsers_are_told_to_stay_there(self, client: Client, settings: Settings) -> None:
        settings.SECURE_HSTS_SECONDS = 3600
        assert client.get("/healthz", secure=True)["Strict-Transport-Security"] == "max-age=3600"


class TestLanguage:
    def test_the_browser_decides_for_a_stranger(self, client: Client) -> None:
        response = client.get("/test/language", headers={"Accept-Language": "fr-CA, en;q=0.5"})
        assert (response.content, response["Content-Language"]) == (b"fr", "fr")

    def test_english_where_the_browser_asks_for_neither(self, client: Client) -> None:
        assert client.get("/test/language", headers={"Accept-Language": "de"}).content == b"en"

    def test_the_cookie_wins_over_the_browser(self, client: Client) -> None:
        client.cookies[settings.LANGUAGE_COOKIE_NAME] = "en"
        assert client.get("/test/language", headers={"Accept-Language": "fr"}).content == b"en"

    def test_the_preference_wins_over_both(self, signed_in: Client, person: User) -> None:
        User.objects.filter(pk=person.pk).update(language="fr")
        signed_in.cookies[settings.LANGUAGE_COOKIE_NAME] = "en"
        assert signed_in.get("/test/language", headers={"Accept-Language": "en"}).content == b"fr"

    def test_switching_is_remembered_for_a_stranger(self, client: Client) -> None:
        response = client.post("/language/", {"language": "fr", "next": "/test/language"})
        assert response["Location"] == "/test/language"
        assert client.get("/test/language").content == b"fr"

    def test_switching_is_remembered_with_the_account(self, signed_in: Client, person: User) -> None:
        signed_in.post("/language/", {"language": "fr"})
        person.refresh_from_db()
        assert person.language == "fr"

    def test_an_unknown_language_changes_nothing(self, signed_in: Client, person: User) -> None:
        signed_in.post("/language/", {"language": "xx"})
        person.refresh_from_db()
        assert person.language == ""

    def test_switching_does_not_lead_elsewhere(self, client: Client) -> None:
        response = client.post("/language/", {"language": "fr", "next": "https://elsewhere.example/"})
        assert response["Location"] == "/"

    def test_switching_takes_a_form(self, client: Client) -> None:
        assert client.get("/language/").status_code == 405


class TestSignIn:
    def test_a_page_leads_to_sign_in_and_back(self, client: Client) -> None:
        assert client.get("/test/private?a=1")["Location"] == "/accounts/login/?next=/test/private%3Fa%3D1"

    def test_a_signed_in_person_costs_two_queries(
        self, signed_in: Client, django_assert_num_queries: DjangoAssertNumQueries
    ) -> None:
        with django_assert_num_queries(2):
            assert signed_in.get("/test/private").content == b"private"

    def test_htmx_is_told_that_the_session_has_ended(self, client: Client) -> None:
        response = client.post("/test/private", {"text": "typed"}, headers={"HX-Request": "true"})
        assert response.status_code == 401
        assert response["HX-Trigger"] == "session-expired"
        assert "/accounts/login/" in response.content.decode()
        assert "<html" not in response.content.decode()

    def test_a_plain_form_is_kept_until_its_author_has_signed_in(self, client: Client, person: User) -> None:
        typed = "two\nlines & <marks>"
        answer = client.post("/test/private?row=3", {"text": typed, "tag": ["a", "b"]})
        assert answer["Location"] == "/accounts/login/?next=%2Fresume%2F"
        back = client.post(answer["Location"], {"login": person.email, "password": "correct horse"})
        assert back["Location"] == "/resume/"
        page = client.get("/resume/")
        assert page.context["kept"]["path"] == "/test/private?row=3"
        assert page.context["kept"]["fields"] == [["text", typed], ["tag", "a"], ["tag", "b"]]
        assert "two\nlines &amp; &lt;marks&gt;" in page.content.decode()

    def test_what_was_kept_is_shown_once(self, signed_in: Client) -> None:
        session = signed_in.session
        session["resume"] = {"path": "/", "fields": [["text", "typed"]], "files": False}
        session.save()
        assert signed_in.get("/resume/").status_code == 200
        assert signed_in.get("/resume/")["Location"] == "/"

    @pytest.mark.parametrize(
        "fields", [{}, {"password": "secret"}, {"new_password1": "secret"}, {"text": "x" * 1_000_001}]
    )
    def test_neither_passwords_nor_floods_are_kept(self, client: Client, fields: dict[str, str]) -> None:
        answer = client.post("/test/private", fields)
        assert answer["Location"] == "/accounts/login/?next=/test/private"
        assert settings.SESSION_COOKIE_NAME not in client.cookies

    def test_a_forged_form_is_not_kept(self) -> None:
        client = Client(enforce_csrf_checks=True)
        assert client.post("/test/private", {"text": "forged"}).status_code == 403
        assert settings.SESSION_COOKIE_NAME not in client.cookies


def test_what_is_not_found_has_the_same_page_in_a_demo(signed_in: Client, settings: Settings) -> None:
    settings.DEBUG = True
    answer = signed_in.get("/test/absent")
    assert answer.status_code == 404
    assert "Nothing to see at this address" in answer.content.decode()
    assert "Postmortem matches" not in answer.content.decode()

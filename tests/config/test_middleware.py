"""What surrounds every request: security headers, the language, the request for sign-in."""

from typing import Any

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


def form_view(request: HttpRequest) -> HttpResponse:
    return HttpResponse(status=302 if request.POST["text"] else 422, headers={"Location": "/test/private"})


urlpatterns = [
    path("test/language", language_view),
    path("test/nonce", nonce_view),
    path("test/failing", failing_view),
    path("test/private", private_view),
    path("test/form", form_view),
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
        (form,) = page.context["kept"].values()
        assert form["path"] == "/test/private?row=3"
        assert form["fields"] == [["text", typed], ["tag", "a"], ["tag", "b"]]
        assert "two\nlines &amp; &lt;marks&gt;" in page.content.decode()

    def test_what_the_page_filled_in_itself_is_sent_again_but_not_shown(
        self, client: Client, person: User
    ) -> None:
        client.post("/test/form", {"text": "typed", "version": "41"})
        client.post("/accounts/login/", {"login": person.email, "password": "correct horse"})
        page = client.get("/resume/").content.decode()
        assert '<input type="hidden" name="version" value="41">' in page
        assert '<pre class="code">typed</pre>' in page
        assert '<pre class="code">41</pre>' not in page

    @pytest.mark.parametrize(
        "fields", [{}, {"password": "secret"}, {"new_password1": "secret"}, {"text": "x" * 1_000_001}]
    )
    def test_neither_passwords_nor_floods_are_kept(self, client: Client, fields: dict[str, str]) -> None:
        answer = client.post("/test/private", fields)
        assert answer["Location"] == "/accounts/login/?next=/test/private"
        assert settings.SESSION_COOKIE_NAME not in client.cookies

    def test_the_forms_kept_have_a_limit_together(self, client: Client, person: User) -> None:
        for text in ("a" * 600_000, "b" * 600_000):
            client.post("/test/private", {"text": text})
        (form,) = kept_forms(client, person).values()
        assert form["fields"][0][1][0] == "a"

    def test_a_forged_form_is_not_kept(self) -> None:
        client = Client(enforce_csrf_checks=True)
        assert client.post("/test/private", {"text": "forged"}).status_code == 403
        assert settings.SESSION_COOKIE_NAME not in client.cookies


def kept_forms(client: Client, person: User, *texts: str) -> dict[str, Any]:
    """Send forms without a session, sign in, and return what is kept by name."""
    for text in texts:
        client.post("/test/form", {"text": text})
    client.post("/accounts/login/", {"login": person.email, "password": "correct horse"})
    kept: dict[str, Any] = client.get("/resume/").context["kept"]
    return kept


class TestKeptForms:
    def test_they_stay_until_they_are_accepted(self, client: Client, person: User) -> None:
        (name,) = kept_forms(client, person, "typed")
        for _ in range(2):
            assert "typed" in client.get("/resume/").content.decode()
        assert client.post("/test/form", {"text": "", "kept_form": name}).status_code == 422
        assert "typed" in client.get("/resume/").content.decode()
        assert client.post("/test/form", {"text": "typed", "kept_form": name}).status_code == 302
        assert client.get("/resume/")["Location"] == "/"

    def test_other_forms_leave_them_alone(self, client: Client, person: User) -> None:
        kept_forms(client, person, "typed")
        client.post("/test/form", {"text": "something else"})
        client.post("/test/form", {"text": "something else", "kept_form": "unknown"})
        assert "typed" in client.get("/resume/").content.decode()

    def test_discarding_one_leaves_the_other(self, client: Client, person: User) -> None:
        first, _ = kept_forms(client, person, "first", "second")
        answer = client.post("/resume/", {"text": "first", "kept_form": first}, follow=True)
        assert [form["fields"] for form in answer.context["kept"].values()] == [[["text", "second"]]]

    def test_a_form_sent_twice_is_kept_once(self, client: Client, person: User) -> None:
        assert len(kept_forms(client, person, "typed", "typed")) == 1

    def test_one_whose_second_session_has_ended_is_kept_again(self, client: Client, person: User) -> None:
        (name,) = kept_forms(client, person, "typed")
        client.cookies.clear()
        client.post("/test/form", {"text": "typed", "kept_form": name})
        (form,) = kept_forms(client, person).values()
        assert form["fields"] == [["text", "typed"]]

    def test_every_page_leads_to_them(self, client: Client, person: User) -> None:
        kept_forms(client, person, "typed")
        line = "What you sent after your session had ended is not saved yet."
        assert line in client.get("/profile/").content.decode()
        assert line not in client.get("/resume/").content.decode()

    def test_they_are_nobody_elses(self, client: Client, person: User) -> None:
        kept_forms(client, person, "typed")
        client.force_login(User.objects.create_user("other@example.org", "x", display_name="Other"))
        assert client.get("/resume/")["Location"] == "/"

    def test_nothing_is_kept_of_a_form_that_only_discards(self, client: Client) -> None:
        answer = client.post("/resume/", {"kept_form": "0123456789abcdef"})
        assert answer["Location"] == "/accounts/login/?next=/resume/"


@pytest.mark.parametrize("address", ["/test/absent", "/nowhere/", "/test/private/nowhere", "/static/nowhere"])
def test_what_is_not_found_has_the_same_page_in_a_demo(
    signed_in: Client, settings: Settings, address: str
) -> None:
    settings.DEBUG = True
    answer = signed_in.get(address)
    assert answer.status_code == 404
    assert "Nothing to see at this address" in answer.content.decode()
    assert "Postmortem matches" not in answer.content.decode()
    assert "URLconf" not in answer.content.decode()


def test_htmx_gets_the_reason_alone_in_a_demo_too(signed_in: Client, settings: Settings) -> None:
    settings.DEBUG = True
    answer = signed_in.get("/nowhere/", headers={"HX-Request": "true"})
    assert answer.status_code == 404
    assert "It does not exist" in answer.content.decode()
    assert "<html" not in answer.content.decode()


@pytest.mark.parametrize("debug", [True, False])
def test_a_forgotten_slash_is_added(signed_in: Client, settings: Settings, debug: bool) -> None:
    settings.DEBUG = debug
    assert signed_in.get("/profile")["Location"] == "/profile/"

"""What a refused request answers, as a page and to htmx."""

from collections.abc import Callable

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import Page, expect

from postmortems.domain.document import Section
from postmortems.models import Postmortem, User
from tests.factories import postmortem_with_roles

HTMX = {"HX-Request": "true"}

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("address", "status", "reason"),
    [
        ("/nowhere/", 404, "It does not exist, it moved"),
        ("/staff/", 403, "This is for whoever runs this installation."),
    ],
)
def test_htmx_gets_the_reason_and_a_visit_the_page(
    signed_in: Client, address: str, status: int, reason: str
) -> None:
    page, fragment = signed_in.get(address), signed_in.get(address, headers=HTMX)
    assert (page.status_code, fragment.status_code) == (status, status)
    assert reason in page.content.decode()
    assert reason in fragment.content.decode()
    assert "<html" in page.content.decode()
    assert "<html" not in fragment.content.decode()


def test_htmx_is_told_of_a_stale_token(person: User) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(person)
    answer = client.post("/profile/", {"display_name": "New"}, headers=HTMX)
    assert answer.status_code == 403
    assert "nothing is lost" in answer.content.decode()
    assert "<html" not in answer.content.decode()


@pytest.mark.parametrize("reason", ["It does not exist, it moved", "Your session has ended"])
def test_a_refusal_is_shown_and_what_was_typed_stays(browse: Callable[..., Page], reason: str) -> None:
    cast = postmortem_with_roles()
    page = browse(cast.author)
    page.goto(f"/postmortems/{cast.postmortem.pk}/edit/{Section.TIMELINE.value}/")
    line = page.locator("[name=line]")
    line.fill("10:31 the credential is replaced")
    if "session" in reason:
        page.context.clear_cookies(name=settings.SESSION_COOKIE_NAME)
    else:
        Postmortem.objects.all().delete()
    line.press("Enter")
    expect(page.locator("#messages")).to_contain_text(reason)
    expect(line).to_have_value("10:31 the credential is replaced")

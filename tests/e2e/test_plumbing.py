"""The browser and the server that every other browser test relies on."""

import re
from collections.abc import Callable

from playwright.sync_api import Page, expect

from postmortems.models import User


def test_a_page_reaches_the_server_and_the_database(browse: Callable[..., Page]) -> None:
    page = browse()
    page.goto("/readyz")
    expect(page.locator("body")).to_have_text("ready")


def test_two_people_browse_side_by_side(browse: Callable[..., Page], person: User) -> None:
    anonymous, signed_in = browse(), browse(person)
    for page in (anonymous, signed_in):
        page.goto("/resume/")
    expect(anonymous).to_have_url(re.compile(r"/accounts/login/"))
    expect(signed_in).not_to_have_url(re.compile(r"/accounts/login/"))

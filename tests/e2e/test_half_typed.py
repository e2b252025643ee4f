"""The forms of the review page in a real browser: sending one does not empty the others."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from postmortems.domain.document import State
from postmortems.models import Postmortem, ReviewForm
from tests.factories import Cast, complete_postmortem

Browse = Callable[..., Page]


@pytest.fixture
def cast(browse: Browse) -> Cast:
    cast = complete_postmortem()
    Postmortem.objects.filter(pk=cast.postmortem.pk).update(state=State.CHALLENGE)
    return cast


def test_what_is_half_typed_in_one_form_outlives_the_sending_of_another(cast: Cast, browse: Browse) -> None:
    page = browse(cast.reader)
    page.goto(f"/postmortems/{cast.postmortem.pk}/review/")
    page.get_by_text("Raise a challenge", exact=True).click()
    challenge = page.locator("#raise textarea")
    challenge.fill("Who reads that inbox on a Sunday")
    page.get_by_role("radio", name="Yes").check()
    page.get_by_role("button", name="Record my answer").click()
    expect(page.get_by_text("Your answer is recorded.")).to_be_visible()
    assert ReviewForm.objects.filter(postmortem=cast.postmortem, user=cast.reader).exists()
    expect(challenge).to_be_visible()
    expect(challenge).to_have_value("Who reads that inbox on a Sunday")


def test_what_was_sent_does_not_come_back(cast: Cast, browse: Browse) -> None:
    page = browse(cast.reader)
    page.goto(f"/postmortems/{cast.postmortem.pk}/review/")
    page.get_by_text("Raise a challenge", exact=True).click()
    page.locator("#raise select").select_option(index=1)
    page.locator("#raise textarea").fill("Who reads that inbox on a Sunday?")
    page.get_by_role("button", name="Raise the challenge").click()
    expect(page.get_by_text("Challenge raised")).to_be_visible()
    expect(page.locator("#raise textarea")).to_have_value("")

"""On a telephone the document's bar stays small, and never covers what somebody goes to."""

import pytest
from playwright.sync_api import Page, expect

from postmortems.domain.document import Language, Section
from tests.e2e.pages import LOCALES, Browse, Desk, Words
from tests.factories import Cast, postmortem_with_roles

PHONE = {"width": 390, "height": 844}

BAR = """() => {
  const probe = document.createElement("div");
  probe.style.height = "var(--bar-height)";
  document.body.append(probe);
  const said = probe.offsetHeight;
  probe.remove();
  const bar = document.querySelector(".docbar");
  return { height: bar.offsetHeight - 2, said, wide: bar.scrollWidth - bar.clientWidth };
}"""
"""How high the bar is without its borders, how high the style sheet believes it to be, what is cut off."""

COVERED = """(element) => {
  const bar = document.querySelector(".docbar").getBoundingClientRect();
  const { top } = element.getBoundingClientRect();
  return top < bar.bottom - 1 || top > innerHeight;
}"""
"""Whether the beginning of the element lies under the bar, or below the screen."""

HIDDEN_STOP = """() => {
  const element = document.activeElement;
  const bar = document.querySelector(".docbar");
  if (element === document.body || bar.contains(element)) return null;
  const { bottom } = element.getBoundingClientRect();
  return bottom > 0 && bottom <= bar.getBoundingClientRect().bottom ? element.outerHTML.slice(0, 160) : null;
}"""
"""What has the focus, when the bar covers all of it."""


@pytest.fixture
def cast(browse: Browse) -> Cast:
    return postmortem_with_roles()


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("width", [390, 768, 1024, 1280])
def test_the_bar_is_as_high_as_what_scrolls_under_it_believes(
    cast: Cast, browse: Browse, language: Language, width: int
) -> None:
    page = browse(cast.author, viewport={**PHONE, "width": width}, locale=LOCALES[language])
    base = f"/postmortems/{cast.postmortem.pk}"
    for address in (f"{base}/edit/timeline/", f"{base}/edit/", f"{base}/review/"):
        page.goto(address)
        bar = page.evaluate(BAR)
        assert bar["height"] == pytest.approx(bar["said"], abs=1), address
        assert bar["wide"] == 0, address


def test_title_state_and_saved_mark_are_in_the_bar_and_the_deadline_in_the_sheet(
    cast: Cast, browse: Browse
) -> None:
    page = browse(cast.author, viewport=PHONE)
    page.goto(f"/postmortems/{cast.postmortem.pk}/edit/summary/")
    bar = page.locator(".docbar")
    for words in (cast.postmortem.incident.title, "Drafting", "Saved"):
        expect(bar.get_by_text(words, exact=True)).to_be_visible()
    expect(bar.locator(".clock")).to_be_hidden()
    bar.get_by_role("button", name="left").click()
    expect(page.locator("#panel .clock")).to_be_visible()


def test_a_link_leads_to_what_the_bar_does_not_cover(cast: Cast, browse: Browse) -> None:
    page = browse(cast.author, viewport=PHONE)
    desk = Desk(page, Words(Language.ENGLISH))
    page.goto(f"/postmortems/{cast.postmortem.pk}/edit/summary/")
    page.locator(".docbar").get_by_role("button", name="left").click()
    page.locator("#panel .finding a[href*='/root-cause/#']").first.click()
    target = page.locator(":target")
    expect(target).to_be_in_viewport()
    assert not target.evaluate(COVERED)
    page.goto(f"/postmortems/{cast.postmortem.pk}/edit/#{Section.ACTIONS}")
    expect(desk.heading("Corrective actions")).to_be_in_viewport()
    assert not desk.heading("Corrective actions").evaluate(COVERED)


def test_the_focus_never_hides_under_the_bar(cast: Cast, browse: Browse) -> None:
    page = browse(cast.author, viewport=PHONE)
    page.goto(f"/postmortems/{cast.postmortem.pk}/edit/timeline/")
    page.evaluate("scrollTo(0, document.body.scrollHeight)")
    page.locator(".walk a").last.focus()
    assert hidden_stops(page, 30) == []


def hidden_stops(page: Page, steps: int) -> list[str]:
    """What the bar covers while somebody steps back through the page."""
    found = []
    for _ in range(steps):
        page.keyboard.press("Shift+Tab")
        if hidden := page.evaluate(HIDDEN_STOP):
            found.append(hidden)
    return found

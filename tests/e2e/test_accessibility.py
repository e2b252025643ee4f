"""Every page is for everybody: axe finds nothing, in light and dark, and nothing stands beyond the edge."""

from collections.abc import Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from actions.models import CorrectiveAction
from postmortems.domain.document import AnnexKind, Section, State, TextKey
from postmortems.models import Annex, Diagram, TimelineEvent
from postmortems.services.review import answer_challenge, answer_review_form, raise_challenge
from postmortems.services.rows import add_row
from postmortems.services.texts import save_text
from tests.e2e.pages import Browse
from tests.factories import Cast, IncidentFactory, ServiceFactory, complete_postmortem

APPEARANCES: dict[str, dict[str, Any]] = {
    "light and wide": {"color_scheme": "light", "viewport": {"width": 1280, "height": 900}},
    "dark and narrow": {"color_scheme": "dark", "viewport": {"width": 390, "height": 844}},
}
LOST = "/nothing-is-here/"
LONG = "queue-of-incoming-confirmations.without-any-space.where-a-line-could-break.example"

WIDER = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
OWN_CHECKS = """() => [...document.querySelectorAll("form:not([novalidate])")]
  .filter((form) => form.querySelector(":is(input:not([type=hidden]), select, textarea):not(:disabled)"))
  .map((form) => form.outerHTML.slice(0, 200))"""
# What passed would be told in full, too, and takes longer to hand over than to find out.
STANDARDS = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    "resultTypes": ["violations"],
}


@pytest.fixture
def draft(browse: Browse) -> Cast:
    """A draft with everything that a section can hold, and words that no line can hold."""
    cast = complete_postmortem()
    postmortem, author = cast.postmortem, cast.author
    author.is_staff = True
    author.save()
    started = postmortem.incident.started_at
    assert started is not None
    for row in (
        Diagram(body=f"┌───┐\n│ {LONG} │\n└───┘", caption="A box"),
        Annex(type=AnnexKind.LOG, title="Log", body=f"10:00 ERROR {LONG} {LONG}"),
        Annex(type=AnnexKind.LINK, title="Chat", label="#incident", url=f"https://{LONG}/"),
        TimelineEvent(at=started, text=LONG),
        CorrectiveAction(horizon="long", title=f"Split {LONG}"),
    ):
        row.postmortem = postmortem
        add_row(row, actor=author)
    table = f"| Site | Orders |\n|------|-------:|\n| {LONG} | 38 |\n\n```\n{LONG} {LONG}\n```"
    save_text(postmortem, TextKey.IMPACT_USERS, table, 2, actor=author)
    return cast


@pytest.fixture
def challenged(browse: Browse) -> Cast:
    """A post-mortem in the challenge round, with an answered challenge and an objection."""
    cast = complete_postmortem(state=State.CHALLENGE)
    challenge = raise_challenge(cast.postmortem, Section.IMPACT, "And the invoices?", actor=cast.reader)
    answer_challenge(challenge, "None was wrong.", actor=cast.author)
    raise_challenge(cast.postmortem, Section.LESSONS, f"What about `{LONG}`?", actor=cast.participant)
    answer_review_form(cast.postmortem, blameless=False, remark="“On-call forgot”", actor=cast.reader)
    return cast


def addresses(draft: Cast, challenged: Cast) -> Iterator[str]:
    """Every page that somebody signed in can open."""
    yield from ("/", "/postmortems/", "/postmortems/?q=checkout", "/incidents/declare/", "/profile/")
    incident = IncidentFactory(declared_by=draft.author, services=[ServiceFactory()])
    for page in ("", "edit/", "start/"):
        yield f"/incidents/{incident.pk}/{page}"
    base = f"/postmortems/{draft.postmortem.pk}"
    for section in Section:
        yield f"{base}/edit/{section}/"
    for page in (
        "",
        "edit/",
        "review/",
        "people/",
        "properties/",
        "preview/",
        "preview/?as=source",
        "history/",
    ):
        yield f"{base}/{page}"
    yield f"{base}/timeline/paste/"
    event = TimelineEvent.objects.filter(postmortem=draft.postmortem).first()
    assert event is not None
    yield f"{base}/rows/event/{event.pk}/edit/"
    yield f"{base}/rows/annex/add/?type=image"
    yield f"/postmortems/{challenged.postmortem.pk}/review/"
    action = CorrectiveAction.objects.filter(postmortem=draft.postmortem).first()
    assert action is not None
    yield from ("/actions/", "/actions/desk/", f"/actions/{action.pk}/")
    yield from ("/staff/", "/staff/users/add/", f"/staff/users/{draft.ic.pk}/", "/staff/services/add/")
    yield from ("/staff/organisation/", "/staff/severities/", LOST)


def complaints(page: Page, where: str) -> list[str]:
    """What is wrong with the page as it is shown now."""
    # A button that has scrolled halfway under the sticky bar would count as too small a target.
    page.evaluate("scrollTo(0, 0)")
    found = [
        f"{where}: {violation['id']}: {node['html'][:200]} {node['failureSummary']}"
        for violation in Axe().run(page, options=STANDARDS).response["violations"]
        for node in violation["nodes"][:3]
    ]
    found += [
        f"{where}: the browser checks it, in its own words: {html}" for html in page.evaluate(OWN_CHECKS)
    ]
    if (beyond := page.evaluate(WIDER)) > 0:
        found.append(f"{where}: {beyond} pixels beyond the edge")
    return found


@pytest.mark.parametrize("appearance", APPEARANCES)
def test_no_page_shuts_anybody_out(browse: Browse, draft: Cast, challenged: Cast, appearance: str) -> None:
    options = {**APPEARANCES[appearance], "reduced_motion": "reduce"}
    page = browse(draft.author, **options)
    found: list[str] = []
    for address in addresses(draft, challenged):
        response = page.goto(address)
        assert response, address
        assert response.status == (404 if address == LOST else 200), address
        found += complaints(page, address)
    stranger = browse(**options)
    for address in ("/accounts/login/", "/accounts/password/reset/"):
        stranger.goto(address)
        found += complaints(stranger, address)
    assert found == []


@pytest.mark.parametrize("appearance", APPEARANCES)
def test_no_refusal_shuts_anybody_out(browse: Browse, draft: Cast, appearance: str) -> None:
    page = browse(draft.author, **APPEARANCES[appearance], reduced_motion="reduce")
    found: list[str] = []
    page.goto("/incidents/declare/")
    page.get_by_role("button", name="Declare only").click()
    page.get_by_role("alert").wait_for()
    found += complaints(page, "an incident without a title")

    base = f"/postmortems/{draft.postmortem.pk}"
    page.goto(f"{base}/edit/timeline/")
    page.get_by_label("Time and what happened").fill("no time here")
    page.keyboard.press("Enter")
    page.get_by_text("No time stands at the beginning").wait_for()
    found += complaints(page, "a line without a time")

    page.goto(f"{base}/timeline/paste/")
    page.get_by_label("Chat or log").fill("10:05 alert: disk full\n10:06 nobody sees it\n10:07 restart")
    page.get_by_role("button", name="Read the lines").click()
    page.get_by_role("checkbox").first.uncheck()
    found += complaints(page, "a pasted row that is not kept")

    page.goto(f"{base}/edit/summary/")
    save_text(draft.postmortem, TextKey.TLDR, "Theirs", 2, actor=draft.ic)
    page.get_by_label("TL;DR").fill("Mine")
    page.get_by_role("button", name="Keep mine").wait_for()
    found += complaints(page, "two texts in conflict")
    assert found == []

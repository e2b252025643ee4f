"""The job without a mouse: Tab, Enter, arrows, typing; one sees where one is, and is never stuck."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Locator, Page, expect

from postmortems.domain.document import Language, Section, State
from postmortems.models import Lesson, Postmortem, Text, TimelineEvent
from postmortems.services.rows import add_row
from tests.e2e.pages import Browse, Desk, Words
from tests.factories import Cast, complete_postmortem, postmortem_with_roles

WORDS = Words(Language.ENGLISH)
MANY = 200
"""More steps of Tab than any page has."""

FOCUS = """() => {
  const element = document.activeElement;
  if (!element || element === document.body) return null;
  const marked = (node, kind) => {
    const style = getComputedStyle(node);
    if (kind === "outline") return style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 1;
    return style.stroke !== "none" && parseFloat(style.strokeWidth) >= 2;
  };
  const label = element.closest("label");
  const seen = marked(element, "outline") || (label && marked(label, "outline"))
    || [...element.children].some((child) => child instanceof SVGElement && marked(child, "stroke"));
  const { width, height } = element.getBoundingClientRect();
  const index = [...document.querySelectorAll("*")].indexOf(element);
  return { seen: Boolean(seen) && width > 0 && height > 0, index, html: element.outerHTML.slice(0, 160) };
}"""
"""Whether the focus can be seen: a ring on the element or its label, or a thick stroke in the chart."""


LEFT_OUT = """(reached) => {
  const all = [...document.querySelectorAll("*")];
  const usable = "a[href], button, summary, select, textarea, input:not([type=radio])";
  return all
    .filter((element, index) => element.matches(usable) && !reached.includes(index))
    .filter((element) => !element.disabled && element.checkVisibility({ visibilityProperty: true }))
    .map((element) => element.outerHTML.slice(0, 160));
}"""
"""What can be used on the page and is not among the elements of these places."""


def stops(page: Page) -> Iterator[int]:
    """Tabs on from stop to stop; each has to be visible. Yields their places in the page."""
    for _ in range(MANY):
        page.keyboard.press("Tab")
        found = page.evaluate(FOCUS)
        if found is None:
            continue
        assert found["seen"], f"the focus cannot be seen on {found['html']}"
        yield found["index"]


def tab_to(target: Locator) -> None:
    """Tabs on until the element has the focus."""
    expect(target).to_be_visible()
    for _ in stops(target.page):
        if target.evaluate("element => element === document.activeElement"):
            return
    pytest.fail(f"{MANY} steps of Tab do not lead to {target}")


def press(page: Page, *keys: str) -> None:
    """Presses keys, or chords of them, one after the other."""
    for key in keys:
        page.keyboard.press(key)


def walk_on(desk: Desk, section: Section) -> None:
    """Leaves the field and goes on to the next section.

    A browser gives a new field its automatic focus with the next frame, sooner than a person can press.
    """
    desk.page.evaluate("() => new Promise(requestAnimationFrame)")
    press(desk.page, "Escape", "j")
    arrive(desk, section)


def arrive(desk: Desk, section: Section) -> None:
    """Waits for the page of a section, and until it listens to keys."""
    desk.expect_section(section)
    desk.page.wait_for_load_state()


def begin(desk: Desk, field: str) -> None:
    """Goes to the first field by its key."""
    press(desk.page, "e")
    expect(desk.field(field).first).to_be_focused()


def saved(desk: Desk) -> None:
    """Waits until what was typed is saved."""
    expect(desk.page.locator("#saved")).to_have_text("Saved")


def test_an_incident_is_declared_written_and_submitted_by_keyboard(browse: Browse) -> None:
    cast = postmortem_with_roles()
    page = browse(cast.author, locale="en-GB")
    desk = Desk(page, WORDS)
    page.goto("/")
    tab_to(desk.link("Declare an incident"))
    press(page, "Enter")

    tab_to(desk.field("title"))
    page.keyboard.type("Invoices printed twice")
    tab_to(page.get_by_role("radio", name=WORDS.start_of("P1")))
    press(page, "Space", "ArrowRight", "ArrowRight")
    expect(page.get_by_role("radio", name=WORDS.start_of("P3"))).to_be_checked()
    tab_to(desk.field("Incident commander"))
    page.keyboard.type("Ic Example")
    tab_to(desk.button("Declare and start the post-mortem"))
    press(page, "Enter")
    arrive(desk, Section.SUMMARY)
    postmortem = Postmortem.objects.get(incident__title="Invoices printed twice")

    write_summary(desk)
    walk_on(desk, Section.TIMELINE)
    write_timeline(desk)
    walk_on(desk, Section.IMPACT)
    write_impact(desk)
    walk_on(desk, Section.ROOT_CAUSE)
    write_causes(desk)
    walk_on(desk, Section.ACTIONS)
    write_action(desk)
    walk_on(desk, Section.LESSONS)
    begin(desk, "in a few words")
    page.keyboard.type("The queue could be stopped at once")
    press(page, "Enter")
    expect(page.get_by_role("listitem").filter(has_text="stopped at once")).to_be_visible()

    tab_to(desk.button("Submit for validation"))
    press(page, "Enter")
    expect(page.get_by_text(WORDS.of(State.VALIDATION), exact=True).first).to_be_visible()
    postmortem.refresh_from_db()
    assert postmortem.state == State.VALIDATION
    assert [event.text for event in TimelineEvent.objects.filter(postmortem=postmortem)] == [
        "First invoice printed twice",
        "A customer asks why",
        "One invoice each again",
    ]


def write_summary(desk: Desk) -> None:
    """Every text of the section, from the first field on."""
    page = desk.page
    begin(desk, "Impact in one line")
    page.keyboard.type("412 invoices were printed twice")
    tab_to(desk.field("Root cause in one line"))
    page.keyboard.type("Two queues read one folder")
    tab_to(desk.field("TL;DR"))
    page.keyboard.type("Two queues printed one folder.")
    press(page, "Enter")
    page.keyboard.type("One of them is gone.")
    press(page, "Escape")
    expect(desk.field("TL;DR")).not_to_be_focused()
    saved(desk)
    assert Text.objects.filter(body="Two queues printed one folder.\nOne of them is gone.").exists()


def write_timeline(desk: Desk) -> None:
    """A line for each milestone: time, text, then the first letters of the milestone, and Enter."""
    page = desk.page
    day = f"{timezone.now() - timedelta(days=1):%Y-%m-%d}"
    tab_to(desk.field("Time and what happened"))
    for clock, text, milestone in (
        ("09:00", "First invoice printed twice", "Start of impact"),
        ("09:20", "A customer asks why", "Detected"),
        ("09:45", "One invoice each again", "Restored"),
    ):
        page.keyboard.type(f"{day} {clock} {text}")
        tab_to(desk.field("Milestone"))
        page.keyboard.type(milestone)
        while not desk.field("Time and what happened").evaluate("field => field === document.activeElement"):
            press(page, "Shift+Tab")
        press(page, "Enter")
        expect(page.get_by_role("listitem").filter(has_text=text)).to_be_visible()
        expect(desk.field("Time and what happened")).to_be_focused()


def write_impact(desk: Desk) -> None:
    """A figure, its fields one after the other, added by Enter; the next one can be typed at once."""
    page = desk.page
    begin(desk, "metric")
    for words in ("Invoices", "412", "print queue"):
        page.keyboard.type(words)
        press(page, "Tab")
    expect(desk.button("Add a metric")).to_be_focused()
    press(page, "Enter")
    expect(page.get_by_role("listitem").filter(has_text="412")).to_be_visible()
    expect(desk.field("metric")).to_be_focused()


def write_action(desk: Desk) -> None:
    """An immediate action; Enter adds it from any of its fields."""
    page = desk.page
    tab_to(desk.link("Add an action").first)
    press(page, "Enter")
    expect(desk.field("What will change")).to_be_focused()
    page.keyboard.type("Stop the second queue")
    tab_to(desk.field("Owner"))
    page.keyboard.type("Author Example")
    press(page, "Enter")
    expect(page.get_by_role("listitem").filter(has_text="Stop the second queue")).to_be_visible()
    expect(desk.field("What will change")).to_be_focused()


def write_causes(desk: Desk) -> None:
    """The immediate cause, a factor, and a chain in which Enter leads from answer to next question."""
    page = desk.page
    begin(desk, "Immediate cause")
    page.keyboard.type("Two queues printed every file of one folder.")
    tab_to(desk.field("contributing factor"))
    page.keyboard.type("Queues are set up by hand")
    press(page, "Enter")
    expect(page.get_by_role("listitem").filter(has_text="Queues are set up by hand")).to_be_visible()
    saved(desk)
    tab_to(desk.button("New chain"))
    press(page, "Enter")
    for answer in (
        "two queues read one folder",
        "the old queue was still on",
        "nothing lists the queues",
        "each host keeps its own list",
        "queues are set up by hand",
    ):
        expect(desk.field("answer")).to_be_focused()
        page.keyboard.type(answer)
        press(page, "Enter")
        row = page.locator(".row[id^=why-]").filter(has_text=answer)
        expect(row.last).to_be_visible()
    tab_to(desk.field("The last answer leads to"))
    page.keyboard.type("Queues are set up")
    tab_to(desk.button("Save", page.locator("form").filter(has=desk.field("Reason to stop early"))))
    press(page, "Enter")
    expect(page.get_by_role("status").filter(has_text="Saved").last).to_be_visible()


@pytest.fixture
def complete(browse: Browse) -> Cast:
    return complete_postmortem()


def test_alt_and_arrows_move_a_row_and_keep_the_focus_on_it(complete: Cast, browse: Browse) -> None:
    second = Lesson(postmortem=complete.postmortem, list="well", title="Everybody had the right access")
    add_row(second, actor=complete.author)
    page = browse(complete.author)
    page.goto(f"/postmortems/{complete.postmortem.pk}/edit/lessons/")
    edit = page.get_by_role("link", name="Edit “Everybody had the right access”")
    tab_to(edit)
    press(page, "Alt+ArrowUp")
    rows = page.locator("#rows-lesson-well > li[id]")
    expect(rows.first).to_contain_text("Everybody had the right access")
    expect(page.get_by_role("status").filter(has_text="Moved to place 1 of 2")).to_be_attached()
    expect(edit).to_be_focused()
    press(page, "Alt+ArrowDown")
    expect(rows.last).to_contain_text("Everybody had the right access")


def test_the_list_of_shortcuts_opens_and_closes_and_gives_the_focus_back(
    complete: Cast, browse: Browse
) -> None:
    page = browse(complete.author)
    page.goto(f"/postmortems/{complete.postmortem.pk}/edit/summary/")
    link = page.get_by_role("link", name="History").first
    tab_to(link)
    press(page, "?")
    dialog = page.get_by_role("dialog", name="Keyboard shortcuts")
    expect(dialog).to_be_visible()
    expect(dialog.get_by_role("button")).to_be_focused()
    press(page, "Escape")
    expect(dialog).to_be_hidden()
    expect(link).to_be_focused()


@pytest.mark.parametrize(
    "address",
    [
        "/",
        "/incidents/declare/",
        "/postmortems/",
        "/postmortems/{}/",
        "/postmortems/{}/edit/",
        "/postmortems/{}/review/",
        "/postmortems/{}/people/",
        "/postmortems/{}/timeline/paste/",
        "/actions/",
    ],
)
def test_tab_reaches_everything_on_a_page_and_comes_back_to_its_beginning(
    complete: Cast, browse: Browse, address: str
) -> None:
    page = browse(complete.author)
    page.goto(address.format(complete.postmortem.pk))
    reached: list[int] = []
    for index in stops(page):
        if reached and index == reached[0]:
            break
        reached.append(index)
    else:
        pytest.fail(f"{MANY} steps of Tab do not lead back to the beginning")
    assert page.evaluate(LEFT_OUT, reached) == []

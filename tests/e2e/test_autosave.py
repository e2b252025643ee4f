"""Writing a text in a real browser: nothing typed is lost, and "Saved" is only said when it is."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Dialog, Page, expect

from postmortems.domain.document import TextKey
from postmortems.models import Lesson, RoleAssignment, Text
from postmortems.services.rows import add_row, delete_row, edit_row
from postmortems.services.texts import save_text
from tests.factories import Cast, postmortem_with_roles

Browse = Callable[..., Page]


@pytest.fixture
def cast(browse: Browse) -> Cast:
    return postmortem_with_roles()


def summary(cast: Cast) -> str:
    return f"/postmortems/{cast.postmortem.pk}/edit/summary/"


def saved(cast: Cast) -> str:
    return Text.objects.get(postmortem=cast.postmortem, key=TextKey.TLDR).body


def test_a_text_is_saved_as_it_is_typed_and_the_panel_follows(cast: Cast, browse: Browse) -> None:
    page = browse(cast.author)
    page.goto(summary(cast))
    expect(page.locator("#to-summary")).to_contain_text("empty")
    page.get_by_label("TL;DR").press_sequentially("Payments failed")
    expect(page.locator("#saved")).to_have_text("Saving…")
    expect(page.locator("#saved")).to_have_text("Saved")
    assert saved(cast) == "Payments failed"
    expect(page.locator("#to-summary")).to_contain_text("2 points left")
    expect(page.get_by_label("TL;DR")).to_be_focused()


def test_typing_goes_on_while_a_save_is_under_way(cast: Cast, browse: Browse) -> None:
    page = browse(cast.author)
    page.goto(summary(cast))
    field = page.get_by_label("TL;DR")
    with page.expect_request("**/texts/tldr/"):
        field.press_sequentially("One")
    field.press_sequentially(" two ")
    expect(page.locator("#tldr [data-status]")).to_have_text("Saved")
    assert saved(cast) == "One two"
    expect(field).to_have_value("One two ")


def test_two_people_in_one_text_see_both_and_lose_nothing(cast: Cast, browse: Browse) -> None:
    page = browse(cast.author)
    page.goto(summary(cast))
    save_text(cast.postmortem, TextKey.TLDR, "Theirs", 1, actor=cast.ic)
    field = page.get_by_label("TL;DR")
    field.fill("Mine")
    conflict = page.locator("#tldr .conflict")
    expect(conflict).to_contain_text("Theirs")
    expect(conflict).to_contain_text("Mine")
    expect(page.locator("#saved")).to_have_text("Not saved")
    assert saved(cast) == "Theirs"
    page.get_by_role("button", name="Put both into the field and edit").click()
    expect(field).to_have_value("Theirs\nMine")
    expect(page.locator("#saved")).to_have_text("Saved")
    assert saved(cast) == "Theirs\nMine"


@pytest.mark.parametrize(("button", "text"), [("Keep mine", "Mine"), ("Take theirs", "Theirs")])
def test_one_of_two_texts_is_chosen(cast: Cast, browse: Browse, button: str, text: str) -> None:
    page = browse(cast.author)
    page.goto(summary(cast))
    save_text(cast.postmortem, TextKey.TLDR, "Theirs", 1, actor=cast.ic)
    page.get_by_label("TL;DR").fill("Mine")
    page.get_by_role("button", name=button).click()
    expect(page.locator("#saved")).to_have_text("Saved")
    expect(page.get_by_label("TL;DR")).to_have_value(text)
    assert saved(cast) == text


def test_a_dropped_connection_is_told_and_made_up_for(cast: Cast, browse: Browse) -> None:
    page = browse(cast.author)
    page.goto(summary(cast))
    page.context.set_offline(True)
    page.get_by_label("TL;DR").fill("Typed in a tunnel")
    expect(page.locator("#saved")).to_have_text("Not saved, trying again")
    page.context.set_offline(False)
    expect(page.locator("#saved")).to_have_text("Saved")
    assert saved(cast) == "Typed in a tunnel"


def test_what_was_typed_after_the_session_ended_is_offered_back(cast: Cast, browse: Browse) -> None:
    page = browse(cast.author)
    page.goto(summary(cast))
    session = [cookie for cookie in page.context.cookies() if cookie["name"] == "sessionid"]
    page.context.clear_cookies(name="sessionid")
    page.get_by_label("TL;DR").fill("Typed too late")
    expect(page.locator("#tldr").get_by_role("link", name="Sign in in a new tab")).to_be_visible()
    page.on("dialog", lambda dialog: dialog.accept())
    page.goto("/accounts/login/")
    page.context.add_cookies([{k: v for k, v in cookie.items() if k != "partitionKey"} for cookie in session])  # type: ignore[misc]
    page.goto(summary(cast))
    expect(page.get_by_label("TL;DR")).to_have_value("")
    page.get_by_role("button", name="Put it back").click()
    expect(page.locator("#saved")).to_have_text("Saved")
    assert saved(cast) == "Typed too late"


def test_a_text_over_its_limit_says_so_until_it_is_shorter(cast: Cast, browse: Browse) -> None:
    page = browse(cast.author)
    page.goto(summary(cast))
    field = page.get_by_label("Impact in one line")
    field.fill("x" * 503)
    expect(page.locator("#summary_impact")).to_contain_text("Shorten it by 3")
    expect(field).to_have_attribute("aria-invalid", "true")
    field.fill("Short")
    expect(page.locator("#saved")).to_have_text("Saved")
    expect(page.locator("#summary_impact .errors")).to_have_count(0)


def test_a_one_line_text_is_shown_whole_and_never_takes_a_line_break(cast: Cast, browse: Browse) -> None:
    page = browse(cast.author, viewport={"width": 390, "height": 844})
    page.goto(summary(cast))
    field = page.get_by_label("Impact in one line")
    field.press_sequentially("Nobody could pay")
    page.keyboard.press("Enter")
    page.keyboard.insert_text(" for 47 minutes;\n  312 orders were not placed, and support had 11 messages")
    expect(page.locator("#saved")).to_have_text("Saved")
    body = Text.objects.get(postmortem=cast.postmortem, key=TextKey.SUMMARY_IMPACT).body
    assert body == (
        "Nobody could pay for 47 minutes; 312 orders were not placed, and support had 11 messages"
    )
    expect(field).to_have_value(body)
    assert field.evaluate("field => field.scrollHeight <= field.clientHeight && field.clientHeight > 60")


def test_a_half_typed_row_is_not_called_saved_and_asks_before_it_is_lost(cast: Cast, browse: Browse) -> None:
    page = browse(cast.author)
    page.goto(f"/postmortems/{cast.postmortem.pk}/edit/impact/")
    asked: list[str] = []

    def stay(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.dismiss()

    page.on("dialog", stay)
    metric, value = page.get_by_label("Metric", exact=True), page.get_by_label("Value", exact=True)
    metric.press_sequentially("Orders lost")
    expect(page.locator("#saved")).to_have_text("A row is not saved")
    with page.expect_event("dialog"):
        page.get_by_role("link", name="Root cause").last.click(no_wait_after=True)
    assert asked == ["beforeunload"]
    expect(metric).to_have_value("Orders lost")
    value.fill("312")
    page.get_by_role("button", name="Add a metric").click()
    expect(page.locator("#saved")).to_have_text("Saved")
    page.get_by_role("link", name="Root cause").last.click()
    page.wait_for_url("**/edit/root-cause/")
    assert asked == ["beforeunload"]


def leaving_asks(page: Page) -> list[str]:
    """What the browser asked when the person tried to go on to another section, and stayed."""
    asked: list[str] = []

    def stay(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.dismiss()

    page.once("dialog", stay)
    with page.expect_event("dialog"):
        page.locator(".walk [rel=next]").click(no_wait_after=True)
    return asked


def test_a_refused_row_is_not_called_saved_and_asks_before_it_is_lost(cast: Cast, browse: Browse) -> None:
    page = browse(cast.author)
    page.goto(f"/postmortems/{cast.postmortem.pk}/edit/impact/")
    metric, value = page.get_by_label("Metric", exact=True), page.get_by_label("Value", exact=True)
    metric.fill("Orders lost")
    page.get_by_role("button", name="Add a metric").click()
    expect(value).to_have_attribute("aria-invalid", "true")
    expect(page.locator("#saved")).to_have_text("A row is not saved")
    assert leaving_asks(page) == ["beforeunload"]
    expect(metric).to_have_value("Orders lost")
    value.fill("312")
    page.get_by_role("button", name="Add a metric").click()
    expect(page.locator("#saved")).to_have_text("Saved")


def test_escape_gives_up_a_form_only_while_nothing_in_it_would_be_lost(cast: Cast, browse: Browse) -> None:
    lesson = Lesson(postmortem=cast.postmortem, list="well", title="The rollback took two minutes")
    add_row(lesson, actor=cast.author)
    page = browse(cast.author)
    page.goto(f"/postmortems/{cast.postmortem.pk}/edit/lessons/")
    row = page.locator(f"#{lesson.ref}")
    row.get_by_role("link", name="Edit").click()
    title = row.get_by_role("textbox").first
    title.fill("x" * 600)
    row.get_by_role("button", name="Save").click()
    expect(title).to_have_attribute("aria-invalid", "true")
    title.press("Escape")
    expect(title).to_have_value("x" * 600)
    row.get_by_role("link", name="Cancel").click()
    expect(row).to_contain_text("The rollback took two minutes")
    expect(page.locator("#saved")).to_have_text("Saved")


def test_a_row_that_gets_no_answer_says_why_and_is_saved_afterwards(cast: Cast, browse: Browse) -> None:
    page = browse(cast.author)
    page.goto(f"/postmortems/{cast.postmortem.pk}/edit/impact/")
    page.get_by_label("Metric", exact=True).fill("Orders lost")
    page.get_by_label("Value", exact=True).fill("312")
    add = page.get_by_role("button", name="Add a metric")
    said = page.locator("#messages")

    page.context.set_offline(True)
    add.click()
    expect(said).to_contain_text("no answer came")
    expect(said).to_be_in_viewport()
    expect(page.locator("#saved")).to_have_text("A row is not saved")
    page.context.set_offline(False)

    cookies = [
        {key: value for key, value in cookie.items() if key != "partitionKey"}
        for cookie in page.context.cookies()
    ]
    page.context.clear_cookies(name="sessionid")
    add.click()
    expect(said.get_by_role("link", name="Sign in in a new tab")).to_be_visible()
    # Signing in comes with a new token.
    new = [{**cookie, "value": 32 * "x"} if cookie["name"] == "csrftoken" else cookie for cookie in cookies]
    page.context.add_cookies(new)  # type: ignore[arg-type]
    add.click()
    expect(page.get_by_role("listitem").filter(has_text="312")).to_be_visible()
    expect(page.locator("#saved")).to_have_text("Saved")
    expect(said).to_be_empty()


@pytest.mark.parametrize("deleted", [False, True])
def test_a_row_in_conflict_is_not_called_saved(cast: Cast, browse: Browse, deleted: bool) -> None:
    lesson = Lesson(postmortem=cast.postmortem, list="well", title="The rollback took two minutes")
    add_row(lesson, actor=cast.author)
    page = browse(cast.author)
    page.goto(f"/postmortems/{cast.postmortem.pk}/edit/lessons/")
    row = page.locator(f"#{lesson.ref}")
    row.get_by_role("link", name="Edit").click()
    row.get_by_role("textbox").first.fill("Mine")
    if deleted:
        delete_row(lesson, actor=cast.ic)
    else:
        theirs = Lesson.objects.get(pk=lesson.pk)
        theirs.title = "Theirs"
        edit_row(theirs, 1, actor=cast.ic, before=lesson)
    row.get_by_role("button", name="Save").click()
    conflict = page.get_by_role("heading", name="What you wrote")
    expect(conflict).to_be_visible()
    expect(page.locator("#saved")).to_have_text("A row is not saved")
    assert leaving_asks(page) == ["beforeunload"]
    page.get_by_role("link", name="Leave it deleted" if deleted else "Keep what is saved").click()
    expect(conflict).to_have_count(0)
    expect(page.locator("#saved")).to_have_text("Saved")
    expect(row).to_have_count(0 if deleted else 1)


def test_a_page_whose_token_is_lost_says_so_and_keeps_the_text(cast: Cast, browse: Browse) -> None:
    page = browse(cast.author)
    page.goto(summary(cast))
    page.context.clear_cookies(name="csrftoken")
    page.get_by_label("TL;DR").fill("Typed without a token")
    expect(page.locator("#tldr").get_by_role("alert")).to_contain_text("reload the page")
    expect(page.locator("#saved")).to_have_text("Not saved, trying again")
    page.on("dialog", lambda dialog: dialog.accept())
    page.reload()
    page.get_by_role("button", name="Put it back").click()
    expect(page.get_by_label("TL;DR")).to_have_value("Typed without a token")
    expect(page.locator("#saved")).to_have_text("Saved")
    assert saved(cast) == "Typed without a token"


def test_somebody_who_may_no_longer_write_is_told_and_loses_no_text(cast: Cast, browse: Browse) -> None:
    page = browse(cast.participant)
    page.goto(summary(cast))
    role = RoleAssignment.objects.get(postmortem=cast.postmortem, user=cast.participant)
    RoleAssignment.objects.filter(pk=role.pk).delete()
    page.get_by_label("TL;DR").fill("Typed without a role")
    expect(page.locator("#tldr").get_by_role("alert")).to_contain_text("Your role on this post-mortem")
    expect(page.locator("#saved")).to_have_text("Not saved, trying again")
    role.save(force_insert=True)
    page.on("dialog", lambda dialog: dialog.accept())
    page.reload()
    expect(page.get_by_label("TL;DR")).to_have_value("Typed without a role")
    expect(page.locator("#saved")).to_have_text("Saved")


def test_without_script_the_button_saves(cast: Cast, browse: Browse) -> None:
    page = browse(cast.author, java_script_enabled=False)
    page.goto(summary(cast))
    page.get_by_label("TL;DR").fill("Saved by hand")
    page.locator("#tldr").get_by_role("button", name="Save").click()
    assert saved(cast) == "Saved by hand"
    expect(page.get_by_label("TL;DR")).to_have_value("Saved by hand")


def test_single_keys_walk_the_sections_and_leave_fields_alone(cast: Cast, browse: Browse) -> None:
    page = browse(cast.author)
    page.goto(summary(cast))
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keyboard shortcuts")).to_be_visible()
    page.keyboard.press("Escape")
    page.keyboard.press("e")
    field = page.get_by_label("Impact in one line")
    expect(field).to_be_focused()
    page.keyboard.type("j?k")
    expect(field).to_have_value("j?k")
    expect(page.locator("#saved")).to_have_text("Saved")
    page.keyboard.press("Escape")
    expect(field).not_to_be_focused()
    page.keyboard.press("j")
    page.wait_for_url("**/edit/timeline/")
    page.keyboard.press("k")
    page.wait_for_url("**/edit/summary/")

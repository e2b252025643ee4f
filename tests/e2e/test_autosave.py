"""Writing a text in a real browser: nothing typed is lost, and "Saved" is only said when it is."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Dialog, Page, expect

from postmortems.domain.document import TextKey
from postmortems.models import Text
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

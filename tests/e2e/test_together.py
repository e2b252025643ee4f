"""Two people in one post-mortem at the same time: both are heard, and nothing that anybody typed is lost."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from postmortems.domain.document import TextKey
from postmortems.models import ImpactMetric, Text
from tests.e2e.pages import Browse
from tests.factories import Cast, complete_postmortem

Together = tuple[Page, Page]


@pytest.fixture
def cast(browse: Browse) -> Cast:
    return complete_postmortem()


@pytest.fixture
def both(browse: Browse, cast: Cast) -> Callable[[str], Together]:
    """Opens a section for the author and for the incident commander."""

    def open_section(section: str) -> Together:
        pages = browse(cast.author), browse(cast.ic)
        for page in pages:
            page.goto(f"/postmortems/{cast.postmortem.pk}/edit/{section}/")
        return pages

    return open_section


def test_two_people_typing_in_one_text_are_shown_both_texts(
    cast: Cast, both: Callable[[str], Together]
) -> None:
    first, second = both("summary")
    first.get_by_label("TL;DR").fill("Nobody could pay.")
    expect(first.locator("#saved")).to_have_text("Saved")
    second.get_by_label("TL;DR").fill("A credential expired.")
    conflict = second.locator("#tldr .conflict")
    expect(conflict).to_contain_text("Nobody could pay.")
    expect(conflict).to_contain_text("A credential expired.")
    second.get_by_role("button", name="Put both into the field and edit").click()
    expect(second.locator("#saved")).to_have_text("Saved")
    body = Text.objects.get(postmortem=cast.postmortem, key=TextKey.TLDR).body
    assert body.split("\n") == ["Nobody could pay.", "A credential expired."]


@pytest.mark.parametrize(
    ("button", "kept"), [("Keep what is saved", "40"), ("Save mine instead", "about 50")]
)
def test_two_people_editing_one_row_choose_between_both_versions(
    cast: Cast, both: Callable[[str], Together], button: str, kept: str
) -> None:
    first, second = both("impact")
    for page, value in ((first, "40"), (second, "about 50")):
        page.get_by_role("link", name="Edit “Orders not placed”").click()
        row = page.locator("li[id^=metric-]")
        row.get_by_label("Value").fill(value)
    first.locator("li[id^=metric-]").get_by_role("button", name="Save").click()
    expect(first.get_by_role("listitem").filter(has_text="Orders not placed 40")).to_be_visible()

    row = second.locator("li[id^=metric-]")
    row.get_by_role("button", name="Save").click()
    expect(row.get_by_role("alert")).to_contain_text("somebody saved this row while you were writing")
    expect(row.get_by_role("definition").filter(has_text="40")).to_be_visible()
    expect(row.get_by_label("Value")).to_have_value("about 50")
    row.get_by_role("button", name=button).or_(row.get_by_role("link", name=button)).click()
    expect(row.get_by_text(f"Orders not placed {kept}")).to_be_visible()
    assert ImpactMetric.objects.get(postmortem=cast.postmortem).value == kept


def test_what_was_written_for_a_row_that_somebody_deleted_brings_it_back(
    cast: Cast, both: Callable[[str], Together]
) -> None:
    first, second = both("impact")
    second.get_by_role("link", name="Edit “Orders not placed”").click()
    row = second.locator("li[id^=metric-]")
    row.get_by_label("Value").fill("313")
    first.get_by_role("button", name="Delete “Orders not placed”").click()
    expect(first.get_by_role("button", name="Undo")).to_be_visible()
    row.get_by_role("button", name="Save").click()
    second.get_by_role("button", name="Bring it back with mine").click()
    expect(row.get_by_text("Orders not placed 313")).to_be_visible()
    metric = ImpactMetric.objects.get(postmortem=cast.postmortem)
    assert (metric.value, metric.deleted_at) == ("313", None)


def test_rows_that_two_people_add_at_once_are_all_kept(cast: Cast, both: Callable[[str], Together]) -> None:
    pages = both("impact")
    for number in range(3):
        for name, page in zip(("first", "second"), pages, strict=True):
            form = page.get_by_role("listitem").filter(has=page.get_by_role("button", name="Add a metric"))
            # The empty form comes with the row before; what is typed into the old one goes with it.
            expect(form.get_by_label("Metric")).to_have_value("")
            form.get_by_label("Metric").fill(f"{name} {number}")
            form.get_by_label("Value").fill("1")
            form.get_by_label("Value").press("Enter")
        for name, page in zip(("first", "second"), pages, strict=True):
            expect(page.locator("li[id^=metric-]").filter(has_text=f"{name} {number}")).to_be_visible()
    labels = set(ImpactMetric.objects.filter(postmortem=cast.postmortem).values_list("label", flat=True))
    assert labels == {
        "Orders not placed",
        *(f"{name} {number}" for name in ("first", "second") for number in range(3)),
    }

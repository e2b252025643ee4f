"""The forms of rows."""

from typing import Any

import pytest

from postmortems.forms.rows import check_web_address, row_form
from postmortems.models import ROW_KINDS, Lesson, Postmortem
from tests.factories import PostmortemFactory


@pytest.fixture
def postmortem(db: None) -> Postmortem:
    made: Postmortem = PostmortemFactory(incident__title="Checkout down")
    return made


def bound(postmortem: Postmortem, kind: str, **values: Any) -> Any:
    return row_form(kind)(values, postmortem=postmortem)


def test_every_kind_of_row_has_a_form_of_its_own() -> None:
    assert {kind: row_form(kind)._meta.model for kind in ROW_KINDS} == ROW_KINDS


def test_an_unknown_kind_has_none() -> None:
    with pytest.raises(KeyError):
        row_form("poem")


@pytest.mark.parametrize(
    ("kind", "name", "limit"),
    [
        ("metric", "label", 500),
        ("lesson", "title", 200),
        ("factor", "category", 120),
        ("diagram", "body", 100_000),
    ],
)
def test_the_limit_counts_what_would_be_stored(
    postmortem: Postmortem, kind: str, name: str, limit: int
) -> None:
    fitting, excess = f"{'x' * limit} \n", "x" * (limit + 7)
    assert name not in bound(postmortem, kind, **{name: fitting}).errors
    form = bound(postmortem, kind, **{name: excess})
    assert "Shorten it by 7." in str(form.errors[name])
    assert excess in str(form[name])
    assert "maxlength" not in str(form[name])


@pytest.mark.parametrize(("kind", "name"), [("metric", "value"), ("why", "answer"), ("diagram", "body")])
@pytest.mark.parametrize("character", ["\x00", "\x1b", "\x9f"])
def test_control_characters_are_refused_at_their_field(
    postmortem: Postmortem, kind: str, name: str, character: str
) -> None:
    assert name in bound(postmortem, kind, **{name: f"a{character}b"}).errors


def test_a_drawing_keeps_its_first_indentation(postmortem: Postmortem) -> None:
    form = bound(postmortem, "diagram", body="   +--+\n   |  |\n")
    assert form.is_valid()
    assert form.instance.body == "   +--+\n   |  |"


def test_a_new_lesson_is_told_its_list_and_an_edited_one_may_change_it(postmortem: Postmortem) -> None:
    adding = row_form("lesson")(postmortem=postmortem, initial={"list": "lucky"})
    assert adding["list"].is_hidden
    stored = Lesson(pk=3, postmortem=postmortem, list="well", title="t")
    assert not row_form("lesson")(postmortem=postmortem, row=stored)["list"].is_hidden
    assert "list" in bound(postmortem, "lesson", list="unknown", title="t").errors


def test_a_factor_is_offered_common_categories_and_may_have_another(postmortem: Postmortem) -> None:
    form = bound(postmortem, "factor", factor="No alert", category="Moon phase")
    assert form.is_valid()
    [(identifier, words)] = form.suggestions
    assert "Monitoring" in words
    assert f'list="{identifier}"' in str(form["category"])


@pytest.mark.parametrize(
    ("kind", "missing"),
    [
        ("log", {"title", "body"}),
        ("link", {"title", "url"}),
        ("image", {"title", "label", "upload"}),
        ("note", {"title", "body"}),
        ("related", {"title"}),
        ("testimony", {"title", "body"}),
        ("runbook", {"title", "outcome"}),
    ],
)
def test_an_annex_cannot_do_without(postmortem: Postmortem, kind: str, missing: set[str]) -> None:
    assert set(bound(postmortem, "annex", type=kind).errors) == missing


def test_an_annex_of_no_known_kind_is_not_valid(postmortem: Postmortem) -> None:
    assert not bound(postmortem, "annex", type="poem", title="x").is_valid()


@pytest.mark.parametrize(
    "address", ["https://wiki/page", "http://example.org:8080/a?b=c#d", "HTTPS://example.org"]
)
def test_web_addresses_are_accepted(address: str) -> None:
    check_web_address(address)

"""Saving texts: nothing is overwritten unseen, and the history tells who wrote what."""

import pytest
from django.core.exceptions import ValidationError

from postmortems.domain.document import LINE_LIMIT, State, TextKey
from postmortems.models import Change, Postmortem, Text
from postmortems.services.changes import NotEditable, TextConflict
from postmortems.services.texts import save_text
from tests.factories import postmortem_with_roles

pytestmark = pytest.mark.django_db


def body(postmortem: Postmortem, key: TextKey = TextKey.TLDR) -> str:
    return Text.objects.get(postmortem=postmortem, key=key).body


def test_saves_in_one_form_of_unicode_and_line_ends() -> None:
    cast = postmortem_with_roles()
    text = save_text(cast.postmortem, TextKey.TLDR, "cafe\u0301\r\nnoir \n", 1, actor=cast.author)
    assert text.body == body(cast.postmortem) == "café\nnoir"
    assert text.version == 2


def test_a_save_against_an_older_version_changes_nothing_and_shows_what_is_there() -> None:
    cast = postmortem_with_roles()
    save_text(cast.postmortem, TextKey.TLDR, "first", 1, actor=cast.author)
    with pytest.raises(TextConflict) as refused:
        save_text(cast.postmortem, TextKey.TLDR, "second", 1, actor=cast.ic)
    assert (refused.value.body, refused.value.version) == ("first", 2)
    assert body(cast.postmortem) == "first"


def test_two_people_who_wrote_the_same_are_not_in_conflict() -> None:
    cast = postmortem_with_roles()
    save_text(cast.postmortem, TextKey.TLDR, "same", 1, actor=cast.author)
    assert save_text(cast.postmortem, TextKey.TLDR, "same", 1, actor=cast.ic).version == 2


def test_saving_what_is_there_already_leaves_the_revision_alone() -> None:
    cast = postmortem_with_roles()
    save_text(cast.postmortem, TextKey.TLDR, "same", 1, actor=cast.author)
    cast.postmortem.refresh_from_db()
    save_text(cast.postmortem, TextKey.TLDR, "same", 2, actor=cast.author)
    assert Postmortem.objects.get(pk=cast.postmortem.pk).revision == cast.postmortem.revision


def test_one_person_typing_on_is_one_change_from_the_first_word_to_the_last() -> None:
    cast = postmortem_with_roles()
    for version, text in enumerate(("a", "a b", "a b c"), start=1):
        save_text(cast.postmortem, TextKey.TLDR, text, version, actor=cast.author)
    change = Change.objects.get(target=TextKey.TLDR)
    assert (change.before, change.after) == ({"body": ""}, {"body": "a b c"})
    assert change.revision == Postmortem.objects.get().revision


def test_a_burst_ends_where_somebody_else_changes_anything() -> None:
    cast = postmortem_with_roles()
    save_text(cast.postmortem, TextKey.TLDR, "a", 1, actor=cast.author)
    save_text(cast.postmortem, TextKey.IMPACT_USERS, "b", 1, actor=cast.ic)
    save_text(cast.postmortem, TextKey.TLDR, "a c", 2, actor=cast.author)
    changes = Change.objects.filter(target=TextKey.TLDR).values_list("before__body", "after__body")
    assert list(changes) == [("", "a"), ("a", "a c")]


def test_a_text_over_its_limit_says_by_how_much() -> None:
    cast = postmortem_with_roles()
    with pytest.raises(ValidationError) as refused:
        save_text(cast.postmortem, TextKey.SUMMARY_IMPACT, "x" * (LINE_LIMIT + 7), 1, actor=cast.author)
    assert "507 characters; 500" in str(refused.value)
    assert "by 7" in str(refused.value)


@pytest.mark.parametrize("character", ["\x00", "\x1b", "\ud800"])
def test_characters_that_no_editor_shows_are_refused_with_their_place(character: str) -> None:
    cast = postmortem_with_roles()
    with pytest.raises(ValidationError, match=rf"Character 3 .*U\+{ord(character):04X}"):
        save_text(cast.postmortem, TextKey.TLDR, f"ab{character}c", 1, actor=cast.author)


@pytest.mark.parametrize("state", [State.VALIDATED, State.CLOSED])
def test_a_validated_text_is_read_only(state: State) -> None:
    cast = postmortem_with_roles(state=state)
    with pytest.raises(NotEditable):
        save_text(cast.postmortem, TextKey.TLDR, "late", 1, actor=cast.author)
    assert body(cast.postmortem) == ""

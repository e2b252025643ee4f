"""What changed between two texts, so that a person sees it at a glance."""

from hypothesis import given
from hypothesis import strategies as st

from postmortems.domain.differences import ELLIPSIS, LONGEST, Kind, Piece, compare, excerpt

texts = st.text(alphabet="ab é.\n", max_size=60)


@given(texts, texts)
def test_the_pieces_hold_both_versions(before: str, after: str) -> None:
    pieces = compare(before, after)
    assert "".join(piece.text for piece in pieces if piece.kind is not Kind.REMOVED) == after
    assert "".join(piece.text for piece in pieces if piece.kind is not Kind.ADDED) == before


def test_only_the_words_that_changed_are_marked() -> None:
    assert compare("one two three", "one deux three") == (
        Piece(Kind.SAME, "one "),
        Piece(Kind.REMOVED, "two "),
        Piece(Kind.ADDED, "deux "),
        Piece(Kind.SAME, "three"),
    )


def test_two_long_texts_without_a_word_in_common_are_compared_as_wholes() -> None:
    before, after = "a " * 50_000, "b " * 50_000
    assert compare(before, after) == (Piece(Kind.REMOVED, before), Piece(Kind.ADDED, after))


def test_an_excerpt_keeps_the_surroundings_of_each_change() -> None:
    before = "x " * 500 + "old" + " y" * 500
    start, removed, added, end = excerpt(compare(before, before.replace("old", "new")), context=10)
    assert start.text == ELLIPSIS + "x " * 5
    assert (removed.text, added.text) == ("old ", "new ")
    assert end.text == "y " * 5 + ELLIPSIS


def test_a_long_addition_is_cut() -> None:
    (added,) = excerpt(compare("", "a" * 5_000))
    assert added.text == "a" * LONGEST + ELLIPSIS

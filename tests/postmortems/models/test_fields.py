"""The stored form of what people type."""

import pytest
from django.core.exceptions import ValidationError

from postmortems.models.fields import BodyField, clean_line, validate_characters


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("bloqué\u00a0? 50\u202f% «\u00a0ici\u00a0»", "bloqué\u00a0? 50\u202f% «\u00a0ici\u00a0»"),
        ("決済\u3000障害", "決済\u3000障害"),
        (" a \t b\r\nc\u2028d\u0085e\u00a0", "a b c d e"),
        ("e\u0301", "é"),
    ],
)
def test_a_line_keeps_its_typography_and_loses_its_line_ends(typed: str, stored: str) -> None:
    assert clean_line(typed) == stored
    assert clean_line(stored) == stored


@pytest.mark.parametrize("character", ["\x07", "\x9f", "\ud800", "\ufffe", "\uffff"])
def test_what_is_no_character_is_refused(character: str) -> None:
    with pytest.raises(ValidationError):
        validate_characters(f"a{character}b")


def test_a_long_text_has_its_limit_without_a_form() -> None:
    field = BodyField(max_length=3)
    assert field.clean("abc\n", None) == "abc"
    with pytest.raises(ValidationError, match="Shorten it by 1"):
        field.clean("abcd", None)

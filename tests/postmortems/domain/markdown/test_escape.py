"""Plain names in Markdown, and texts that equal reserved words."""

import html
import re

import pytest
from cmarkgfm.cmark import markdown_to_html_with_extensions
from hypothesis import given
from hypothesis import strategies as st

from postmortems.domain.markdown.escape import disguise, escape, reveal, unescape
from postmortems.domain.markdown.text import canonical_name
from tests.postmortems.domain.markdown.strategies import raw_texts

RESERVED = {"*À compléter*", "Durée totale"}
values = (
    st.sampled_from([*RESERVED, "*&#192; compléter*", "*&#0192; compléter*", "&#68;urée totale"]) | raw_texts
)


@given(raw_texts.map(canonical_name))
def test_an_escaped_name_is_read_back(name: str) -> None:
    for also in ("", ",", "(", "[]"):
        assert unescape(escape(name, also)) == name


@given(raw_texts.map(canonical_name).filter(lambda name: name and "://" not in name and "www." not in name))
def test_an_escaped_name_shows_literally(name: str) -> None:
    shown = markdown_to_html_with_extensions(f"# x {escape(name)} x", 0, ["strikethrough", "table"])
    assert html.unescape(re.fullmatch("<h1>(.*)</h1>\n", shown)[1]) == f"x {name} x"  # type: ignore[index]


@pytest.mark.parametrize(
    "name", ["Coopérative (10% d'écart)", "C:\\temp", "a_b", "5 < 6 & 7", "x [y] z", "~3", "n° 2 - #4", "R&D"]
)
def test_ordinary_names_need_no_escape(name: str) -> None:
    assert escape(name) == name


@given(values)
def test_a_disguised_text_is_no_reserved_one_and_is_read_back(value: str) -> None:
    assert disguise(value, RESERVED) not in RESERVED
    assert reveal(disguise(value, RESERVED), RESERVED) == value


def test_other_texts_wear_no_disguise() -> None:
    assert disguise("&#192; part", RESERVED) == "&#192; part"

"""Plain names in Markdown, and texts that equal reserved words."""

import html
import re

import pytest
from cmarkgfm.cmark import Options, markdown_to_html_with_extensions
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


ADDRESSES = (
    "Voir https://wiki.example.org/_edit/page",
    "Corriger https://e.org/a*b*c et **d**",
    "https://e.org/~ada et ~bob",
    "https://e.org/~ et https://e.org/a~~",
    "www.example.org/_x_ et _y_",
    "(https://e.org/_a_)",
    "https://e.org/a* et https://e.org/_b_.",
    "[P1] https://e.org/_a/",
    "[voir https://e.org/_a_]",
    "[voir https://e.org/_a_ ou _b_",
    "https://e.org:8080/[a](b)_c_",
    "https://e_x.org/_a_",
    "https://e.org/a`b`c",
)
WORDS = (*ADDRESSES, "~ 150 utilisateurs", "environ ~", "Regex [^*] refusée", "Voir [doc", "[a [b] c](d)")


@pytest.mark.parametrize("name", WORDS)
@pytest.mark.parametrize(
    ("before", "after", "tag"),
    [("# x ", " x", "h1"), ("1. **", "** - [a](https://e.org/b)", "strong"), ("| a |\n|-|\n| ", " |", "td")],
)
def test_addresses_and_odd_signs_show_literally_wherever_a_name_stands(
    name: str, before: str, after: str, tag: str
) -> None:
    extensions = ["table", "strikethrough", "autolink"]
    shown = markdown_to_html_with_extensions(
        f"{before}{escape(name)}{after}", Options.CMARK_OPT_FOOTNOTES, extensions
    )
    inside = re.search(f"<{tag}>(.*)</{tag}>", shown)
    words = html.unescape(re.sub("</?a[^>]*>", "", inside[1])) if inside else shown
    assert words.removeprefix("x ").removesuffix(" x") == name
    assert unescape(escape(name)) == name


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

"""What becomes of typed texts: ordinary ones nothing, the others just enough."""

import pytest

from postmortems.domain.markdown.text import (
    canonical_code,
    canonical_file,
    canonical_line,
    canonical_name,
    canonical_text,
    canonical_url,
    fenced,
)
from tests.postmortems.domain.markdown.test_laws import to_html

ORDINARY = (
    "- ~142 personnes ont vu une erreur\n- 0 donnée perdue (reprise à la main)",
    "Remise de 10% off, 5 < 6, a & b, 3 * 4, snake_case, C:\\temp, `<b>` et <https://a.example/x?y=1&z=2>",
    "> cité\n\n1. un\n   - deux\n\n- [ ] à faire\n- [x] fait\n\n~~barré~~ **gras** *italique*",
    "| a | b |\n|---|--:|\n| `x \\| y` | <ops@a.example> |",
    "```html\n<h1>code</h1>\n## pas un titre\n```\n\n    indented <code>",
    "#### Déjà assez bas\n\n***\n\nfin",
    "Erreur:`401`, List\\<int>, https://a.example puis `code`, `` a ` b `` et une ` seule",
    "dépôt à 14 h 30, taux de 99,9 %",
)


@pytest.mark.parametrize("text", ORDINARY)
def test_ordinary_texts_stay_as_they_were_typed(text: str) -> None:
    assert canonical_text(text) == text


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("# un\n## deux\n### trois\n#### quatre", "#### un\n##### deux\n###### trois\n#### quatre"),
        ("Titre\nlong #\n===", "#### Titre long \\#"),
        ("> - Titre\n>   ---\n>\n> suite", "> - ##### Titre\n>\n> suite"),
        ("> a\nb\n> ===\nc", "> #### a b\nc"),
        ("```\ncode", "```\ncode\n```"),
        ("~~~~py\n~~~", "~~~~py\n~~~\n~~~~"),
        ("<div>\n\n# x\n</div>", "\\<div>\n\n#### x\n\\</div>"),
        ("<!-- tout\n\n# reste", "\\<!-- tout\n\n#### reste"),
        ("`a` <b>gras</b> `<b>`", "`a` \\<b>gras\\</b> `<b>`"),
        ("[x]: /ailleurs", "\\[x]: /ailleurs"),
        ("- [ ] [x]: /ailleurs", "- [ ] \\[x]: /ailleurs"),
        ("a\n[^1]: note", "a\n\\[^1]: note"),
        ("[a](`) <i> `", "[a&#93;(`) <i> `"),
        ("`` ` a ` ` <i> `", "&#96;&#96; ` a ` ` <i> `"),
        ("www.a.example`<i>`", "www.a.example&#96;&lt;i>&#96;"),
        ("voir https://a.example<b>", "voir https://a.example&lt;b>"),
        ("\r\n\n  a\r\nb\x00\u2028c \n\n", "  a\nb\nc"),
        ("e\u0301te\u0301", "été"),
    ],
)
def test_what_would_reach_beyond_the_text_is_contained(typed: str, kept: str) -> None:
    assert canonical_text(typed) == kept
    assert "raw HTML omitted" not in to_html(kept)


def test_a_line_is_one_line_of_markdown_without_html() -> None:
    assert canonical_line(" a\n\n**b**\t<br> `<c>` ") == "a **b** \\<br> `<c>`"


def test_a_name_is_one_line_kept_as_it_is() -> None:
    assert canonical_name(" <Ana>\n *Ruiz* \x07") == "<Ana> *Ruiz*"


def test_code_is_verbatim_but_for_line_ends_and_trailing_blank_lines() -> None:
    assert canonical_code("\n  a  \r\n\tb\x1b[0m\n  \n\n") == "\n  a  \n\tb[0m"


def test_an_address_cannot_end_its_link() -> None:
    assert (
        canonical_url(" https://a.example/x (1)?q=<é>&copy; ")
        == "https://a.example/x%281%29?q=%3Cé%3E&copy%3B"
    )


def test_a_file_name_has_no_folder() -> None:
    assert canonical_file("../../etc/passwd") == "passwd"
    assert canonical_file("C:\\photos\\a b.png") == "a b.png"
    assert canonical_file("..") == ""


def test_a_fence_is_longer_than_any_run_of_backticks_inside() -> None:
    assert fenced("a\n````\nb", "md") == "`````md\na\n````\nb\n`````"

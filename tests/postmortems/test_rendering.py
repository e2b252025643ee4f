"""Users' Markdown becomes HTML that shows what GitHub shows and can do nothing."""

import re
from dataclasses import replace

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from postmortems.domain.document import Impact, Metric
from postmortems.domain.markdown.render import render as render_markdown
from postmortems.domain.markdown.text import canonical_line
from postmortems.rendering import render_file, render_line, render_link, render_plain, render_text
from tests.postmortems.domain.markdown.examples import FRENCH_EXAMPLE

HOSTILE = (
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<svg onload=alert(1)><script>alert(1)</script></svg>",
    "<svg><style><img src=x onerror=alert(1)></style></svg>",
    "<math><mtext><table><mglyph><style><!--</style><img title='--&gt;&lt;img src=1 onerror=alert(1)&gt;'>",
    '<noscript><p title="</noscript><img src=x onerror=alert(1)>">',
    "<style>body{display:none}</style>",
    '<p style="position:fixed" onclick="alert(1)">x</p>',
    "<iframe srcdoc='<script>alert(1)</script>'></iframe>",
    "<form action=https://evil.example><input name=a></form>",
    "<base href=https://evil.example>",
    "<a href=javascript:alert(1)>x</a>",
    "[x](javascript:alert(1))",
    "[x](JaVaScRiPt:alert(1))",
    "[x](java&#115;cript:alert(1))",
    "[x](data:text/html;base64,PHNjcmlwdD4=)",
    "[x](vbscript:msgbox)",
    "<javascript:alert(1)>",
    "![x](javascript:alert(1))",
    '![x](https://e.example/"onerror="alert(1))',
    '[x](https://e.example "a\\" onmouseover=\\"alert(1)")',
    "```<script>\nalert(1)\n```",
    '```" onclick="alert(1)\nx\n```',
    "| a |\n|-|\n| <img src=x onerror=alert(1)> |",
    "- [x] <details open ontoggle=alert(1)>",
    "`<script>`<script>alert(1)</script>",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "<!--><script>alert(1)</script>-->",
    "<![CDATA[<script>alert(1)</script>]]>",
    "\\<script>alert(1)</script>",
)

TAG = re.compile(r"<([a-zA-Z][^\s/>]*)([^>]*)>")
TEXT_TAGS = {"a", "br", "code", "del", "em", "img", "input", "strong"}
BLOCK_TAGS = {"blockquote", "hr", "li", "ol", "p", "pre", "ul", *(f"h{level}" for level in range(1, 7))}
ALLOWED = TEXT_TAGS | BLOCK_TAGS | {"table", "tbody", "td", "th", "thead", "tr"}
RENDERERS = (render_text, render_line, render_file, lambda text: render_link(text, text))


def harmless(html: str) -> bool:
    """No element but text markup, no handler, no style, no address but of the web or a mailbox."""
    for tag, attributes in TAG.findall(html):
        if tag not in ALLOWED or re.search(
            r"\s(on\w+|style|srcdoc|name|id|class)\s*=", without_values(attributes)
        ):
            return False
        for address in re.findall(r'(?:href|src)="([^"]*)"', attributes):
            if re.match(r"\s*(?!https?:|mailto:)[a-z]+\s*:", address, re.IGNORECASE):
                return False
    return True


def without_values(attributes: str) -> str:
    return re.sub(r'"[^"]*"', '""', attributes)


@pytest.mark.parametrize("hostile", HOSTILE)
def test_hostile_text_can_do_nothing_wherever_it_is_shown(hostile: str) -> None:
    for render in RENDERERS:
        assert harmless(render(hostile)), render(hostile)


@given(st.lists(st.sampled_from([*HOSTILE, "\n", "`", "|", "[", "](", "<", ">", '"', "\\", "&"]), max_size=6))
def test_hostile_pieces_put_together_can_do_nothing(pieces: list[str]) -> None:
    for render in RENDERERS:
        assert harmless(render("".join(pieces)))


def test_raw_html_shows_as_the_text_that_it_is() -> None:
    assert "&lt;script&gt;" in render_text("<script>alert(1)</script>")
    assert render_plain("<b>bold</b>") == "<b>bold</b>"


@pytest.mark.parametrize("nested", ["> " * 5_000, "[" * 20_000, "*a_" * 7_000, "- " * 5_000, "`" * 20_000])
def test_deep_nesting_neither_fails_nor_hangs(nested: str) -> None:
    assert harmless(render_text(f"{nested}x"))


def test_a_text_shows_github_markdown() -> None:
    html = render_text("# Title\n\n- [x] done\n\n~~no~~ **yes**\n\n| a |\n|-|\n| 1 |\n\nhttps://example.org")
    assert "<h4>Title</h4>" in html
    assert '<input type="checkbox"' in html
    assert "<del>no</del> <strong>yes</strong>" in html
    assert "<td>1</td>" in html
    assert '<a href="https://example.org" rel="noopener noreferrer">https://example.org</a>' in html


def test_an_image_of_another_site_becomes_a_link() -> None:
    assert render_text("![graph](https://e.example/g.png)") == (
        '<p><a href="https://e.example/g.png" rel="noopener noreferrer">graph</a></p>\n'
    )


def test_a_line_stays_a_line() -> None:
    assert render_line("# not *a* title | `x|y`") == "# not <em>a</em> title | <code>x|y</code>"


PIECES = [
    *"aé0 -+=#:;,.!?'\"()/\\`*_~[]<>&|@$%^{}",
    "\xa0",
    "\u202f",
    "1. ",
    "www.",
    "://",
    "http:",
    "🦊",
    "x@y.fr",
]


@given(st.lists(st.sampled_from(PIECES), max_size=12).map("".join))
@example("*a*")
@example("_a_")
@example("~~a~~")
@example("[a](b)")
@example("\\[a")
@example("a@b.fr")
@example("www.a.fr")
@example("https://a.fr")
def test_a_line_shows_as_the_same_line_of_a_text(words: str) -> None:
    """Lines of plain words are shown without the parser, which lines of a text always pass."""
    line = canonical_line(words)
    if line and not set(line) & {"|", "`"}:
        assert f"<td>{render_line(line)}</td>" in render_text(f"|a|\n|-|\n| {line} |")


@given(st.lists(st.sampled_from(PIECES), max_size=12).map("".join))
@example("`grep 'a\\|b' x`")
@example("a\\|b")
@example("`a|b`")
@example("C:\\\\|x")
def test_a_line_shows_as_its_cell_in_the_file(words: str) -> None:
    line = canonical_line(words)
    if line:
        document = replace(FRENCH_EXAMPLE, impact=Impact((Metric("m", line),)))
        assert f"<td>m</td>\n<td>{render_line(line)}</td>" in render_file(render_markdown(document))


def test_a_link_keeps_its_label_when_its_address_is_refused() -> None:
    assert "href" not in render_link("ticket", "javascript:alert(1)")
    assert ">ticket</a>" in render_link("ticket", "javascript:alert(1)")
    assert ">https://example.org/1</a>" in render_link("", "https://example.org/1")


def test_a_whole_file_has_its_headings_and_the_pictures_that_are_known() -> None:
    file = '# Title\n\n![a "graph"](images/f/graph.png) ![other](images/f/other.png)'
    html = render_file(file, {"images/f/graph.png": "/files/graph.png"})
    assert "<h1>Title</h1>" in html
    assert '<img src="/files/graph.png" alt="a &quot;graph&quot;">' in html
    assert '<a href="images/f/other.png"' in html

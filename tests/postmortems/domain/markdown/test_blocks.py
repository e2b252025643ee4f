"""The block structure against the one that cmark-gfm finds."""

import re
from collections import Counter

from hypothesis import given, settings

from postmortems.domain.markdown.blocks import PROSE, Kind, cell_spans, scan
from postmortems.domain.markdown.text import canonical_text
from tests.postmortems.domain.markdown.strategies import raw_texts
from tests.postmortems.domain.markdown.test_laws import to_html

TAGS = {
    "h": Kind.HEADING,
    "blockquote": Kind.QUOTE,
    "li": Kind.ITEM,
    "table": Kind.TABLE,
    "tr": Kind.ROW,
    "hr": Kind.RULE,
    "pre": Kind.FENCE,
}


@settings(max_examples=400, deadline=None)
@given(raw_texts)
def test_blocks_are_those_that_github_shows(raw: str) -> None:
    text = canonical_text(raw)
    found: Counter[Kind] = Counter(
        Kind.FENCE if b.kind is Kind.INDENTED else b.kind for b in scan(text).root.walk()
    )
    shown = Counter(
        TAGS[tag] for tag in re.findall(r"<(h(?=[1-6])|blockquote|li|table|tr|hr|pre)", to_html(text))
    )
    assert {kind: found[kind] for kind in TAGS.values()} == {kind: shown[kind] for kind in TAGS.values()}


def prose(text: str) -> list[tuple[Kind, str]]:
    return [
        (block.kind, " ".join(text[start:end] for start, end in block.spans))
        for block in scan(text).root.walk()
        if block.kind in PROSE
    ]


def test_prose_is_found_where_it_stands_without_the_marks_around_it() -> None:
    text = "# One #\n\n> a\nb\n\n1. c\n\n   - [ ] d\n\n| x | y |\n|---|---|\n| 1 \\| 2 | `3` |\n\nTwo\n---\n"
    assert prose(text) == [
        (Kind.HEADING, "One"),
        (Kind.PARAGRAPH, "a b"),
        (Kind.PARAGRAPH, "c"),
        (Kind.PARAGRAPH, "[ ] d"),
        (Kind.CELL, "x"),
        (Kind.CELL, "y"),
        (Kind.CELL, "1 \\| 2"),
        (Kind.CELL, "`3`"),
        (Kind.HEADING, "Two"),
    ]


def test_code_and_html_hold_no_prose() -> None:
    text = "```py\na\n```\n\n    b\n\n<div>\nc\n</div>\n\n<!-- d\n\ne -->\n<pre>\n\nf\n</pre>\ng"
    assert prose(text) == [(Kind.PARAGRAPH, "g")]


def test_a_fence_tells_its_language_and_whether_it_is_closed() -> None:
    blocks = scan("~~~ mermaid x\na\n~~~\n\n```\nb").root.children
    assert [(block.info, block.closed) for block in blocks] == [("mermaid x", True), ("", False)]


def test_cells_end_at_pipes_without_a_backslash() -> None:
    row = "| a | b \\| c || `|` |"
    assert [row[start:end] for start, end in cell_spans(row)] == ["a", "b \\| c", "", "`", "`"]


def test_every_block_tells_its_lines() -> None:
    text = "> a\n> - b\n>\n>   c\n\n| x |\n|---|\n| 1 |\n\n```\nd\n\n```\n\nTwo\nlines\n---\n"
    assert [(block.kind, block.first, block.last) for block in scan(text).root.walk()][1:] == [
        (Kind.QUOTE, 0, 3),
        (Kind.PARAGRAPH, 0, 0),
        (Kind.ITEM, 1, 3),
        (Kind.PARAGRAPH, 1, 1),
        (Kind.PARAGRAPH, 3, 3),
        (Kind.TABLE, 5, 7),
        (Kind.ROW, 5, 5),
        (Kind.CELL, 5, 5),
        (Kind.ROW, 7, 7),
        (Kind.CELL, 7, 7),
        (Kind.FENCE, 9, 12),
        (Kind.HEADING, 14, 16),
    ]

"""What holds for every document, whatever anybody typed."""

import re
from html.parser import HTMLParser

from cmarkgfm.cmark import Options, markdown_to_html_with_extensions
from hypothesis import HealthCheck, given, settings

from postmortems.domain.document import AnnexKind, Document, Horizon
from postmortems.domain.markdown.canonical import canonical
from postmortems.domain.markdown.parse import parse
from postmortems.domain.markdown.render import render
from postmortems.domain.markdown.text import (
    canonical_code,
    canonical_file,
    canonical_line,
    canonical_name,
    canonical_syntax,
    canonical_text,
    canonical_url,
)
from tests.postmortems.domain.markdown.strategies import documents, raw_texts

EXTENSIONS = ["table", "strikethrough", "autolink", "tasklist"]
moderate = settings(max_examples=80, deadline=None, suppress_health_check=list(HealthCheck))
many = settings(max_examples=300, deadline=None)


def to_html(markdown: str) -> str:
    """As GitHub, which also leaves out raw HTML but says so."""
    html: str = markdown_to_html_with_extensions(markdown, Options.CMARK_OPT_FOOTNOTES, EXTENSIONS)
    return html


class Outline(HTMLParser):
    """The headings of level 1 to 3, and for every table outside lists and quotes its cells by row."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.levels: list[int] = []
        self.tables: list[list[int]] = []
        self.comments: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if re.fullmatch("h[1-3]", tag):
            self.levels.append(int(tag[1]))
        elif tag == "table":
            self.tables.append([])
        elif tag == "tr":
            self.tables[-1].append(0)
        elif tag in ("td", "th"):
            self.tables[-1][-1] += 1

    def handle_comment(self, data: str) -> None:
        self.comments.append(data)


def expected_levels(document: Document) -> list[int]:
    cause, lessons = document.root_cause, document.lessons
    horizons = len({action.horizon for action in document.actions})
    kinds = [annex.kind for annex in document.annexes]
    headings = sum(
        kind is not AnnexKind.RELATED or number == 0 or kinds[number - 1] is not AnnexKind.RELATED
        for number, kind in enumerate(kinds)
    )
    parts = [
        *(2, 2),
        *(2, 3, 3, *[3] * bool(document.impact.reputation)),
        *(2, 3, 3, *[3] * bool(cause.diagrams), *[3] * bool(cause.factors)),
        *(2, *[3] * horizons),
        *(2, 3, 3, *[3] * bool(lessons.lucky), *[3] * bool(lessons.recommendations)),
        *((2, *[3] * headings) if kinds else ()),
        2,
    ]
    return [1, 2, *parts]


def expected_tables(document: Document) -> list[list[int]]:
    """The cells of each row, the title row first, of the tables that belong to the format."""
    events, metrics = document.timeline.events, document.impact.metrics
    tables = [[2] * 6]
    if events:
        tables.append([2 + any(event.source for event in events)] * (1 + len(events)))
    tables.append([2 + any(metric.source for metric in metrics)] * (4 + len(metrics)))
    if factors := document.root_cause.factors:
        tables.append([3] * (1 + len(factors)))
    for horizon in Horizon:
        rows = [action for action in document.actions if action.horizon is horizon]
        if not rows:
            continue
        optional: list[list[object]] = [
            [action.kind for action in rows],
            [action.verification for action in rows],
            [action.tracker for action in rows],
        ]
        if horizon is Horizon.LONG:
            optional += [
                [action.owner for action in rows],
                [action.deadline for action in rows],
                [action.status != "todo" for action in rows],
            ]
        else:
            optional.append([action.description for action in rows])
        if horizon is Horizon.IMMEDIATE:
            optional.append([action.deadline for action in rows])
        always = 5 if horizon in (Horizon.SHORT, Horizon.MEDIUM) else 3
        tables.append([always + sum(any(column) for column in optional)] * (1 + len(rows)))
    if advice := document.lessons.recommendations:
        tables.append([2] * (1 + len(advice)))
    tables.append([2] * 7)
    return tables


@moderate
@given(documents())
def test_reading_an_exported_file_back_gives_the_same_document(document: Document) -> None:
    assert parse(render(document)) == document


@moderate
@given(documents())
def test_reading_and_exporting_again_gives_the_same_file(document: Document) -> None:
    file = render(document, front_matter=False)
    assert render(parse(file)) == file
    assert parse(render(document, front_matter=True)) == document


@moderate
@given(documents())
def test_no_typed_text_changes_the_structure_that_github_shows(document: Document) -> None:
    outline = Outline(to_html(render(document)))
    assert outline.levels == expected_levels(document)
    assert outline.comments == []
    typed = (
        document.summary.tldr,
        document.impact.users,
        document.impact.reputation,
        document.root_cause.immediate,
        *(annex.body for annex in document.annexes if annex.kind is not AnnexKind.LOG),
    )
    own = [table for text in typed for table in Outline(to_html(text)).tables]
    found = outline.tables.copy()
    for table in expected_tables(document):
        assert table in found
        found.remove(table)
    assert sorted(found) == sorted(own)


@moderate
@given(documents())
def test_a_document_read_from_its_file_is_canonical(document: Document) -> None:
    assert canonical(document) == document


@many
@given(raw_texts)
def test_canonical_forms_do_not_change_again(raw: str) -> None:
    for form in (
        canonical_text,
        canonical_line,
        canonical_name,
        canonical_code,
        canonical_url,
        canonical_file,
        canonical_syntax,
    ):
        once = form(raw)
        assert form(once) == once


@many
@given(raw_texts)
def test_a_text_ends_where_it_ends_and_reaches_nothing_outside(raw: str) -> None:
    before, after = "# Before\n\n[a] [^1]\n\n", "\n\n# After\n\n---\n\n[a] [^1] b [b][a]\n"
    html = to_html(f"{before}{canonical_text(raw)}{after}")
    assert html.startswith("<h1>Before</h1>\n<p>[a] [^1]</p>\n")
    assert html.endswith("<h1>After</h1>\n<hr />\n<p>[a] [^1] b [b][a]</p>\n")
    assert Outline(html).levels == [1, 1]
    assert Outline(html).comments == []

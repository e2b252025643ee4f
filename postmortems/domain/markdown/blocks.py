"""The block structure of Markdown as GitHub reads it: CommonMark 0.31 with tables and footnotes.

``scan`` yields the tree of blocks with offsets into the source; it neither resolves inline markup nor
changes anything. The rules are those of the specification (https://spec.commonmark.org, appendix
"A parsing strategy") and, for tables and footnotes, of GitHub's cmark-gfm.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum

BLANKS = " \t"
TAB = 4
LISTS_IN_ONE_LINE = 100


class Kind(StrEnum):
    """What a block is. Items stand for lists; a table holds rows, a row cells."""

    DOCUMENT = "document"
    QUOTE = "quote"
    ITEM = "item"
    PARAGRAPH = "paragraph"
    HEADING = "heading"
    RULE = "rule"
    FENCE = "fence"
    INDENTED = "indented"
    HTML = "html"
    TABLE = "table"
    ROW = "row"
    CELL = "cell"


CONTAINERS = frozenset({Kind.DOCUMENT, Kind.QUOTE, Kind.ITEM})
VERBATIM = frozenset({Kind.FENCE, Kind.INDENTED, Kind.HTML})
PROSE = frozenset({Kind.PARAGRAPH, Kind.HEADING, Kind.CELL})


@dataclass(slots=True)
class Block:
    """A block from line ``first`` to line ``last`` (from 0, inclusive).

    ``spans`` are the (start, end) offsets of its own text, one per line, without the marks of the
    containers around it. For headings ``level`` counts from 1 and ``mark`` is the offset of the
    number signs, or for an underlined heading of the underline. For fences ``info`` is what follows
    the opening, ``fence`` the opening itself and ``closed`` whether an end was found. The last three
    fields are notes of the scanner.
    """

    kind: Kind
    first: int
    last: int
    children: list["Block"] = field(default_factory=list)
    spans: list[tuple[int, int]] = field(default_factory=list)
    level: int = 0
    mark: int = 0
    underlined: bool = False
    info: str = ""
    fence: str = ""
    closed: bool = False
    indent: int = 0
    html_end: re.Pattern[str] | None = None
    not_a_table: bool = False

    def walk(self) -> Iterator["Block"]:
        """This block and all blocks inside it, in the order of the source."""
        waiting = [self]
        while waiting:
            block = waiting.pop()
            yield block
            waiting.extend(reversed(block.children))


@dataclass(frozen=True, slots=True)
class Scan:
    """The blocks of a text.

    ``literals`` are the offsets at which raw HTML or a footnote would begin a block; with
    ``literal=True`` such lines were read as the plain text that escaping there makes of them.
    """

    root: Block
    literals: tuple[int, ...]


_BLANK = tuple(BLANKS)
_SPECIAL = frozenset("#`~*+_=<>[-0123456789")
_ATX = re.compile(r"(#{1,6})(?:[ \t]+|$)")
_FENCE = re.compile(r"`{3,}(?=[^`]*$)|~{3,}")
_FENCE_END = re.compile(r"(`{3,}|~{3,})[ \t]*$")
_SETEXT = re.compile(r"(?:=+|-+)[ \t]*$")
_RULE = re.compile(r"(?:(?:\*[ \t]*){3,}|(?:_[ \t]*){3,}|(?:-[ \t]*){3,})$")
_FOOTNOTE = re.compile(r"\[\^[^\] \t]+\]:")
_BULLET = re.compile(r"[*+-](?=[ \t]|$)")
_NUMBER = re.compile(r"([0-9]{1,9})[.)](?=[ \t]|$)")
_MARKER = r"[ \t]*:?-+:?[ \t]*"
_DELIMITERS = re.compile(rf"\|?{_MARKER}(?:\|{_MARKER})*\|?$")
_CELL = re.compile(r"(?:[^|]+|(?<=\\)\|)*")
_PIPE = re.compile(r"\|[ \t]*")
_BLANKS = re.compile(r"[ \t]*$")

_ATTRIBUTE = r"(?:\s+[A-Za-z_:][\w:.-]*(?:\s*=\s*(?:[^\s\"'=<>`]+|'[^']*'|\"[^\"]*\"))?)"
_HTML: tuple[tuple[re.Pattern[str], re.Pattern[str] | None], ...] = tuple(
    (re.compile(start, re.IGNORECASE), re.compile(end, re.IGNORECASE) if end else None)
    for start, end in (
        (r"<(?:script|pre|textarea|style)(?:\s|>|$)", r"</(?:script|pre|textarea|style)>"),
        (r"<!--", r"-->"),
        (r"<\?", r"\?>"),
        (r"<!\[CDATA\[", r"\]\]>"),
        (r"<![a-z]", r">"),
        (
            r"</?(?:address|article|aside|base|basefont|blockquote|body|caption|center|col|colgroup|dd"
            r"|details|dialog|dir|div|dl|dt|fieldset|figcaption|figure|footer|form|frame|frameset|h[1-6]"
            r"|head|header|hr|html|iframe|legend|li|link|main|menu|menuitem|nav|noframes|ol|optgroup"
            r"|option|p|param|search|section|source|summary|table|tbody|td|tfoot|th|thead|title|tr|track"
            r"|ul)(?:\s|/?>|$)",
            "",
        ),
    )
)
_HTML_ALONE = re.compile(rf"<(?:[A-Za-z][A-Za-z0-9-]*{_ATTRIBUTE}*\s*/?|/[A-Za-z][A-Za-z0-9-]*\s*)>[ \t]*$")
_UNTIL_BLANK = re.compile(r"(?!)")


def scan(text: str, *, literal: bool = False) -> Scan:
    """The blocks of ``text``, whose lines end in LF."""
    scanner = _Scanner(text, literal=literal)
    start = 0
    for number, line in enumerate(text.split("\n")):
        scanner.read(number, start, line)
        start += len(line) + 1
    scanner.close()
    return Scan(scanner.stack[0], tuple(scanner.literals))


def cell_spans(row: str) -> list[tuple[int, int]]:
    """Where the cells of a table row are in it, without the blanks around them.

    As on GitHub a pipe after a backslash is part of the cell, inside code too.
    """
    spans = []
    pipe = _PIPE.match(row)
    at = pipe.end() if pipe else 0
    while at < len(row):
        end = _CELL.match(row, at).end()  # type: ignore[union-attr]  # the pattern matches everywhere
        pipe = _PIPE.match(row, end)
        cell = row[at:end].strip(BLANKS)
        left = at + row[at:end].find(cell) if cell else end
        spans.append((left, left + len(cell)))
        if not pipe:
            break
        at = pipe.end()
    return spans


def _without_closing(heading: str) -> str:
    """A heading's content without the number signs that may close it."""
    content = heading.rstrip(BLANKS)
    core = content.rstrip("#")
    return core.rstrip(BLANKS) if core != content and (not core or core[-1] in BLANKS) else content


class _Scanner:
    """Reads line after line. ``stack`` holds the open blocks from the document inwards."""

    def __init__(self, text: str, *, literal: bool) -> None:
        self.text = text
        self.literal = literal
        self.literals: list[int] = []
        self.stack = [Block(Kind.DOCUMENT, 0, 0)]
        self.number = 0
        self.base = 0
        self.line = ""
        self.offset = self.column = 0
        self.in_tab = False
        self.next = self.next_column = self.indent = 0
        self.blank = False

    def read(self, number: int, base: int, line: str) -> None:
        self.number, self.base, self.line = number, base, line
        self.offset = self.column = 0
        self.in_tab = False
        matched = 0
        for block in self.stack[1:]:
            self._look()
            outcome = self._continues(block)
            if outcome is None:
                self._close_to(matched + 1)
                self._touch()
                self._pop()
                return
            if not outcome:
                break
            matched += 1
        container, tip = self.stack[matched], self.stack[-1]
        lazy_possible = tip.kind is Kind.PARAGRAPH and container is not tip
        depth = matched
        if container.kind not in VERBATIM:
            depth = self._open_all(matched)
            if depth < 0:
                return
        self._look()
        container = self.stack[depth]
        if lazy_possible and depth == matched and self.stack[-1] is tip and not self.blank:
            self._take(tip)
            return
        if depth == matched:
            self._close_to(matched)
        if container.kind in VERBATIM:
            self._take_verbatim(container)
        elif self.blank:
            pass
        elif container.kind is Kind.PARAGRAPH:
            self._take(container)
        elif container.kind is Kind.TABLE:
            self._add_row(container, self.line[self.next :], self.base + self.next, self.number)
        else:
            self._take(self._add(Kind.PARAGRAPH))

    def close(self) -> None:
        self._close_to(0)

    # -- position in the line

    def _look(self) -> None:
        """Finds the next character that is no blank, its column, and the indent before it."""
        line, at, column = self.line, self.offset, self.column
        size = len(line)
        while at < size:
            character = line[at]
            if character == " ":
                column += 1
            elif character == "\t":
                column += TAB - column % TAB
            else:
                break
            at += 1
        self.next, self.next_column = at, column
        self.indent = column - self.column
        self.blank = at == size

    def _advance(self, count: int) -> None:
        """Moves by columns; a tab may be entered without being left."""
        while count > 0 and self.offset < len(self.line):
            if self.line[self.offset] == "\t":
                width = TAB - self.column % TAB
                self.in_tab = width > count
                step = min(width, count)
                self.column += step
                count -= step
                if not self.in_tab:
                    self.offset += 1
            else:
                self.in_tab = False
                self.offset += 1
                self.column += 1
                count -= 1

    def _skip_blanks(self) -> None:
        self.offset, self.column, self.in_tab = self.next, self.next_column, False

    # -- continuing open blocks

    def _continues(self, block: Block) -> bool | None:
        """Whether the line goes on with an open block; None when it closed a fence."""
        match block.kind:
            case Kind.PARAGRAPH:
                return not self.blank
            case Kind.TABLE:
                return not self.blank and bool(cell_spans(self.line[self.next :]))
            case Kind.QUOTE:
                if self.indent >= TAB or self.line[self.next : self.next + 1] != ">":
                    return False
                self._enter_quote()
                return True
            case Kind.ITEM:
                if self.indent >= block.indent:
                    self._advance(block.indent)
                    return True
                if self.blank and block.children:
                    self._skip_blanks()
                    return True
                return False
            case Kind.FENCE:
                return self._continues_fence(block)
            case Kind.INDENTED:
                if self.indent >= TAB:
                    self._advance(TAB)
                    return True
                if self.blank:
                    self._skip_blanks()
                    return True
                return False
            case _:
                return not (self.blank and block.html_end is _UNTIL_BLANK)

    def _continues_fence(self, block: Block) -> bool | None:
        end = _FENCE_END.match(self.line, self.next) if self.indent < TAB else None
        if end and end[1][0] == block.fence[0] and len(end[1]) >= len(block.fence):
            block.closed = True
            return None
        skip = min(block.indent, self.indent)
        self._advance(skip)
        return True

    def _enter_quote(self) -> None:
        self._skip_blanks()
        self._advance(1)
        if self.line.startswith(_BLANK, self.offset):
            self._advance(1)

    # -- opening blocks

    def _open_all(self, matched: int) -> int:
        """Opens what the line begins. The depth of the innermost block, or -1 if nothing is left to read."""
        depth = matched
        for nesting in range(1, len(self.line) + 2):
            self._look()
            container = self.stack[depth]
            line, at = self.line, self.next
            if self.indent >= TAB:
                maybe_lazy = self.stack[-1].kind is Kind.PARAGRAPH
                if maybe_lazy or self.blank:
                    return depth
                self._advance(TAB)
                self._close_to(depth)
                self._add(Kind.INDENTED)
                return len(self.stack) - 1
            if self.blank:
                return depth
            character = line[at]
            if character not in _SPECIAL and not (container.kind is Kind.PARAGRAPH and character in "|:"):
                return depth
            if character == ">":
                self._close_to(depth)
                self._enter_quote()
                self._add(Kind.QUOTE)
                depth = len(self.stack) - 1
                continue
            if self._open_leaf(depth, container):
                return -1
            if self.stack[-1].kind in VERBATIM and self.stack[-1].first == self.number:
                return len(self.stack) - 1
            if nesting >= LISTS_IN_ONE_LINE or not self._open_item(depth, container):
                if container.kind is Kind.PARAGRAPH and self._open_table(depth, container):
                    return -1
                return depth
            depth = len(self.stack) - 1
        return depth

    def _open_leaf(self, depth: int, container: Block) -> bool:
        """Whether the rest of the line is a heading, a rule or the opening of a fence.

        An HTML block is opened without taking the line.
        """
        line, at = self.line, self.next
        if heading := _ATX.match(line, at):
            self._close_to(depth)
            block = self._leaf(Kind.HEADING)
            block.level, block.mark = len(heading[1]), self.base + at
            content = _without_closing(line[heading.end() :])
            start = self.base + heading.end()
            block.spans.append((start, start + len(content)))
            return True
        if fence := _FENCE.match(line, at):
            self._close_to(depth)
            block = self._add(Kind.FENCE)
            block.indent, block.fence, block.mark = self.indent, fence[0], self.base + at
            block.info = line[fence.end() :].strip(BLANKS)
            return True
        if line[at] == "<" and (end := self._html(container)):
            if self.literal:
                self.literals.append(self.base + at)
                return False
            self._close_to(depth)
            self._add(Kind.HTML).html_end = end
            return False
        if container.kind is Kind.PARAGRAPH and _SETEXT.match(line, at):
            self._close_to(depth)
            container.kind = Kind.HEADING
            container.level = 1 if line[at] == "=" else 2
            container.mark, container.underlined = self.base + at, True
            self._touch()
            self._pop()
            return True
        if _RULE.match(line, at):
            self._close_to(depth)
            self._leaf(Kind.RULE)
            return True
        if line[at] == "[" and _FOOTNOTE.match(line, at):
            self.literals.append(self.base + at)
        return False

    def _html(self, container: Block) -> re.Pattern[str] | None:
        """What ends the HTML block that begins here, if one does."""
        for start, end in _HTML:
            if start.match(self.line, self.next):
                return end or _UNTIL_BLANK
        if container.kind is not Kind.PARAGRAPH and _HTML_ALONE.match(self.line, self.next):
            return _UNTIL_BLANK
        return None

    def _open_item(self, depth: int, container: Block) -> bool:
        line = self.line
        number = _NUMBER.match(line, self.next)
        marker = number or _BULLET.match(line, self.next)
        if not marker:
            return False
        in_paragraph = container.kind is Kind.PARAGRAPH
        if in_paragraph and ((number and int(number[1]) != 1) or _BLANKS.match(line, marker.end())):
            return False
        margin = self.indent
        self._close_to(depth)
        self._skip_blanks()
        self._advance(len(marker[0]))
        before = self.offset, self.column, self.in_tab
        self._look()
        width = self.indent
        if 1 <= width <= TAB and not self.blank:
            self._advance(width)
        else:
            self.offset, self.column, self.in_tab = before
            if line.startswith(_BLANK, self.offset):
                self._advance(1)
            width = 1
        self._add(Kind.ITEM).indent = margin + len(marker[0]) + width
        return True

    def _open_table(self, depth: int, paragraph: Block) -> bool:
        delimiters = self.line[self.next :].rstrip(BLANKS)
        if paragraph.not_a_table or not _DELIMITERS.match(delimiters):
            return False
        start, end = paragraph.spans[-1]
        header = self.text[start:end]
        if len(cell_spans(header.rstrip(BLANKS))) != len(cell_spans(delimiters)):
            paragraph.not_a_table = True
            return False
        self._close_to(depth)
        table = paragraph
        if len(paragraph.spans) > 1:
            paragraph.spans.pop()
            paragraph.last = self.number - 2
            self._pop()
            table = self._add(Kind.TABLE)
        table.kind, table.first, table.spans = Kind.TABLE, self.number - 1, []
        self._add_row(table, header, start, self.number - 1)
        self._touch()
        return True

    # -- building the tree

    def _pop(self) -> None:
        """Closes the innermost block; those around it reach as far."""
        closed = self.stack.pop()
        self.stack[-1].last = max(self.stack[-1].last, closed.last)

    def _close_to(self, depth: int) -> None:
        while len(self.stack) > depth + 1:
            self._pop()

    def _touch(self) -> None:
        self.stack[-1].last = self.number

    def _leaf(self, kind: Kind) -> Block:
        block = self._add(kind)
        self._pop()
        return block

    def _add(self, kind: Kind) -> Block:
        while self.stack[-1].kind not in CONTAINERS:
            self._pop()
        block = Block(kind, self.number, self.number)
        self.stack[-1].children.append(block)
        self.stack.append(block)
        return block

    def _take(self, paragraph: Block) -> None:
        start = self.base + self.next
        paragraph.spans.append((start, self.base + len(self.line)))
        self._touch()

    def _take_verbatim(self, block: Block) -> None:
        block.spans.append((self.base + self.offset, self.base + len(self.line)))
        if not (self.blank and block.kind is Kind.INDENTED):
            self._touch()
        if block.html_end and block.html_end.search(self.line, self.offset):
            self._pop()

    def _add_row(self, table: Block, line: str, base: int, number: int) -> None:
        row = Block(Kind.ROW, number, number)
        for start, end in cell_spans(line.rstrip(BLANKS)):
            row.children.append(Block(Kind.CELL, number, number, spans=[(base + start, base + end)]))
        table.children.append(row)
        self._touch()

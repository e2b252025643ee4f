"""The canonical form of what people type: texts that can never break the document around them.

All functions are idempotent. A canonical value is Unicode NFC, has LF line ends, no control characters
but tabs and newlines and nothing that Unicode calls no character; ordinary text stays as it was typed, to
the byte.
"""

import re
import unicodedata
from bisect import bisect_right
from collections import defaultdict

from postmortems.domain.markdown.blocks import BLANKS, Block, Kind, Scan, scan

LOWEST_HEADING = 6
SECTION_LEVELS = 3
_BACKTICK = "&#96;"
_PASSES = 4

_NEWLINES = re.compile("\r\n|[\r\u0085\u2028\u2029]")
_CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
_BLANK_START = re.compile(r"\A(?:[ \t]*\n)+")
_WHITE = frozenset(" \t\n")
_WHITESPACE = re.compile(r"[ \t\n]+")
_DEFINITION = re.compile(r"(?:\[[ xX]\][ \t\n]+)?(\[)(?:[^\\\[\]]|\\.)+\]:", re.DOTALL)
_INLINE = re.compile(r"\\.|`+|<|\]\(", re.DOTALL)
_AUTOLINK = re.compile(
    r"<(?:[A-Za-z][A-Za-z0-9.+-]{1,31}:[^\x00-\x20<>]*"
    r"|[\w.!#$%&'*+/=?^`{|}~-]+@[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
    r"(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?)*)>",
    re.ASCII,
)
_AMBIGUOUS = re.compile(r"<[A-Za-z/!?]|\]\(")
_TAG_START = re.compile(r"<[A-Za-z/!?]")
_POINTED = re.compile(r"<((?:[^\\<>\n]|\\.)*)>")
_TITLES = {
    '"': re.compile(r'"(?:[^\\"]|\\.)*"', re.DOTALL),
    "'": re.compile(r"'(?:[^\\']|\\.)*'", re.DOTALL),
    "(": re.compile(r"\((?:[^\\()]|\\.)*\)", re.DOTALL),
}
_ENTITY = re.compile(r"&(#?\w+);")
_URL_UNSAFE = re.compile(r"[\s<>\"`(){}|\\^\[\]*]")
_SYNTAX_UNSAFE = re.compile(r"[^A-Za-z0-9_+.#-]")

Edit = tuple[int, int, str]


def canonical_text(raw: str) -> str:
    """Multi-line Markdown, closed in itself.

    Headings are demoted below the document's own three levels, raw HTML and link or footnote
    definitions are escaped so that they show as text, and an open fence is closed. What follows after
    a blank line is therefore never part of the text.
    """
    text = _trimmed(_clean(raw))
    for _ in range(_PASSES):
        contained = _trimmed(_contained(text))
        if contained == text:
            return text
        text = contained
    return fenced(text)


def canonical_line(raw: str) -> str:
    """Inline Markdown on one line; raw HTML is escaped."""
    line = _one_line(raw)
    for _ in range(_PASSES):
        contained = _one_line(_apply(line, _inline_edits(line, [(0, len(line))])))
        if contained == line:
            return line
        line = contained
    return line.replace("<", "&lt;").replace("`", _BACKTICK)


def canonical_name(raw: str) -> str:
    """Plain text on one line: names, titles, categories, and lines of a why chain."""
    return _one_line(raw)


def canonical_code(raw: str) -> str:
    """Text to be shown verbatim in a code block."""
    lines = _clean(raw).split("\n")
    while lines and not lines[-1].strip(BLANKS):
        lines.pop()
    return "\n".join(lines)


def canonical_syntax(raw: str) -> str:
    """The language of a code block, such as ``mermaid``."""
    return _SYNTAX_UNSAFE.sub("", raw)


def canonical_url(raw: str) -> str:
    """An address in which what would end a Markdown link is percent-encoded."""
    url = _ENTITY.sub(r"&\1%3B", "".join(_one_line(raw).split()))
    return _URL_UNSAFE.sub(lambda match: "".join(f"%{byte:02X}" for byte in match[0].encode()), url)


def canonical_file(raw: str) -> str:
    """The name of a file without folders."""
    name = _one_line(raw.replace("\\", "/").rpartition("/")[2])
    return "" if name in (".", "..") else name


def cell(line: str) -> str:
    """A line as a cell of a table: GitHub takes these backslashes away before it reads anything else."""
    return line.replace("|", "\\|")


def fence_around(code: str) -> str:
    """The shortest fence that nothing in ``code`` closes."""
    runs = re.findall("`{3,}", code)
    return "`" * max(3, 1 + max(map(len, runs), default=0))


def fenced(code: str, syntax: str = "") -> str:
    """A code block."""
    fence = fence_around(code)
    return f"{fence}{syntax}\n{code}\n{fence}" if code else f"{fence}{syntax}\n{fence}"


def _clean(raw: str) -> str:
    return unicodedata.normalize("NFC", _CONTROLS.sub("", _NEWLINES.sub("\n", raw)))


def _trimmed(text: str) -> str:
    return _BLANK_START.sub("", text).rstrip(f"{BLANKS}\n")


def _one_line(raw: str) -> str:
    return unicodedata.normalize("NFC", _WHITESPACE.sub(" ", _clean(raw)).strip())


def _contained(text: str) -> str:
    found = scan(text, literal=True)
    edits = _block_edits(text, found)
    covered = [(start, end) for start, end, _ in edits if end > start]
    for block in found.root.walk():
        if block.kind in (Kind.PARAGRAPH, Kind.CELL) or (block.kind is Kind.HEADING and not block.underlined):
            edits += _inline_edits(text, block.spans)
    edits += [(at, at, "\\") for at in found.literals if not any(a <= at < b for a, b in covered)]
    closed = _apply(text, edits)
    last = found.root.children[-1] if found.root.children else None
    if last and last.kind is Kind.FENCE and not last.closed:
        closed += f"\n{last.fence}"
    return closed


def _block_edits(text: str, found: Scan) -> list[Edit]:
    edits = []
    for block in found.root.walk():
        if block.kind is not Kind.HEADING or (block.level > SECTION_LEVELS and not block.underlined):
            continue
        level = "#" * min(block.level + SECTION_LEVELS, LOWEST_HEADING)
        if block.underlined:
            end = text.find("\n", block.mark)
            heading = f"{level} {_joined(text, block)}".rstrip(BLANKS)
            edits.append((block.spans[0][0], len(text) if end < 0 else end, heading))
        else:
            edits.append((block.mark, block.mark + block.level, level))
    return edits


def _joined(text: str, heading: Block) -> str:
    """The lines of an underlined heading as the content of one with number signs."""
    content = " ".join(text[start:end].rstrip(f"{BLANKS}\\") for start, end in heading.spans)
    content = _apply(content, _inline_edits(content, [(0, len(content))]))
    core = content.rstrip("#")
    return f"{core}\\{content[len(core) :]}" if core != content else content


def _apply(text: str, edits: list[Edit]) -> str:
    parts = []
    at = 0
    for start, end, new in sorted(set(edits)):
        parts += [text[at:start], new]
        at = end
    return "".join([*parts, text[at:]])


def _inline_edits(text: str, spans: list[tuple[int, int]]) -> list[Edit]:
    """Where backslashes are needed so that no raw HTML and no definition is left in inline content."""
    content = "\n".join(text[start:end] for start, end in spans)
    if "<" not in content and not content.startswith("["):
        return []
    starts = [0]
    for start, end in spans:
        starts.append(starts[-1] + end - start + 1)

    def source(at: int) -> int:
        line = bisect_right(starts, at) - 1
        return spans[line][0] + at - starts[line]

    edits = []
    if definition := _DEFINITION.match(content):
        edits.append((source(definition.start(1)), source(definition.start(1)), "\\"))
    if "<" in content:
        edits += [
            (source(start), source(start) + end - start, new) for start, end, new in _html_edits(content)
        ]
    return edits


def _html_edits(content: str) -> list[Edit]:
    """Escapes before every ``<`` that may begin a tag, seen as CommonMark does: from the left.

    Code and addresses in angle brackets stay. Where readers of Markdown disagree whether a backtick
    begins code (inside a bare address, in the target of a link, after an unmatched backtick), the
    backtick or the link is written as plain text.
    """
    closers: defaultdict[int, list[int]] = defaultdict(list)
    for run in re.finditer("`+", content):
        closers[len(run[0])].append(run.start())
    edits: list[Edit] = []
    unmatched: list[Edit] = []
    at, joined = 0, -1
    while match := _INLINE.search(content, at):
        start, at = match.span()
        if match[0][0] == "`":
            plain = (start, at, _BACKTICK * (at - start))
            candidates = closers[at - start]
            following = bisect_right(candidates, start)
            if _in_address(content, start, joined):
                edits.append(plain)
            elif following == len(candidates):
                unmatched.append(plain)
            else:
                inside = content[at : candidates[following]]
                at = candidates[following] + at - start
                if _AMBIGUOUS.search(inside):
                    edits += unmatched
                    unmatched = []
        elif match[0] == "\\<":
            if _in_address(content, start, joined):
                edits.append((start, at, "&lt;"))
        elif match[0] == "<":
            if address := _AUTOLINK.match(content, start):
                at = address.end()
            elif _TAG_START.match(content, start):
                edits.append(_escaped_tag(content, start, joined))
        elif match[0] == "](":
            if "`" in content[at : _link_tail(content, at)]:
                edits.append((start, start + 1, "&#93;"))
            target = _skip_blanks(content, at)
            if pointed := _POINTED.match(content, target):
                edits.append((target, pointed.end(), canonical_url(pointed[1])))
                at = joined = pointed.end()
            elif content.startswith("<", target):
                edits.append(_escaped_tag(content, target, joined))
                at = target + 1
    return edits


def _escaped_tag(content: str, at: int, joined: int) -> Edit:
    """GitHub makes a backslash at the end of a bare address part of the address."""
    return (at, at + 1, "&lt;") if _in_address(content, at, joined) else (at, at, "\\")


def _in_address(content: str, at: int, joined: int) -> bool:
    """Whether GitHub may take ``at`` for a part of a bare address such as ``www.example.org``.

    Up to ``joined`` words were joined by another edit, hence anything may stand before.
    """
    begin = 1 + max(content.rfind(blank, 0, at) for blank in _WHITE)
    return begin <= joined or "://" in content[begin:at] or "www." in content[begin:at]


def _skip_blanks(content: str, at: int) -> int:
    while at < len(content) and content[at] in _WHITE:
        at += 1
    return at


def _link_tail(content: str, at: int) -> int:
    """Where the target and title of a link that may begin at ``at`` would end; ``at`` if it cannot be one."""
    size = len(content)
    start = _skip_blanks(content, at)
    if pointed := _POINTED.match(content, start):
        end = pointed.end()
    else:
        end, depth = start, 0
        while end < size and content[end] > " ":
            if content[end] == "\\" and end + 1 < size and content[end + 1] > " ":
                end += 1
            elif content[end] == "(":
                depth += 1
            elif content[end] == ")":
                if not depth:
                    break
                depth -= 1
            end += 1
    after = _skip_blanks(content, end)
    if after > end and after < size and content[after] in _TITLES:
        title = _TITLES[content[after]].match(content, after)
        if not title:
            return at
        after = _skip_blanks(content, title.end())
    return after + 1 if content.startswith(")", after) else at

"""Plain names inside Markdown, and texts that look like the file's own words.

``escape`` writes a plain text so that GitHub shows it literally, with as few backslashes as that takes;
``unescape`` is its inverse. ``disguise`` writes a Markdown text that happens to equal a reserved one with
an entity in place of a letter: it shows the same and is told apart when read; ``reveal`` is its inverse.
"""

import html
import re
from collections.abc import Collection, Iterator

_PUNCTUATION = re.escape("!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~")
_PAIR = r"\[(?!\^)[^\[\]]*\](?![(\[])"
_SPECIAL = (
    rf"\\(?=[{_PUNCTUATION}]|$)"
    r"|[`*]"
    r"|(?<![^\W_])_|_(?![^\W_])"
    rf"|(?!{_PAIR})\[|\](?=[(\[])"
    r"|<(?=[A-Za-z/!?])"
    r"|&(?=#?\w+;)"
    r"|~(?=.*~)|^~(?=\s)|(?<=\s)~$"
    r"|(?<![^ ])#(?=#*$)"
)
_HOST = r"(?:[^\W_]|-)+"
_ADDRESS = re.compile(
    rf"{_PAIR}"
    rf"|((?:(?<![A-Za-z])(?:https?|ftp)://|(?<![^ (*_~])www\.){_HOST}(?:\.{_HOST})*(?![\w.-])[^ <]*)"
)
"""What GitHub makes a link of without being asked; between brackets it does not."""
_VERBATIM = frozenset("`*_~[]")
_AFTER_ADDRESS = {"*": "&ast;", "_": "&lowbar;"}
_ESCAPED = re.compile(
    rf"\\([{_PUNCTUATION}])|&(?:#[0-9]{{1,7}}|#[xX][0-9a-fA-F]{{1,6}}|[A-Za-z][A-Za-z0-9]*);"
)
_NAMED_ENTITY = re.compile(r"&[A-Za-z]+;$")
_ALPHANUMERIC = re.compile(r"[^\W_]")
_DISGUISED = re.compile(r"([^\w&]*)&#(0*)([1-9][0-9]*);", re.DOTALL)


def entity(character: str) -> str:
    """A character as a decimal entity."""
    return f"&#{ord(character)};"


def escape(name: str, also: str = "") -> str:
    """Markdown that shows ``name`` literally. The characters of ``also`` are written as entities.

    In a bare address GitHub shows what stands there, backslashes and entities too: no markup is read
    there, and behind it only an entity that has a name is not taken for a part of it.
    """
    pattern = f"[{re.escape(also)}]|{_SPECIAL}" if also else _SPECIAL
    addresses = [] if "[" in also else list(_addresses(name))

    def written(match: re.Match[str]) -> str:
        sign = match[0]
        if sign in f"<{also}":
            return entity(sign)
        for start, end, rest in addresses:
            if start <= match.start() < end and sign in _VERBATIM:
                return sign
            if end <= match.start() < rest and sign in _AFTER_ADDRESS:
                return _AFTER_ADDRESS[sign]
        return f"\\{sign}"

    return re.sub(pattern, written, name)


def _addresses(name: str) -> Iterator[tuple[int, int, int]]:
    """Where the bare addresses in a name begin, where their link ends, and the word that holds them.

    As on GitHub the signs that may close a sentence are no part of the link; tildes at the very end count
    as one, because with nothing behind them they strike nothing through.
    """
    for match in _ADDRESS.finditer(name):
        address = match[1]
        if address is None:
            continue
        closing = address.count(")") - address.count("(")
        end = len(address)
        while end and (address[end - 1] in "?!.,:*_~'\";" or (address[end - 1] == ")" and closing > 0)):
            closing -= address[end - 1] == ")"
            if entity_before := _NAMED_ENTITY.search(address, 0, end):
                end = entity_before.start()
            else:
                end -= 1
        if address[:end] == address[:end].rstrip() and not address[end:].strip("~"):
            end = len(address)
        yield match.start(), match.start() + end, match.end()


def escape_first(escaped: str) -> str:
    """An escaped name with an entity for its first letter, so that it equals no reserved word."""
    return entity(escaped[0]) + escaped[1:]


def unescape(markdown: str) -> str:
    """The plain text that escaped Markdown shows."""
    return _ESCAPED.sub(lambda match: match[1] or html.unescape(match[0]), markdown)


def disguise(value: str, reserved: Collection[str]) -> str:
    """``value`` unless it equals a reserved text, disguised or not."""
    match = _DISGUISED.match(value)
    if match and _bare(value) in reserved:
        return f"{match[1]}&#0{match[2]}{value[match.start(3) :]}"
    if value in reserved and (letter := _ALPHANUMERIC.search(value)):
        return value[: letter.start()] + entity(letter[0]) + value[letter.end() :]
    return value


def reveal(value: str, reserved: Collection[str]) -> str:
    """The inverse of ``disguise``."""
    match = _DISGUISED.match(value)
    if not match or _bare(value) not in reserved:
        return value
    if match[2]:
        return f"{match[1]}&#{value[match.start(2) + 1 :]}"
    return _bare(value)


def _bare(value: str) -> str:
    match = _DISGUISED.match(value)
    if not match or len(match[3]) > 7:
        return value
    code = int(match[3])
    return f"{match[1]}{chr(code)}{value[match.end() :]}" if code < 0x110000 else value

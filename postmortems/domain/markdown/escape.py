"""Plain names inside Markdown, and texts that look like the file's own words.

``escape`` writes a plain text so that GitHub shows it literally, with as few backslashes as that takes;
``unescape`` is its inverse. ``disguise`` writes a Markdown text that happens to equal a reserved one with
an entity in place of a letter: it shows the same and is told apart when read; ``reveal`` is its inverse.
"""

import html
import re
from collections.abc import Collection

_PUNCTUATION = re.escape("!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~")
_SPECIAL = (
    rf"\\(?=[{_PUNCTUATION}]|$)"
    r"|[`*]"
    r"|(?<![^\W_])_|_(?![^\W_])"
    r"|\](?=[(\[])"
    r"|<(?=[A-Za-z/!?])"
    r"|&(?=#?\w+;)"
    r"|~(?=.*~)"
    r"|(?<![^ ])#(?=#*$)"
)
_ESCAPED = re.compile(
    rf"\\([{_PUNCTUATION}])|&(?:#[0-9]{{1,7}}|#[xX][0-9a-fA-F]{{1,6}}|[A-Za-z][A-Za-z0-9]*);"
)
_ALPHANUMERIC = re.compile(r"[^\W_]")
_DISGUISED = re.compile(r"([^\w&]*)&#(0*)([1-9][0-9]*);", re.DOTALL)


def entity(character: str) -> str:
    """A character as a decimal entity."""
    return f"&#{ord(character)};"


def escape(name: str, also: str = "") -> str:
    """Markdown that shows ``name`` literally. The characters of ``also`` are written as entities.

    So is what would begin a tag: at the end of a bare address a backslash does not escape on GitHub.
    """
    pattern = f"[{re.escape(also)}]|{_SPECIAL}" if also else _SPECIAL
    entities = f"<{also}"
    return re.sub(pattern, lambda match: entity(match[0]) if match[0] in entities else f"\\{match[0]}", name)


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

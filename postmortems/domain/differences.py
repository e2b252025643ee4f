"""What changed between two versions of a text, word by word. Pure, and linear on long texts."""

import re
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum

WORD = re.compile(r"\w+\s*|[^\w\s]\s*|\s+")
WORDS_COMPARED = 300
CONTEXT = 80
LONGEST = 1_000
ELLIPSIS = "…"


class Kind(StrEnum):
    """What happened to a piece of text."""

    SAME = "same"
    REMOVED = "removed"
    ADDED = "added"


@dataclass(frozen=True, slots=True)
class Piece:
    """A run of characters with one fate."""

    kind: Kind
    text: str


def compare(before: str, after: str) -> tuple[Piece, ...]:
    """The pieces of both versions in reading order; joined without the removed ones they give ``after``.

    Words are compared one by one in a changed stretch of at most ``WORDS_COMPARED`` words; a longer
    stretch is replaced as a whole, so that the time needed grows with the length only.
    """
    old, new = WORD.findall(before), WORD.findall(after)
    head = _common(old, new)
    tail = _common(old[head:][::-1], new[head:][::-1])
    old_middle, new_middle = old[head : len(old) - tail], new[head : len(new) - tail]
    pieces = [
        Piece(Kind.SAME, "".join(old[:head])),
        *_middle(old_middle, new_middle),
        Piece(Kind.SAME, "".join(old[len(old) - tail :])),
    ]
    return tuple(piece for piece in pieces if piece.text)


def excerpt(pieces: tuple[Piece, ...], context: int = CONTEXT) -> tuple[Piece, ...]:
    """The same pieces with what did not change cut to ``context`` characters around each change.

    What changed is cut after ``LONGEST`` characters.
    """
    last = len(pieces) - 1
    return tuple(
        _cut(piece, context, first=place == 0, last=place == last)
        if piece.kind is Kind.SAME
        else Piece(piece.kind, piece.text[:LONGEST] + ELLIPSIS * (len(piece.text) > LONGEST))
        for place, piece in enumerate(pieces)
    )


def _common(old: list[str], new: list[str]) -> int:
    """How many words both begin with."""
    for place, (a, b) in enumerate(zip(old, new, strict=False)):
        if a != b:
            return place
    return min(len(old), len(new))


def _middle(old: list[str], new: list[str]) -> list[Piece]:
    if max(len(old), len(new)) > WORDS_COMPARED:
        return [Piece(Kind.REMOVED, "".join(old)), Piece(Kind.ADDED, "".join(new))]
    pieces = []
    for tag, a1, a2, b1, b2 in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag == "equal":
            pieces.append(Piece(Kind.SAME, "".join(old[a1:a2])))
        else:
            pieces += [Piece(Kind.REMOVED, "".join(old[a1:a2])), Piece(Kind.ADDED, "".join(new[b1:b2]))]
    return pieces


def _cut(piece: Piece, context: int, *, first: bool, last: bool) -> Piece:
    text = piece.text
    head = "" if first else text[:context]
    tail = "" if last else text[-context:]
    if len(text) <= len(head) + len(tail) + len(ELLIPSIS):
        return piece
    return Piece(Kind.SAME, f"{head}{ELLIPSIS}{tail}")

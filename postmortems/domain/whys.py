"""The next question of a why chain, asked about the last answer.

A prefilled question is a proposal: it stays in the form until a person saves it. It quotes what it asks
about, because no word order turns every answer, a sentence or a fragment of one, into a correct question.
"""

from postmortems.domain.document import LINE_LIMIT, Language

FIRST = {
    Language.FRENCH: "Pourquoi est-ce arrivé : « {} » ?",
    Language.ENGLISH: "Why did “{}” happen?",
}
NEXT = {Language.FRENCH: "« {} » : pourquoi ?", Language.ENGLISH: "“{}”: why?"}


def first_question(title: str, language: Language) -> str:
    """The question that opens a chain: why the incident of this title happened."""
    return _ask(FIRST[language], " ".join(title.split()))


def next_question(answer: str, language: Language) -> str:
    """The question about an answer, on one line and within the limit; empty when there is no answer."""
    claim = " ".join(answer.split()).rstrip(" .…;:!?")
    return _ask(NEXT[language], claim) if claim else ""


def _ask(pattern: str, claim: str) -> str:
    room = LINE_LIMIT - len(pattern.format(""))
    return pattern.format(claim if len(claim) <= room else f"{claim[: room - 1].rstrip()}…")

"""The question that a why chain asks next."""

import pytest

from postmortems.domain.document import LINE_LIMIT, Language
from postmortems.domain.whys import first_question, next_question


@pytest.mark.parametrize(
    ("language", "answer", "question"),
    [
        (Language.ENGLISH, "The webhooks returned 401.", "“The webhooks returned 401”: why?"),
        (Language.FRENCH, "Les webhooks retournaient 401.", "« Les webhooks retournaient 401 » : pourquoi ?"),
        (Language.ENGLISH, "Disk full", "“Disk full”: why?"),
        (
            Language.FRENCH,
            "À minuit,\n le quota était\tépuisé…",
            "« À minuit, le quota était épuisé » : pourquoi ?",
        ),
        (Language.ENGLISH, "x", "“x”: why?"),
        (Language.ENGLISH, " . ", ""),
        (Language.FRENCH, "", ""),
    ],
)
def test_the_last_answer_becomes_the_next_question(language: Language, answer: str, question: str) -> None:
    assert next_question(answer, language) == question


def test_a_chain_opens_with_the_incident() -> None:
    assert first_question("Checkout  down", Language.ENGLISH) == "Why did “Checkout down” happen?"
    assert first_question("Panne", Language.FRENCH) == "Pourquoi est-ce arrivé : « Panne » ?"


@pytest.mark.parametrize("language", Language)
def test_a_question_fits_into_its_field(language: Language) -> None:
    question = next_question("The queue was full and " * 50, language)
    assert len(question) <= LINE_LIMIT
    assert "…" in question
    assert len(first_question("T" * 600, language)) <= LINE_LIMIT

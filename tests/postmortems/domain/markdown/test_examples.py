"""The file of the two examples, and the file that defines the format."""

from dataclasses import replace
from pathlib import Path

import pytest

from postmortems.domain.document import Document, Milestone, State
from postmortems.domain.markdown.canonical import canonical
from postmortems.domain.markdown.parse import parse
from postmortems.domain.markdown.render import file_name, render
from postmortems.domain.timeline import durations
from tests.postmortems.domain.markdown.examples import ENGLISH_EXAMPLE, FRENCH_EXAMPLE

FILES = Path(__file__).parent / "examples"
REPOSITORY = Path(__file__).parents[4]
SEED = REPOSITORY.parent / "shared" / "seeds" / "post-mortem-deliverable.fr.md"

both = pytest.mark.parametrize(
    ("document", "name"),
    [(FRENCH_EXAMPLE, "pannes.fr.md"), (ENGLISH_EXAMPLE, "outage.en.md")],
    ids=["fr", "en"],
)


@both
def test_an_example_is_exported_to_its_file(document: Document, name: str) -> None:
    assert render(document) == (FILES / name).read_text(encoding="utf-8")


@both
def test_an_example_comes_back_from_its_file(document: Document, name: str) -> None:
    assert parse((FILES / name).read_text(encoding="utf-8")) == document
    assert canonical(document) == document


def test_the_front_matter_precedes_the_same_file_and_is_skipped_when_read() -> None:
    document = replace(FRENCH_EXAMPLE, identifier="pm-7", services=("salles", "planning"))
    file = render(document, front_matter=True)
    assert file.endswith(f"---\n\n{render(document)}")
    assert file.startswith(
        '---\nid: "pm-7"\ntitle: "Réservations de salles en double"\ndate: "2024-10-26"\nseverity: "P2"\n'
        'status: "validated"\ntags: ["post-mortem", "p2"]\nservices: ["salles", "planning"]\n'
        'durations: {"total_seconds": 5250, "ttd_seconds": 1050, "ttr_seconds": 4200}\n---\n'
    )
    assert parse(file) == document


def test_only_a_document_that_is_not_validated_says_that_it_is_a_draft() -> None:
    for state in State:
        file = render(replace(ENGLISH_EXAMPLE, state=state))
        assert ("\n> Draft: " in file) is (state not in (State.VALIDATED, State.CLOSED))


def test_the_file_name_is_the_day_and_the_title_in_plain_letters() -> None:
    assert file_name(FRENCH_EXAMPLE) == "2024-10-26-reservations-de-salles-en-double"
    assert file_name(replace(FRENCH_EXAMPLE, title="Œuvre n° 2 — Straße")) == "2024-10-26-oeuvre-n-2-strasse"
    assert file_name(replace(FRENCH_EXAMPLE, title="障害")) == "2024-10-26-post-mortem"


def without_drawing(file: str) -> list[str]:
    lines = file.split("\n")
    start = lines.index("```")
    return [*lines[:start], *lines[lines.index("```", start + 1) :]]


@pytest.mark.skipif(not SEED.exists(), reason="the file that defines the format is not beside the repository")
def test_the_defining_example_comes_back_to_the_byte_but_for_its_drawing() -> None:
    example = (
        SEED.read_text(encoding="utf-8").split("```markdown\n", 1)[1].split("\n```\n\n## Anti", 1)[0] + "\n"
    )
    document = parse(example)
    assert without_drawing(render(document)) == without_drawing(example)
    assert canonical(document) == document
    assert parse(render(document)) == document
    assert set(document.timeline.milestones()) == {Milestone.START, Milestone.DETECTED, Milestone.RESTORED}
    assert not any(durations(document.timeline).missing.values())

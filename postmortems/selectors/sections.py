"""The rows and texts that one part of the workspace shows."""

from collections.abc import Iterable

from postmortems.domain.document import TEXT_SECTIONS, Section, TextKey
from postmortems.models import ROW_KINDS, Postmortem, Row, Text


def section_texts(postmortem: Postmortem) -> dict[str, Text]:
    """All texts of a post-mortem by key, in one query."""
    return {text.key: text for text in Text.objects.filter(postmortem=postmortem)}


def section_rows(postmortem: Postmortem, sections: Iterable[Section]) -> dict[str, list[Row]]:
    """The live rows of some sections by kind, in order; one query a kind."""
    wanted = set(sections)
    return {
        kind: list(model.objects.live().filter(postmortem=postmortem))
        for kind, model in ROW_KINDS.items()
        if model.section in wanted
    }


def text_keys(section: Section) -> list[TextKey]:
    """The texts of a section, in the order in which its form asks for them."""
    return [key for key, place in TEXT_SECTIONS.items() if place is section]

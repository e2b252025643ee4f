"""The rows and texts that one part of the workspace shows."""

from collections.abc import Iterable

from postmortems.domain.document import Section
from postmortems.models import ROW_KINDS, Postmortem, Row, Text, Why, WhyChain
from postmortems.selectors.causes import open_chains


def section_texts(postmortem: Postmortem) -> dict[str, Text]:
    """All texts of a post-mortem by key, in one query."""
    return {text.key: text for text in Text.objects.filter(postmortem=postmortem)}


def section_rows(postmortem: Postmortem, sections: Iterable[Section]) -> dict[str, list[Row]]:
    """The live rows of some sections by kind, in order; one query a kind. Whys come with their chains."""
    wanted = set(sections)
    return {
        kind: list(
            open_chains(postmortem).filter(deleted_at__isnull=True)
            if model is WhyChain
            else model.objects.live().filter(postmortem=postmortem)
        )
        for kind, model in ROW_KINDS.items()
        if model.section in wanted and model is not Why
    }

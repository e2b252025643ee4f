"""A document as its page shows it: the file's wording, dates and order, ready for the template.

Everything is in the document's own language, so that one rendering serves every reader.
"""

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from zoneinfo import ZoneInfo

from postmortems.domain.document import (
    OPEN_STATUSES,
    Action,
    Annex,
    Document,
    Event,
    Horizon,
    Language,
    Milestone,
)
from postmortems.domain.markdown.dates import format_duration, long_date, short_date
from postmortems.domain.markdown.labels import LABELS, Part
from postmortems.domain.markdown.render import FINAL_STATES, is_ambiguous, offset_text
from postmortems.domain.timeline import (
    MEASURES,
    MILESTONE_LABELS,
    Durations,
    Measure,
    clock_text,
    durations,
)

PICTOGRAM = "So"


@dataclass(frozen=True, slots=True)
class Computed:
    """A duration in words and what it was computed from; ``how`` is empty when it could not be."""

    label: str
    value: str
    how: str


@dataclass(frozen=True, slots=True)
class EventRow:
    """An event with its time in words: by the document's clock, with the date where it changes."""

    event: Event
    time: str
    milestone: str


@dataclass(frozen=True, slots=True)
class Reason:
    """Why nobody could establish a milestone."""

    label: str
    text: str


@dataclass(frozen=True, slots=True)
class ActionRow:
    """An action with its number in the file; ``late`` when it is open after its deadline."""

    action: Action
    number: int | None
    status: str
    deadline: str
    kind: str
    late: bool


@dataclass(frozen=True, slots=True)
class ActionTable:
    """The actions of one horizon."""

    title: str
    rows: tuple[ActionRow, ...]


@dataclass(frozen=True, slots=True)
class Page:
    """What the template needs beside the document itself; each annex comes with its runbook's outcome."""

    document: Document
    words: dict[str, dict[str, str]]
    sections: tuple[tuple[str, str], ...]
    draft: str
    date: str
    zone: str
    duration: Computed
    durations: tuple[Computed, ...]
    unknown: tuple[Reason, ...]
    events: tuple[EventRow, ...]
    actions: tuple[ActionTable, ...]
    annexes: tuple[tuple[Annex, str], ...]
    state: str
    written_on: str
    updated_on: str
    next_review_on: str


def present(document: Document, today: date) -> Page:
    """Prepares a document for its page. ``today`` is a day in the document's zone."""
    labels, language = LABELS[document.language], document.language
    computed = tuple(_computed(document, durations(document.timeline), measure) for measure in Measure)
    words = wording(language)
    metadata = document.metadata

    def day(value: date | None) -> str:
        return short_date(value, language) if value else ""

    return Page(
        document=document,
        words=words,
        sections=tuple(
            (section.value, words["sections"][section.name]) for section in document.reviewed_sections()
        ),
        draft="" if document.state in FINAL_STATES else _typeset(labels.draft.removeprefix("> ")),
        date=long_date(document.date, language),
        zone=f"{labels.zone}{document.zone}",
        duration=computed[0],
        durations=computed,
        unknown=tuple(
            Reason(labels.unknown_time.format(MILESTONE_LABELS[language][milestone]), reason)
            for milestone, reason in document.timeline.unknown
        ),
        events=tuple(_events(document)),
        actions=tuple(_actions(document, today)),
        annexes=tuple((annex, labels.outcomes[annex.outcome]) for annex in document.annexes),
        state=labels.states[document.state],
        written_on=day(metadata.written_on),
        updated_on=day(metadata.updated_on),
        next_review_on=day(metadata.next_review_on),
    )


@cache
def wording(language: Language) -> dict[str, dict[str, str]]:
    """The file's labels without Markdown's signs and pictograms, by what they label and their names."""
    labels = LABELS[language]
    groups: dict[str, dict[str, str]] = {
        name: {member.name: _plain(text) for member, text in getattr(labels, name).items()}
        for name in ("sections", "parts", "columns", "attributes", "fields")
    }
    names = ("metadata", "to_complete", "tldr", "evidence", "stopped", "related", "testimony", "runbook")
    groups["other"] = {name: _plain(getattr(labels, name)) for name in (*names, "runbook_was")}
    return groups


def _plain(label: str) -> str:
    kept = "".join(sign for sign in label if unicodedata.category(sign) != PICTOGRAM)
    return _typeset(kept).strip(" #*:")


def _typeset(label: str) -> str:
    """With the apostrophes of a page. Straight ones stand in the file, where a parser reads them."""
    return label.replace("'", "’")


def _computed(document: Document, all_durations: Durations, measure: Measure) -> Computed:
    labels, language = LABELS[document.language], document.language
    duration = all_durations[measure]
    if duration is None:
        missing = ", ".join(labels.missing[milestone] for milestone in all_durations.missing[measure])
        return Computed(labels.measures[measure], _typeset(labels.not_computable + missing), "")
    found = document.timeline.milestones()
    first, last = (_moment(document, found[milestone], milestone) for milestone in MEASURES[measure])
    how = f"{last} − {first} {document.zone}"
    return Computed(labels.measures[measure], format_duration(duration, language), how)


def _moment(document: Document, event: Event, milestone: Milestone) -> str:
    name = MILESTONE_LABELS[document.language][milestone].lower()
    return f"{name} {event_time(event, document, document.date)}"


def event_time(event: Event, document: Document, day_before: date) -> str:
    """The event's time by the document's clock, with the date when it is another day than ``day_before``.

    The hour that the end of summer time repeats carries its offset from UTC, as in the file.
    """
    zone = ZoneInfo(document.zone)
    clock = event.at.astimezone(zone)
    words = [clock_text(clock)]
    if clock.date() != day_before:
        words.insert(0, short_date(clock.date(), document.language, implied_year=document.date.year))
    if is_ambiguous(event.at, zone):
        words.append(offset_text(clock.utcoffset() or timedelta()))
    return " ".join(words)


def _events(document: Document) -> Iterator[EventRow]:
    zone, day = ZoneInfo(document.zone), document.date
    names = MILESTONE_LABELS[document.language]
    for event in document.timeline.events:
        milestone = names[event.milestone] if event.milestone else ""
        yield EventRow(event, event_time(event, document, day), milestone)
        day = event.at.astimezone(zone).date()


def _actions(document: Document, today: date) -> Iterator[ActionTable]:
    words = wording(document.language)["parts"]
    number = 0
    for horizon in Horizon:
        rows = []
        for action in document.actions:
            if action.horizon is horizon:
                number += horizon is not Horizon.IMMEDIATE
                rows.append(_action(document, action, today, number or None))
        if rows:
            yield ActionTable(words[Part(horizon.value).name], tuple(rows))


def _action(document: Document, action: Action, today: date, number: int | None) -> ActionRow:
    labels, language = LABELS[document.language], document.language
    deadline = action.deadline
    return ActionRow(
        action=action,
        number=number,
        status=_plain(labels.statuses[action.status]),
        deadline=short_date(deadline, language, implied_year=document.date.year) if deadline else "",
        kind=labels.kinds[action.kind] if action.kind else "",
        late=deadline is not None and deadline < today and action.status in OPEN_STATUSES,
    )

"""What the templates of the timeline ask for."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date
from typing import Any
from zoneinfo import ZoneInfo

from django import template
from django.utils.formats import date_format
from django.utils.translation import gettext

from postmortems.domain.document import UNKNOWN_TEXTS, Document, Milestone, TextKey
from postmortems.domain.findings import Report
from postmortems.domain.markdown.render import is_ambiguous
from postmortems.domain.timeline import clock_text
from postmortems.forms.fields import utc_offset
from postmortems.forms.texts import TextEntry
from postmortems.forms.timeline import SOURCES_LIST, QuickEntryForm
from postmortems.messages import describe
from postmortems.models import Postmortem, Row, TimelineEvent
from postmortems.templatetags.rows import row_list

register = template.Library()


@dataclass(frozen=True, slots=True)
class Clock:
    """An instant by the document's clocks, in the reader's language.

    ``offset`` is empty unless the time occurs twice that day; ``entered`` is the time by the zone in which
    it was typed, where that is another one. ``iso`` is in UTC, so that rows sort by it.
    """

    iso: str
    day: str
    day_iso: str
    time: str
    offset: str
    exact: str
    entered: str


@dataclass(frozen=True, slots=True)
class Note:
    """A finding at the row that it is about."""

    ref: str
    sentence: str
    level: str


@register.simple_tag
def event_clock(event: TimelineEvent, postmortem: Postmortem) -> Clock:
    """When an event happened."""
    name = postmortem.incident.zone
    zone = ZoneInfo(name)
    local = event.at.astimezone(zone)
    typed = event.at.astimezone(ZoneInfo(event.zone))
    entered = ""
    if typed.utcoffset() != local.utcoffset():
        day = "" if typed.date() == local.date() else f"{date_format(typed, 'SHORT_DATE_FORMAT')} "
        entered = f"{day}{clock_text(typed)} {event.zone}"
    with_year = local.year != incident_year(postmortem)
    return Clock(
        iso=f"{event.at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}",
        # Translators: a format of Django's filter "date", the day of a week among others.
        day=date_format(local, gettext("D j N Y") if with_year else gettext("D j N")),
        day_iso=f"{local:%Y-%m-%d}",
        time=clock_text(local),
        offset=utc_offset(local) if is_ambiguous(event.at, zone) else "",
        exact=f"{date_format(local, 'DATE_FORMAT')} {clock_text(local)} {name} ({utc_offset(local)})",
        entered=entered,
    )


def incident_year(postmortem: Postmortem) -> int:
    """The year that dates of the timeline leave out."""
    incident = postmortem.incident
    return (incident.started_at or incident.declared_at).year


@dataclass(frozen=True, slots=True)
class Timeline:
    """The list of events in a page, with the form that adds to it, and the sources to propose there."""

    id: str
    rows: list[Row]
    quick: QuickEntryForm
    sources: list[str]
    sources_id: str = SOURCES_LIST


@register.simple_tag(takes_context=True)
def timeline_list(context: template.Context, rows: Sequence[Any]) -> Timeline:
    """The rows, each with what it shows because of its neighbours: ``opens_day`` and ``notes``."""
    postmortem: Postmortem = context["postmortem"]
    zone = ZoneInfo(postmortem.incident.zone)
    notes: dict[str, list[Note]] = {}
    for note in timeline_notes(context["report"]):
        notes.setdefault(note.ref, []).append(note)
    held = row_list(context, "event", rows)
    day: date | None = None
    for row in held.rows:
        event: Any = row
        opened = event.at.astimezone(zone).date()
        event.opens_day, day = opened != day, opened
        event.notes = notes.get(row.ref, ())
    quick = context.get("quick") or QuickEntryForm(postmortem=postmortem, day=day)
    sources = dict.fromkeys(event.source for event in rows if event.source)
    return Timeline(held.id, held.rows, quick, list(sources))


@register.simple_tag
def timeline_notes(report: Report) -> list[Note]:
    """The findings about single rows."""
    return [
        Note(finding.anchor, describe(finding), finding.level)
        for finding in report.findings
        if finding.anchor.startswith("event-")
    ]


@dataclass(frozen=True, slots=True)
class Reason:
    """The text that says why a milestone has no time; ``moot`` while it has one."""

    milestone: Milestone
    entry: TextEntry
    moot: bool


@register.simple_tag
def unknown_reasons(texts: Mapping[TextKey, TextEntry], document: Document) -> list[Reason]:
    """The texts about the milestones without which durations are not computable."""
    found = document.timeline.milestones()
    return [
        Reason(milestone, texts[key], milestone in found)
        for milestone, key in UNKNOWN_TEXTS.items()
        if key in texts
    ]


@register.simple_tag
def milestones_found(document: Document) -> str:
    """The milestones that have a time."""
    return " ".join(document.timeline.milestones())

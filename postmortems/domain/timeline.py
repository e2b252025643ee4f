"""Milestones, durations and checks of a timeline. Pure: the present is passed in."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from itertools import pairwise
from zoneinfo import ZoneInfo

from postmortems.domain.document import Event, Language, Milestone, Timeline

SILENT_GAP = timedelta(minutes=30)
LONG_BEFORE = timedelta(days=1)
ESTABLISHED = (Milestone.START, Milestone.DETECTED, Milestone.RESTORED)

MILESTONE_LABELS: dict[Language, dict[Milestone, str]] = {
    Language.FRENCH: {
        Milestone.START: "Début",
        Milestone.DETECTED: "Détection",
        Milestone.RESPONDED: "Prise en charge",
        Milestone.CAUSE_IDENTIFIED: "Cause identifiée",
        Milestone.RESTORED: "Rétabli",
        Milestone.RESOLVED: "Résolu",
    },
    Language.ENGLISH: {
        Milestone.START: "Start",
        Milestone.DETECTED: "Detected",
        Milestone.RESPONDED: "Responded",
        Milestone.CAUSE_IDENTIFIED: "Cause identified",
        Milestone.RESTORED: "Restored",
        Milestone.RESOLVED: "Resolved",
    },
}


class Measure(StrEnum):
    """The durations that milestones give: the whole incident, time to detect, time to restore."""

    TOTAL = "total"
    TTD = "ttd"
    TTR = "ttr"


MEASURES: dict[Measure, tuple[Milestone, Milestone]] = {
    Measure.TOTAL: (Milestone.START, Milestone.RESTORED),
    Measure.TTD: (Milestone.START, Milestone.DETECTED),
    Measure.TTR: (Milestone.DETECTED, Milestone.RESTORED),
}


@dataclass(frozen=True, slots=True)
class Durations:
    """Each duration, or None with the milestones for want of which it is not computable.

    A duration is negative when its milestones are out of order: ``check`` says so, nothing hides it.
    """

    total: timedelta | None
    ttd: timedelta | None
    ttr: timedelta | None
    missing: dict[Measure, tuple[Milestone, ...]]

    def __getitem__(self, measure: Measure) -> timedelta | None:
        return {Measure.TOTAL: self.total, Measure.TTD: self.ttd, Measure.TTR: self.ttr}[measure]


def durations(timeline: Timeline) -> Durations:
    """Total = restored - start, TTD = detected - start, TTR = restored - detected."""
    instants = {milestone: utc(event) for milestone, event in timeline.milestones().items()}
    values: dict[Measure, timedelta | None] = {}
    missing: dict[Measure, tuple[Milestone, ...]] = {}
    for measure, (first, last) in MEASURES.items():
        missing[measure] = tuple(milestone for milestone in (first, last) if milestone not in instants)
        values[measure] = None if missing[measure] else instants[last] - instants[first]
    return Durations(values[Measure.TOTAL], values[Measure.TTD], values[Measure.TTR], missing)


class TimelineCode(StrEnum):
    """What may be wrong with a timeline."""

    OUT_OF_ORDER = "out_of_order"
    IN_FUTURE = "in_future"
    LONG_BEFORE_START = "long_before_start"
    SILENT_GAP = "silent_gap"
    MISSING_MILESTONE = "missing_milestone"
    MISSING_SOURCES = "missing_sources"


@dataclass(frozen=True, slots=True)
class TimelineFinding:
    """One finding as data.

    * out_of_order: ``milestone`` stands before ``other``, which naturally precedes it, by ``gap``
    * in_future: the row is ``gap`` after the present
    * long_before_start: the row is ``gap`` before the start
    * silent_gap: ``gap`` passes between the row and the row ``other_ref`` after it
    * missing_milestone: no row carries ``milestone`` and no reason says why
    * missing_sources: ``count`` rows have no source
    """

    code: TimelineCode
    ref: str = ""
    milestone: Milestone | None = None
    other: Milestone | None = None
    other_ref: str = ""
    gap: timedelta = timedelta()
    count: int = 0


def check(timeline: Timeline, now: datetime) -> tuple[TimelineFinding, ...]:
    """What to look at again in a timeline. ``now`` is an aware instant."""
    found = timeline.milestones()
    start = utc(found[Milestone.START]) if Milestone.START in found else None
    restored = utc(found[Milestone.RESTORED]) if Milestone.RESTORED in found else None
    events = sorted(timeline.events, key=utc)
    sourceless = sum(not event.source for event in events)
    findings = [
        *_missing(timeline, found),
        *_out_of_order(found),
        *(
            TimelineFinding(TimelineCode.IN_FUTURE, event.ref, event.milestone, gap=utc(event) - now)
            for event in events
            if utc(event) > now
        ),
    ]
    if start is not None:
        findings += [
            TimelineFinding(
                TimelineCode.LONG_BEFORE_START, event.ref, event.milestone, gap=start - utc(event)
            )
            for event in events
            if start - utc(event) > LONG_BEFORE
        ]
    if start is not None and restored is not None:
        during = [event for event in events if start <= utc(event) <= restored]
        findings += [
            TimelineFinding(TimelineCode.SILENT_GAP, a.ref, other_ref=b.ref, gap=utc(b) - utc(a))
            for a, b in pairwise(during)
            if utc(b) - utc(a) > SILENT_GAP
        ]
    if sourceless:
        findings.append(TimelineFinding(TimelineCode.MISSING_SOURCES, count=sourceless))
    return tuple(findings)


def _missing(timeline: Timeline, found: dict[Milestone, Event]) -> list[TimelineFinding]:
    known = {*found, *(milestone for milestone, reason in timeline.unknown if reason)}
    return [
        TimelineFinding(TimelineCode.MISSING_MILESTONE, milestone=milestone)
        for milestone in ESTABLISHED
        if milestone not in known
    ]


def _out_of_order(found: dict[Milestone, Event]) -> list[TimelineFinding]:
    findings = []
    latest: Milestone | None = None
    for milestone, event in found.items():
        if latest is not None and utc(event) < utc(found[latest]):
            gap = utc(found[latest]) - utc(event)
            findings.append(TimelineFinding(TimelineCode.OUT_OF_ORDER, event.ref, milestone, latest, gap=gap))
        else:
            latest = milestone
    return findings


def utc(event: Event) -> datetime:
    """The event's instant in UTC.

    Python compares two datetimes of one zone by their clock, which is wrong in the hour that a
    clock change repeats: instants are therefore compared in UTC everywhere.
    """
    return event.at.astimezone(UTC)


def local(at: datetime, zone: str) -> datetime:
    """An instant by the clock of ``zone`` (an IANA name); by UTC at the ends of the calendar."""
    try:
        return at.astimezone(ZoneInfo(zone))
    except OverflowError:
        return at.astimezone(UTC)


def clock_text(at: datetime) -> str:
    """``14:23``, or ``14:23:45`` when the seconds count."""
    return f"{at:%H:%M:%S}" if at.second else f"{at:%H:%M}"


def short_duration(duration: timedelta, language: Language) -> str:
    """``45 s``, ``12 min``, ``2 h 05`` (``2 h 05 min`` in English), ``3 j 4 h`` from two days on."""
    seconds = int(duration.total_seconds())
    if seconds < 0:
        return f"-{short_duration(-duration, language)}"
    minutes, second = divmod(seconds, 60)
    hours, minute = divmod(minutes, 60)
    days, hour = divmod(hours, 24)
    french = language is Language.FRENCH
    if hours >= 48:
        day = "j" if french else "d"
        return f"{days} {day} {hour} h" if hour else f"{days} {day}"
    if hours and minute:
        return f"{hours} h {minute:02}" if french else f"{hours} h {minute:02} min"
    if hours:
        return f"{hours} h"
    if minutes and second:
        return f"{minutes} min {second:02} s"
    return f"{minutes} min" if minutes or not second else f"{second} s"

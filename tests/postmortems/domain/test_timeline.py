"""Durations and checks of a timeline."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from postmortems.domain.document import Event, Language, Milestone, Timeline
from postmortems.domain.timeline import (
    Measure,
    TimelineCode,
    TimelineFinding,
    check,
    durations,
    short_duration,
)

BASE = datetime(2024, 2, 15, 14, tzinfo=UTC)
LATER = BASE + timedelta(days=10)


def event(
    minutes: float, milestone: Milestone | None = None, *, ref: str = "", source: str = "chat"
) -> Event:
    return Event(BASE + timedelta(minutes=minutes), "something", milestone, source, ref)


def codes(timeline: Timeline, now: datetime = LATER) -> list[TimelineCode]:
    return [finding.code for finding in check(timeline, now)]


SOUND = (
    event(0, Milestone.START),
    event(12, Milestone.DETECTED),
    event(30, None),
    event(47, Milestone.RESTORED),
)


def test_durations_come_from_the_milestones() -> None:
    found = durations(Timeline(SOUND))
    assert (found.total, found.ttd, found.ttr) == tuple(timedelta(minutes=m) for m in (47, 12, 35))
    assert not any(found.missing.values())


def test_a_duration_without_its_milestones_names_them() -> None:
    found = durations(Timeline((event(0, Milestone.START), event(47, Milestone.RESTORED))))
    assert found.total == timedelta(minutes=47)
    assert found.ttd is None
    assert found.missing[Measure.TTD] == (Milestone.DETECTED,)
    assert durations(Timeline()).missing[Measure.TOTAL] == (Milestone.START, Milestone.RESTORED)


def test_durations_count_real_time_across_a_clock_change() -> None:
    paris = ZoneInfo("Europe/Paris")
    start = datetime(2024, 10, 27, 2, 30, tzinfo=paris)
    restored = datetime(2024, 10, 27, 2, 45, tzinfo=paris, fold=1)
    found = durations(Timeline((Event(start, "", Milestone.START), Event(restored, "", Milestone.RESTORED))))
    assert found.total == timedelta(minutes=75)


def test_a_sound_timeline_has_no_finding() -> None:
    assert check(Timeline(SOUND), LATER) == ()


def test_missing_milestones_are_named_unless_a_reason_says_why() -> None:
    bare = Timeline(
        (event(0, Milestone.START),), unknown=((Milestone.DETECTED, "logs rotated"), (Milestone.RESTORED, ""))
    )
    assert check(bare, LATER) == (
        TimelineFinding(TimelineCode.MISSING_MILESTONE, milestone=Milestone.RESTORED),
    )


def test_milestones_out_of_order_name_both() -> None:
    mixed = Timeline(
        (event(0, Milestone.START), event(10, Milestone.RESTORED), event(12, Milestone.DETECTED, ref="d"))
    )
    finding = TimelineFinding(
        TimelineCode.OUT_OF_ORDER, "", Milestone.RESTORED, Milestone.DETECTED, gap=timedelta(minutes=2)
    )
    assert check(mixed, LATER) == (finding,)


def test_rows_in_the_future_are_found() -> None:
    finding = TimelineFinding(TimelineCode.IN_FUTURE, milestone=Milestone.RESTORED, gap=timedelta(minutes=7))
    assert check(Timeline(SOUND), BASE + timedelta(minutes=40)) == (finding,)


@pytest.mark.parametrize(("minutes", "found"), [(-1440, False), (-1441, True)])
def test_rows_more_than_a_day_before_the_start_are_found(minutes: int, found: bool) -> None:
    assert (TimelineCode.LONG_BEFORE_START in codes(Timeline((event(minutes), *SOUND)))) is found


@pytest.mark.parametrize(("minutes", "found"), [(59, True), (47, False), (60, True)])
def test_silence_of_more_than_half_an_hour_is_found(minutes: int, found: bool) -> None:
    timeline = Timeline(
        (
            event(0, Milestone.START),
            event(1, Milestone.DETECTED),
            event(17, ref="a"),
            event(minutes, Milestone.RESTORED),
        )
    )
    findings = [f for f in check(timeline, LATER) if f.code is TimelineCode.SILENT_GAP]
    assert bool(findings) is found
    assert all(finding.ref == "a" for finding in findings)


def test_silence_after_the_restoration_is_no_finding() -> None:
    assert codes(Timeline((*SOUND, event(500)))) == []


def test_missing_sources_are_counted_once() -> None:
    timeline = Timeline((*SOUND, event(50, source=""), event(51, source="")))
    assert check(timeline, LATER) == (TimelineFinding(TimelineCode.MISSING_SOURCES, count=2),)


@pytest.mark.parametrize(
    ("seconds", "french", "english"),
    [
        (0, "0 min", "0 min"),
        (45, "45 s", "45 s"),
        (725, "12 min 05 s", "12 min 05 s"),
        (2820, "47 min", "47 min"),
        (7200, "2 h", "2 h"),
        (7500, "2 h 05", "2 h 05 min"),
        (172_800, "2 j", "2 d"),
        (277_200, "3 j 5 h", "3 d 5 h"),
        (-300, "-5 min", "-5 min"),
    ],
)
def test_durations_in_short(seconds: int, french: str, english: str) -> None:
    duration = timedelta(seconds=seconds)
    assert short_duration(duration, Language.FRENCH) == french
    assert short_duration(duration, Language.ENGLISH) == english

"""The strip chart's geometry: everything inside the picture, nothing on top of anything else."""

from datetime import UTC, datetime, timedelta
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from postmortems.domain.document import Event, Language, Milestone, Timeline
from postmortems.domain.strip_chart import (
    BOLD_CHARACTER,
    CHARACTER,
    NARROW,
    WIDE,
    Anchor,
    Pin,
    Strip,
    Tone,
    describe,
    strip_geometry,
)

AFTERNOON = datetime(2024, 2, 15, 14, tzinfo=UTC)


def timeline(*minutes: tuple[float, Milestone | None]) -> Timeline:
    return Timeline(
        tuple(
            Event(AFTERNOON + timedelta(minutes=m), f"row {row}", milestone, ref=str(row))
            for row, (m, milestone) in enumerate(minutes)
        )
    )


CHECKOUT = timeline(
    (23, Milestone.START),
    (35, Milestone.DETECTED),
    (38, None),
    (42, Milestone.RESPONDED),
    (52, Milestone.CAUSE_IDENTIFIED),
    (70, Milestone.RESTORED),
    (75, Milestone.RESOLVED),
    (90, None),
)


def chart(timeline: Timeline, width: int = WIDE, language: Language = Language.FRENCH) -> Strip:
    strip = strip_geometry(timeline, "UTC", language, width)
    assert strip is not None
    return strip


def label_span(pin: Pin) -> tuple[float, float]:
    length = max(len(pin.label) * BOLD_CHARACTER, len(pin.caption) * CHARACTER)
    return (
        (pin.text_x - length, pin.text_x) if pin.anchor is Anchor.END else (pin.text_x, pin.text_x + length)
    )


@st.composite
def incidents(draw: st.DrawFn) -> Timeline:
    unit = draw(st.sampled_from([1 / 60, 1, 45, 1440, 300_000]))
    chosen = draw(st.lists(st.sampled_from(Milestone), unique=True))
    rows: list[Milestone | None] = [*chosen, *([None] * draw(st.integers(0, 20)))]
    offsets: list[int] = draw(st.lists(st.integers(0, 60), min_size=len(rows), max_size=len(rows)))
    return timeline(*((offset * unit, row) for offset, row in zip(offsets, rows, strict=True)))


@given(incidents(), st.sampled_from([WIDE, NARROW]), st.sampled_from(Language))
def test_labels_stay_inside_and_apart(timeline: Timeline, width: int, language: Language) -> None:
    strip = strip_geometry(timeline, "Europe/Paris", language, width)
    if strip is None:
        assert not timeline.events
        return
    assert {pin.milestone for pin in strip.pins} == timeline.milestones().keys()
    for pin in strip.pins:
        low, high = label_span(pin)
        assert low >= 0
        assert high <= width
        assert 0 <= pin.stem_top < strip.band_top
    for one, other in combinations(strip.pins, 2):
        (low, high), (other_low, other_high) = label_span(one), label_span(other)
        assert one.level != other.level or high < other_low or other_high < low
        if one.level < other.level:
            assert not low <= other.x <= high


@given(incidents(), st.sampled_from([WIDE, NARROW]))
def test_every_other_event_is_a_dot_or_counted_off_the_axis(timeline: Timeline, width: int) -> None:
    strip = strip_geometry(timeline, "UTC", Language.ENGLISH, width)
    others = [event.ref for event in timeline.events if event.milestone is None]
    dotted = [row.ref for dot in strip.dots for row in dot.rows] if strip else []
    assert len(dotted) + (strip.earlier + strip.later if strip else 0) == len(others)
    assert set(dotted) <= set(others)


@given(incidents(), st.sampled_from([WIDE, NARROW]))
def test_there_are_five_to_nine_ticks_in_order(timeline: Timeline, width: int) -> None:
    strip = strip_geometry(timeline, "Europe/Paris", Language.ENGLISH, width)
    if strip:
        xs = [tick.x for tick in strip.ticks]
        assert 5 <= len(xs) <= 9
        assert xs == sorted(set(xs))


def test_the_band_shows_how_long_nobody_knew() -> None:
    undetected, repair = chart(CHECKOUT).bands
    assert (undetected.tone, repair.tone) == (Tone.UNDETECTED, Tone.REPAIR)
    assert repair.width / undetected.width == pytest.approx(35 / 12, rel=0.01)
    assert undetected.x + undetected.width == pytest.approx(repair.x)


def test_the_brackets_carry_the_durations() -> None:
    assert [bracket.text for bracket in chart(CHECKOUT).brackets] == [
        "TTD 12 min",
        "TTR 35 min",
        "Durée 47 min",
    ]


def test_without_detection_the_band_has_one_tone_and_one_bracket() -> None:
    strip = chart(timeline((0, Milestone.START), (30, Milestone.RESTORED)))
    assert [band.tone for band in strip.bands] == [Tone.INCIDENT]
    assert [bracket.text for bracket in strip.brackets] == ["Durée 30 min"]


def test_milestones_out_of_order_draw_without_a_band() -> None:
    strip = chart(timeline((0, Milestone.RESTORED), (30, Milestone.START)))
    assert not strip.bands
    assert len(strip.pins) == 2


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("resolved", [2997, 4300])
def test_labels_of_the_last_milestones_leave_the_axis_its_width(language: Language, resolved: int) -> None:
    days = timeline(
        (0, Milestone.START),
        (74, Milestone.DETECTED),
        (111, Milestone.RESPONDED),
        (1480, Milestone.CAUSE_IDENTIFIED),
        (2923, Milestone.RESTORED),
        (resolved, Milestone.RESOLVED),
    )
    strip = chart(days, NARROW, language)
    assert strip.axis_end - strip.axis_start >= NARROW * 7 // 10


def test_days_are_marked_among_hours() -> None:
    strip = chart(timeline((0, Milestone.START), (1800, Milestone.RESTORED)))
    assert [tick.label for tick in strip.ticks if tick.is_day_mark] == ["16/02", "17/02"]


def test_the_hour_that_clocks_repeat_has_its_ticks_twice() -> None:
    night = datetime(2024, 10, 27, tzinfo=UTC)
    events = (Event(night, "", Milestone.START), Event(night + timedelta(hours=2), "", Milestone.RESTORED))
    strip = strip_geometry(Timeline(events), "Europe/Paris", Language.FRENCH)
    assert strip is not None
    assert [tick.label for tick in strip.ticks] == [
        *("02:00", "02:15", "02:30", "02:45", "02:00", "02:15", "02:30", "02:45", "03:00"),
    ]


def test_events_close_together_share_a_dot() -> None:
    rows = ((m, None) for m in range(50, 60))
    strip = chart(timeline((0, Milestone.START), *rows, (6000, Milestone.RESTORED)))
    assert [len(dot.rows) for dot in strip.dots] == [10]


def test_a_timeline_without_events_has_no_chart() -> None:
    assert strip_geometry(Timeline(), "UTC", Language.FRENCH) is None
    assert describe(Timeline(), "UTC", Language.FRENCH) == ""


def test_one_sentence_says_it_all() -> None:
    assert describe(CHECKOUT, "UTC", Language.FRENCH) == (
        "Chronologie du 15/02/2024 (UTC) : début 14:23, détection 14:35 +12 min, "
        "prise en charge 14:42 +7 min, cause identifiée 14:52 +10 min, rétabli 15:10 +18 min, "
        "résolu 15:15 +5 min, durée 47 min, 2 autres événements."
    )
    assert describe(timeline((0, None)), "UTC", Language.ENGLISH) == "Timeline of 15 Feb 2024 (UTC): 1 event."

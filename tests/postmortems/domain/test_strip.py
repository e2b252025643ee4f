"""The strip drawing: to scale, at most 80 columns, and readable back."""

import unicodedata
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from postmortems.domain.document import Event, Language, Milestone, Timeline
from postmortems.domain.strip import DrawnMilestone, assign_milestones, draw_strip, read_strip_milestones

NOON = datetime(2024, 2, 15, 12, tzinfo=UTC)
ZONES = ("UTC", "Europe/Paris", "America/St_Johns", "Asia/Kathmandu", "Pacific/Apia", "Africa/Monrovia")


def timeline(*minutes: tuple[float, Milestone | None], since: datetime = NOON) -> Timeline:
    return Timeline(
        tuple(Event(since + timedelta(minutes=m), "event", milestone) for m, milestone in minutes)
    )


CHECKOUT = timeline(
    (0, Milestone.START),
    (12, Milestone.DETECTED),
    (15, None),
    (19, Milestone.RESPONDED),
    (29, Milestone.CAUSE_IDENTIFIED),
    (47, Milestone.RESTORED),
    (52, Milestone.RESOLVED),
    (67, None),
    since=datetime(2024, 2, 15, 14, 23, tzinfo=UTC),
)

PARIS_REPEATED_HOUR = datetime(2024, 10, 27, 0, 30, tzinfo=UTC)


@st.composite
def timelines(draw: st.DrawFn) -> Timeline:
    """Rows by time, close together or years apart, milestones on any of them in any order."""
    base = draw(
        st.sampled_from([NOON, PARIS_REPEATED_HOUR, datetime(1951, 6, 1, tzinfo=UTC)])
        | st.datetimes(datetime(1900, 1, 1), datetime(2200, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
    ).replace(microsecond=0)
    unit = draw(st.sampled_from([1, 60, 1800, 86_400, 86_400 * 200]))
    offsets: list[int] = sorted(draw(st.lists(st.integers(0, 60), max_size=25)))
    rows: list[Milestone | None] = [None] * len(offsets)
    for milestone in draw(st.permutations(list(Milestone))):
        free = [row for row, taken in enumerate(rows) if taken is None]
        row = draw(st.sampled_from([None, *free]))
        if row is not None:
            rows[row] = milestone
    return Timeline(
        tuple(
            Event(base + timedelta(seconds=offset * unit), f"row {row}", rows[row])
            for row, offset in enumerate(offsets)
        )
    )


languages = st.sampled_from(Language)
zones = st.sampled_from(ZONES)


def without_milestones(events: tuple[Event, ...]) -> tuple[Event, ...]:
    return tuple(replace(event, milestone=None) for event in events)


@given(timelines(), zones, languages)
@example(
    timeline((0, Milestone.DETECTED), (60, Milestone.START), since=PARIS_REPEATED_HOUR), "Europe/Paris", "fr"
)
@example(timeline((0, None), (0, Milestone.RESTORED), (0, Milestone.START)), "UTC", "en")
@example(timeline((0, None), (60, Milestone.START), since=PARIS_REPEATED_HOUR), "Europe/Paris", "en")
def test_a_drawing_tells_which_row_carries_each_milestone(
    timeline: Timeline, zone: str, language: Language
) -> None:
    drawing = draw_strip(timeline, zone, Language(language))
    bare = without_milestones(timeline.events)
    assert assign_milestones(bare, drawing, zone, Language(language)) == timeline.events


@given(timelines(), zones, languages)
def test_a_drawing_fits_its_columns(timeline: Timeline, zone: str, language: Language) -> None:
    lines = draw_strip(timeline, zone, language).split("\n")
    assert all(len(line) <= 80 and line == line.rstrip() for line in lines)
    assert all(unicodedata.normalize("NFC", line) == line for line in lines)


@given(timelines(), zones, languages)
def test_each_milestone_has_a_line_of_its_own(timeline: Timeline, zone: str, language: Language) -> None:
    lines = draw_strip(timeline, zone, language).split("\n")
    named = [line for line in lines if read_strip_milestones(line, language)]
    assert len(named) == len(timeline.milestones())


@given(timelines(), zones, languages)
def test_no_label_cuts_the_line_of_another(timeline: Timeline, zone: str, language: Language) -> None:
    lines = [line.ljust(80) for line in draw_strip(timeline, zone, language).split("\n")]
    marks = next((row for row, line in enumerate(lines) if "▲" in line), len(lines))
    columns = [column for column, mark in enumerate("".join(lines[marks : marks + 1])) if mark == "▲"]
    for column in columns:
        below = "".join(line[column] for line in lines[marks + 1 :]).rstrip()
        assert below.lstrip("│├┤")[:1] in {"└", "┘"}


def test_a_timeline_without_events_draws_nothing() -> None:
    assert draw_strip(Timeline(), "UTC", Language.FRENCH) == ""


def test_an_incident_of_less_than_an_hour() -> None:
    assert draw_strip(CHECKOUT, "UTC", Language.FRENCH).split("\n") == [
        "14:20     14:30     14:40     14:50     15:00     15:10     15:20     15:30",
        "  │         │         │         │         │         │         │         │",
        "  │  ┌──────┴─────────┴─────────┴─────────┴─────────┐         │         │",
        "  │  │               INCIDENT 47 min                │         │         │",
        "  │  └──────────────────────────────────────────────┘         │         │",
        "     ▲           ▲  ·   ▲         ▲                 ▲    ▲              ·",
        "     │           │      │         │                 │    └ Résolu 15:15 +5 min",
        "     │           │      │         │                 └ Rétabli 15:10 +18 min",
        "     │           │      │         └ Cause identifiée 14:52 +10 min",
        "     │           │      └ Prise en charge 14:42 +7 min",
        "     │           └ Détection 14:35 +12 min",
        "     └ Début 14:23",
    ]


def test_an_incident_without_length_draws_a_stroke() -> None:
    instant = timeline((0, Milestone.START), (0, Milestone.DETECTED), (0, Milestone.RESTORED))
    drawing = draw_strip(instant, "UTC", Language.ENGLISH)
    assert "┃ INCIDENT 0 min" in drawing
    assert read_strip_milestones(drawing, Language.ENGLISH) == (
        DrawnMilestone(Milestone.RESTORED, "", "12:00", 3),
        DrawnMilestone(Milestone.DETECTED, "", "12:00", 2),
        DrawnMilestone(Milestone.START, "", "12:00"),
    )


def test_several_days_get_day_marks_and_dates() -> None:
    drawing = draw_strip(
        timeline((0, Milestone.START), (300, Milestone.DETECTED), (1800, Milestone.RESTORED)),
        "UTC",
        Language.FRENCH,
    )
    assert "16/02" in drawing.split("\n")[0]
    assert "Rétabli 16/02 18:00 +25 h" in drawing


def test_labels_that_would_leave_the_page_go_left() -> None:
    years = timeline((0, Milestone.START), (999_000.5, Milestone.RESTORED), (1_100_000, Milestone.RESOLVED))
    assert "Rétabli 09/01/2026 06:00:30 +693 j 18 h ┘" in draw_strip(years, "UTC", Language.FRENCH)


@pytest.mark.parametrize("missing", [Milestone.START, Milestone.RESTORED])
def test_there_is_no_box_without_both_its_ends(missing: Milestone) -> None:
    partial = Timeline(tuple(event for event in CHECKOUT.events if event.milestone is not missing))
    drawing = draw_strip(partial, "UTC", Language.FRENCH)
    assert "INCIDENT" not in drawing
    assert "Détection 14:35" in drawing


def test_a_distant_row_does_not_crush_the_incident() -> None:
    later = Timeline((*CHECKOUT.events, Event(NOON + timedelta(days=30), "meeting")))
    hours = draw_strip(later, "UTC", Language.FRENCH).split("\n")[0].split()
    assert hours == draw_strip(CHECKOUT, "UTC", Language.FRENCH).split("\n")[0].split()


def test_a_restoration_before_the_start_draws_no_box() -> None:
    drawing = draw_strip(timeline((0, Milestone.RESTORED), (60, Milestone.START)), "UTC", Language.ENGLISH)
    assert "INCIDENT" not in drawing
    assert "Start 13:00 +1 h" in drawing


@pytest.mark.parametrize("zone", ["Asia/Tokyo", "America/New_York"])
@pytest.mark.parametrize("at", [datetime.min, datetime.max.replace(microsecond=0)])  # noqa: DTZ901
def test_the_ends_of_the_calendar_draw_too(at: datetime, zone: str) -> None:
    drawing = draw_strip(
        timeline((0, Milestone.DETECTED), since=at.replace(tzinfo=UTC)), zone, Language.ENGLISH
    )
    assert len(read_strip_milestones(drawing, Language.ENGLISH)) == 1


def test_a_drawing_of_another_hand_names_nothing() -> None:
    assert read_strip_milestones("14:00   14:15\n  ▲\nRésolu\n+23min", Language.FRENCH) == ()


def test_a_milestone_whose_row_is_gone_is_left_out() -> None:
    drawing = draw_strip(CHECKOUT, "UTC", Language.FRENCH)
    events = without_milestones(CHECKOUT.events[1:])
    milestones = Timeline(assign_milestones(events, drawing, "UTC", Language.FRENCH)).milestones()
    assert Milestone.START not in milestones
    assert Milestone.RESOLVED in milestones

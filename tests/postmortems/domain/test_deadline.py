from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis.strategies import booleans, dates, frozensets, integers, sampled_from, timedeltas

from postmortems.domain.deadline import Phase, Policy, clock, incident_end, last_late_end
from postmortems.domain.document import Event, Milestone, Severity, Timeline

PARIS = ZoneInfo("Europe/Paris")
THURSDAY = datetime(2024, 2, 15, 15, 10, tzinfo=UTC)
LATER = THURSDAY + timedelta(hours=1)
FIVE_DAYS = Policy()
BUSINESS = Policy(business=True)


def test_calendar_days_are_days_of_24_hours_after_the_end() -> None:
    running = clock(THURSDAY, Severity.P1, LATER, FIVE_DAYS, "UTC")
    assert running.phase is Phase.RUNNING
    assert running.due == datetime(2024, 2, 20, 15, 10, tzinfo=UTC)
    assert running.last_day == date(2024, 2, 20)
    assert running.target == datetime(2024, 2, 18, 15, 10, tzinfo=UTC)
    assert running.remaining == timedelta(days=4, hours=23)
    assert not running.late
    assert running.policy is FIVE_DAYS


def test_calendar_days_elapse_through_a_change_of_clocks() -> None:
    ended = datetime(2024, 3, 29, 12, 0, tzinfo=PARIS)
    due = clock(ended, Severity.P1, ended, FIVE_DAYS, "Europe/Paris").due
    assert due is not None
    assert due.astimezone(UTC) - ended.astimezone(UTC) == timedelta(days=5)
    assert due.isoformat() == "2024-04-03T13:00:00+02:00"


def test_business_days_end_with_the_last_whole_day() -> None:
    running = clock(THURSDAY, Severity.P2, LATER, BUSINESS, "Europe/Paris")
    assert running.last_day == date(2024, 2, 22)
    assert running.due == datetime(2024, 2, 23, tzinfo=PARIS)


def test_holidays_are_skipped() -> None:
    policy = Policy(business=True, holidays=frozenset({date(2024, 2, 16), date(2024, 2, 17)}))
    assert clock(THURSDAY, Severity.P2, LATER, policy, "UTC").last_day == date(2024, 2, 23)


def test_business_days_are_those_of_the_document_s_zone() -> None:
    """15:10 UTC on Thursday is already Friday in Auckland, where the first business day is Monday."""
    assert clock(THURSDAY, Severity.P1, LATER, BUSINESS, "Pacific/Auckland").last_day == date(2024, 2, 23)
    assert clock(THURSDAY, Severity.P1, LATER, BUSINESS, "UTC").last_day == date(2024, 2, 22)


def test_validated_after_exactly_five_days_is_late_and_a_second_less_is_not() -> None:
    due = THURSDAY + timedelta(days=5)
    assert clock(THURSDAY, Severity.P1, due, FIVE_DAYS, "UTC").late
    assert not clock(THURSDAY, Severity.P1, due - timedelta(seconds=1), FIVE_DAYS, "UTC").late


def test_a_midnight_due_instant_names_the_day_before_as_the_last() -> None:
    ended = datetime(2024, 2, 15, tzinfo=UTC)
    assert clock(ended, Severity.P1, LATER, FIVE_DAYS, "UTC").last_day == date(2024, 2, 19)


def test_validation_stops_the_clock() -> None:
    validated = THURSDAY + timedelta(days=2)
    stopped = clock(
        THURSDAY,
        Severity.P1,
        THURSDAY + timedelta(days=90),
        FIVE_DAYS,
        "UTC",
        validated_at=validated,
    )
    assert stopped.phase is Phase.STOPPED
    assert stopped.remaining == timedelta(days=3)
    assert not stopped.late
    assert not stopped.target_missed


def test_the_target_is_missed_before_the_deadline() -> None:
    running = clock(THURSDAY, Severity.P1, THURSDAY + timedelta(hours=72), FIVE_DAYS, "UTC")
    assert running.target_missed
    assert not running.late


@pytest.mark.parametrize("severity", [Severity.P3, Severity.P4])
def test_minor_incidents_have_no_deadline(severity: Severity) -> None:
    free = clock(THURSDAY, severity, THURSDAY + timedelta(days=900), FIVE_DAYS, "UTC")
    assert (free.phase, free.due, free.late) == (Phase.NOT_SEVERE, None, False)


@pytest.mark.parametrize("ended", [None, THURSDAY + timedelta(seconds=1), datetime.max.replace(tzinfo=UTC)])
def test_no_clock_runs_before_the_incident_has_ended(ended: datetime | None) -> None:
    waiting = clock(ended, Severity.P1, THURSDAY, FIVE_DAYS, "UTC")
    assert (waiting.phase, waiting.due, waiting.late) == (Phase.NOT_ENDED, None, False)


@pytest.mark.parametrize(("days", "target_hours"), [(0, 72), (5, 0)])
def test_a_policy_without_time_is_refused(days: int, target_hours: int) -> None:
    with pytest.raises(ValueError, match="at least one"):
        Policy(days, target_hours)


def event(minutes: int, milestone: Milestone | None = None) -> Event:
    return Event(THURSDAY + timedelta(minutes=minutes), "Something", milestone)


def test_the_incident_ends_with_the_restoration_else_the_resolution() -> None:
    both = Timeline((event(0, Milestone.RESTORED), event(5, Milestone.RESOLVED)))
    assert incident_end(both) == THURSDAY
    assert incident_end(Timeline((event(5, Milestone.RESOLVED), event(9)))) == THURSDAY + timedelta(minutes=5)


def test_the_last_event_ends_an_incident_whose_restoration_nobody_knows() -> None:
    events = (event(0, Milestone.START), event(9), event(4))
    assert incident_end(Timeline(events)) is None
    declared = Timeline(events, unknown=((Milestone.RESTORED, "No log was kept"),))
    assert incident_end(declared) == THURSDAY + timedelta(minutes=9)
    assert incident_end(Timeline((), unknown=declared.unknown)) is None


@given(
    elapsed=timedeltas(timedelta(), timedelta(days=1000)),
    zone=sampled_from(["UTC", "Europe/Paris", "America/Santiago", "Asia/Beirut", "Pacific/Kiritimati"]),
    days=integers(1, 12),
    business=booleans(),
    holidays=frozensets(dates(date(2023, 1, 1), date(2026, 1, 1)), max_size=40),
)
def test_the_last_late_end_is_the_edge_between_late_and_in_time(
    elapsed: timedelta, zone: str, days: int, business: bool, holidays: frozenset[date]
) -> None:
    policy = Policy(days=days, business=business, holidays=holidays)
    now = THURSDAY + elapsed
    end = last_late_end(now, policy, zone)
    assert clock(end, Severity.P1, now, policy, zone).late
    assert not clock(end + timedelta(microseconds=1), Severity.P1, now, policy, zone).late

"""Times as people write them."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from postmortems.domain.document import Language
from postmortems.domain.times import (
    AmbiguousTime,
    Doubt,
    NonExistentTime,
    NoTime,
    localise,
    parse_entry,
)

DAY = date(2024, 2, 15)
FRENCH, ENGLISH = Language.FRENCH, Language.ENGLISH


def at(hour: int, minute: int, second: int = 0, day: date = DAY) -> datetime:
    return datetime.combine(day, time(hour, minute, second), UTC)


@pytest.mark.parametrize(
    "line",
    [
        "14:35 order blocked",
        "14h35 order blocked",
        "14 h 35 order blocked",
        "14h35min order blocked",
        "1. 14:35 order blocked",
        "- [x] 14:35 order blocked",
        "[Thu Feb 15 14:35:00.123 2024] order blocked",
        "14\u202fh\u202f35 order blocked",
        "2:35 PM order blocked",
        "2:35pm: order blocked",
        "14:35:00 order blocked",
        "[14:35] order blocked",
        "**14:35** order blocked",
        "- **14:35** – order blocked",
        "* 14:35 - order blocked",
        "| **14:35** | order blocked |",
        "14:35\torder blocked",
        "~14:35 order blocked",
        "à 14h35, order blocked",
        "around 14:35 order blocked",
        "2024-02-15 14:35 order blocked",
        "2024-02-15T14:35:00Z order blocked",
        "2024-02-15T16:35:00+02:00 order blocked",
        "15/02 14:35 order blocked",
        "15/02/2024 à 14h35 : order blocked",
        "15.02.2024 14:35 order blocked",
        "2/15/2024 14:35 order blocked",
        "15 Feb 14:35 order blocked",
        "Feb 15 14:35:00 order blocked",
        "February 15th, 2024 at 14:35 order blocked",
        "Thursday 15 February 2024, 14:35 order blocked",
        "jeudi 15 février 2024 à 14h35 order blocked",
        "Le 15 févr. à 14h35 order blocked",
        "[15/Feb/2024:14:35:00 +0000] order blocked",
        "14:35 UTC order blocked",
        "14:35 (UTC) order blocked",
        "3:35 PM CET Thursday Feb 15th: order blocked",
        "Thu 14:35 order blocked",
    ],
)
def test_ways_of_writing_one_time(line: str) -> None:
    entry = parse_entry(line, DAY, "UTC")
    assert (entry.at, entry.text, entry.doubts) == (at(14, 35), "order blocked", ())


@pytest.mark.parametrize(
    ("line", "hour", "minute"),
    [
        ("14h on call", 14, 0),
        ("2 pm on call", 14, 0),
        ("12:05 AM x", 0, 5),
        ("12:05 p.m. x", 12, 5),
        ("0:05 x", 0, 5),
    ],
)
def test_hours_on_both_clocks(line: str, hour: int, minute: int) -> None:
    assert parse_entry(line, DAY, "UTC").at == at(hour, minute)


@pytest.mark.parametrize(
    ("line", "text"),
    [
        ("14:35 12/15 nodes are down", "12/15 nodes are down"),
        ("14:35 May 5 people help", "May 5 people help"),
        ("14:35 +1000 requests", "+1000 requests"),
        ("14:35 **Bold** words", "**Bold** words"),
        ("- **14:35: all in bold**", "**all in bold**"),
        ("14:35 [ERROR] failed", "[ERROR] failed"),
        ("14:35", ""),
        ("Fault found 2024-02-15 14:35", "Fault found"),
        ('{"t":"2024-02-15T14:35:00Z","level":1}', '{"t":" ","level":1}'),
    ],
)
def test_what_is_not_the_time_stays_in_the_text(line: str, text: str) -> None:
    entry = parse_entry(line, DAY, "UTC")
    assert (entry.at, entry.text) == (at(14, 35), text)


@pytest.mark.parametrize(
    "line", ["", "no time here", "99:99 x", "14:3 x", "16:9 ratio", "10.1.2.3:8888 x", "30/02 14:35 x"]
)
def test_a_line_without_time_is_refused(line: str) -> None:
    with pytest.raises(NoTime):
        parse_entry(line, DAY, "UTC")


def test_the_time_is_that_of_the_zone_unless_the_line_names_one() -> None:
    assert parse_entry("14:35 x", DAY, "Europe/Paris").at == at(13, 35)
    written = parse_entry("14:35 UTC+2 x", DAY, "Europe/Paris")
    assert (written.at, written.zone) == (at(12, 35), "UTC+2")


def test_a_date_without_year_is_the_nearest() -> None:
    assert parse_entry("31/12 23:50 x", date(2024, 1, 2), "UTC").at == at(23, 50, day=date(2023, 12, 31))


@pytest.mark.parametrize(
    ("line", "language", "doubt"),
    [
        ("13:55 PM x", FRENCH, Doubt.CLOCK),
        ("Monday 15 Feb 14:35 x", FRENCH, Doubt.WEEKDAY),
        ("lundi 14:35 x", FRENCH, Doubt.WEEKDAY),
        ("02/03 14:35 x", ENGLISH, Doubt.DATE_ORDER),
        ("14:35 CST x", ENGLISH, Doubt.ZONE),
        ("hier à 14h35 x", FRENCH, Doubt.RELATIVE_DAY),
        ("Today at 2:35 PM x", ENGLISH, Doubt.RELATIVE_DAY),
        ("14:35 EST x", FRENCH, Doubt.ZONE),
    ],
)
def test_what_may_be_read_otherwise_is_doubted(line: str, language: Language, doubt: Doubt) -> None:
    assert parse_entry(line, DAY, "UTC", language).doubts == (doubt,)


def test_a_repeated_time_is_asked_about() -> None:
    with pytest.raises(AmbiguousTime) as caught:
        parse_entry("27/10/2024 02:30 x", DAY, "Europe/Paris")
    assert [candidate.utcoffset() for candidate in caught.value.candidates] == [
        timedelta(hours=2),
        timedelta(hours=1),
    ]
    second = parse_entry("27/10/2024 02:30 x", DAY, "Europe/Paris", fold=1)
    assert second.at == at(1, 30, day=date(2024, 10, 27))


def test_a_skipped_time_names_its_neighbours() -> None:
    with pytest.raises(NonExistentTime) as caught:
        localise(date(2024, 3, 31), time(2, 30), "Europe/Paris")
    assert (caught.value.before.time(), caught.value.after.time()) == (time(1, 59), time(3))
    assert caught.value.after - caught.value.before == timedelta(hours=1, minutes=1) or (
        caught.value.after.astimezone(UTC) - caught.value.before.astimezone(UTC) == timedelta(minutes=1)
    )


@given(
    st.datetimes(datetime(1950, 1, 1), datetime(2100, 1, 1)).map(lambda wall: wall.replace(microsecond=0)),  # noqa: DTZ001
    st.sampled_from(["UTC", "Europe/Paris", "America/New_York", "Australia/Lord_Howe", "Pacific/Apia"]),
)
def test_localise_gives_the_clock_that_it_was_given(wall: datetime, zone: str) -> None:
    try:
        shown = {localise(wall.date(), wall.time(), zone).astimezone(ZoneInfo(zone))}
    except AmbiguousTime as error:
        shown = set(error.candidates)
    except NonExistentTime as error:
        gap = error.before.replace(tzinfo=None), error.after.replace(tzinfo=None)
        shown = {wall} if gap[0] < wall < gap[1] else set()
    assert {clock.replace(tzinfo=None) for clock in shown} == {wall}


@given(st.text(), st.sampled_from(Language))
def test_any_line_is_read_or_refused(line: str, language: Language) -> None:
    try:
        entry = parse_entry(line, DAY, "Europe/Paris", language)
    except (NoTime, AmbiguousTime, NonExistentTime):
        return
    assert entry.at.tzinfo is UTC

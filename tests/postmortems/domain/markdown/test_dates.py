"""Dates and durations in words."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from postmortems.domain.document import Language
from postmortems.domain.markdown.dates import (
    format_duration,
    long_date,
    parse_duration,
    parse_long_date,
    parse_short_date,
    short_date,
)

FRENCH, ENGLISH = Language.FRENCH, Language.ENGLISH
languages = st.sampled_from(Language)


@pytest.mark.parametrize(
    ("seconds", "french", "english"),
    [
        (0, "0 minute", "0 minutes"),
        (1, "1 seconde", "1 second"),
        (45, "45 secondes", "45 seconds"),
        (60, "1 minute", "1 minute"),
        (47 * 60, "47 minutes", "47 minutes"),
        (17 * 60 + 5, "17 min 05 s", "17 min 05 s"),
        (3600, "1 h", "1 h"),
        (7500, "2 h 05", "2 h 05 min"),
        (47 * 3600 + 59 * 60, "47 h 59", "47 h 59 min"),
        (48 * 3600, "2 jours", "2 days"),
        (76 * 3600 + 120, "3 jours 4 h", "3 days 4 h"),
        (-720, "-12 minutes", "-12 minutes"),
    ],
)
def test_durations_read_naturally(seconds: int, french: str, english: str) -> None:
    assert format_duration(timedelta(seconds=seconds), FRENCH) == french
    assert format_duration(timedelta(seconds=seconds), ENGLISH) == english


@given(
    st.integers(0, 3599)
    | st.integers(60, 2879).map(lambda m: m * 60)
    | st.integers(48, 9999).map(lambda h: h * 3600)
)
def test_a_duration_is_read_back(seconds: int) -> None:
    for language in Language:
        assert parse_duration(format_duration(timedelta(seconds=seconds), language)) == timedelta(
            seconds=seconds
        )


@pytest.mark.parametrize("text", ["", "soon", "12", "minutes", "2 h 05 h"])
def test_other_words_are_no_duration(text: str) -> None:
    assert parse_duration(text) is None


def test_dates_follow_the_language() -> None:
    day = date(2024, 2, 1)
    assert long_date(day, FRENCH) == "1er février 2024"
    assert long_date(date(2024, 2, 15), FRENCH) == "15 février 2024"
    assert long_date(day, ENGLISH) == "1 February 2024"
    assert short_date(day, FRENCH) == "01/02/2024"
    assert short_date(day, ENGLISH) == "1 Feb 2024"


def test_a_deadline_names_its_year_only_when_it_is_another() -> None:
    assert short_date(date(2024, 2, 22), FRENCH, implied_year=2024) == "22/02"
    assert short_date(date(2025, 2, 22), FRENCH, implied_year=2024) == "22/02/2025"
    assert short_date(date(2024, 2, 22), ENGLISH, implied_year=2024) == "22 Feb"


@given(st.dates(), languages, st.integers(1, 9999))
def test_a_date_is_read_back(day: date, language: Language, year: int) -> None:
    assert parse_long_date(long_date(day, language), language) == day
    assert parse_short_date(short_date(day, language), language) == day
    written = short_date(day, language, implied_year=year)
    assert parse_short_date(written, language, implied_year=year) == day


@pytest.mark.parametrize("text", ["", "31/02/2024", "22/02", "2024-02-22", "x/y/z"])
def test_other_words_are_no_date(text: str) -> None:
    assert parse_short_date(text, FRENCH) is None
    assert parse_long_date(text, FRENCH) is None

"""Dates and durations as the exported file writes them."""

import re
from datetime import date, timedelta

from postmortems.domain.document import Language

MONTHS: dict[Language, tuple[str, ...]] = {
    Language.FRENCH: (
        "janvier",
        "février",
        "mars",
        "avril",
        "mai",
        "juin",
        "juillet",
        "août",
        "septembre",
        "octobre",
        "novembre",
        "décembre",
    ),
    Language.ENGLISH: (
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ),
}
_ABBREVIATIONS = tuple(month[:3] for month in MONTHS[Language.ENGLISH])
_LONG = re.compile(r"([0-9]{1,2})(?:er)? (\w+) ([0-9]{4})")
_FRENCH = re.compile(r"([0-9]{2})/([0-9]{2})(?:/([0-9]{4}))?")
_ENGLISH = re.compile(r"([0-9]{1,2}) ([A-Z][a-z]{2})(?: ([0-9]{4}))?")
_UNITS = (
    (86_400, "jours?|days?|j|d"),
    (3_600, "heures?|hours?|h"),
    (60, "minutes?|min|(?<=h [0-9]{2})"),
    (1, "secondes?|seconds?|s"),
)
_DURATION = re.compile("".join(rf"(?:([0-9]+) ?(?:{unit})(?:$| ))?" for _, unit in _UNITS))

DAYS_FROM = 48


def long_date(day: date, language: Language) -> str:
    """``15 février 2024``, ``1er mars 2024``, ``15 February 2024``."""
    number = "1er" if day.day == 1 and language is Language.FRENCH else str(day.day)
    return f"{number} {MONTHS[language][day.month - 1]} {day.year:04}"


def parse_long_date(text: str, language: Language) -> date | None:
    """The inverse of ``long_date``; None for anything else."""
    match = _LONG.fullmatch(text)
    if not match or match[2] not in MONTHS[language]:
        return None
    return _date(match[3], 1 + MONTHS[language].index(match[2]), match[1])


def short_date(day: date, language: Language, *, implied_year: int | None = None) -> str:
    """``22/02/2024`` or ``22 Feb 2024``; without the year when it is the implied one."""
    year = "" if day.year == implied_year else f"{day.year:04}"
    if language is Language.FRENCH:
        return f"{day.day:02}/{day.month:02}" + (f"/{year}" if year else "")
    return f"{day.day} {_ABBREVIATIONS[day.month - 1]}" + (f" {year}" if year else "")


def parse_short_date(text: str, language: Language, *, implied_year: int | None = None) -> date | None:
    """The inverse of ``short_date``; None for anything else."""
    if language is Language.FRENCH:
        match = _FRENCH.fullmatch(text)
        month = int(match[2]) if match else 0
    else:
        match = _ENGLISH.fullmatch(text)
        month = 1 + _ABBREVIATIONS.index(match[2]) if match and match[2] in _ABBREVIATIONS else 0
    if not match or not month or (match[3] is None and implied_year is None):
        return None
    return _date(match[3] or implied_year, month, match[1])


def _date(year: str | int | None, month: int, day: str) -> date | None:
    try:
        return date(int(year or 0), month, int(day))
    except ValueError:
        return None


def format_duration(duration: timedelta, language: Language) -> str:
    """``47 minutes``, ``1 minute``, ``45 secondes``, ``2 h 05`` (English ``2 h 05 min``), ``3 jours 4 h``.

    Seconds count below one hour, minutes below 48 hours, hours beyond. Negative durations keep their
    sign.
    """
    seconds = int(duration.total_seconds())
    if seconds < 0:
        return f"-{format_duration(-duration, language)}"
    french = language is Language.FRENCH
    minutes, second = divmod(seconds, 60)
    hours, minute = divmod(minutes, 60)
    if hours >= DAYS_FROM:
        days, hour = divmod(hours, 24)
        return f"{days} {'jours' if french else 'days'}" + (f" {hour} h" if hour else "")
    if hours:
        return f"{hours} h" + (f" {minute:02}{'' if french else ' min'}" if minute else "")
    if minutes and second:
        return f"{minutes} min {second:02} s"
    if second:
        return _counted(second, "seconde" if french else "second", french=french)
    return _counted(minutes, "minute", french=french)


def _counted(number: int, noun: str, *, french: bool) -> str:
    """French has the singular for 0 too."""
    singular = number < 2 if french else number == 1
    return f"{number} {noun}{'' if singular else 's'}"


def parse_duration(text: str) -> timedelta | None:
    """Reads what ``format_duration`` writes in either language; None for anything else."""
    match = _DURATION.fullmatch(text)
    if not text or not match:
        return None
    return timedelta(
        seconds=sum(int(n or 0) * unit for n, (unit, _) in zip(match.groups(), _UNITS, strict=True))
    )

"""Times as people write them, turned into instants.

A local time that a clock change makes ambiguous or skips is never guessed silently: ``localise``
raises, and ``domain.paste`` reports a doubt.
"""

import re
from bisect import bisect_left
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta, timezone
from enum import StrEnum
from zoneinfo import ZoneInfo

from postmortems.domain.document import Language


class AmbiguousTime(ValueError):
    """A local time that occurs twice. ``candidates`` are both instants, by the zone's clock."""

    def __init__(self, candidates: tuple[datetime, datetime]) -> None:
        super().__init__(f"{candidates[0]:%Y-%m-%d %H:%M:%S} occurs twice")
        self.candidates = candidates


class NonExistentTime(ValueError):
    """A local time that clocks skip. ``before`` and ``after`` are the valid minutes around the gap."""

    def __init__(self, wall: datetime, before: datetime, after: datetime) -> None:
        super().__init__(f"{wall:%Y-%m-%d %H:%M:%S} does not occur")
        self.before = before
        self.after = after


class NoTime(ValueError):
    """A line in which no time stands where a time is expected."""


def localise(day: date, clock: time, zone: str, fold: int | None = None) -> datetime:
    """The instant, in UTC, at which clocks of ``zone`` (an IANA name) show a time on a day.

    ``fold`` chooses the first (0) or second (1) occurrence of a time that occurs twice; without it
    such a time raises AmbiguousTime. A time that does not occur raises NonExistentTime.
    """
    place = ZoneInfo(zone)
    wall = datetime.combine(day, clock.replace(tzinfo=None, fold=0))
    first, second = (wall.replace(tzinfo=place, fold=n) for n in (0, 1))
    one, other = first.astimezone(UTC), second.astimezone(UTC)
    if one == other:
        return one
    if one > other:
        seconds = range(int((one - other).total_seconds()) + 1)
        shown_after = bisect_left(
            seconds,
            True,
            key=lambda n: (other + timedelta(seconds=n)).astimezone(place).replace(tzinfo=None) > wall,
        )
        change = other + timedelta(seconds=shown_after)
        raise NonExistentTime(
            wall, (change - timedelta(minutes=1)).astimezone(place), change.astimezone(place)
        )
    if fold is None:
        raise AmbiguousTime((first, second))
    return other if fold else one


class Doubt(StrEnum):
    """Why a reading of a pasted line may be wrong."""

    AMBIGUOUS_TIME = "ambiguous_time"
    NONEXISTENT_TIME = "nonexistent_time"
    WEEKDAY = "weekday_contradicts_date"
    DATE_ORDER = "day_or_month_first"
    CLOCK = "24_hour_clock_with_am_or_pm"
    ZONE = "zone_abbreviation_ambiguous"
    DAY_ROLLED = "day_rolled_over"
    RELATIVE_DAY = "today_or_yesterday"
    TIME_BELOW = "time_in_a_line_below"


MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "january jan janvier janv",
            "february feb février fevrier févr fevr fév fev",
            "march mar mars",
            "april apr avril avr",
            "may mai",
            "june jun juin",
            "july jul juillet juil",
            "august aug août aout",
            "september sept sep septembre",
            "october oct octobre",
            "november nov novembre",
            "december dec décembre decembre déc",
        ),
        start=1,
    )
    for name in names.split()
}
WEEKDAYS = {
    name: number
    for number, names in enumerate(
        (
            "monday mon lundi lun",
            "tuesday tues tue mardi mar",
            "wednesday wed mercredi mer",
            "thursday thurs thu jeudi jeu",
            "friday fri vendredi ven",
            "saturday sat samedi sam",
            "sunday sun dimanche dim",
        )
    )
    for name in names.split()
}
OFFSETS = {
    "WET": 0, "WEST": 1, "CET": 1, "CEST": 2, "EET": 2, "EEST": 3, "MSK": 3, "BST": 1, "IST": 5.5,
    "EST": -5, "EDT": -4, "CST": -6, "CDT": -5, "MST": -7, "MDT": -6, "PST": -8, "PDT": -7,
    "JST": 9, "KST": 9, "SGT": 8, "HKT": 8, "AEST": 10, "AEDT": 11, "NZST": 12, "NZDT": 13,
}  # fmt: skip
AMBIGUOUS_ZONES = {
    Language.ENGLISH: {"BST", "CST", "IST"},
    Language.FRENCH: {"BST", "CST", "IST", "EST"},  # « est » is also a verb
}


def _names(words: dict[str, int]) -> str:
    return "|".join(sorted(words, key=len, reverse=True))


BLANK = r"[ \t\u00a0\u202f]"
WORD_ENDS = r"(?![^\W_])"
YEAR = r"(?:19|20|21)[0-9]{2}"
DATE = re.compile(
    rf"""(?:(?P<weekday>{_names(WEEKDAYS)})\b\.?,?{BLANK}{{1,3}}(?:le{BLANK})?)?
    (?: (?P<y1>{YEAR})[-/.](?P<m1>[0-9]{{1,2}})[-/.](?P<d1>[0-9]{{1,2}})
      | (?P<d2>[0-9]{{1,2}})(?:st|nd|rd|th|er)?(?:{BLANK}|[-/])(?P<n2>{_names(MONTHS)})\b\.?
        (?:(?:{BLANK}|,{BLANK}|[-/])(?P<y2>{YEAR}))?
      | (?P<n3>{_names(MONTHS)})\b\.?{BLANK}{{1,2}}(?P<d3>[0-9]{{1,2}})(?:st|nd|rd|th)?
        (?:,?{BLANK}(?P<y3>{YEAR}))?
      | (?P<d4>[0-9]{{1,2}})(?P<slash>[/.])(?P<m4>[0-9]{{1,2}})(?:(?P=slash)(?P<y4>{YEAR}|[0-9]{{2}}))?
    )(?:(?=T[0-9])|{WORD_ENDS})""",
    re.VERBOSE | re.IGNORECASE,
)
TIME = re.compile(
    rf"""(?:
      (?P<h>[0-9]{{1,2}})(?:{BLANK}?h{BLANK}?|:)(?P<m>[0-9]{{2}})(?:(?::|{BLANK}?min{BLANK}?)(?P<s>[0-9]{{2}})(?:[.,][0-9]{{1,9}})?|min)?
      (?:{BLANK}?(?P<half>[ap]\.?m\b\.?))?
      | (?P<h2>[0-9]{{1,2}})(?:{BLANK}?(?P<half2>[ap]\.?m\b\.?)|{BLANK}?h)
    )(?:(?=(?-i:Z){WORD_ENDS})|{WORD_ENDS})""",
    re.VERBOSE | re.IGNORECASE,
)
ZONE = re.compile(
    rf"""{BLANK}?[(]?(?P<zone>
      Z | (?i:UTC|GMT)(?:{BLANK}?(?P<sign1>[+-])(?P<oh1>[0-9]{{1,2}})(?::?(?P<om1>[0-9]{{2}}))?)?
      | {"|".join(sorted(OFFSETS, key=len, reverse=True))}
      | (?P<sign2>[+-])(?P<oh2>[0-9]{{2}}):?(?P<om2>[0-9]{{2}})
    ){WORD_ENDS}[)]?""",
    re.VERBOSE,
)
JOINT = re.compile(rf"(?:T|:|,?{BLANK}{{0,3}}(?:[-–—|@à]|at\b|,)?{BLANK}{{0,3}})", re.IGNORECASE)
BULLETS = " \t\u00a0>*-•|#"
WEEKDAY_ALONE = re.compile(
    rf"(?P<weekday>{_names(WEEKDAYS)})\b\.?,?{BLANK}{{1,3}}(?:à{BLANK}|at{BLANK})?(?=[0-9])", re.IGNORECASE
)
RELATIVE_DAY = re.compile(
    rf"(?:(?P<today>today|aujourd[’']hui)|yesterday|hier)(?:,|{BLANK}at\b|{BLANK}à)?{BLANK}{{1,3}}(?=[0-9])",
    re.IGNORECASE,
)
YEAR_AFTER = re.compile(rf"{BLANK}(?P<year>{YEAR})(?={BLANK}*(?:[\])]|$))")
OPENING = re.compile(r"[*_`\[(\"]{0,4}")
DIRECTION_MARKS = "\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
DECORATION = f" \t\u00a0\u202f\ufeff{DIRECTION_MARKS}>*_`~-–—•·|+[(#\"'"
APPROXIMATION = re.compile(
    rf"(?:(?:at|around|about|circa|le|à|vers|~|@)(?={BLANK}|[0-9]){BLANK}{{0,3}})?", re.IGNORECASE
)
TAIL = re.compile(r"""[*_`~\])"']{0,4}[ \t]*(?:(?:[-–—:|,;→=>•·]|\.(?![0-9])){1,3}[*_`"]{0,4})?""")
LIST_MARK = re.compile(
    rf"[ \t\u00a0>*_–—•·+-]*(?P<mark>(?:(?:[0-9]{{1,3}}[.)]|\[[ xX]\]){BLANK}{{1,3}})+)[*_`\[(\"]{{0,4}}"
)
FULL_STAMP = re.compile(
    rf"(?<!\w){YEAR}-[0-9]{{2}}-[0-9]{{2}}(?:T|{BLANK})[0-9]{{2}}:[0-9]{{2}}"
    rf"|(?<=\[)[0-9]{{2}}/[A-Z][a-z]{{2}}/{YEAR}:[0-9]{{2}}:[0-9]{{2}}"
)
LIKE_A_TIME = re.compile(
    rf"(?<![\w:.,])[0-9]{{1,2}}(?::|{BLANK}?h{BLANK}?)[0-5][0-9](?![0-9])"
    rf"|(?<![\w:.,])[0-9]{{1,2}}{BLANK}?[ap]\.?m\b"
    rf"|^[{re.escape(DECORATION)}]*(?:[01]?[0-9]|2[0-3])\.[0-5][0-9](?![\w.])",
    re.IGNORECASE,
)
"""What may be a time in a line that was not read as one: ``14:35``, ``2 pm``, ``14.35`` at the head."""


@dataclass(frozen=True, slots=True)
class WrittenDate:
    """A date as written: the year may be left to the reader, or all but the weekday."""

    day: int | None
    month: int | None
    year: int | None
    weekday: int | None
    either_order: bool

    def resolve(self, near: date) -> date | None:
        """The date, in the year nearest to ``near`` if none is written; None if there is no such day."""
        if self.day is None or self.month is None:
            return near
        years = (near.year, near.year - 1, near.year + 1) if self.year is None else (self.year,)
        days = []
        for year in years:
            try:
                days.append(date(year, self.month, self.day))
            except ValueError:
                continue
        return min(days, key=lambda day: abs(day - near), default=None)


@dataclass(frozen=True, slots=True)
class Stamp:
    """Date, time and zone found in a line: ``end`` is where the text begins, ``start`` where they do."""

    start: int
    end: int
    clock: time
    date: WrittenDate | None
    offset: timedelta | None
    zone: str
    doubts: tuple[Doubt, ...]
    relative: str = ""
    """``today`` or ``yesterday`` where that is written for a date: of the day of the copy, not told here."""


@dataclass(frozen=True, slots=True)
class EntryParse:
    """A line read as a row. ``stamp`` is what was read as its time, ``zone`` the zone written there."""

    at: datetime
    text: str
    stamp: str
    zone: str = ""
    doubts: tuple[Doubt, ...] = ()


def parse_entry(
    line: str, day: date, zone: str, language: Language = Language.FRENCH, fold: int | None = None
) -> EntryParse:
    """Reads ``14:35 what happened``.

    ``day`` stands for a date that the line does not give, ``zone`` (an IANA name) for its zone; what
    the line gives wins. Raises NoTime, AmbiguousTime (unless ``fold`` chooses), NonExistentTime.
    """
    stamp = find_stamp(line, language)
    on = None
    if stamp is not None:
        on = stamp.date.resolve(day) if stamp.date else day
    if stamp is None or on is None:
        raise NoTime(line)
    return EntryParse(
        at=instant(stamp, on, zone, fold),
        text=text_around(line, stamp),
        stamp=line[stamp.start : stamp.end].strip(),
        zone=stamp.zone,
        doubts=stamp.doubts + weekday_doubt(stamp.date, on),
    )


def instant(stamp: Stamp, day: date, zone: str, fold: int | None = None) -> datetime:
    """The instant of a stamp on a day, in UTC. Raises as ``localise`` does."""
    if stamp.offset is not None:
        return datetime.combine(day, stamp.clock, timezone(stamp.offset)).astimezone(UTC)
    return localise(day, stamp.clock, zone, fold)


def weekday_doubt(written: WrittenDate | None, day: date) -> tuple[Doubt, ...]:
    """Whether a weekday was written that the day is not."""
    return (Doubt.WEEKDAY,) if written and written.weekday not in {None, day.weekday()} else ()


def find_stamp(line: str, language: Language) -> Stamp | None:
    """The time at the head of a line, after its number or box in a list; or a whole date and time in it."""
    start = len(line) - len(line.lstrip(DECORATION))
    stamp = _stamp_at(line, start, language)
    if stamp is None and (listed := LIST_MARK.match(line)):
        stamp = _stamp_at(line, listed.end(), language)
        stamp = stamp and replace(stamp, start=listed.start("mark"))
    if stamp is None and (whole := FULL_STAMP.search(line)):
        stamp = _stamp_at(line, whole.start(), language)
    return stamp


def text_around(line: str, stamp: Stamp) -> str:
    """What a line says beside its time."""
    before = line[: stamp.start].lstrip(BULLETS)
    if before.strip(DECORATION):
        return f"{before.rstrip()} {line[stamp.end :].strip()}".strip()
    tail = TAIL.match(line, stamp.end)
    after = line[tail.end() if tail else stamp.end :].strip().rstrip("|").rstrip()
    return f"**{after}" if after.count("**") % 2 else after


def read_date(line: str, start: int, language: Language) -> tuple[WrittenDate, int] | None:
    """The date at a place of a line and where it ends. Day comes before month unless it cannot."""
    match = DATE.match(line, start)
    if match is None:
        return None
    group = match.groupdict()
    weekday = WEEKDAYS[group["weekday"].lower()] if group["weekday"] else None
    either_order = False
    if name := group["n2"] or group["n3"]:
        day, month = int(group["d2"] or group["d3"]), MONTHS[name.lower()]
    elif group["y1"]:
        day, month = int(group["d1"]), int(group["m1"])
    else:
        day, month = int(group["d4"]), int(group["m4"])
        if month > 12:
            day, month = month, day
        either_order = language is Language.ENGLISH and day <= 12 and day != month
    year = group["y1"] or group["y2"] or group["y3"] or group["y4"]
    if not (1 <= day <= 31 and 1 <= month <= 12):
        return None
    written = WrittenDate(
        day,
        month,
        (2000 if year and len(year) == 2 else 0) + int(year) if year else None,
        weekday,
        either_order,
    )
    return written, match.end()


def _stamp_at(line: str, start: int, language: Language) -> Stamp | None:
    at = _end(APPROXIMATION, line, start)
    doubts: list[Doubt] = []
    relative = ""
    if match := RELATIVE_DAY.match(line, at):
        relative, at = "today" if match["today"] else "yesterday", match.end()
        doubts.append(Doubt.RELATIVE_DAY)
    dated = read_date(line, at, language)
    if dated:
        at = _end(JOINT, line, dated[1])
        at = _end(OPENING, line, at)
    elif match := WEEKDAY_ALONE.match(line, at):
        dated = (
            WrittenDate(None, None, None, WEEKDAYS[match["weekday"].lower()], either_order=False),
            match.end(),
        )
        at = match.end()
    timed = _read_time(line, at)
    if timed is None:
        return None
    clock, odd, at = timed
    if odd:
        doubts.append(Doubt.CLOCK)
    offset, zone = None, ""
    if (match := ZONE.match(line, at)) and _is_zone(match, with_seconds=line[:at].count(":") > 1):
        offset, zone, at = _offset(match), match["zone"], match.end()
        if zone in AMBIGUOUS_ZONES[language]:
            doubts.append(Doubt.ZONE)
    if dated is None:
        dated = _date_after(line, at, language)
        at = dated[1] if dated else at
    elif dated[0].year is None and dated[0].day and (match := YEAR_AFTER.match(line, at)):
        dated, at = (replace(dated[0], year=int(match["year"])), at), match.end()
    if dated and dated[0].either_order:
        doubts.append(Doubt.DATE_ORDER)
    return Stamp(start, at, clock, dated[0] if dated else None, offset, zone, tuple(doubts), relative)


def _end(pattern: re.Pattern[str], line: str, start: int) -> int:
    match = pattern.match(line, start)
    return match.end() if match else start


def _read_time(line: str, start: int) -> tuple[time, bool, int] | None:
    """A time, whether its clock is doubtful (``13:55 PM``), and where it ends."""
    match = TIME.match(line, start)
    if match is None:
        return None
    hour, minute, second = int(match["h"] or match["h2"]), int(match["m"] or 0), int(match["s"] or 0)
    half = (match["half"] or match["half2"] or "")[:1].lower()
    odd = bool(half) and not 1 <= hour <= 12 and not (half == "a" and hour == 0)
    if half and 1 <= hour <= 12:
        hour = hour % 12 + (12 if half == "p" else 0)
    if hour > 23 or minute > 59 or second > 59:
        return None
    return time(hour, minute, second), odd, match.end()


def _date_after(line: str, at: int, language: Language) -> tuple[WrittenDate, int] | None:
    """A date after the time: in words or whole, and before a separator (``14:35 12/15 nodes`` has none)."""
    start = _end(JOINT, line, at)
    dated = read_date(line, start, language)
    if dated is None or re.match(r"[0-9]{1,2}[/.]", line[start:]):
        return None
    return dated if re.match(rf"{BLANK}{{0,2}}(?:[-–—:|,)\]*]|$)", line[dated[1] :]) else None


def _is_zone(match: re.Match[str], *, with_seconds: bool) -> bool:
    """An offset apart from its time (``14:35 +1000 requests``) counts only in a log's full time."""
    if match["sign2"] is not None and match[0][0] not in "+-" and not with_seconds:
        return False
    return abs(_offset(match)) <= timedelta(hours=14)


def _offset(match: re.Match[str]) -> timedelta:
    sign, hours, minutes = (match[f"{name}1"] or match[f"{name}2"] for name in ("sign", "oh", "om"))
    if sign is None:
        return timedelta(hours=OFFSETS.get(match["zone"], 0))
    offset = timedelta(hours=int(hours), minutes=int(minutes or 0))
    return -offset if sign == "-" else offset

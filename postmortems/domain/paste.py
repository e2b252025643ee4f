"""Pasted chat, logs, CSV, bullets or tables, read as rows of a timeline.

Not one word is lost, but for the names that a log in JSON gives to its time and message.
"""

import csv
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from postmortems.domain.document import Language
from postmortems.domain.times import (
    DECORATION,
    LIKE_A_TIME,
    AmbiguousTime,
    Doubt,
    NonExistentTime,
    Stamp,
    WrittenDate,
    find_stamp,
    instant,
    read_date,
    text_around,
    weekday_doubt,
)

NEXT_DAY = timedelta(hours=6)
NAME_LENGTH = 60
TIME_AT_END = re.compile(
    r"[ \t\u00a0,]{1,4}[\[(]?(?=[0-9]|today|yesterday|aujourd|hier)([^\[\]()]{4,24})[\])]?$", re.IGNORECASE
)
NAME = re.compile(r"(?:[^\W\d_a-zß-öø-ÿ][\w.'’-]*)(?: \(?[^\W\d_a-zß-öø-ÿ][\w.'’-]*\)?){0,3}|[^\W\d_][\w.-]*")
"""Up to four words with capitals, or a single word: who speaks, where a chat says it on a line of its own."""
JSON_TIMES = ("time", "timestamp", "@timestamp", "ts", "datetime", "date", "t")
JSON_MESSAGES = ("msg", "message", "text", "event")
EPOCHS = (946_684_800, 4_102_444_800)
"""The seconds of the years 2000 to 2100; logs also count in thousandths."""
SAID_OF_A_TIME = re.compile(
    r"(?:^|\W)(?:at|around|about|until|till|by|since|from|to|for|before|after|and"
    r"|à|vers|avant|après|depuis|dès|de|entre|et|pour)$",
    re.IGNORECASE,
)
HEADING = re.compile(r"#{1,6}\s|\|")
CELL_END = re.compile(r"(?<!\\)\|")
RULE = re.compile(r"[\s|:+=*_-]*")


@dataclass(frozen=True, slots=True)
class PasteRow:
    """A row to accept. ``line`` is its line in the pasted text, from 1; ``stamp`` what gave its time."""

    at: datetime
    text: str
    line: int
    stamp: str
    doubts: tuple[Doubt, ...] = ()


@dataclass(frozen=True, slots=True)
class UnplacedLine:
    """A line that belongs to no row."""

    line: int
    text: str


@dataclass(frozen=True, slots=True)
class PasteResult:
    """Rows in the order of the text, and the lines that found no place."""

    rows: tuple[PasteRow, ...]
    unplaced: tuple[UnplacedLine, ...]


@dataclass(slots=True)
class _Row:
    at: datetime
    parts: list[str]
    line: int
    stamp: str
    doubts: tuple[Doubt, ...]
    speaker: str = ""

    def finish(self) -> PasteRow:
        text = " ".join(part for part in self.parts if part)
        if self.speaker:
            text = f"{self.speaker}: {text}" if text else self.speaker
        return PasteRow(self.at, text, self.line, self.stamp, self.doubts)


@dataclass(slots=True)
class _Reader:
    day: date
    zone: str
    language: Language
    rows: list[_Row] = field(default_factory=list)
    unplaced: list[UnplacedLine] = field(default_factory=list)
    heading: UnplacedLine | None = None
    heading_doubts: tuple[Doubt, ...] = ()
    previous: datetime | None = None
    is_open: bool = False
    relative: str = ""

    def read(self, number: int, line: str, speaker: str = "") -> None:
        """Reads a line, whose ``speaker`` is named above it where it holds only a time."""
        stripped = line.strip()
        if not stripped:
            return
        logged = _logged(stripped, self.language)
        if logged and self._exists(logged[1]):
            self._add(number, *logged)
            return
        stamp = find_stamp(stripped, self.language)
        if speaker and stamp and self._exists(stamp):
            self._add(number, stripped, stamp, [], speaker)
            return
        at_head = stamp is not None and not stripped[: stamp.start].strip(DECORATION)
        header = None if at_head else self._header(stripped)
        if header is not None:
            speaker, said_at, stamp = header
            self._add(number, said_at, stamp, [], speaker)
        elif stamp is not None and self._exists(stamp):
            self._add(number, stripped, stamp, [_cells(stripped, stamp)])
        elif dated := self._date_line(stripped):
            self._set_day(number, stripped, *dated)
        elif self.is_open and not HEADING.match(stripped):
            row = self.rows[-1]
            row.parts.append(stripped)
            if LIKE_A_TIME.search(stripped) and Doubt.TIME_BELOW not in row.doubts:
                row.doubts += (Doubt.TIME_BELOW,)
        elif not RULE.fullmatch(stripped):
            self.unplaced.append(UnplacedLine(number, stripped))
            self.is_open = self.is_open and not HEADING.match(stripped)

    def finish(self) -> PasteResult:
        if self.heading:
            self.unplaced.append(self.heading)
        return PasteResult(tuple(row.finish() for row in self.rows), tuple(self.unplaced))

    def _exists(self, stamp: Stamp) -> bool:
        """Whether the calendar has the day of a stamp."""
        return stamp.date is None or stamp.date.resolve(self.day) is not None

    def _header(self, line: str) -> tuple[str, str, Stamp] | None:
        """A chat's ``Name  2:35 PM`` above the message."""
        match = TIME_AT_END.search(line[-(NAME_LENGTH // 2) :]) if len(line) <= 2 * NAME_LENGTH else None
        if match is None:
            return None
        said_at = match[1]
        name = line[: len(line) - len(match[0])].strip(DECORATION)
        stamp = find_stamp(said_at, self.language)
        if (
            not name
            or SAID_OF_A_TIME.search(name)
            or stamp is None
            or stamp.start
            or stamp.end != len(said_at)
        ):
            return None
        return name, said_at, stamp

    def _date_line(self, line: str) -> tuple[WrittenDate, date] | None:
        """A date on a line of its own, such as a heading."""
        start = len(line) - len(line.lstrip(DECORATION))
        found = read_date(line, start, self.language)
        if found is None or line[found[1] :].strip(f"{DECORATION}:,])"):
            return None
        day = found[0].resolve(self.day)
        return None if day is None else (found[0], day)

    def _set_day(self, number: int, line: str, written: WrittenDate, day: date) -> None:
        if self.heading:
            self.unplaced.append(self.heading)
        self.day, self.previous, self.is_open = day, None, False
        self.heading = UnplacedLine(number, line)
        self.heading_doubts = weekday_doubt(written, day)
        if written.either_order:
            self.heading_doubts += (Doubt.DATE_ORDER,)

    def _add(self, number: int, line: str, stamp: Stamp, parts: list[str], speaker: str = "") -> None:
        doubts = [*self.heading_doubts, *stamp.doubts]
        if stamp.relative:
            if stamp.relative == self.relative:
                doubts.remove(Doubt.RELATIVE_DAY)
            elif self.relative == "yesterday" and self.day < date.max:
                self.day += timedelta(days=1)
            self.relative = stamp.relative
        if stamp.date:
            self.day = stamp.date.resolve(self.day) or self.day
            doubts += weekday_doubt(stamp.date, self.day)
        at, clock_doubts = self._instant(stamp, self.day)
        carried = stamp.date is None or stamp.date.day is None
        if carried and self.previous and self.previous - at > NEXT_DAY and self.day < date.max:
            self.day += timedelta(days=1)
            at, clock_doubts = self._instant(stamp, self.day)
            doubts.append(Doubt.DAY_ROLLED)
        written = line[stamp.start : stamp.end].strip()
        if self.heading:
            written = f"{self.heading.text} {written}"
        self.rows.append(_Row(at, parts, number, written, (*doubts, *clock_doubts), speaker))
        self.previous, self.is_open = at, True
        self.heading, self.heading_doubts = None, ()

    def _instant(self, stamp: Stamp, day: date) -> tuple[datetime, tuple[Doubt, ...]]:
        """The instant; in the hour that a clock change repeats, the first that keeps the rows in order."""
        try:
            return instant(stamp, day, self.zone), ()
        except AmbiguousTime as error:
            first, second = (candidate.astimezone(UTC) for candidate in error.candidates)
            in_order = self.previous is None or first >= self.previous
            return first if in_order else second, (Doubt.AMBIGUOUS_TIME,)
        except NonExistentTime:
            wall = datetime.combine(day, stamp.clock, ZoneInfo(self.zone))
            return wall.astimezone(UTC), (Doubt.NONEXISTENT_TIME,)


def parse_paste(text: str, day: date, zone: str, language: Language) -> PasteResult:
    """Reads several lines.

    ``day`` is the date until the text gives one, ``zone`` (an IANA name) the zone of times that give
    none. A time many hours before the one above it is of the next day; a line without a time
    continues the row above; a date alone on a line holds for the lines below. Yesterday and today are
    days of whoever copied the text: the first that is named is taken for the day before it.
    """
    reader = _Reader(day, zone, language)
    lines = text.splitlines()
    speakers = _speakers(lines, language)
    names = set(speakers.values())
    for index, line in enumerate(lines):
        if index not in names:
            name = speakers.get(index)
            reader.read(index + 1, line, "" if name is None else lines[name].strip())
    return reader.finish()


def _speakers(lines: Sequence[str], language: Language) -> dict[int, int]:
    """The lines that hold only a time, each with the line above that says who speaks.

    A chat copied from a browser has who, when and what on lines of their own. In a list of when and what
    a short text may look like a name: it is one where text stands between it and the time before, and
    where most times have such a line above.
    """
    filled = [index for index, line in enumerate(lines) if line.strip()]
    times = {place for place, index in enumerate(filled) if _is_time(lines[index].strip(), language)}
    speakers = {
        filled[place]: filled[place - 1]
        for place in times
        if place and not {place - 1, place - 2} & times and NAME.fullmatch(lines[filled[place - 1]].strip())
    }
    return speakers if 2 * len(speakers) > len(times) else {}


def _is_time(line: str, language: Language) -> bool:
    stamp = find_stamp(line, language) if len(line) <= NAME_LENGTH else None
    return stamp is not None and not text_around(line, stamp)


def _logged(line: str, language: Language) -> tuple[str, Stamp, list[str]] | None:
    """A line of a log in JSON: its time as written, the stamp of that, and the text."""
    if not (line.startswith("{") and line.endswith("}")):
        return None
    try:
        # Numbers are kept as they are written.
        fields = json.loads(
            line, object_pairs_hook=_each_once, parse_float=str, parse_int=str, parse_constant=str
        )
    except (ValueError, RecursionError):
        return None
    when = next((name for name in JSON_TIMES if name in fields), "")
    what = next((name for name in JSON_MESSAGES if name in fields), "")
    if not (when and what):
        return None
    said, message = (_said(fields.pop(name)) for name in (when, what))
    stamp = _epoch(said) or find_stamp(said, language)
    if stamp is None or stamp.start or stamp.end != len(said):
        return None
    others = ", ".join(f"{name}={_said(value)}" for name, value in fields.items())
    return said, stamp, [message, f"({others})" if others else ""]


def _each_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    fields = dict(pairs)
    if len(fields) < len(pairs):
        raise ValueError
    return fields


def _said(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return " ".join(text.splitlines())


def _epoch(said: str) -> Stamp | None:
    """The stamp of a time in seconds, or thousandths, since 1970."""
    try:
        seconds = float(said)
    except ValueError:
        return None
    seconds = seconds / 1000 if seconds >= 1000 * EPOCHS[0] else seconds
    if not EPOCHS[0] <= seconds < EPOCHS[1]:
        return None
    at = datetime.fromtimestamp(int(seconds), UTC)
    written = WrittenDate(at.day, at.month, at.year, None, either_order=False)
    return Stamp(0, len(said), at.time(), written, timedelta(), "Z", ())


def _cells(line: str, stamp: Stamp) -> str:
    """The text of a line; of a line of a table or of CSV, its cells."""
    before, after = line[: stamp.start], line[stamp.end :].lstrip("\"'*_`~ ")
    cells: list[str] = []
    if line.startswith("|"):
        cells = [*re.split(CELL_END, before.rstrip("\"'*_`~ ")), *re.split(CELL_END, after)]
    elif after[:1] in {",", ";", "\t"} and not before.strip(DECORATION):
        try:
            cells = next(csv.reader([after[1:]], delimiter=after[0]), [])
        except csv.Error:
            cells = []
    if cells and re.findall(r"\w+", " ".join(cells)) == re.findall(r"\w+", f"{before} {after}"):
        return " — ".join(filter(None, (cell.strip() for cell in cells)))
    return text_around(line, stamp)

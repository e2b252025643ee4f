"""The time axis of the strip: which span it shows, its ticks, and where labels find room.

The drawing in the exported file (``strip``) and the chart in the page (``strip_chart``) share it.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import combinations
from zoneinfo import ZoneInfo

from postmortems.domain.document import Event, Language, Milestone, Timeline
from postmortems.domain.timeline import clock_text, local, utc

MINUTE = 60
HOUR = 60 * MINUTE
DAY = 24 * HOUR
STEPS = (
    *(minutes * MINUTE for minutes in (1, 2, 5, 10, 15, 30)),
    *(hours * HOUR for hours in (1, 2, 3, 6, 12)),
    *(days * DAY for days in (1, 2, 5, 7, 14, 30)),
    *(30 * DAY * 2**power for power in range(1, 15)),
)
LEAST_REACH = timedelta(minutes=15)
FEWEST_TICKS, MOST_TICKS = 5, 9

ENGLISH_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


@dataclass(frozen=True, slots=True)
class Tick:
    """A round local time. ``is_day_mark`` tells a midnight among the hours of several days."""

    at: datetime
    label: str
    is_day_mark: bool = False


@dataclass(frozen=True, slots=True)
class Axis:
    """A span of time from the first tick to the last, with 5 to 9 ticks on round local times."""

    ticks: tuple[Tick, ...]

    def fraction(self, at: datetime) -> float:
        """Where an instant lies: 0 at the first tick, 1 at the last."""
        first, last = self.ticks[0].at, self.ticks[-1].at
        return (at.astimezone(UTC) - first) / (last - first)

    def shows(self, event: Event) -> bool:
        """Whether the event lies within the axis."""
        return self.ticks[0].at <= utc(event) <= self.ticks[-1].at


def short_date(day: date, language: Language, *, with_year: bool) -> str:
    """``15/02`` or ``15 Feb``, and the year when asked."""
    if language is Language.FRENCH:
        return f"{day:%d/%m}" + (f"/{day.year:04}" if with_year else "")
    return f"{day.day} {ENGLISH_MONTHS[day.month - 1]}" + (f" {day.year:04}" if with_year else "")


def shown_milestones(timeline: Timeline) -> list[tuple[Milestone, Event]]:
    """The milestones by time; those of one instant in their natural order."""
    return sorted(timeline.milestones().items(), key=lambda item: utc(item[1]))


def build_axis(timeline: Timeline, zone: str, language: Language) -> Axis | None:
    """The axis that shows all milestones and the events around them; None without any event.

    An event farther from the milestones than their own span (a deployment of last week, a meeting
    next month) stays off the axis, or it would crush the incident to a point.
    """
    instants = [utc(event) for event in timeline.events]
    turning = [utc(event) for _, event in shown_milestones(timeline)]
    if len(turning) > 1:
        reach = max(turning[-1] - turning[0], LEAST_REACH)
        instants = [at for at in instants if turning[0] - at <= reach and at - turning[-1] <= reach]
    if not instants:
        return None
    ticks, step = _round_ticks(min(instants), max(instants), zone)
    clocks = [local(tick, zone) for tick in ticks]
    with_year = len({clock.year for clock in clocks}) > 1
    several_days = len({clock.date() for clock in clocks[:-1]}) > 1
    labelled = []
    for tick, clock in zip(ticks, clocks, strict=True):
        midnight = several_days and clock.time() == time.min
        label = (
            short_date(clock, language, with_year=with_year) if midnight or step >= DAY else f"{clock:%H:%M}"
        )
        labelled.append(Tick(tick, label, is_day_mark=midnight and step < DAY))
    return Axis(tuple(labelled))


def _round_ticks(first: datetime, last: datetime, zone: str) -> tuple[list[datetime], int]:
    """The instants of the ticks around a span of UTC, and their step in seconds."""
    for step in STEPS:
        if (last - first).total_seconds() <= step * MOST_TICKS:
            ticks = _ticks_around(first, last, step, zone)
            if 2 <= len(ticks) <= MOST_TICKS:
                return ticks, step
    raise AssertionError("the last step is longer than the calendar")


def _ticks_around(first: datetime, last: datetime, step: int, zone: str) -> list[datetime]:
    """The multiples of ``step`` on the zone's clock, from at or before ``first`` to at or after ``last``.

    At the ends of the calendar, where there is no such multiple, the instant itself.
    """
    clocks = sorted(_seconds(local(at, zone)) for at in (first, last))
    spare = (FEWEST_TICKS - 1) * step
    begin = clocks[0] - clocks[0] % step - spare
    ticks = sorted(
        {at for clock in range(begin, clocks[1] + step + spare, step) for at in _instants(clock, zone)}
    )
    if not ticks or ticks[0] > first:
        ticks.insert(0, first)
    if ticks[-1] < last:
        ticks.append(last)
    low, high = bisect_right(ticks, first) - 1, bisect_left(ticks, last)
    while high - low + 1 < FEWEST_TICKS and (low > 0 or high < len(ticks) - 1):
        nearer_start = first - ticks[low] < ticks[high] - last
        if low > 0 and (nearer_start or high == len(ticks) - 1):
            low -= 1
        else:
            high += 1
    return ticks[low : high + 1]


def _seconds(clock: datetime) -> int:
    """Seconds of the wall clock since Monday 1 January of the year 1, so that weeks are round too."""
    return clock.toordinal() * DAY - DAY + clock.hour * HOUR + clock.minute * MINUTE + clock.second


def _instants(clock: int, zone: str) -> list[datetime]:
    """The instants at which the zone's clock shows a time: two when clocks go back, none when forward."""
    try:
        wall = datetime(1, 1, 1) + timedelta(seconds=clock)  # noqa: DTZ001 - a wall clock
        candidates = [wall.replace(tzinfo=ZoneInfo(zone), fold=fold).astimezone(UTC) for fold in (0, 1)]
    except OverflowError:
        return []
    return [at for at in candidates if local(at, zone).replace(tzinfo=None) == wall]


def stamps(events: Sequence[Event], zone: str, language: Language) -> list[tuple[str, str]]:
    """Local date and time of each event in words: dates only when there are several, years likewise."""
    clocks = [local(event.at, zone) for event in events]
    with_year = len({clock.year for clock in clocks}) > 1
    with_date = len({clock.date() for clock in clocks}) > 1
    return [
        (short_date(clock, language, with_year=with_year) if with_date else "", clock_text(clock))
        for clock in clocks
    ]


def place_tick_labels(
    axis: Axis, xs: Sequence[float], widths: Sequence[float], room: float, gap: float
) -> list[float | None]:
    """Where each tick's label starts when centred at its x, or None for want of room.

    Day marks come first, then the others from the left.
    """
    starts: list[float | None] = [None] * len(xs)
    taken: list[tuple[float, float]] = []
    for index in sorted(range(len(xs)), key=lambda index: not axis.ticks[index].is_day_mark):
        start = min(max(xs[index] - widths[index] // 2, 0), room - widths[index])
        end = start + widths[index]
        if all(end + gap <= other_start or other_end + gap <= start for other_start, other_end in taken):
            taken.append((start, end))
            starts[index] = start
    return starts


@dataclass(frozen=True, slots=True)
class Flag:
    """A label tied to a point of the axis: it starts at the point and goes right, or ends there.

    Level 0 is the nearest to the axis. The line from the axis to the label of one flag never
    crosses the label of another.
    """

    x: float
    width: float
    level: int = 0
    leftward: bool = False

    @property
    def extent(self) -> tuple[float, float]:
        return (self.x - self.width, self.x) if self.leftward else (self.x, self.x + self.width)

    def covers(self, x: float) -> bool:
        low, high = self.extent
        return low <= x <= high

    def overlaps(self, other: "Flag") -> bool:
        (low, high), (other_low, other_high) = self.extent, other.extent
        return low <= other_high and other_low <= high


def place_flags(
    plots: Sequence[int],
    points: Callable[[int], Sequence[float]],
    widths: Sequence[float],
    room: float,
    fair: int,
) -> tuple[int, list[Flag]] | None:
    """The first of the ``plots`` (widths of the axis) on which every label finds room, and the flags.

    ``points`` gives for a plot where the labels' points lie, in ascending order; labels stay within
    0 and ``room``. All flags go right where that leaves an axis of at least ``fair``; else as many
    of the last as must go left. None if there is no room.
    """
    choices = [(plot, 0) for plot in plots if plot >= fair]
    choices += [(plot, leftward) for plot in plots for leftward in range(len(widths) + 1)]
    for plot, leftward in choices:
        turn = len(widths) - leftward
        flags = [
            Flag(x, width, leftward=index >= turn)
            for index, (x, width) in enumerate(zip(points(plot), widths, strict=True))
        ]
        if all(flag.extent[0] >= 0 and flag.extent[1] <= room for flag in flags):
            levels = _levels(flags)
            if levels is not None:
                return plot, [replace(flag, level=level) for flag, level in zip(flags, levels, strict=True)]
    return None


def _levels(flags: Sequence[Flag]) -> list[int] | None:
    """The lowest level for each flag, or None where two labels would cut each other's lines."""
    above: list[set[int]] = [set() for _ in flags]
    for first, second in combinations(range(len(flags)), 2):
        one, other = flags[first], flags[second]
        over_other, over_one = one.covers(other.x), other.covers(one.x)
        if one.leftward == other.leftward:
            over_other, over_one = over_other and not one.leftward, over_one and one.leftward
        if over_other and over_one:
            return None
        if over_one:
            above[second].add(first)
        elif over_other or one.overlaps(other):
            above[first].add(second)
    levels: dict[int, int] = {}
    while len(levels) < len(flags):
        free = [i for i, lower in enumerate(above) if i not in levels and lower <= levels.keys()]
        if not free:
            return None
        levels |= {i: 1 + max((levels[j] for j in above[i]), default=-1) for i in free}
    return [levels[i] for i in range(len(flags))]

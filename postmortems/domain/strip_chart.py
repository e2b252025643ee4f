"""The strip chart of the pages: coordinates for an SVG, in units of its viewBox.

The template draws what it finds here and computes nothing. Text is set at 13 units, captions
(time and delta) at 12, so a chart is readable where one unit is at least 0.9 pixel: hence one
layout for wide columns and one for telephones.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from itertools import pairwise

from postmortems.domain.axis import (
    Axis,
    Flag,
    build_axis,
    place_flags,
    place_tick_labels,
    short_date,
    shown_milestones,
    stamps,
)
from postmortems.domain.document import Event, Language, Milestone, Timeline
from postmortems.domain.timeline import (
    MEASURES,
    MILESTONE_LABELS,
    Measure,
    durations,
    local,
    short_duration,
    utc,
)

WIDE, NARROW = 720, 360
MARGIN = 24
CHARACTER, BOLD_CHARACTER = 7.2, 8.4
"""Widths of a character in pixels, as wide as the widest of the usual system fonts."""
LINE = 16
FLAG_HEIGHT = 2 * LINE + 6
BAND_HEIGHT = 28
BRACKET_HEIGHT = 24
DOT_REACH = 9

SHORT_LABELS: dict[Language, dict[Milestone, str]] = {
    Language.FRENCH: {Milestone.RESPONDED: "Prise", Milestone.CAUSE_IDENTIFIED: "Cause"},
    Language.ENGLISH: {Milestone.CAUSE_IDENTIFIED: "Cause"},
}
EVENT_NOUNS = {
    Language.FRENCH: ("événement", "événements"),
    Language.ENGLISH: ("event", "events"),
}
OTHER_EVENT_NOUNS = {
    Language.FRENCH: ("autre événement", "autres événements"),
    Language.ENGLISH: ("other event", "other events"),
}
TOTAL_LABELS = {Language.FRENCH: "Durée", Language.ENGLISH: "Total"}


class Tone(StrEnum):
    """What a stretch of the band stands for; ``incident`` where nobody knows the detection."""

    UNDETECTED = "undetected"
    REPAIR = "repair"
    INCIDENT = "incident"


class Anchor(StrEnum):
    """SVG's text-anchor: which point of a text lies at its x."""

    START = "start"
    MIDDLE = "middle"
    END = "end"


@dataclass(frozen=True, slots=True)
class ChartTick:
    """A tick of the axis; its label, centred at ``label_x``, is empty where there is no room."""

    x: float
    label: str
    label_x: float
    is_day_mark: bool


@dataclass(frozen=True, slots=True)
class Band:
    """A stretch of the incident."""

    x: float
    width: float
    tone: Tone


@dataclass(frozen=True, slots=True)
class Pin:
    """A milestone: a stem at ``x`` from ``stem_top`` down to the axis, and a label of two lines.

    ``label`` is ``name`` or a shorter form of it; ``caption`` is ``time`` and ``delta`` (the time
    since the previous milestone, empty for the first) as far as there is room.
    """

    milestone: Milestone
    x: float
    name: str
    label: str
    time: str
    delta: str
    caption: str
    level: int
    anchor: Anchor
    text_x: float
    label_y: float
    caption_y: float
    stem_top: float
    ref: str


@dataclass(frozen=True, slots=True)
class DotRow:
    """An event of a dot."""

    time: str
    text: str
    ref: str


@dataclass(frozen=True, slots=True)
class Dot:
    """One event that is not a milestone, or several too close together to be told apart."""

    x: float
    rows: tuple[DotRow, ...]


@dataclass(frozen=True, slots=True)
class Bracket:
    """A duration under the axis, from ``x1`` to ``x2``."""

    measure: Measure
    x1: float
    x2: float
    y: float
    text: str
    text_x: float
    anchor: Anchor


@dataclass(frozen=True, slots=True)
class Strip:
    """The whole chart. ``earlier`` and ``later`` count the events that lie off its axis.

    Dots and heads of pins are at ``middle_y``; text lines are given by their baselines.
    """

    width: int
    height: float
    axis_start: float
    axis_end: float
    band_top: float
    band_height: float
    middle_y: float
    axis_y: float
    tick_label_y: float
    ticks: tuple[ChartTick, ...]
    bands: tuple[Band, ...]
    pins: tuple[Pin, ...]
    dots: tuple[Dot, ...]
    brackets: tuple[Bracket, ...]
    earlier: int
    later: int
    description: str


def strip_geometry(timeline: Timeline, zone: str, language: Language, width: int = WIDE) -> Strip | None:
    """The chart at a width of ``WIDE`` or ``NARROW`` units; None for a timeline without events.

    ``zone`` (an IANA name) is that of all times in it.
    """
    axis = build_axis(timeline, zone, language)
    if axis is None:
        return None
    milestones = shown_milestones(timeline)
    written = _written(timeline, zone, language)
    texts, plot, flags = _place(axis, milestones, written, language, width)
    levels = 1 + max((flag.level for flag in flags), default=-1)
    band_top = 8 + levels * FLAG_HEIGHT + (8 if levels else 0)
    axis_y = band_top + BAND_HEIGHT
    tick_label_y = axis_y + 20
    xs = {milestone: _x(axis, event, plot) for milestone, event in milestones}
    brackets = _brackets(timeline, xs, language, width, tick_label_y + 18)
    lowest = max((bracket.y for bracket in brackets), default=tick_label_y - 8)
    first, last = axis.ticks[0].at, axis.ticks[-1].at
    return Strip(
        width=width,
        height=lowest + 16,
        axis_start=MARGIN,
        axis_end=MARGIN + plot,
        band_top=band_top,
        band_height=BAND_HEIGHT,
        middle_y=band_top + BAND_HEIGHT / 2,
        axis_y=axis_y,
        tick_label_y=tick_label_y,
        ticks=_ticks(axis, plot, width),
        bands=_bands(xs),
        pins=tuple(
            _pin(milestone, event, flag, text, band_top)
            for (milestone, event), flag, text in zip(milestones, flags, texts, strict=True)
        ),
        dots=_dots(axis, timeline, written, plot),
        brackets=brackets,
        earlier=sum(utc(event) < first for event in timeline.events),
        later=sum(utc(event) > last for event in timeline.events),
        description=describe(timeline, zone, language),
    )


def describe(timeline: Timeline, zone: str, language: Language) -> str:
    """The chart in one sentence, for those who do not see it; empty without events."""
    if not timeline.events:
        return ""
    milestones = shown_milestones(timeline)
    written = _written(timeline, zone, language)
    first = min(timeline.events, key=utc)
    day = short_date(local(first.at, zone), language, with_year=True)
    parts = [
        f"{MILESTONE_LABELS[language][milestone].lower()} {written[id(event)]}{_since(delta, language)}"
        for (milestone, event), delta in zip(milestones, _deltas(milestones), strict=True)
    ]
    total = durations(timeline).total
    if total is not None:
        parts.append(f"{TOTAL_LABELS[language].lower()} {short_duration(total, language)}")
    others = len(timeline.events) - len(milestones)
    if others:
        nouns = EVENT_NOUNS[language] if not milestones else OTHER_EVENT_NOUNS[language]
        parts.append(f"{others} {nouns[others > 1]}")
    french = language is Language.FRENCH
    head = f"Chronologie du {day} ({zone}) :" if french else f"Timeline of {day} ({zone}):"
    return f"{head} {', '.join(parts)}."


def _written(timeline: Timeline, zone: str, language: Language) -> dict[int, str]:
    """Date and time in words by the identity of the event."""
    written = stamps(timeline.events, zone, language)
    return {
        id(event): " ".join(filter(None, stamp))
        for event, stamp in zip(timeline.events, written, strict=True)
    }


def _deltas(milestones: Sequence[tuple[Milestone, Event]]) -> list[timedelta | None]:
    later = [utc(b) - utc(a) for (_, a), (_, b) in pairwise(milestones)]
    return [None, *later] if milestones else []


def _since(delta: timedelta | None, language: Language) -> str:
    return "" if delta is None else f" +{short_duration(delta, language)}"


def _x(axis: Axis, event: Event, plot: float) -> float:
    return round(MARGIN + axis.fraction(event.at) * plot, 1)


@dataclass(frozen=True, slots=True)
class _PinText:
    name: str
    label: str
    time: str
    delta: str
    caption: str


def _extent(text: _PinText) -> float:
    """How wide the two lines beside a pin are; the first is bold."""
    return max(len(text.label) * BOLD_CHARACTER, len(text.caption) * CHARACTER)


def _place(
    axis: Axis,
    milestones: Sequence[tuple[Milestone, Event]],
    written: dict[int, str],
    language: Language,
    width: int,
) -> tuple[list[_PinText], int, list[Flag]]:
    """The texts of the pins, as long as the width allows, with the length of the axis and the flags.

    Names get short before the times since the milestone before are left out, and both before the axis
    gets shorter than three fifths of the chart.
    """
    names = MILESTONE_LABELS[language]
    plots, fair = range(width - 2 * MARGIN, width // 4, -8), width * 3 // 5
    long = [plot for plot in plots if plot >= fair]
    fractions = [axis.fraction(event.at) for _, event in milestones]
    for among, shorten, with_delta in (
        (long, False, True),
        (long, True, True),
        (long, True, False),
        (plots, True, False),
    ):
        texts = []
        for (milestone, event), delta in zip(milestones, _deltas(milestones), strict=True):
            name, time, since = names[milestone], written[id(event)], _since(delta, language)
            label = SHORT_LABELS[language].get(milestone, name) if shorten else name
            texts.append(_PinText(name, label, time, since.strip(), time + since * with_delta))
        placed = place_flags(
            among,
            lambda plot: [round(MARGIN + fraction * plot, 1) for fraction in fractions],
            [_extent(text) + 12 for text in texts],
            width,
            fair=fair,
        )
        if placed:
            return texts, *placed
    raise AssertionError("the shortest axis leaves room for every label")


def _pin(milestone: Milestone, event: Event, flag: Flag, text: _PinText, band_top: float) -> Pin:
    top = band_top - 8 - (flag.level + 1) * FLAG_HEIGHT
    return Pin(
        milestone=milestone,
        x=flag.x,
        name=text.name,
        label=text.label,
        time=text.time,
        delta=text.delta,
        caption=text.caption,
        level=flag.level,
        anchor=Anchor.END if flag.leftward else Anchor.START,
        text_x=round(flag.x + (-6 if flag.leftward else 6), 1),
        label_y=top + 12,
        caption_y=top + 12 + LINE,
        stem_top=top,
        ref=event.ref,
    )


def _ticks(axis: Axis, plot: int, width: int) -> tuple[ChartTick, ...]:
    xs = [round(MARGIN + axis.fraction(tick.at) * plot, 1) for tick in axis.ticks]
    widths = [len(tick.label) * CHARACTER for tick in axis.ticks]
    starts = place_tick_labels(axis, xs, widths, width, gap=CHARACTER)
    return tuple(
        ChartTick(x, "", x, tick.is_day_mark)
        if start is None
        else ChartTick(x, tick.label, round(start + length / 2, 1), tick.is_day_mark)
        for tick, x, length, start in zip(axis.ticks, xs, widths, starts, strict=True)
    )


def _bands(xs: dict[Milestone, float]) -> tuple[Band, ...]:
    start, detected, restored = (
        xs.get(milestone) for milestone in (Milestone.START, Milestone.DETECTED, Milestone.RESTORED)
    )
    if start is None or restored is None or restored < start:
        return ()
    if detected is None or not start <= detected <= restored:
        return (Band(start, round(restored - start, 1), Tone.INCIDENT),)
    return (
        Band(start, round(detected - start, 1), Tone.UNDETECTED),
        Band(detected, round(restored - detected, 1), Tone.REPAIR),
    )


def _dots(axis: Axis, timeline: Timeline, written: dict[int, str], plot: int) -> tuple[Dot, ...]:
    groups: list[list[tuple[float, Event]]] = []
    for event in sorted(filter(axis.shows, timeline.events), key=utc):
        if event.milestone is None:
            x = _x(axis, event, plot)
            if groups and x - groups[-1][0][0] < DOT_REACH:
                groups[-1].append((x, event))
            else:
                groups.append([(x, event)])
    return tuple(
        Dot(
            round((group[0][0] + group[-1][0]) / 2, 1),
            tuple(DotRow(written[id(event)], event.text, event.ref) for _, event in group),
        )
        for group in groups
    )


def _brackets(
    timeline: Timeline, xs: dict[Milestone, float], language: Language, width: int, top: float
) -> tuple[Bracket, ...]:
    """Each duration under the axis, on the first line where both its bracket and its text find room."""
    computed = durations(timeline)
    names = {Measure.TTD: "TTD", Measure.TTR: "TTR", Measure.TOTAL: TOTAL_LABELS[language]}
    lines: list[list[tuple[float, float]]] = []
    brackets = []
    for measure, name in names.items():
        duration = computed[measure]
        if duration is None or duration < timedelta():
            continue
        x1, x2 = (xs[milestone] for milestone in MEASURES[measure])
        text = f"{name} {short_duration(duration, language)}"
        text_x, anchor, taken = _bracket_text(x1, x2, len(text) * CHARACTER, width, measure is Measure.TTD)
        line = next(
            (n for n, busy in enumerate(lines) if all(taken[1] <= a or b <= taken[0] for a, b in busy)),
            len(lines),
        )
        if line == len(lines):
            lines.append([])
        lines[line].append(taken)
        brackets.append(Bracket(measure, x1, x2, top + line * BRACKET_HEIGHT, text, text_x, anchor))
    return tuple(brackets)


def _bracket_text(
    x1: float, x2: float, length: float, width: int, left_first: bool
) -> tuple[float, Anchor, tuple[float, float]]:
    """Where a bracket's text goes (inside, else beside it) and the span that both take."""
    if length + 16 <= x2 - x1:
        return round((x1 + x2) / 2, 1), Anchor.MIDDLE, (x1, x2)
    left = (x1 - 6, Anchor.END, (x1 - 6 - length, x2))
    right = (x2 + 6, Anchor.START, (x1, x2 + 6 + length))
    for text_x, anchor, span in (left, right) if left_first else (right, left):
        if span[0] >= 0 and span[1] <= width:
            return round(text_x, 1), anchor, span
    return round((x1 + x2) / 2, 1), Anchor.MIDDLE, (x1, x2)

"""The strip drawing of the exported file: the incident to scale, in text of at most 80 columns.

The drawing also carries, for whoever reads the file back, which row of the timeline each
milestone stands on; ``assign_milestones`` is the inverse of ``draw_strip``.
"""

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from postmortems.domain.axis import (
    Axis,
    Flag,
    build_axis,
    place_flags,
    place_tick_labels,
    shown_milestones,
    stamps,
)
from postmortems.domain.document import Event, Language, Milestone, Timeline
from postmortems.domain.timeline import MILESTONE_LABELS, short_duration, utc

COLUMNS = 80
MARGIN = 2
LEAST_PLOT, FAIR_PLOT = 24, 48
FOOT = len("└ ")
BOX_ROWS = 3


@dataclass(frozen=True, slots=True)
class DrawnMilestone:
    """What a drawing says of a milestone, as written there.

    ``date`` is empty when all rows of the timeline are of one day. ``ordinal`` counts the rows that
    show the same date and time, from 1.
    """

    milestone: Milestone
    date: str
    time: str
    ordinal: int = 1


def draw_strip(timeline: Timeline, zone: str, language: Language) -> str:
    """The drawing, without a newline at the end; empty for a timeline without events.

    ``zone`` (an IANA name) is that of all times in it. The same timeline gives the same drawing.
    """
    axis = build_axis(timeline, zone, language)
    if axis is None:
        return ""
    milestones = shown_milestones(timeline)
    labels = _labels(timeline, milestones, zone, language)
    deltas = [f" +{short_duration(utc(b) - utc(a), language)}" for (_, a), (_, b) in pairwise(milestones)]
    complete = [label + delta for label, delta in zip(labels, ["", *deltas], strict=False)]
    fractions = [axis.fraction(event.at) for _, event in milestones]
    intervals = len(axis.ticks) - 1
    widest = (COLUMNS - 1 - 2 * MARGIN) // intervals * intervals
    plots = range(widest, LEAST_PLOT - 1, -intervals)
    for texts in (complete, labels):
        placed = place_flags(
            plots,
            lambda plot: [MARGIN + round(fraction * plot) for fraction in fractions],
            [FOOT + len(text) for text in texts],
            COLUMNS,
            fair=FAIR_PLOT,
        )
        if placed:
            break
    else:
        raise AssertionError("the shortest axis leaves room for every label")
    plot, flags = placed
    lines = [
        _axis_labels(axis, plot),
        *_box(axis, timeline, plot, language),
        _marks(axis, timeline, plot),
        *_leaders(flags, texts),
    ]
    return "\n".join(line.rstrip() for line in lines)


def read_strip_milestones(drawing: str, language: Language) -> tuple[DrawnMilestone, ...]:
    """The milestones that a drawing names, from top to bottom; none in a drawing of another kind."""
    names = {label: milestone for milestone, label in MILESTONE_LABELS[language].items()}
    label = "|".join(re.escape(name) for name in sorted(names, key=len, reverse=True))
    date = r"\d\d/\d\d(?:/\d{4})?" if language is Language.FRENCH else r"\d{1,2} [A-Z][a-z]{2}(?: \d{4})?"
    pattern = rf"({label}) (?:({date}) )?(\d\d:\d\d(?::\d\d)?)(?: \((\d{{1,4}})\))?"
    return tuple(
        DrawnMilestone(names[match[1]], match[2] or "", match[3], int(match[4] or 1))
        for match in re.finditer(pattern, drawing)
    )


def assign_milestones(
    events: Sequence[Event], drawing: str, zone: str, language: Language
) -> tuple[Event, ...]:
    """The events with the milestones that a drawing of them shows.

    A milestone whose date and time no event has stays without event.
    """
    rows: defaultdict[tuple[str, str], list[int]] = defaultdict(list)
    for row, stamp in enumerate(stamps(events, zone, language)):
        rows[stamp].append(row)
    restored = list(events)
    for drawn in read_strip_milestones(drawing, language):
        candidates = rows[drawn.date, drawn.time]
        if 1 <= drawn.ordinal <= len(candidates):
            row = candidates[drawn.ordinal - 1]
            restored[row] = replace(restored[row], milestone=drawn.milestone)
    return tuple(restored)


def _labels(
    timeline: Timeline, milestones: Sequence[tuple[Milestone, Event]], zone: str, language: Language
) -> list[str]:
    written = stamps(timeline.events, zone, language)
    row_of = {event.milestone: row for row, event in enumerate(timeline.events)}
    labels = []
    for milestone, _ in milestones:
        row = row_of[milestone]
        ordinal = written[: row + 1].count(written[row])
        words = [MILESTONE_LABELS[language][milestone], *written[row], f"({ordinal})" if ordinal > 1 else ""]
        labels.append(" ".join(word for word in words if word))
    return labels


def _column(axis: Axis, event: Event, plot: int) -> int:
    return MARGIN + round(axis.fraction(event.at) * plot)


def _put(line: list[str], start: int, text: str) -> None:
    line[start : start + len(text)] = text


def _axis_labels(axis: Axis, plot: int) -> str:
    line = [" "] * COLUMNS
    columns = [MARGIN + round(axis.fraction(tick.at) * plot) for tick in axis.ticks]
    widths = [len(tick.label) for tick in axis.ticks]
    for tick, start in zip(axis.ticks, place_tick_labels(axis, columns, widths, COLUMNS, gap=1), strict=True):
        if start is not None:
            _put(line, int(start), tick.label)
    return "".join(line)


def _box(axis: Axis, timeline: Timeline, plot: int, language: Language) -> list[str]:
    """The ticks, and over them the box from start to restoration with the total duration."""
    ticks = [MARGIN + round(axis.fraction(tick.at) * plot) for tick in axis.ticks]
    blank = [" "] * COLUMNS
    for column in ticks:
        blank[column] = "│"
    found = timeline.milestones()
    start, restored = found.get(Milestone.START), found.get(Milestone.RESTORED)
    if start is None or restored is None or utc(restored) < utc(start):
        return ["".join(blank)]
    left, right = _column(axis, start, plot), _column(axis, restored, plot)
    words = ["INCIDENT", short_duration(utc(restored) - utc(start), language)]
    inside = right - left - 1
    rows = [blank.copy() for _ in range(BOX_ROWS)]
    if inside < 0:
        for row in rows:
            row[left] = "┃"
    else:
        _put(rows[0], left, f"┌{'─' * inside}┐")
        _put(rows[1], left, f"│{' ' * inside}│")
        _put(rows[2], left, f"└{'─' * inside}┘")
        for column in ticks:
            if left < column < right:
                rows[0][column] = "┴"
    text = " ".join(words)
    if len(text) + 2 <= inside:
        _put(rows[1], left + 1, text.center(inside))
    elif max(map(len, words)) <= inside:
        rows.insert(1, rows[1].copy())
        for row, word in zip(rows[1:], words, strict=False):
            _put(row, left + 1, word.center(inside))
    elif right + len(text) + 2 < COLUMNS:
        _put(rows[1], right + 1, f" {text} ")
    else:
        _put(rows[1], left - len(text) - 2, f" {text} ")
    return ["".join(row) for row in (blank, *rows)]


def _marks(axis: Axis, timeline: Timeline, plot: int) -> str:
    """A triangle under each milestone and a dot under each other event that the axis shows."""
    line = [" "] * COLUMNS
    for event in sorted(filter(axis.shows, timeline.events), key=lambda event: event.milestone is not None):
        line[_column(axis, event, plot)] = "▲" if event.milestone else "·"
    return "".join(line)


def _leaders(flags: Sequence[Flag], texts: Sequence[str]) -> list[str]:
    """One line for each label, in an order in which no label cuts another's line."""
    waiting = list(zip(flags, texts, strict=True))[::-1]
    if any(flag.leftward for flag in flags):
        waiting.sort(key=lambda item: item[0].level)
    lines = []
    while waiting:
        (flag, text), *waiting = waiting
        line = [" "] * COLUMNS
        passing = {int(other.x) for other, _ in waiting}
        for column in passing:
            line[column] = "│"
        column = int(flag.x)
        if flag.leftward:
            _put(line, column - FOOT - len(text) + 1, f"{text} {'┤' if column in passing else '┘'}")
        else:
            _put(line, column, f"{'├' if column in passing else '└'} {text}")
        lines.append("".join(line))
    return lines

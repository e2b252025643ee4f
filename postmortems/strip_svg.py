"""The SVG of the strip chart. It has hundreds of elements, which a template takes long to write."""

import textwrap
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from html import escape

from django.utils.safestring import SafeString
from django.utils.translation import ngettext

from postmortems.domain.document import Document
from postmortems.domain.strip_chart import (
    NARROW,
    WIDE,
    Anchor,
    Bracket,
    ChartTick,
    Pin,
    Strip,
    strip_geometry,
)
from postmortems.rendering import own_html, render_plain

TIP_CHARACTER = 6.7
TIP_COLUMNS = {WIDE: 56, NARROW: 42}
TIP_ROWS = 4
LINE = 16
PADDING = 8
ABOVE = 14
HEAD, DOT, MANY = 6, 4, 3
TICK = 5


@dataclass(frozen=True, slots=True)
class Chart:
    """A strip chart at one width, as it is drawn."""

    strip: Strip
    svg: SafeString


@dataclass(frozen=True, slots=True)
class _Mark:
    """A milestone, or one or several other events, at a point of the axis.

    ``name`` says it to a screen reader, ``tip`` shows it, a line for each string; ``milestone`` is
    empty for other events.
    """

    x: float
    ref: str
    name: str
    tip: tuple[str, ...]
    milestone: str = ""
    many: bool = False


def draw_charts(document: Document) -> Iterator[Chart]:
    """The chart of a document's timeline at each width; none when it has no events."""
    texts = {event.ref: render_plain(event.text) for event in document.timeline.events}
    for name, width in (("wide", WIDE), ("narrow", NARROW)):
        strip = strip_geometry(document.timeline, document.zone, document.language, width)
        if strip is not None:
            yield Chart(strip, own_html("".join(_svg(name, strip, texts))))


def _svg(name: str, strip: Strip, texts: dict[str, str]) -> Iterator[str]:
    """Marks come in the order of time, which is that of the Tab key."""
    yield (
        f'<svg class="strip-{name}" viewBox="0 0 {strip.width} {strip.height}" role="group"'
        f' aria-label="{escape(strip.description)}">\n<g aria-hidden="true">'
    )
    for band in strip.bands:
        yield (
            f'<rect class="strip-band strip-{band.tone}" x="{band.x}" y="{strip.band_top}"'
            f' width="{band.width}" height="{strip.band_height}"/>'
        )
    yield (
        f'<line class="strip-axis" x1="{strip.axis_start}" x2="{strip.axis_end}"'
        f' y1="{strip.axis_y}" y2="{strip.axis_y}"/>'
    )
    for tick in strip.ticks:
        yield from _tick(strip, tick)
    for bracket in strip.brackets:
        yield _bracket(bracket)
    for pin in strip.pins:
        yield _pin(strip, pin)
    yield "</g>"
    for mark in sorted(_marks(strip, texts), key=lambda mark: mark.x):
        yield _mark(strip, mark)
    yield "</svg>"


def _tick(strip: Strip, tick: ChartTick) -> Iterator[str]:
    across = f'x1="{tick.x}" x2="{tick.x}"'
    if tick.is_day_mark:
        yield f'<line class="strip-day" {across} y1="{strip.band_top}" y2="{strip.axis_y}"/>'
    yield f'<line class="strip-tick" {across} y1="{strip.axis_y}" y2="{strip.axis_y + TICK}"/>'
    if tick.label:
        yield (
            f'<text class="strip-tick-label" x="{tick.label_x}" y="{strip.tick_label_y}"'
            f' text-anchor="middle">{escape(tick.label)}</text>'
        )


def _bracket(bracket: Bracket) -> str:
    """A line and its text: beside the line, or under it."""
    text_y = bracket.y + (14 if bracket.anchor is Anchor.MIDDLE else 3)
    return (
        f'<path class="strip-bracket" d="M{bracket.x1} {bracket.y - 5}v5H{bracket.x2}v-5"/>'
        f'<text class="strip-bracket-label" x="{bracket.text_x}" y="{text_y}"'
        f' text-anchor="{bracket.anchor}">{escape(bracket.text)}</text>'
    )


def _pin(strip: Strip, pin: Pin) -> str:
    across = f'x="{pin.text_x}"'
    return (
        f'<g class="strip-pin {pin.milestone}">'
        f'<line x1="{pin.x}" x2="{pin.x}" y1="{pin.stem_top}" y2="{strip.axis_y}"/>'
        f'<text class="strip-label" {across} y="{pin.label_y}" text-anchor="{pin.anchor}">'
        f"{escape(pin.label)}</text>"
        f'<text class="strip-caption" {across} y="{pin.caption_y}" text-anchor="{pin.anchor}">'
        f"{escape(pin.caption)}</text></g>"
    )


def _marks(strip: Strip, texts: dict[str, str]) -> Iterator[_Mark]:
    for pin in strip.pins:
        head, text = " ".join(filter(None, (pin.time, pin.name, pin.delta))), texts[pin.ref]
        yield _Mark(pin.x, pin.ref, f"{head}: {text}", _wrapped(strip, [head, text]), pin.milestone)
    for dot in strip.dots:
        rows = [f"{row.time} {texts[row.ref]}" for row in dot.rows[:TIP_ROWS]]
        more = len(dot.rows) - TIP_ROWS
        if more > 0:
            rows.append(ngettext("and %(count)d more", "and %(count)d more", more) % {"count": more})
        many = len(dot.rows) > 1
        yield _Mark(dot.x, dot.rows[0].ref, "; ".join(rows), _wrapped(strip, rows), many=many)


def _mark(strip: Strip, mark: _Mark) -> str:
    radius = HEAD if mark.milestone else MANY if mark.many else DOT
    kind = f"{mark.milestone or 'strip-dot'}{' strip-many' if mark.many else ''}"
    centre = f'cx="{mark.x}" cy="{strip.middle_y}"'
    return (
        f'\n<a class="strip-mark {kind}" href="#{escape(mark.ref)}" aria-label="{escape(mark.name)}">'
        f'<circle class="strip-reach" {centre} r="12"/>'
        f'<circle class="strip-head" {centre} r="{radius}"/>'
        f"{_tip(strip, mark)}</a>"
    )


def _tip(strip: Strip, mark: _Mark) -> str:
    """A box above the mark, as wide as its text and within the chart."""
    width = max(map(len, mark.tip)) * TIP_CHARACTER + 2 * PADDING
    height = len(mark.tip) * LINE + PADDING
    left = round(min(max(mark.x - width / 2, 0), max(strip.width - width, 0)), 1)
    top = round(strip.middle_y - ABOVE - height, 1)
    lines = (
        f'<text x="{left + PADDING}" y="{round(top + LINE * row, 1)}">{escape(line)}</text>'
        for row, line in enumerate(mark.tip, 1)
    )
    return (
        f'<g class="strip-tip" aria-hidden="true"><rect x="{left}" y="{top}"'
        f' width="{round(width, 1)}" height="{height}"/>{"".join(lines)}</g>'
    )


def _wrapped(strip: Strip, paragraphs: Iterable[str]) -> tuple[str, ...]:
    columns = TIP_COLUMNS[strip.width]
    lines: list[str] = []
    for text in paragraphs:
        short = len(text) <= columns
        lines += [text] if short else textwrap.wrap(text, columns, max_lines=3, placeholder="…")
    return tuple(lines)

"""Reads a file that ``render`` wrote, or that was written by hand in the same format."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import TypeVar
from urllib.parse import unquote
from zoneinfo import ZoneInfo

from postmortems.domain.document import (
    UNKNOWN_TEXTS,
    Action,
    ActionStatus,
    Annex,
    AnnexKind,
    Diagram,
    Document,
    Event,
    Factor,
    Horizon,
    Impact,
    Language,
    Lesson,
    Lessons,
    Metadata,
    Metric,
    Milestone,
    Recommendation,
    RootCause,
    Section,
    Severity,
    State,
    Summary,
    Timeline,
    Why,
    WhyChain,
)
from postmortems.domain.markdown import labels as layouts
from postmortems.domain.markdown.blocks import Kind, cell_spans, scan
from postmortems.domain.markdown.dates import parse_duration, parse_long_date, parse_short_date
from postmortems.domain.markdown.escape import reveal, unescape
from postmortems.domain.markdown.labels import (
    ANSWER,
    INDENT,
    LABELS,
    RULE,
    Attribute,
    Column,
    Field,
    Labels,
    Layout,
    Part,
)
from postmortems.domain.markdown.render import IMAGES, LINK, LINK_LINE, is_ambiguous, offset_text
from postmortems.domain.markdown.text import canonical_file
from postmortems.domain.strip import assign_milestones
from postmortems.domain.timeline import MILESTONE_LABELS, Measure

_H1, _H2, _H3 = 1, 2, 3
_DATE_LINE = re.compile(r"## ([0-9]{4}-[0-9]{2}-[0-9]{2})(?: - (.*))?")
_BOLD = re.compile(r"\*\*(.*)\*\*")
_CLOCK = re.compile(
    r"(?:(.+) )?([0-9]{2}):([0-9]{2})(?::([0-9]{2}))?(?: ([+-][0-9]{2}:[0-9]{2}(?::[0-9]{2})?))?"
)
_FENCE = re.compile(r"(`{3,})([^`\s]*)")
_NUMBERED = re.compile(r"[0-9]+\. ?(.*)")
_LESSON = re.compile(r"[0-9]+\. \*\*((?:\\.|[^\\*]|(?<![* ])\*+(?=[^* ]))*)\*\*(?: - (.*))?")
_RELATED = re.compile(rf"- (?:{LINK}|\*\*(.*)\*\*)")
_IMAGE = re.compile(rf"!\[((?:\\.|[^\\\]\n])*)\]\({IMAGES}/[^/\s)]+/([^\s)]*)\)")
_ITALIC = re.compile(r"\*(.*)\*")
_TESTIMONY = re.compile(r"([^(]*?)(?: \((.*)\))?")
_REVIEW = re.compile(r"([^(]*?) ?(?:\((.*)\))?")

_Key = TypeVar("_Key")


class ParseError(ValueError):
    """The text is not in the project's own format.

    ``line`` counts from 1; ``message`` says what was expected there.
    """

    def __init__(self, line: int, message: str) -> None:
        super().__init__(f"line {line}: {message}")
        self.line = line
        self.message = message


@dataclass(slots=True)
class _Chapter:
    """A heading of level 1 to 3 and the lines up to the next. ``line`` counts from 1."""

    heading: str
    line: int
    lines: list[str]


Row = Mapping[Column, str]


class _Lines:
    """The lines of a chapter, consumed from the top."""

    def __init__(self, chapter: _Chapter) -> None:
        self.lines = chapter.lines
        self.offset = chapter.line + 1
        self.at = 0

    @property
    def number(self) -> int:
        return self.offset + self.at

    def skip_blank(self) -> None:
        while self.at < len(self.lines) and not self.lines[self.at]:
            self.at += 1

    def peek(self) -> str | None:
        return self.lines[self.at] if self.at < len(self.lines) else None

    def take(self) -> str:
        self.at += 1
        return self.lines[self.at - 1]

    def rest(self) -> str:
        text = "\n".join(self.lines[self.at :])
        self.at = len(self.lines)
        return text

    def end(self) -> None:
        self.skip_blank()
        if self.at < len(self.lines):
            raise ParseError(self.number, f"nothing more is expected here; found {self.lines[self.at]!r}")

    def take_if(self, line: str) -> bool:
        """Whether the next line that is not blank is ``line``, which is then consumed."""
        self.skip_blank()
        found = self.peek() == line
        self.at += found
        return found

    def fence(self) -> tuple[str, str] | None:
        """The syntax and body of a code block, if one comes next."""
        self.skip_blank()
        line = self.peek()
        opening = _FENCE.fullmatch(line) if line else None
        if not opening:
            return None
        for end in range(self.at + 1, len(self.lines)):
            if self.lines[end] == opening[1]:
                body = "\n".join(self.lines[self.at + 1 : end])
                self.at = end + 1
                return opening[2], body
        raise ParseError(self.number, f"the code block is not closed; add a line with {opening[1]}")

    def table(self, layout: Layout, labels: Labels) -> Iterator[tuple[int, Row]]:
        """The rows of a table with their line numbers."""
        self.skip_blank()
        known = {labels.columns[column]: column for column in (*layout.always, *layout.optional)}
        header = _cells(self.peek() or "")
        columns = [known[title] for title in header if title in known]
        if len(columns) != len(header) or tuple(columns[: len(layout.always)]) != layout.always:
            wanted = labels.header(layout.always)[0]
            raise ParseError(self.number, f"a table with the columns {wanted} is expected here")
        self.at += 2
        while (line := self.peek()) is not None and line.startswith("|"):
            cells = _cells(line)
            if len(cells) != len(columns):
                raise ParseError(
                    self.number,
                    f"the row has {len(cells)} cells instead of {len(columns)}; write | in a cell as \\|",
                )
            yield (
                self.number,
                {
                    **dict.fromkeys(layout.optional, ""),
                    **dict(zip(columns, cells, strict=True)),
                },
            )
            self.at += 1


def _cells(line: str) -> list[str]:
    return [line[start:end].replace("\\|", "|") for start, end in cell_spans(line.rstrip())]


def parse(text: str) -> Document:
    """The document that a file holds, such that ``parse(render(document)) == document``.

    Raises ParseError, with the line and what to change, for a text in another format. What a file
    does not hold (services, identifiers, the state of the review) is left empty.
    """
    return _Parser(_chapters(text)).document()


def _chapters(text: str) -> list[_Chapter]:
    lines = text.removeprefix("\ufeff").replace("\r\n", "\n").removesuffix("\n").split("\n")
    start = 0
    if lines[0] == RULE:
        if RULE not in lines[1:]:
            raise ParseError(1, f"the front matter is not closed; add a line with {RULE}")
        start = lines.index(RULE, 1) + 1
    body = "\n".join(lines[start:])
    headings = [
        start + block.first
        for block in scan(body).root.children
        if block.kind is Kind.HEADING and block.level <= _H3 and not block.underlined
    ]
    if not headings or any(lines[start : headings[0]]):
        raise ParseError(start + 1, f"the title is expected here, such as {LABELS[Language.ENGLISH].title}…")
    chapters = []
    for at, end in zip(headings, [*headings[1:], len(lines)], strict=True):
        own = lines[at + 1 : end]
        while own and not own[-1]:
            own.pop()
        chapters.append(_Chapter(lines[at].rstrip(), at + 1, own))
    for before, after in pairwise(chapters[1:]):
        if after.heading.startswith("## "):
            if not before.lines or before.lines.pop() != RULE:
                raise ParseError(after.line, f"a line with {RULE} is expected before this heading")
            while before.lines and not before.lines[-1]:
                before.lines.pop()
    return chapters


class _Parser:
    def __init__(self, chapters: list[_Chapter]) -> None:
        self.chapters = chapters
        self.at = 0
        self.language = self._language()
        self.labels = LABELS[self.language]
        self.computed: dict[Measure, str] = {}

    def document(self) -> Document:
        title = self._name_after(self._take().heading, self.labels.title)
        day, organisation = self._date_line(self._take())
        self.day = day
        severity, summary = self._summary(self._section(Section.SUMMARY))
        zone, timeline, drawing = self._timeline(self._section(Section.TIMELINE))
        impact = self._impact(self._section(Section.IMPACT))
        if drawing and not any(event.milestone for event in timeline.events):
            timeline = replace(timeline, events=self._from_durations(timeline.events))
        root_cause = self._root_cause(self._section(Section.ROOT_CAUSE))
        actions = self._actions(self._section(Section.ACTIONS))
        lessons = self._lessons(self._section(Section.LESSONS))
        annexes: tuple[Annex, ...] = ()
        if self._peek() == self.labels.sections[Section.ANNEXES]:
            _Lines(self._take()).end()
            annexes = tuple(self._annexes())
        state, metadata = self._metadata(self._take_heading(self.labels.metadata))
        if self.at < len(self.chapters):
            raise ParseError(self.chapters[self.at].line, "nothing is expected after the metadata")
        return Document(
            title=title,
            date=day,
            language=self.language,
            severity=severity,
            zone=zone,
            organisation=organisation,
            state=state,
            summary=summary,
            timeline=timeline,
            impact=impact,
            root_cause=root_cause,
            actions=actions,
            lessons=lessons,
            annexes=annexes,
            metadata=metadata,
        )

    # -- walking through the headings

    def _language(self) -> Language:
        first = self.chapters[0]
        for language, labels in LABELS.items():
            if f"{first.heading} ".startswith(labels.title):
                return language
        wanted = " or ".join(f"{labels.title}…" for labels in LABELS.values())
        raise ParseError(first.line, f"the title is expected here, as {wanted}")

    def _peek(self) -> str | None:
        return self.chapters[self.at].heading if self.at < len(self.chapters) else None

    def _take(self) -> _Chapter:
        if self.at == len(self.chapters):
            raise ParseError(self.chapters[-1].line, "the file ends before its last section")
        self.at += 1
        return self.chapters[self.at - 1]

    def _take_heading(self, heading: str) -> _Chapter:
        chapter = self._take()
        if chapter.heading != heading:
            raise ParseError(
                chapter.line, f"the heading {heading!r} is expected here, not {chapter.heading!r}"
            )
        return chapter

    def _section(self, section: Section) -> _Lines:
        return _Lines(self._take_heading(self.labels.sections[section]))

    def _part(self, part: Part) -> _Lines:
        return _Lines(self._take_heading(self.labels.parts[part]))

    def _part_if(self, part: Part) -> _Lines | None:
        return self._part(part) if self._peek() == self.labels.parts[part] else None

    # -- small pieces

    def _name_after(self, heading: str, prefix: str) -> str:
        return unescape(heading[len(prefix) :])

    def _completed(self, text: str) -> str:
        placeholder = self.labels.to_complete
        return "" if text == placeholder else reveal(text, {placeholder})

    def _text(self, lines: _Lines) -> str:
        lines.skip_blank()
        return self._completed(lines.rest())

    def _bold(self, cell: str, line: int) -> str:
        match = _BOLD.fullmatch(cell)
        if not match:
            raise ParseError(line, f"{cell!r} is expected in bold, as **{cell}**")
        return match[1]

    def _keyed(self, lines: _Lines, layout: Layout, keys: Mapping[_Key, str]) -> dict[_Key, tuple[int, str]]:
        """The values of a table whose first column names all of ``keys``, in bold."""
        names = {name: key for key, name in keys.items()}
        first, second = layout.always
        values: dict[_Key, tuple[int, str]] = {}
        for number, row in lines.table(layout, self.labels):
            name = self._bold(row[first], number)
            if name not in names:
                raise ParseError(number, f"{name!r} is none of the rows {', '.join(names)}")
            values[names[name]] = (number, row[second])
        for name, key in names.items():
            if key not in values:
                raise ParseError(lines.number, f"the table lacks the row {name!r}")
        return values

    def _one_of(self, value: str, words: Mapping[_Key, str], line: int) -> _Key:
        for key, word in words.items():
            if word == value:
                return key
        raise ParseError(line, f"{value!r} is none of {', '.join(words.values())}")

    def _short_date(self, value: str, line: int, *, implied_year: int | None = None) -> date | None:
        if value in ("", self.labels.to_complete):
            return None
        day = parse_short_date(value, self.language, implied_year=implied_year)
        if day is None:
            form = "16/02/2024" if self.language is Language.FRENCH else "16 Feb 2024"
            raise ParseError(line, f"{value!r} is not a date such as {form}")
        return day

    # -- sections

    def _date_line(self, chapter: _Chapter) -> tuple[date, str]:
        match = _DATE_LINE.fullmatch(chapter.heading)
        try:
            if match:
                lines = _Lines(chapter)
                lines.take_if(self.labels.draft)
                lines.end()
                return date.fromisoformat(match[1]), unescape(match[2] or "")
        except ValueError as error:
            if isinstance(error, ParseError):
                raise
        raise ParseError(
            chapter.line, "the date and the organisation are expected here, as ## YYYY-MM-DD - Name"
        )

    def _summary(self, lines: _Lines) -> tuple[Severity, Summary]:
        values = self._keyed(lines, layouts.SUMMARY, self.labels.attributes)
        line, day = values[Attribute.DATE]
        if parse_long_date(day, self.language) != self.day:
            raise ParseError(line, f"the date is not that of the second heading, {self.day.isoformat()}")
        self.computed[Measure.TOTAL] = values[Attribute.DURATION][1]
        line, word = values[Attribute.SEVERITY]
        severity = self._one_of(word, {severity: severity.value for severity in Severity}, line)
        lines.skip_blank()
        tldr = self.labels.tldr
        first = lines.peek()
        if first == tldr:
            lines.take()
            lines.skip_blank()
            text = lines.rest()
        elif first and first.startswith(f"{tldr} "):
            text = lines.rest().removeprefix(f"{tldr} ")
        else:
            raise ParseError(lines.number, f"{tldr} is expected here")
        return severity, Summary(
            impact=self._completed(values[Attribute.IMPACT][1]),
            root_cause=self._completed(values[Attribute.ROOT_CAUSE][1]),
            tldr=self._completed(text),
        )

    def _timeline(self, lines: _Lines) -> tuple[str, Timeline, str]:
        """The zone, the timeline and its drawing."""
        lines.skip_blank()
        line, number = lines.peek() or "", lines.number
        prefix = f"*{self.labels.zone}"
        if not (line.startswith(prefix) and line.endswith("*")):
            raise ParseError(number, f"the time zone is expected here, as {prefix}UTC*")
        lines.take()
        name = line[len(prefix) : -1]
        try:
            zone = ZoneInfo(name)
        except (ValueError, OSError, KeyError):
            raise ParseError(number, f"{name!r} is not a time zone such as Europe/Paris") from None
        unknown = tuple(self._unknown(lines))
        if lines.take_if(self.labels.to_complete):
            lines.end()
            return name, Timeline((), unknown), ""
        events = []
        day = self.day
        for number, row in lines.table(layouts.TIMELINE, self.labels):
            at, day = self._instant(self._bold(row[Column.TIME], number), day, zone, number)
            events.append(Event(at, row[Column.EVENT], source=row[Column.SOURCE]))
        drawing = lines.fence()
        lines.end()
        if not drawing:
            return name, Timeline(tuple(events), unknown), ""
        marked = assign_milestones(events, drawing[1], name, self.language)
        return name, Timeline(marked, unknown), drawing[1]

    def _unknown(self, lines: _Lines) -> Iterator[tuple[Milestone, str]]:
        prefixes = {
            f"*{self.labels.unknown_time.format(MILESTONE_LABELS[self.language][milestone])}* ": milestone
            for milestone in UNKNOWN_TEXTS
        }
        while True:
            lines.skip_blank()
            line = lines.peek() or ""
            prefix = next((prefix for prefix in prefixes if line.startswith(prefix)), None)
            if prefix is None:
                return
            lines.take()
            yield prefixes[prefix], line[len(prefix) :]

    def _instant(self, cell: str, day: date, zone: ZoneInfo, line: int) -> tuple[datetime, date]:
        """The instant of a row, and its day, which is that of the row before when none is written."""
        match = _CLOCK.fullmatch(cell)
        if not match:
            raise ParseError(line, f"{cell!r} is not a time such as 14:23")
        if match[1]:
            day = self._short_date(match[1], line) or day
        try:
            clock = datetime(
                day.year, day.month, day.day, int(match[2]), int(match[3]), int(match[4] or 0), tzinfo=zone
            )
            if match[5]:
                for fold in (0, 1):
                    folded = clock.replace(fold=fold)
                    if offset_text(folded.utcoffset() or timedelta()) == match[5]:
                        clock = folded
            at = clock.astimezone(UTC)
        except (ValueError, OverflowError):
            raise ParseError(line, f"{cell!r} is not a time of the day") from None
        if at.astimezone(zone).replace(tzinfo=None) != clock.replace(tzinfo=None):
            raise ParseError(line, f"the clock never shows {cell} that day in {zone.key}")
        if is_ambiguous(at, zone) and not match[5]:
            raise ParseError(line, f"the clock shows {cell} twice that day; add the offset, as {cell} +02:00")
        return at, day

    def _from_durations(self, events: Sequence[Event]) -> tuple[Event, ...]:
        """The milestones that the durations prove, for a drawing that does not tell.

        It is the first row from which others lie exactly as far as detection and restoration.
        """
        total = parse_duration(self.computed.get(Measure.TOTAL, ""))
        detection = parse_duration(self.computed.get(Measure.TTD, ""))
        if total is None or detection is None:
            return tuple(events)
        rows: dict[datetime, int] = {}
        for row, event in enumerate(events):
            rows.setdefault(event.at, row)
        for row, event in enumerate(events):
            detected, restored = rows.get(event.at + detection), rows.get(event.at + total)
            if detected is not None and restored is not None and len({row, detected, restored}) == 3:
                milestones = {
                    row: Milestone.START,
                    detected: Milestone.DETECTED,
                    restored: Milestone.RESTORED,
                }
                return tuple(
                    replace(other, milestone=milestones.get(number)) for number, other in enumerate(events)
                )
        return tuple(events)

    def _impact(self, lines: _Lines) -> Impact:
        lines.end()
        part = self._part(Part.METRICS)
        names = {label: measure for measure, label in self.labels.measures.items()}
        metrics = []
        for _, row in part.table(layouts.METRICS, self.labels):
            label = row[Column.METRIC]
            if label in names:
                self.computed[names[label]] = row[Column.VALUE]
            else:
                metrics.append(Metric(reveal(label, names.keys()), row[Column.VALUE], row[Column.SOURCE]))
        part.end()
        users = self._text(self._part(Part.USERS))
        reputation = self._part_if(Part.REPUTATION)
        return Impact(tuple(metrics), users, self._text(reputation) if reputation else "")

    def _root_cause(self, lines: _Lines) -> RootCause:
        lines.end()
        immediate = self._text(self._part(Part.IMMEDIATE_CAUSE))
        part = self._part(Part.WHYS)
        chains = []
        if not part.take_if(self.labels.to_complete):
            part.skip_blank()
            while (number := part.number) and (block := part.fence()):
                chains.append(self._chain(block[1], number + 1))
                part.skip_blank()
        part.end()
        diagrams = self._part_if(Part.DIAGRAM)
        factors = self._part_if(Part.FACTORS)
        return RootCause(
            immediate,
            tuple(chains),
            tuple(self._diagrams(diagrams)) if diagrams else (),
            tuple(self._factors(factors)) if factors else (),
        )

    def _chain(self, block: str, number: int) -> WhyChain:
        whys: list[Why] = []
        stop_reason = ""
        answer, evidence = f"{INDENT}{ANSWER} ", f"{INDENT}{self.labels.evidence}"
        for line_number, line in enumerate(block.split("\n"), number):
            if question := _NUMBERED.fullmatch(line):
                whys.append(Why(question[1]))
            elif line.startswith(answer) and whys:
                whys[-1] = replace(whys[-1], answer=line[len(answer) :])
            elif line.startswith(evidence) and whys:
                whys[-1] = replace(whys[-1], evidence=line[len(evidence) :])
            elif line.startswith(self.labels.stopped):
                stop_reason = line[len(self.labels.stopped) :]
            elif line:
                raise ParseError(
                    line_number, f"a numbered question, or an answer after {answer!r}, is expected here"
                )
        return WhyChain(tuple(whys), stop_reason)

    def _diagrams(self, lines: _Lines) -> Iterator[Diagram]:
        while block := lines.fence():
            syntax, body = block
            lines.skip_blank()
            caption = _ITALIC.fullmatch(lines.peek() or "")
            if caption:
                lines.take()
            yield Diagram(body, unescape(caption[1]) if caption else "", syntax)
        lines.end()

    def _factors(self, lines: _Lines) -> Iterator[Factor]:
        for _, row in lines.table(layouts.FACTORS, self.labels):
            yield Factor(row[Column.FACTOR], row[Column.EFFECT], unescape(row[Column.CATEGORY]))
        lines.end()

    def _actions(self, lines: _Lines) -> tuple[Action, ...]:
        empty = lines.take_if(self.labels.to_complete)
        lines.end()
        actions: list[Action] = []
        for horizon in Horizon:
            part = None if empty else self._part_if(Part(horizon.value))
            if part:
                actions += [
                    self._action(row, horizon, number)
                    for number, row in part.table(layouts.ACTIONS[horizon], self.labels)
                ]
                part.end()
        return tuple(actions)

    def _action(self, row: Row, horizon: Horizon, line: int) -> Action:
        status, kind = row[Column.STATUS], row[Column.KIND]
        return Action(
            title=unescape(row[Column.ACTION]),
            horizon=horizon,
            status=self._one_of(status, self.labels.statuses, line) if status else ActionStatus.TODO,
            owner=unescape(row[Column.OWNER]),
            deadline=self._short_date(row[Column.DEADLINE], line, implied_year=self.day.year),
            description=row[Column.DESCRIPTION],
            kind=self._one_of(kind, self.labels.kinds, line) if kind else None,
            verification=row[Column.VERIFICATION],
            tracker=row[Column.TRACKER],
        )

    def _lessons(self, lines: _Lines) -> Lessons:
        lines.end()
        well = self._numbered(self._part(Part.WENT_WELL))
        not_well = self._numbered(self._part(Part.NOT_WELL))
        lucky = self._part_if(Part.LUCKY)
        advice = self._part_if(Part.RECOMMENDATIONS)
        return Lessons(
            well,
            not_well,
            self._numbered(lucky) if lucky else (),
            tuple(self._recommendations(advice)) if advice else (),
        )

    def _numbered(self, lines: _Lines) -> tuple[Lesson, ...]:
        lessons: list[Lesson] = []
        if not lines.take_if(self.labels.to_complete):
            while line := lines.peek():
                match = _LESSON.fullmatch(line)
                if not match:
                    raise ParseError(lines.number, "a lesson is expected here, as 1. **Title** - text")
                lessons.append(Lesson(unescape(match[1]), match[2] or ""))
                lines.take()
        lines.end()
        return tuple(lessons)

    def _recommendations(self, lines: _Lines) -> Iterator[Recommendation]:
        for number, row in lines.table(layouts.RECOMMENDATIONS, self.labels):
            domain = unescape(self._bold(row[Column.DOMAIN], number))
            yield Recommendation(domain, row[Column.RECOMMENDATION])
        lines.end()

    # -- annexes

    def _annexes(self) -> Iterator[Annex]:
        while (heading := self._peek()) and heading.startswith("###"):
            chapter = self._take()
            if heading == self.labels.related:
                yield from self._related(_Lines(chapter))
            elif f"{heading} ".startswith(self.labels.testimony):
                yield self._testimony(chapter)
            elif f"{heading} ".startswith(self.labels.runbook):
                yield self._runbook(chapter)
            else:
                yield self._plain(chapter)

    def _related(self, lines: _Lines) -> Iterator[Annex]:
        while (line := lines.peek()) is not None:
            match = _RELATED.fullmatch(line)
            if not match:
                raise ParseError(lines.number, "an incident is expected here, as - [title](address)")
            title = match[1] if match[3] is None else match[3]
            yield Annex(AnnexKind.RELATED, unescape(title), url=match[2] or "")
            lines.take()

    def _testimony(self, chapter: _Chapter) -> Annex:
        match = _TESTIMONY.fullmatch(chapter.heading[len(self.labels.testimony) :])
        if not match:
            raise ParseError(chapter.line, f"write ( in a name as &#40; in {chapter.heading!r}")
        lines = _Lines(chapter)
        lines.skip_blank()
        return Annex(
            AnnexKind.TESTIMONY, unescape(match[1]), label=unescape(match[2] or ""), body=lines.rest()
        )

    def _runbook(self, chapter: _Chapter) -> Annex:
        lines = _Lines(chapter)
        number = lines.number
        outcomes = {word: outcome for outcome, word in self.labels.outcomes.items()}
        words = "|".join(map(re.escape, outcomes))
        pattern = rf"{re.escape(self.labels.runbook_was)} ({words})(?: - {LINK})?(?:, {LINK})?"
        match = re.fullmatch(pattern, lines.take() if lines.peek() else "")
        if not match:
            raise ParseError(
                number, f"{self.labels.runbook_was} is expected here with one of {', '.join(outcomes)}"
            )
        lines.skip_blank()
        return Annex(
            AnnexKind.RUNBOOK,
            self._name_after(chapter.heading, self.labels.runbook),
            url=match[3] or "",
            body=lines.rest(),
            file=canonical_file(unquote(match[5] or "")),
            outcome=outcomes[match[1]],
        )

    def _plain(self, chapter: _Chapter) -> Annex:
        """A log, link, picture or note: which one, its layout tells."""
        title = self._name_after(chapter.heading, "### ")
        lines = _Lines(chapter)
        apart = lines.peek() == ""
        lines.skip_blank()
        body = "\n".join(chapter.lines[lines.at :])
        if not apart and (link := LINK_LINE.fullmatch(body)):
            return Annex(AnnexKind.LINK, title, label=unescape(link[1]), url=link[2])
        if apart and (image := _IMAGE.fullmatch(body)):
            file = canonical_file(unquote(image[2]))
            return Annex(AnnexKind.IMAGE, title, label=unescape(image[1]), file=file)
        if apart and (block := lines.fence()) and not block[0] and lines.peek() is None:
            return Annex(AnnexKind.LOG, title, body=block[1])
        return Annex(AnnexKind.NOTE, title, body=body)

    # -- metadata

    def _metadata(self, chapter: _Chapter) -> tuple[State, Metadata]:
        lines = _Lines(chapter)
        values = self._keyed(lines, layouts.METADATA, self.labels.fields)
        lines.end()

        def name(field: Field) -> str:
            value = values[field][1]
            return "" if value == self.labels.to_complete else value

        line, review = values[Field.NEXT_REVIEW]
        match = _REVIEW.fullmatch("" if review == self.labels.to_complete else review)
        if not match:
            raise ParseError(line, "a date and perhaps a note in parentheses are expected here")
        line_written, written = values[Field.WRITTEN]
        line_updated, updated = values[Field.UPDATED]
        reviewers = name(Field.REVIEWERS)
        line_state, state = values[Field.STATUS]
        return self._one_of(state, self.labels.states, line_state), Metadata(
            author=unescape(name(Field.AUTHOR)),
            reviewers=tuple(map(unescape, reviewers.split(", "))) if reviewers else (),
            written_on=self._short_date(written, line_written),
            updated_on=self._short_date(updated, line_updated),
            next_review_on=self._short_date(match[1], line),
            next_review_note=unescape(match[2] or ""),
        )

"""A post-mortem as the Markdown file that teams publish."""

import json
import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta, timezone
from urllib.parse import quote
from zoneinfo import ZoneInfo

from postmortems.domain.document import (
    Action,
    ActionStatus,
    Annex,
    AnnexKind,
    Document,
    Event,
    Horizon,
    Language,
    Lesson,
    Section,
    State,
    WhyChain,
)
from postmortems.domain.markdown import labels as layouts
from postmortems.domain.markdown.blocks import Kind, scan
from postmortems.domain.markdown.dates import format_duration, long_date, short_date
from postmortems.domain.markdown.escape import disguise, escape, escape_first
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
from postmortems.domain.markdown.text import cell, fenced
from postmortems.domain.strip import draw_strip
from postmortems.domain.timeline import MILESTONE_LABELS, Durations, Measure, clock_text, durations

FALLBACK_SLUG = "post-mortem"
SLUG_LIMIT = 200
"""A sign can become several letters; with date, number and extension a name must fit into 255 bytes."""
IMAGES = "images"
FINAL_STATES = frozenset({State.VALIDATED, State.CLOSED})
LINK = r"\[((?:\\.|[^\\\]\n])*)\]\(([^\s)]*)\)"
LINK_LINE = re.compile(f"- {LINK}")


def slugify(title: str) -> str:
    """At most 200 lower-case ASCII letters and digits joined by hyphens; ``post-mortem`` if none are left."""
    plain = title.lower()
    for ligature, letters in (("œ", "oe"), ("æ", "ae"), ("ß", "ss"), ("ø", "o"), ("ł", "l")):
        plain = plain.replace(ligature, letters)
    plain = unicodedata.normalize("NFKD", plain).encode("ascii", "ignore").decode()
    slug = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")
    return slug[:SLUG_LIMIT].rstrip("-") or FALLBACK_SLUG


def file_name(document: Document) -> str:
    """``YYYY-MM-DD-slug``, without folder, extension or the number that tells two of a kind apart."""
    return f"{document.date.isoformat()}-{slugify(document.title)}"


def render(document: Document, *, front_matter: bool = False) -> str:
    """The whole file, ending in one newline. The same document gives the same text.

    The texts of ``document`` must be canonical; ``parse`` then gives an equal document back.
    """
    return _Renderer(document).render(front_matter=front_matter)


def is_ambiguous(at: datetime, zone: ZoneInfo) -> bool:
    """Whether the local clock shows this instant's time twice, at the end of summer time."""
    clock = at.astimezone(zone)
    first, second = clock.replace(fold=0).utcoffset(), clock.replace(fold=1).utcoffset()
    return first is not None and second is not None and first > second


def image_path(document_file: str, image: str) -> str:
    """Where a picture of the file is, relative to it."""
    return f"{IMAGES}/{document_file}/{quote(image)}"


class _Renderer:
    def __init__(self, document: Document) -> None:
        self.document = document
        self.language: Language = document.language
        self.labels: Labels = LABELS[document.language]
        self.durations: Durations = durations(document.timeline)

    def render(self, *, front_matter: bool) -> str:
        sections = [
            self._heading(),
            self._section(Section.SUMMARY, self._summary()),
            self._section(Section.TIMELINE, self._timeline()),
            self._section(Section.IMPACT, self._impact()),
            self._section(Section.ROOT_CAUSE, self._root_cause()),
            self._section(Section.ACTIONS, self._actions()),
            self._section(Section.LESSONS, self._lessons()),
            self._section(Section.ANNEXES, self._annexes()),
            f"{self.labels.metadata}\n\n{self._metadata()}",
        ]
        body = f"\n\n{RULE}\n\n".join(section for section in sections if section)
        return f"{self._front_matter() if front_matter else ''}{body}\n"

    # -- small pieces

    def _section(self, section: Section, blocks: Sequence[str]) -> str:
        return "\n\n".join([self.labels.sections[section], *blocks]) if blocks else ""

    def _part(self, part: Part, *blocks: str) -> str:
        return "\n\n".join([self.labels.parts[part], *blocks])

    def _text(self, part: Part, text: str) -> str:
        return f"{self.labels.parts[part]}\n{self._or_to_complete(text)}"

    def _or_to_complete(self, text: str) -> str:
        return disguise(text, {self.labels.to_complete}) if text else self.labels.to_complete

    def _table(self, columns: Sequence[Column], rows: Iterable[Mapping[Column, str]]) -> str:
        lines = list(self.labels.header(columns))
        for row in rows:
            cells = [cell(row[column]) for column in columns]
            lines.append(f"| {' | '.join(cells)} |")
        return "\n".join(lines)

    def _fitted(self, layout: Layout, rows: Sequence[Mapping[Column, str]]) -> str:
        """A table with those optional columns that at least one row fills."""
        optional = [column for column in layout.optional if any(row[column] for row in rows)]
        return self._table([*layout.always, *optional], rows)

    def _short(self, day: date | None, *, implied_year: int | None = None) -> str:
        return short_date(day, self.language, implied_year=implied_year) if day else ""

    def _measure(self, measure: Measure) -> str:
        duration = self.durations[measure]
        if duration is not None:
            return format_duration(duration, self.language)
        missing = [self.labels.missing[milestone] for milestone in self.durations.missing[measure]]
        return self.labels.not_computable + ", ".join(missing)

    # -- sections

    def _heading(self) -> str:
        document = self.document
        title = f"{self.labels.title}{escape(document.title)}".rstrip()
        organisation = f" - {escape(document.organisation)}" if document.organisation else ""
        lines = f"{title}\n## {document.date.isoformat()}{organisation}"
        return lines if document.state in FINAL_STATES else f"{lines}\n\n{self.labels.draft}"

    def _summary(self) -> list[str]:
        document = self.document
        values = {
            Attribute.DATE: long_date(document.date, self.language),
            Attribute.DURATION: self._measure(Measure.TOTAL),
            Attribute.SEVERITY: document.severity.value,
            Attribute.IMPACT: self._or_to_complete(document.summary.impact),
            Attribute.ROOT_CAUSE: self._or_to_complete(document.summary.root_cause),
        }
        rows = [
            {Column.ATTRIBUTE: f"**{self.labels.attributes[attribute]}**", Column.VALUE: value}
            for attribute, value in values.items()
        ]
        text = self._or_to_complete(document.summary.tldr)
        gap = " " if scan(text).root.children[0].kind is Kind.PARAGRAPH else "\n\n"
        return [self._table(layouts.SUMMARY.always, rows), f"{self.labels.tldr}{gap}{text}"]

    def _timeline(self) -> list[str]:
        document, timeline = self.document, self.document.timeline
        names = MILESTONE_LABELS[self.language]
        blocks = [f"*{self.labels.zone}{document.zone}*"]
        blocks += [
            f"*{self.labels.unknown_time.format(names[milestone])}* {reason}"
            for milestone, reason in timeline.unknown
        ]
        if not timeline.events:
            return [*blocks, self.labels.to_complete]
        zone = ZoneInfo(document.zone)
        rows = []
        day = document.date
        for event in timeline.events:
            rows.append(
                {
                    Column.TIME: f"**{self._time(event, zone, day)}**",
                    Column.EVENT: event.text,
                    Column.SOURCE: event.source,
                }
            )
            day = event.at.astimezone(zone).date()
        blocks.append(self._fitted(layouts.TIMELINE, rows))
        drawing = draw_strip(timeline, document.zone, self.language)
        return [*blocks, fenced(drawing)] if drawing else blocks

    def _time(self, event: Event, zone: ZoneInfo, day_before: date) -> str:
        clock = event.at.astimezone(zone)
        words = [clock_text(clock)]
        if clock.date() != day_before:
            words.insert(0, self._short(clock.date()))
        if is_ambiguous(event.at, zone):
            words.append(offset_text(clock.utcoffset() or timedelta()))
        return " ".join(words)

    def _impact(self) -> list[str]:
        impact = self.document.impact
        computed = set(self.labels.measures.values())
        rows = [
            {Column.METRIC: label, Column.VALUE: self._measure(measure), Column.SOURCE: ""}
            for measure, label in self.labels.measures.items()
        ]
        rows += [
            {
                Column.METRIC: disguise(metric.label, computed),
                Column.VALUE: metric.value,
                Column.SOURCE: metric.source,
            }
            for metric in impact.metrics
        ]
        blocks = [
            self._part(Part.METRICS, self._fitted(layouts.METRICS, rows)),
            self._text(Part.USERS, impact.users),
        ]
        if impact.reputation:
            blocks.append(self._text(Part.REPUTATION, impact.reputation))
        return blocks

    def _root_cause(self) -> list[str]:
        cause = self.document.root_cause
        chains = [fenced(self._chain(chain)) for chain in cause.chains] or [self.labels.to_complete]
        blocks = [self._text(Part.IMMEDIATE_CAUSE, cause.immediate), self._part(Part.WHYS, *chains)]
        if cause.diagrams:
            drawings = []
            for diagram in cause.diagrams:
                drawings.append(fenced(diagram.body, diagram.syntax))
                if diagram.caption:
                    drawings.append(f"*{escape(diagram.caption)}*")
            blocks.append(self._part(Part.DIAGRAM, *drawings))
        if cause.factors:
            rows = [
                {
                    Column.FACTOR: factor.factor,
                    Column.EFFECT: factor.impact,
                    Column.CATEGORY: escape(factor.category),
                }
                for factor in cause.factors
            ]
            blocks.append(self._part(Part.FACTORS, self._fitted(layouts.FACTORS, rows)))
        return blocks

    def _chain(self, chain: WhyChain) -> str:
        steps = []
        for number, why in enumerate(chain.whys, 1):
            lines = [f"{number}. {why.question}"]
            if why.answer:
                lines.append(f"{INDENT}{ANSWER} {why.answer}")
            if why.evidence:
                lines.append(f"{INDENT}{self.labels.evidence}{why.evidence}")
            steps.append("\n".join(lines))
        if chain.stop_reason:
            steps.append(f"{self.labels.stopped}{chain.stop_reason}")
        return "\n\n".join(steps)

    def _actions(self) -> list[str]:
        blocks = []
        number = 0
        for horizon in Horizon:
            actions = [action for action in self.document.actions if action.horizon is horizon]
            if not actions:
                continue
            layout = layouts.ACTIONS[horizon]
            rows = []
            for action in actions:
                number += horizon is not Horizon.IMMEDIATE
                rows.append(self._action(action, number, layout))
            blocks.append(self._part(Part(horizon.value), self._fitted(layout, rows)))
        return blocks or [self.labels.to_complete]

    def _action(self, action: Action, number: int, layout: Layout) -> dict[Column, str]:
        """One row; a status that stands in an optional column is written unless it is the usual one."""
        usual = action.status is ActionStatus.TODO and Column.STATUS in layout.optional
        return {
            Column.NUMBER: str(number),
            Column.ACTION: escape(action.title),
            Column.OWNER: escape(action.owner),
            Column.DEADLINE: self._short(action.deadline, implied_year=self.document.date.year),
            Column.STATUS: "" if usual else self.labels.statuses[action.status],
            Column.DESCRIPTION: action.description,
            Column.KIND: self.labels.kinds[action.kind] if action.kind else "",
            Column.VERIFICATION: action.verification,
            Column.TRACKER: action.tracker,
        }

    def _lessons(self) -> list[str]:
        lessons = self.document.lessons
        blocks = [
            self._part(Part.WENT_WELL, self._numbered(lessons.went_well)),
            self._part(Part.NOT_WELL, self._numbered(lessons.not_well)),
        ]
        if lessons.lucky:
            blocks.append(self._part(Part.LUCKY, self._numbered(lessons.lucky)))
        if lessons.recommendations:
            rows = [
                {Column.DOMAIN: f"**{escape(advice.domain)}**", Column.RECOMMENDATION: advice.text}
                for advice in lessons.recommendations
            ]
            blocks.append(self._part(Part.RECOMMENDATIONS, self._fitted(layouts.RECOMMENDATIONS, rows)))
        return blocks

    def _numbered(self, lessons: Sequence[Lesson]) -> str:
        lines = [
            f"{number}. **{escape(lesson.title)}**" + (f" - {lesson.text}" if lesson.text else "")
            for number, lesson in enumerate(lessons, 1)
        ]
        return "\n".join(lines) or self.labels.to_complete

    # -- annexes

    def _annexes(self) -> list[str]:
        blocks: list[str] = []
        previous = None
        for annex in self.document.annexes:
            if annex.kind is AnnexKind.RELATED:
                line = f"- {_link(annex.title, annex.url)}" if annex.url else f"- **{escape(annex.title)}**"
                if previous is AnnexKind.RELATED:
                    blocks[-1] += f"\n{line}"
                else:
                    blocks.append(f"{self.labels.related}\n{line}")
            else:
                blocks.append(_ANNEXES[annex.kind](self, annex))
            previous = annex.kind
        return blocks

    def _annex_heading(self, annex: Annex) -> str:
        title = escape(annex.title)
        if is_reserved_heading(f"### {title}", self.labels):
            title = escape_first(title)
        return f"### {title}".rstrip()

    def _log(self, annex: Annex) -> str:
        return f"{self._annex_heading(annex)}\n\n{fenced(annex.body)}"

    def _link(self, annex: Annex) -> str:
        return f"{self._annex_heading(annex)}\n- {_link(annex.label, annex.url)}"

    def _image(self, annex: Annex) -> str:
        path = image_path(file_name(self.document), annex.file)
        return f"{self._annex_heading(annex)}\n\n!{_link(annex.label, path)}"

    def _note(self, annex: Annex) -> str:
        """A note follows its heading at once, but after a blank line where it reads like a link annex."""
        if not annex.body:
            return self._annex_heading(annex)
        blank = "\n" if LINK_LINE.fullmatch(annex.body) else ""
        return f"{self._annex_heading(annex)}\n{blank}{annex.body}"

    def _testimony(self, annex: Annex) -> str:
        heading = f"{self.labels.testimony}{escape(annex.title, also='(')}".rstrip()
        if annex.label:
            heading += f" ({escape(annex.label)})"
        return f"{heading}\n{annex.body}" if annex.body else heading

    def _runbook(self, annex: Annex) -> str:
        heading = f"{self.labels.runbook}{escape(annex.title)}".rstrip()
        line = f"{self.labels.runbook_was} {self.labels.outcomes[annex.outcome]}"
        if annex.url:
            line += f" - {_link(annex.title, annex.url)}"
        if annex.file:
            line += f", {_link(annex.file, image_path(file_name(self.document), annex.file))}"
        return f"{heading}\n{line}" + (f"\n\n{annex.body}" if annex.body else "")

    # -- metadata

    def _metadata(self) -> str:
        metadata = self.document.metadata
        review = self._short(metadata.next_review_on)
        if metadata.next_review_note:
            review = f"{review} ({escape(metadata.next_review_note)})".lstrip()
        values = {
            Field.AUTHOR: escape(metadata.author),
            Field.REVIEWERS: ", ".join(escape(name, also=",") for name in metadata.reviewers),
            Field.WRITTEN: self._short(metadata.written_on),
            Field.UPDATED: self._short(metadata.updated_on),
            Field.STATUS: self.labels.states[self.document.state],
            Field.NEXT_REVIEW: review,
        }
        rows = [
            {
                Column.FIELD: f"**{self.labels.fields[name]}**",
                Column.VALUE: value or self.labels.to_complete,
            }
            for name, value in values.items()
        ]
        return self._table(layouts.METADATA.always, rows)

    def _front_matter(self) -> str:
        """YAML, of which JSON's strings, numbers and lists are a part."""
        document = self.document
        seconds = {
            f"{measure.value}_seconds": int(duration.total_seconds())
            for measure in Measure
            if (duration := self.durations[measure]) is not None
        }
        values: dict[str, object] = {
            "id": document.identifier,
            "title": document.title,
            "date": document.date.isoformat(),
            "severity": document.severity.value,
            "status": document.state.value,
            "tags": ["post-mortem", document.severity.value.lower()],
            "services": list(document.services),
            "durations": seconds,
        }
        lines = [f"{key}: {json.dumps(value, ensure_ascii=False)}" for key, value in values.items()]
        return "\n".join([RULE, *lines, RULE, "", ""])


_ANNEXES: dict[AnnexKind, Callable[[_Renderer, Annex], str]] = {
    AnnexKind.LOG: _Renderer._log,
    AnnexKind.LINK: _Renderer._link,
    AnnexKind.IMAGE: _Renderer._image,
    AnnexKind.NOTE: _Renderer._note,
    AnnexKind.TESTIMONY: _Renderer._testimony,
    AnnexKind.RUNBOOK: _Renderer._runbook,
}


def is_reserved_heading(heading: str, labels: Labels) -> bool:
    """Whether a heading of the annexes is one that the format gives a meaning to."""
    return heading == labels.related or any(
        f"{heading} ".startswith(prefix) for prefix in (labels.testimony, labels.runbook)
    )


def offset_text(offset: timedelta) -> str:
    """``+02:00``: how far a clock is ahead of UTC."""
    return datetime(2000, 1, 1, tzinfo=timezone(offset)).isoformat()[19:]


def _link(label: str, url: str) -> str:
    return f"[{escape(label, also='[]')}]({url})"

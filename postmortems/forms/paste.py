"""A chat or a log that is pasted into a timeline: what was read, and as it was corrected."""

from bisect import bisect
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.core.exceptions import ValidationError
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from postmortems.domain.document import EVENT_LIMIT, Language
from postmortems.domain.markdown.render import is_ambiguous
from postmortems.domain.paste import PasteResult, PasteRow, parse_paste
from postmortems.domain.times import AmbiguousTime, NonExistentTime, localise
from postmortems.forms.fields import ZoneField, ambiguous_time, occurrences, skipped_time
from postmortems.forms.timeline import EARLIEST, LATEST, DayField, check_text, clean_source, describe_doubts
from postmortems.models import Postmortem, TimelineEvent
from postmortems.models.fields import clean_line, clean_text, too_long, validate_characters
from postmortems.selectors.document import incident_date

PASTE_LIMIT = 1_000_000
"""The most characters that are read at once: far more than 2,000 lines of a chat."""

EDITABLE_ROWS = 200
"""Up to here each pasted row has controls of its own; beyond, the pasted text itself is corrected."""


@dataclass(slots=True)
class PastedRow:
    """A row of the preview. ``at`` and ``text`` are what its controls hold, by the paste's zone.

    ``elsewhere`` is the time by the document's zone where that is another one; ``folds`` are the two
    instants of a time that occurs twice, ``fold`` the chosen one; ``attached`` are lines without a time.
    """

    index: int
    instant: datetime
    at: str
    text: str
    kept: bool
    doubts: list[str]
    errors: list[str] = field(default_factory=list)
    attached: list[str] = field(default_factory=list)
    folds: list[tuple[str, str]] = field(default_factory=list)
    fold: str = ""
    elsewhere: str = ""

    @property
    def whole(self) -> str:
        """The text of the event."""
        return clean_line(" ".join((self.text, *self.attached)))


class PasteForm(forms.Form):
    """A chat or a log, read into rows; then the rows as they were corrected.

    Once valid, ``rows`` are what was read. The preview sends everything back with ``digest``: rows are
    those of the same text, date and zone, or they are read anew.
    """

    NOTE, ATTACH, LEAVE = "note", "attach", "leave"

    text = forms.CharField(
        label=gettext_lazy("Chat or log"),
        strip=False,
        widget=forms.Textarea(
            attrs={
                "rows": 8,
                "spellcheck": "false",
                "placeholder": gettext_lazy("14:35 alert: payments fail\n14:42 on-call restarts the gateway"),
            }
        ),
        help_text=gettext_lazy(
            "Paste it as it is: a chat, log lines, a table, bullets. Each line that begins with a time "
            "becomes a row; a line without one goes on with the row above."
        ),
        error_messages={"required": gettext_lazy("Paste the lines first.")},
    )
    day = DayField(
        label=gettext_lazy("Date of the first line"), help_text=gettext_lazy("Until the text gives a date.")
    )
    zone = ZoneField(
        label=gettext_lazy("Time zone of the times"), help_text=gettext_lazy("Unless a line gives its own.")
    )
    source = forms.CharField(
        label=gettext_lazy("Source"),
        required=False,
        help_text=gettext_lazy(
            "Where the lines come from: the name of the chat, of the log. Kept with every row."
        ),
    )
    unplaced = forms.ChoiceField(
        label=gettext_lazy("What becomes of these lines"),
        widget=forms.RadioSelect,
        choices=[
            (NOTE, gettext_lazy("Keep them as a note in the annexes")),
            (ATTACH, gettext_lazy("Attach each to the row above it")),
            (LEAVE, gettext_lazy("Leave them out")),
        ],
    )

    def __init__(self, data: Any = None, *, postmortem: Postmortem, **kwargs: Any) -> None:
        initial = {"day": incident_date(postmortem), "zone": postmortem.incident.zone, "unplaced": self.NOTE}
        if data is not None:
            data = data.copy()
            for name, value in initial.items():
                data.setdefault(name, value)
        super().__init__(data, initial=initial, auto_id="paste-%s", **kwargs)
        self.postmortem = postmortem
        for name in ("text", "source"):
            self.fields[name].validators = []

    def clean_text(self) -> str:
        """The text as it is read. Its characters are checked line by line, to say where one is wrong."""
        text = clean_text(self.cleaned_data["text"])
        if not text.strip():
            raise ValidationError(self.fields["text"].error_messages["required"], code="required")
        if len(text) > PASTE_LIMIT:
            raise too_long(text, PASTE_LIMIT)
        for number, line in enumerate(text.split("\n"), start=1):
            try:
                validate_characters(line)
            except ValidationError as error:
                message = _("Line %(number)d: %(error)s") % {"number": number, "error": error.messages[0]}
                raise ValidationError(message, code="control_character") from None
        return text

    def clean_source(self) -> str:
        """One line."""
        return clean_source(self.cleaned_data["source"])

    @cached_property
    def result(self) -> PasteResult:
        """What the text says."""
        data = self.cleaned_data
        return parse_paste(data["text"], data["day"], data["zone"], Language(self.postmortem.language))

    @cached_property
    def digest(self) -> str:
        """Tells this text, date and zone from all others."""
        data = self.cleaned_data
        return sha256(f"{data['day']}\n{data['zone']}\n{data['text']}".encode()).hexdigest()

    @property
    def corrected(self) -> bool:
        """Whether the request answers a preview of this very text."""
        return bool(self.data.get("digest") == self.digest)

    @property
    def editable(self) -> bool:
        """Whether each row has controls of its own."""
        return len(self.result.rows) <= EDITABLE_ROWS

    @cached_property
    def present(self) -> set[tuple[datetime, str]]:
        """The events that the timeline has already."""
        events = TimelineEvent.objects.live().filter(postmortem=self.postmortem)
        return set(events.order_by().values_list("at", "text"))

    @cached_property
    def rows(self) -> list[PastedRow]:
        """The rows as they were read, or as they were corrected after that."""
        return [self._row(index, parsed) for index, parsed in enumerate(self.result.rows)]

    @property
    def kept(self) -> list[PastedRow]:
        """The rows to add."""
        return [row for row in self.rows if row.kept]

    def events(self) -> list[TimelineEvent]:
        """The events to add. Raises ValidationError when there is none, too many, or one has an error."""
        kept = self.kept
        if not kept:
            raise ValidationError(_("No row is chosen."), code="empty")
        wrong = sum(bool(row.errors) for row in kept)
        if wrong:
            message = ngettext(
                "%(count)d row needs a correction. Nothing was added yet.",
                "%(count)d rows need a correction. Nothing was added yet.",
                wrong,
            )
            raise ValidationError(message, code="rows", params={"count": wrong})
        free = EVENT_LIMIT - len(self.present)
        if len(kept) > free:
            message = _(
                "These are %(count)d rows; a timeline has %(limit)d at most, and this one %(held)d already. "
                "Leave %(excess)d out. Nothing was added yet."
            )
            params = {
                "count": len(kept),
                "limit": EVENT_LIMIT,
                "held": len(self.present),
                "excess": len(kept) - free,
            }
            raise ValidationError(message, code="limit", params=params)
        return [
            TimelineEvent(
                postmortem=self.postmortem,
                at=row.instant,
                zone=self.cleaned_data["zone"],
                text=row.whole,
                source=self.cleaned_data["source"],
            )
            for row in kept
        ]

    def note(self) -> str:
        """The lines without a place, where they are to be kept as a note."""
        if self.cleaned_data["unplaced"] != self.NOTE:
            return ""
        return "\n".join(f"    {line.text}" for line in self.result.unplaced)

    def _row(self, index: int, parsed: PasteRow) -> PastedRow:
        zone, own = ZoneInfo(self.cleaned_data["zone"]), self.postmortem.incident.zone
        text = clean_line(parsed.text)
        row = PastedRow(
            index=index,
            instant=parsed.at,
            at=f"{parsed.at.astimezone(zone):%Y-%m-%dT%H:%M:%S}",
            text=text,
            kept=(parsed.at, text) not in self.present,
            doubts=describe_doubts(parsed.doubts, parsed.stamp),
        )
        if not row.kept:
            row.doubts.append(_("The timeline has this event already."))
        if self.corrected and self.editable:
            self._correct(row, zone)
        row.attached = self._attached.get(parsed.line, [])
        try:
            check_text(row.whole)
        except ValidationError as error:
            row.errors += error.messages
        if is_ambiguous(row.instant, zone):
            local = row.instant.astimezone(zone)
            row.folds = occurrences([local.replace(fold=0), local.replace(fold=1)])
            row.fold = str(local.fold)
        if own != zone.key:
            row.elsewhere = f"{row.instant.astimezone(ZoneInfo(own)):%Y-%m-%d %H:%M} {own}"
        return row

    def _correct(self, row: PastedRow, zone: ZoneInfo) -> None:
        fold = self.data.get(f"fold-{row.index}")
        written = str(self.data.get(f"at-{row.index}", row.at))
        row.kept = str(row.index) in self._chosen
        row.text = str(self.data.get(f"text-{row.index}", row.text))
        if written == row.at and fold is None:
            return
        row.at = written
        try:
            wall = datetime.fromisoformat(written)
        except ValueError:
            row.errors.append(_("This is not a date with a time. Write it as 2026-11-30T14:35."))
            return
        if not EARLIEST <= wall.date() <= LATEST:
            row.errors.append(_("This date cannot be right: check the year."))
            return
        try:
            chosen = None if fold is None else int(fold == "1")
            row.instant = localise(wall.date(), wall.time().replace(microsecond=0), zone.key, chosen)
        except NonExistentTime as error:
            row.errors += skipped_time(error, zone.key).messages
        except AmbiguousTime as error:
            row.instant = error.candidates[0].astimezone(UTC)
            row.errors += ambiguous_time().messages

    @cached_property
    def _chosen(self) -> frozenset[str]:
        data: Any = self.data
        return frozenset(data.getlist("keep"))

    @cached_property
    def _attached(self) -> dict[int, list[str]]:
        """The lines to attach, by the line of the row above each; those above every row go to the first."""
        attached: dict[int, list[str]] = {}
        starts = [row.line for row in self.result.rows]
        if starts and self.cleaned_data["unplaced"] == self.ATTACH:
            for unplaced in self.result.unplaced:
                above = max(bisect(starts, unplaced.line) - 1, 0)
                attached.setdefault(starts[above], []).append(unplaced.text)
        return attached

"""What people type into a timeline: one line, the fields of one event, a whole chat or log."""

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from postmortems.domain.document import LINE_LIMIT, Language, Milestone
from postmortems.domain.timeline import clock_text
from postmortems.domain.times import AmbiguousTime, Doubt, NonExistentTime, NoTime, localise, parse_entry
from postmortems.forms.fields import (
    ZoneField,
    ambiguous_time,
    occurrences,
    skipped_time,
    zone_names,
)
from postmortems.forms.rows import RowForm, Text, row_form_for
from postmortems.models import Postmortem, TimelineEvent
from postmortems.models.choices import choices
from postmortems.models.fields import clean_line, too_long, validate_characters
from postmortems.selectors.document import incident_date

EARLIEST, LATEST = date(1900, 1, 1), date(2199, 12, 31)

SOURCES_LIST = "sources"
"""The identifier of the data list that proposes the sources of earlier events."""

MILESTONES = [("", gettext_lazy("No milestone")), *choices(Milestone)]

DOUBTS: dict[Doubt, Text] = {
    Doubt.AMBIGUOUS_TIME: gettext_lazy(
        "Clocks go back that night, so this time occurs twice. The one that keeps the order was taken."
    ),
    Doubt.NONEXISTENT_TIME: gettext_lazy(
        "“%(stamp)s”: clocks skip this time that night. The next hour was taken."
    ),
    Doubt.WEEKDAY: gettext_lazy("“%(stamp)s”: that date is not on that weekday. The date was taken."),
    Doubt.DATE_ORDER: gettext_lazy(
        "“%(stamp)s”: day and month could be the other way round. Day first was taken."
    ),
    Doubt.CLOCK: gettext_lazy("“%(stamp)s”: a 24-hour time with am or pm. The 24-hour time was taken."),
    Doubt.ZONE: gettext_lazy("“%(stamp)s”: several time zones have this abbreviation. Check the time."),
    Doubt.DAY_ROLLED: gettext_lazy("Much earlier than the line above: the next day was taken."),
    Doubt.RELATIVE_DAY: gettext_lazy("“%(stamp)s” does not say which day that was. Check the date."),
    Doubt.TIME_BELOW: gettext_lazy(
        "A line below that begins with no time was added, and there is a time in it. Is it a row of its own?"
    ),
}


def describe_doubts(doubts: Iterable[Doubt], stamp: str) -> list[str]:
    """Why the reading of a time may be wrong, a sentence each; ``stamp`` is the time as it was typed."""
    return [str(DOUBTS[doubt]) % {"stamp": stamp} for doubt in dict.fromkeys(doubts)]


class DayField(forms.DateField):
    """A date within the years that a timeline can have."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("label", gettext_lazy("Date"))
        super().__init__(
            widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
            error_messages={
                "required": gettext_lazy("Give the date."),
                "invalid": gettext_lazy("This is not a date. Write it as 2026-11-30."),
            },
            validators=[
                MinValueValidator(EARLIEST, gettext_lazy("This date is too early: check the year.")),
                MaxValueValidator(LATEST, gettext_lazy("This date is too late: check the year.")),
            ],
            **kwargs,
        )


def check_text(text: str) -> str:
    """The stored form of an event's text. Raises ValidationError."""
    text = clean_line(text)
    if not text:
        raise ValidationError(_("Write what happened after the time."), code="required")
    validate_characters(text)
    if len(text) > LINE_LIMIT:
        raise too_long(text, LINE_LIMIT)
    return text


def clean_source(source: str) -> str:
    """The stored form of an event's source. Raises ValidationError."""
    source = clean_line(source)
    validate_characters(source)
    if len(source) > LINE_LIMIT:
        raise too_long(source, LINE_LIMIT)
    return source


class QuickEntryForm(forms.Form):
    """One line, ``14:35 what happened``, by the clocks of the document's zone.

    Once valid, ``event`` is the event to add; that no other event has its milestone is the service's to
    check. Of a time that occurs twice, ``folds`` are the choices.
    """

    line = forms.CharField(
        label=gettext_lazy("Time and what happened"),
        strip=False,
        widget=forms.Textarea(
            attrs={"class": "line", "rows": 1, "data-line": "", "autocomplete": "off", "enterkeyhint": "done"}
        ),
        error_messages={
            "required": gettext_lazy("Begin with a time: “14:35 a user reports a blocked order”.")
        },
    )
    day = DayField()
    milestone = forms.ChoiceField(label=gettext_lazy("Milestone"), choices=MILESTONES, required=False)
    source = forms.CharField(
        label=gettext_lazy("Source"),
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off", "list": SOURCES_LIST}),
    )

    def __init__(
        self,
        data: Any = None,
        *,
        postmortem: Postmortem,
        day: date | None = None,
        source: str = "",
        added: TimelineEvent | None = None,
        doubts: Iterable[str] = (),
        focused: bool = False,
    ) -> None:
        super().__init__(
            data,
            initial={"day": day or incident_date(postmortem), "source": source},
            auto_id="quick-%s",
            label_suffix="",
        )
        self.postmortem = postmortem
        self.added = added
        self.doubts = tuple(doubts)
        self.folds: list[tuple[str, str]] = []
        line = self.fields["line"]
        line.validators = []
        line.widget.attrs["placeholder"] = _("14:35 a payment fails")
        if focused:
            line.widget.attrs["autofocus"] = True

    def clean_source(self) -> str:
        """One line."""
        return clean_source(self.cleaned_data["source"])

    def clean(self) -> dict[str, Any]:
        """Reads the line."""
        line, day = self.cleaned_data.get("line"), self.cleaned_data.get("day")
        if line and day:
            try:
                self.event = self._read(line, day)
            except ValidationError as error:
                self.add_error("line", error)
        return self.cleaned_data

    def following(self) -> "QuickEntryForm":
        """The empty form after this one: it goes on from the day and the source of the event added."""
        zone = ZoneInfo(self.postmortem.incident.zone)
        day = self.event.at.astimezone(zone).date()
        return QuickEntryForm(
            postmortem=self.postmortem,
            day=day,
            source=self.event.source,
            added=self.event,
            doubts=self.doubts,
            focused=True,
        )

    def _read(self, line: str, day: date) -> TimelineEvent:
        zone = self.postmortem.incident.zone
        fold = self.data.get("fold")
        validate_characters(clean_line(line))
        try:
            entry = parse_entry(
                clean_line(line),
                day,
                zone,
                Language(self.postmortem.language),
                int(fold) if fold in {"0", "1"} else None,
            )
        except NoTime:
            message = _(
                "No time stands at the beginning of this line. Write 14:35, 14h35, 2:35 pm "
                "or 2024-02-15 14:35, then what happened."
            )
            raise ValidationError(message, code="no_time") from None
        except NonExistentTime as error:
            raise skipped_time(error, zone) from None
        except AmbiguousTime as error:
            self.folds = occurrences(error.candidates)
            raise ambiguous_time() from None
        self.doubts = tuple(describe_doubts(entry.doubts, entry.stamp))
        return TimelineEvent(
            postmortem=self.postmortem,
            at=entry.at,
            zone="UTC" if entry.zone.upper() in {"Z", "UTC", "GMT"} else zone,
            text=check_text(entry.text),
            milestone=self.cleaned_data.get("milestone", ""),
            source=self.cleaned_data.get("source", ""),
        )


def _day_and_clock(local: datetime) -> str:
    """A local time with its date, in the reader's language."""
    return f"{date_format(local, 'DATE_FORMAT')} {clock_text(local)}"


@row_form_for("event")
class EventForm(RowForm):
    """Every field of an event. Its time is by the clocks of the zone beside it."""

    template = "postmortems/rows/event.html"
    add_label = gettext_lazy("Add this event")
    edit_label = gettext_lazy("Edit the event")
    movable = False
    wide = ("text", "source", "fold")
    lines = ("text", "source")
    focus = "text"
    suggested = {"zone": zone_names()}
    field_order = ("day", "clock", "zone", "milestone", "text", "source", "version")

    day = DayField()
    clock = forms.TimeField(
        label=gettext_lazy("Time"),
        widget=forms.TimeInput(attrs={"type": "time", "step": 1}, format="%H:%M:%S"),
        error_messages={
            "required": gettext_lazy("Give the time."),
            "invalid": gettext_lazy("This is not a time. Write it as 14:35."),
        },
    )

    class Meta:
        model = TimelineEvent
        fields = ("zone", "text", "milestone", "source")
        field_classes = {"zone": ZoneField}

    def __init__(
        self,
        *args: Any,
        postmortem: Postmortem,
        row: Any = None,
        initial: Mapping[str, Any] | None = None,
        **kwargs: Any,
    ) -> None:
        given = {"zone": postmortem.incident.zone, "day": incident_date(postmortem)}
        self.known: tuple[Any, ...] = ()
        if row is not None:
            local = row.at.astimezone(ZoneInfo(row.zone))
            given = {"zone": row.zone, "day": local.date(), "clock": local.time().replace(microsecond=0)}
            self.known = (given["day"], given["clock"], row.zone, row.at)
        given.update(initial or {})
        if line := given.pop("line", ""):
            given.update(self._read(str(line), given["day"], postmortem))
        super().__init__(*args, postmortem=postmortem, row=row, initial=given, **kwargs)
        milestone: Any = self.fields["milestone"]
        milestone.choices = MILESTONES
        if row is not None and row.zone != postmortem.incident.zone:
            local = row.at.astimezone(ZoneInfo(postmortem.incident.zone))
            self.fields["zone"].help_text = _("The timeline shows %(time)s in %(zone)s.") % {
                "time": _day_and_clock(local),
                "zone": postmortem.incident.zone,
            }

    def clean(self) -> dict[str, Any]:
        """Finds the instant, and asks which one is meant where a time occurs twice."""
        data = self.cleaned_data
        day, clock, zone = (data.get(name) for name in ("day", "clock", "zone"))
        if day and clock is not None and zone:
            self._set_instant(day, clock.replace(microsecond=0), zone)
        return data

    def saved_values(self, row: Any) -> list[tuple[str, str]]:
        """The time by the row's own zone, and the rest."""
        local = row.at.astimezone(ZoneInfo(row.zone))
        return [(str(self.fields["clock"].label), _day_and_clock(local)), *super().saved_values(row)]

    @property
    def placing(self) -> dict[str, Any]:
        """The next event is probably of the same day."""
        return {"day": self.cleaned_data["day"], "zone": self.cleaned_data["zone"]}

    @property
    def cancel(self) -> str:
        """Where the one-line form is, which this one stands in for while adding."""
        return reverse("postmortems:timeline-quick", args=[self.postmortem.pk])

    @staticmethod
    def _read(line: str, day: Any, postmortem: Postmortem) -> dict[str, Any]:
        """What was typed into the one-line form, as far as it can be read, for the fields of this one."""
        zone = postmortem.incident.zone
        try:
            near = day if isinstance(day, date) else date.fromisoformat(day)
            entry = parse_entry(line, near, zone, Language(postmortem.language))
        except ValueError:
            return {"text": line}
        local = entry.at.astimezone(ZoneInfo(zone))
        return {"day": local.date(), "clock": local.time(), "text": entry.text}

    def _set_instant(self, day: date, clock: time, zone: str) -> None:
        if (day, clock, zone) == self.known[:3]:
            self.instance.at = self.known[3]
            return
        try:
            self.instance.at = localise(day, clock, zone)
        except NonExistentTime as error:
            self.add_error("clock", skipped_time(error, zone))
        except AmbiguousTime as error:
            self.fields["fold"] = forms.ChoiceField(
                label=gettext_lazy("Which of the two?"),
                widget=forms.RadioSelect,
                choices=occurrences(error.candidates),
            )
            self.order_fields(("day", "clock", "zone", "fold"))
            chosen = self.data.get("fold")
            if chosen in {"0", "1"}:
                self.instance.at = error.candidates[int(chosen)].astimezone(UTC)
            else:
                self.add_error("fold", ambiguous_time())

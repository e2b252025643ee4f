"""Fields that several forms ask for: a time zone, a local moment, people."""

from collections.abc import Iterable
from datetime import date, datetime, time
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from postmortems.domain.document import Role
from postmortems.domain.markdown.render import offset_text
from postmortems.domain.timeline import clock_text
from postmortems.domain.times import AmbiguousTime, NonExistentTime
from postmortems.models import User
from postmortems.models.fields import clean_line, validate_characters
from postmortems.services.incidents import Person

NAME_LIMIT = 120
ZONES_LIST = "zones"
ACCOUNTS_LIST = "accounts"
"""The identifiers of the data lists of ``postmortems/_suggestions.html``."""

_REGIONS = (
    "Africa America Antarctica Arctic Asia Atlantic Australia Europe Indian Pacific".split()  # noqa: SIM905
)


@cache
def zone_names() -> tuple[str, ...]:
    """The IANA names to propose: the places, without the historical aliases."""
    places = sorted(name for name in available_timezones() if name.partition("/")[0] in _REGIONS)
    return ("UTC", *places)


class ZoneField(forms.CharField):
    """An IANA time zone, typed with suggestions."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("label", _("Time zone"))
        kwargs.setdefault(
            "widget",
            forms.TextInput(attrs={"list": ZONES_LIST, "autocomplete": "off", "spellcheck": "false"}),
        )
        kwargs["max_length"] = 64
        super().__init__(**kwargs)

    @property
    def names(self) -> tuple[str, ...]:
        """What to propose while somebody types."""
        return zone_names()

    def clean(self, value: Any) -> str:
        name: str = super().clean(value)
        known = {zone.lower(): zone for zone in available_timezones()}
        if name and name.lower() not in known:
            raise ValidationError(
                _("“%(name)s” is not a time zone. Write an IANA name such as Europe/Paris or UTC."),
                code="zone",
                params={"name": name},
            )
        return known.get(name.lower(), "")


class LocalMomentWidget(forms.MultiWidget):
    """A date and a time side by side, each with a control of the browser's own."""

    def __init__(self) -> None:
        super().__init__(
            {
                "date": forms.DateInput(attrs={"type": "date", "aria-label": _("Date")}, format="%Y-%m-%d"),
                "time": forms.TimeInput(attrs={"type": "time", "aria-label": _("Time")}),
            }
        )

    def decompress(self, value: tuple[date, time] | None) -> list[Any]:
        """Shows seconds only where there are some."""
        return [value[0], clock_text(datetime.combine(*value))] if value else [None, None]


class LocalMomentField(forms.MultiValueField):
    """A day and a time by the clocks of a zone that the form knows; None when both are left empty."""

    def __init__(self, *, label: Any, **kwargs: Any) -> None:
        fields = (
            forms.DateField(
                error_messages={"invalid": _("This is not a date. Write it as 2026-11-30.")}, required=False
            ),
            forms.TimeField(
                error_messages={"invalid": _("This is not a time. Write it as 14:35.")}, required=False
            ),
        )
        super().__init__(
            fields=fields,
            label=label,
            required=False,
            require_all_fields=False,
            widget=LocalMomentWidget(),
            **kwargs,
        )

    def compress(self, values: list[Any]) -> tuple[date, time] | None:
        day, clock = values or (None, None)
        if day is None and clock is None:
            return None
        if day is None:
            raise ValidationError(_("Give the date as well, or leave both empty."), code="date_missing")
        if clock is None:
            raise ValidationError(_("Give the time as well, or leave both empty."), code="time_missing")
        return day, clock


def local_pair(instant: datetime | None, zone: str) -> tuple[date, time] | None:
    """What a ``LocalMomentField`` starts from, for an instant that is known."""
    if instant is None:
        return None
    local = instant.astimezone(ZoneInfo(zone))
    return local.date(), local.time().replace(microsecond=0)


def skipped_time(error: NonExistentTime, zone: str) -> ValidationError:
    """The error for a time that clocks skip, with its neighbours."""
    message = _(
        "Clocks in %(zone)s skip this time: they go from %(before)s to %(after)s. Write one of those."
    )
    params = {"zone": zone, "before": f"{error.before:%H:%M}", "after": f"{error.after:%H:%M}"}
    return ValidationError(message, "nonexistent", params)


def ambiguous_time() -> ValidationError:
    """The error for a time that occurs twice and has to be asked about."""
    message = _("Clocks go back that night, so this time occurs twice. Choose the one you mean.")
    return ValidationError(message, "ambiguous")


def occurrences(candidates: Iterable[datetime]) -> list[tuple[str, str]]:
    """The two instants of an ambiguous time to choose from: the fold that a form sends, and the words."""
    texts = (gettext("the first %(time)s (%(offset)s)"), gettext("the second %(time)s (%(offset)s)"))
    return [
        (str(fold), text % {"time": clock_text(at), "offset": utc_offset(at)})
        for fold, (text, at) in enumerate(zip(texts, candidates, strict=True))
    ]


def utc_offset(at: datetime) -> str:
    """``UTC+02:00``, by the instant's own zone: what tells two equal times of one night apart."""
    offset = at.utcoffset()
    return f"UTC{offset_text(offset)}" if offset is not None else "UTC"


class FoldField(forms.ChoiceField):
    """Which of the two instants of an ambiguous time is meant."""

    def __init__(self, error: AmbiguousTime) -> None:
        super().__init__(
            label=_("Which of the two?"), widget=forms.RadioSelect, choices=occurrences(error.candidates)
        )


class Directory:
    """The accounts that a form may name, read once for suggestions and answers alike."""

    def __init__(self, kept: Iterable[int] = ()) -> None:
        self._kept = frozenset(kept)
        self._users: list[User] | None = None

    @property
    def users(self) -> list[User]:
        """Every account, in the order of names."""
        if self._users is None:
            self._users = list(User.objects.only("email", "display_name", "is_active"))
        return self._users

    def suggestions(self) -> list[tuple[str, str]]:
        """What to type for each active account, and its address."""
        return [(self.written(user), user.email) for user in self.users if user.is_active]

    def written(self, user: User) -> str:
        """The account as people type it: its name, with the address when two have the same."""
        if self._named(str(user)) == [user]:
            return str(user)
        return f"{user} <{user.email}>"

    def find(self, typed: str) -> User | None:
        """The account that was meant, or None for the name of somebody without one.

        Raises ValidationError when an address has no account, when two accounts have the name, and
        for a deactivated account that was not on the post-mortem before.
        """
        _name, bracket, rest = typed.rpartition("<")
        address = rest.rstrip("> ") if bracket and typed.endswith(">") else typed
        if "@" in address:
            found = [user for user in self.users if user.email == address.strip().lower()]
            if not found:
                raise ValidationError(
                    _("“%(address)s” has no account. Write a name instead, or ask staff to add the account."),
                    code="unknown_account",
                    params={"address": address},
                )
        else:
            found = self._named(typed)
        if len(found) > 1:
            raise ValidationError(
                _("%(count)d accounts are called “%(name)s”. Write the e-mail address of the one you mean."),
                code="two_accounts",
                params={"count": len(found), "name": typed},
            )
        user = found[0] if found else None
        if user and not user.is_active and user.pk not in self._kept:
            raise ValidationError(
                _("The account of %(name)s is deactivated. Choose somebody else, or ask staff."),
                code="inactive",
                params={"name": str(user)},
            )
        return user

    def _named(self, name: str) -> list[User]:
        wanted = clean_line(name).casefold()
        found = [user for user in self.users if str(user).casefold() == wanted]
        return [user for user in found if user.is_active] or found


class PeopleWidget(forms.Widget):
    """One text input a person, and some empty ones to go on; all have the field's name."""

    template_name = "django/forms/widgets/multiwidget.html"
    use_fieldset = True

    def __init__(self, spare: int) -> None:
        super().__init__()
        self.spare = spare

    def value_from_datadict(self, data: Any, files: Any, name: str) -> list[str]:
        return data.getlist(name) if hasattr(data, "getlist") else list(data.get(name, []))

    def value_omitted_from_data(self, data: Any, files: Any, name: str) -> bool:
        return name not in data

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        context = super().get_context(name, value, attrs)
        final = context["widget"]["attrs"]
        identifier = final.pop("id", None)
        held = list(dict.fromkeys(value or []))
        inputs = []
        for index, text in enumerate([*filter(None, held), *[""] * self.spare]):
            extra = {
                "list": ACCOUNTS_LIST,
                "autocomplete": "off",
                "id": f"{identifier}_{index}" if index else identifier,
                "aria-label": _("Person %(number)d") % {"number": index + 1},
            }
            widget = forms.TextInput()
            inputs.append(widget.get_context(name, text, {**final, **extra})["widget"])
        context["widget"]["subwidgets"] = inputs
        return context


class PeopleField(forms.Field):
    """Several people: accounts, or names of people without one. Cleans to ``Person`` in a role.

    Names may also be separated by commas, semicolons or lines, as they come out of a mail.
    """

    def __init__(self, role: Role, *, spare: int = 3, **kwargs: Any) -> None:
        super().__init__(required=False, widget=PeopleWidget(spare), **kwargs)
        self.role = role
        self.directory = Directory()

    def clean(self, value: Any) -> list[Person]:
        people: list[Person] = []
        errors: list[ValidationError] = []
        for typed in self._split(value or []):
            try:
                person = find_person(self.role, typed, self.directory)
            except ValidationError as error:
                errors.append(error)
            else:
                people += [person] if person not in people else []
        if errors:
            raise ValidationError(errors)
        return people

    def _split(self, value: list[str]) -> list[str]:
        typed = []
        for line in value:
            whole = clean_line(line)
            if any(str(user).casefold() == whole.casefold() for user in self.directory.users if "," in whole):
                typed.append(whole)
            else:
                typed += [clean_line(part) for part in line.replace(";", ",").replace("\n", ",").split(",")]
        return [name for name in typed if name]


class PersonField(forms.CharField):
    """One person: an account, or the name of somebody without one. Cleans to a list of at most one."""

    def __init__(self, role: Role, **kwargs: Any) -> None:
        widget = forms.TextInput(attrs={"list": ACCOUNTS_LIST, "autocomplete": "off"})
        super().__init__(widget=widget, max_length=NAME_LIMIT + 200, **kwargs)
        self.role = role
        self.directory = Directory()

    def clean(self, value: Any) -> list[Person]:
        typed = clean_line(super().clean(value))
        return [find_person(self.role, typed, self.directory)] if typed else []


def find_person(role: Role, typed: str, directory: Directory) -> Person:
    """The person that somebody typed. Raises ValidationError."""
    user = directory.find(typed)
    if user is None:
        validate_characters(typed)
        if len(typed) > NAME_LIMIT:
            raise ValidationError(
                _("“%(start)s…” has %(length)d characters; a name has %(limit)d at most."),
                code="max_length",
                params={"start": typed[:40], "length": len(typed), "limit": NAME_LIMIT},
            )
    return Person(role, user=user, name="" if user else typed)


def name_empty_choice(form: forms.BaseForm, **texts: Any) -> None:
    """Says in words what leaving a choice empty means, instead of a row of dashes."""
    for name, text in texts.items():
        field: Any = form.fields[name]
        field.choices = [("", text), *((value, label) for value, label in field.choices if value)]

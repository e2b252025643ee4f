"""The form of an action in the workspace, of its status, and of a relaunch."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from actions.models import CorrectiveAction, Relaunch
from postmortems.domain.document import ActionKind, ActionStatus, Horizon, Role
from postmortems.forms.fields import NAME_LIMIT, Directory, find_person
from postmortems.forms.rows import OPEN, RowForm, check_web_address, row_form_for
from postmortems.models import Postmortem, Row, User
from postmortems.models.choices import choices
from postmortems.models.fields import clean_line
from postmortems.selectors.document import incident_date

OWNERS_LIST = "owners"
"""The identifier of the data list that proposes owners."""


@row_form_for("action")
class ActionForm(RowForm):
    """A corrective action. It asks for what its horizon needs, and keeps what it has beside that.

    The status of a stored action changes without its form, in every state of the post-mortem.
    """

    template = "actions/row.html"
    fields_template = "actions/_fields.html"
    add_label = _("Add an action")
    edit_label = _("Edit the action")
    placed_by = ("horizon",)
    wide = ("title", "description", "verification", "tracker")
    lines = ("title", "description", "verification")
    focus = "title"
    folded = True

    owner = forms.CharField(
        label=_("Owner"),
        required=False,
        max_length=NAME_LIMIT + 200,
        help_text=_("Somebody with an account, or any name."),
        widget=forms.TextInput(attrs={"list": OWNERS_LIST, "autocomplete": "off"}),
    )

    class Meta:
        model = CorrectiveAction
        fields = (
            "title",
            "description",
            "horizon",
            "deadline",
            "status",
            "action_kind",
            "verification",
            "tracker",
        )
        labels = {"title": _("What will change")}
        widgets = {"deadline": forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")}

    field_order = (
        "title",
        "description",
        "horizon",
        "owner",
        "deadline",
        "status",
        "action_kind",
        "verification",
        "tracker",
    )

    def __init__(
        self,
        data: Any = None,
        *args: Any,
        postmortem: Postmortem,
        row: Row | None = None,
        initial: Mapping[str, Any] | None = None,
        **kwargs: Any,
    ) -> None:
        given = dict(initial or {})
        stored = row if isinstance(row, CorrectiveAction) else None
        self._owner: tuple[User | None, str] = (None, "")
        if stored:
            self._owner = (stored.owner, stored.owner_name)
            given["owner"] = stored.shown_owner
        horizon = stored.horizon if stored else (data if data is not None else given).get("horizon")
        if not stored and horizon == Horizon.IMMEDIATE:
            given.setdefault("status", ActionStatus.DONE.value)
        super().__init__(data, *args, postmortem=postmortem, row=row, initial=given, **kwargs)
        self._keep_fields(stored, str(horizon or ""))
        self.fields["action_kind"].choices = [("", _("Not chosen")), *choices(ActionKind)]  # type: ignore[attr-defined]
        if "tracker" in self.fields:
            self.fields["tracker"].validators.append(check_web_address)
            self.fields["tracker"].widget.input_type = "url"

    @classmethod
    def stored(cls, postmortem: Postmortem) -> QuerySet[Any]:
        return CorrectiveAction.objects.filter(postmortem=postmortem).shown()

    @property
    def placing(self) -> dict[str, Any]:
        """The same horizon, with the form open for the next action."""
        return {**super().placing, OPEN: "1"}

    def clean_owner(self) -> str:
        """Finds the account that is meant; any other name is kept as a name."""
        typed = clean_line(self.cleaned_data["owner"])
        if "owner" not in self.changed_data:
            return typed
        user, __ = self._owner
        person = find_person(Role.PARTICIPANT, typed, Directory([user.pk] if user else [])) if typed else None
        self._owner = (person.user, person.name) if person else (None, "")
        return typed

    def clean_deadline(self) -> date | None:
        """A day that is not before the incident."""
        deadline: date | None = self.cleaned_data["deadline"]
        day = incident_date(self.postmortem)
        if deadline and deadline < day:
            raise ValidationError(
                _("This is before the incident (%(day)s). Correct the date."),
                code="before_incident",
                params={"day": date_format(day, "DATE_FORMAT")},
            )
        return deadline

    def saved_values(self, row: Any) -> list[tuple[str, str]]:
        """What a stored action holds; its owner is one value, with or without an account."""
        label = str(self.fields["owner"].label)
        return [
            (name, row.shown_owner if name == label else value) for name, value in super().saved_values(row)
        ]

    def _keep_fields(self, stored: CorrectiveAction | None, horizon: str) -> None:
        if stored:
            del self.fields["status"]
        for name, asked in (
            ("deadline", stored is not None or horizon != Horizon.IMMEDIATE),
            ("verification", horizon != Horizon.IMMEDIATE),
            ("description", horizon == Horizon.LONG),
        ):
            if not asked and not (stored and getattr(stored, name)):
                del self.fields[name]

    def _post_clean(self) -> None:
        super()._post_clean()  # type: ignore[misc]
        self.instance.owner, self.instance.owner_name = self._owner
        if self.adding:
            self.instance.set_status(ActionStatus(self.instance.status), timezone.now())


class StatusForm(forms.Form):
    """A new status, and the version of the action that it was chosen for."""

    status = forms.ChoiceField(label=_("Status"), choices=choices(ActionStatus))
    version = forms.IntegerField(widget=forms.HiddenInput)


class BacklogForm(forms.Form):
    """Whether the lead accepts an action as backlog, or takes that back."""

    accept = forms.TypedChoiceField(
        choices=[("yes", ""), ("no", "")], coerce=lambda value: value == "yes", empty_value=None
    )


class RelaunchForm(forms.ModelForm):  # type: ignore[type-arg]
    """What the lead writes to the owner."""

    class Meta:
        model = Relaunch
        fields = ("message",)
        widgets = {"message": forms.Textarea(attrs={"rows": 7})}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["message"]
        field.required = field.widget.is_required = True
        field.widget.attrs.pop("maxlength", None)

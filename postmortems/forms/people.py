"""Who is on a post-mortem."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from postmortems.domain.document import Role
from postmortems.domain.status import MANAGERS
from postmortems.forms.fields import NAME_LIMIT, Directory, PeopleField, PersonField
from postmortems.models import Postmortem, RoleAssignment, User
from postmortems.models.choices import LABELS
from postmortems.models.fields import clean_line, validate_characters
from postmortems.services.incidents import Person


class RolesForm(forms.Form):
    """Everybody on a post-mortem, by role.

    ``user`` fills the form in. On a restricted post-mortem they have to confirm before they take
    themselves off it, since it stops to exist for them. Somebody who can sign in has to stay in charge:
    without, nobody could ever change this again.
    """

    author = PersonField(
        Role.AUTHOR,
        label=LABELS[Role.AUTHOR],
        help_text=_("Writes, or sees that it gets written."),
        error_messages={"required": _("Name an author: somebody has to hold the pen.")},
    )
    ic = PersonField(
        Role.IC,
        label=LABELS[Role.IC],
        required=False,
        help_text=_("Led the response. Validates every section. Needs an account to do so."),
    )
    lead = PersonField(
        Role.LEAD,
        label=LABELS[Role.LEAD],
        required=False,
        help_text=_("Follows the corrective actions to their end, and signs off."),
    )
    sme = PeopleField(
        Role.SME,
        label=_("Subject-matter experts"),
        spare=2,
        help_text=_("Know the services concerned. One of them validates every section."),
    )
    participant = PeopleField(
        Role.PARTICIPANT,
        label=_("Participants"),
        help_text=_("Everybody who saw something: operations, support, product, communication."),
    )

    def __init__(
        self,
        *args: Any,
        user: User,
        holders: list[RoleAssignment] | None = None,
        restricted: bool = False,
        **kwargs: Any,
    ) -> None:
        self.user = user
        self.restricted = restricted
        self.holders = holders or []
        self.directory = Directory(kept=[held.user_id for held in self.holders if held.user_id])
        kwargs["initial"] = {**self._initial(holders), **kwargs.get("initial", {})}
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            if isinstance(field, PersonField | PeopleField):
                field.directory = self.directory

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or self.cleaned_data
        if not self.errors:
            self._refuse_nobody_in_charge()
        restricted = data.get("visibility", Postmortem.RESTRICTED if self.restricted else "")
        if restricted == Postmortem.RESTRICTED and not self.errors:
            self._ask_before_leaving()
        return data

    def people(self) -> list[Person]:
        """Everybody, in the order of the roles."""
        return [person for role in Role for person in self.cleaned_data[role.value]]

    def _initial(self, holders: list[RoleAssignment] | None) -> dict[str, Any]:
        if holders is None:
            return {Role.AUTHOR.value: self.directory.written(self.user)}
        typed: dict[str, list[str]] = {}
        for held in holders:
            typed.setdefault(held.role, []).append(
                self.directory.written(held.user) if held.user else held.name
            )
        several = {Role.SME, Role.PARTICIPANT}
        return {role: names if role in several else names[0] for role, names in typed.items()}

    def _refuse_nobody_in_charge(self) -> None:
        managers = [person.user for person in self.people() if person.role in MANAGERS]
        if not any(user and user.is_active for user in managers):
            message = _(
                "Nobody could act on this post-mortem any more: only people who sign in can. Make somebody "
                "with an active account its author, incident commander or lead."
            )
            self.add_error("author", ValidationError(message, code="nobody"))

    def _ask_before_leaving(self) -> None:
        if any(person.user == self.user for person in self.people()):
            return
        self.fields["leave"] = forms.BooleanField(
            label=_("Take me off it: I will no longer be able to open it"), required=False
        )
        self.cleaned_data["leave"] = bool(self.data.get("leave"))
        if not self.cleaned_data["leave"]:
            self.add_error(
                "leave",
                ValidationError(
                    _(
                        "You are in none of these roles. This post-mortem is restricted, so it will no "
                        "longer exist for you. Add yourself, or confirm."
                    ),
                    code="leaving",
                ),
            )


class PeopleForm(RolesForm):
    """The roles, and who reviewed without approving here."""

    outside_reviewers = forms.CharField(
        label=_("Outside reviewers"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("People who reviewed without approving here, one a line. The metadata name them."),
    )

    def clean_outside_reviewers(self) -> list[str]:
        """One name a line; the error says which line."""
        names = []
        for number, line in enumerate(self.cleaned_data["outside_reviewers"].splitlines(), 1):
            name = clean_line(line)
            if len(name) > NAME_LIMIT:
                raise ValidationError(
                    _("Line %(number)d has %(length)d characters; a name has %(limit)d at most."),
                    code="max_length",
                    params={"number": number, "length": len(name), "limit": NAME_LIMIT},
                )
            validate_characters(name)
            names += [name] if name else []
        return names

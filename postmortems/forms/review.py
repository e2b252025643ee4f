"""The forms of the review page. Which step is possible now is the services' to say."""

from collections.abc import Iterable, Mapping
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from postmortems.domain.document import Role, Section
from postmortems.domain.status import REVIEWERS, TRANSITIONS, Transition
from postmortems.models import Challenge, ReviewForm
from postmortems.models.choices import LABELS
from postmortems.models.fields import clean_text, too_long, validate_characters

REASON_LIMIT = 5_000


class BodyFormField(forms.CharField):
    """A text of several lines, stored as models store it."""

    def __init__(self, *, rows: int = 3, **kwargs: Any) -> None:
        kwargs.setdefault("widget", forms.Textarea(attrs={"rows": rows}))
        super().__init__(validators=[validate_characters], **kwargs)

    def to_python(self, value: Any) -> str:
        return clean_text(super().to_python(value) or "")

    def validate(self, value: Any) -> None:
        super().validate(value)
        if len(value) > REASON_LIMIT:
            raise too_long(value, REASON_LIMIT)


def section_choices(sections: Iterable[Section]) -> list[tuple[str, Any]]:
    """Sections with their names, for a field that offers them."""
    return [(section.value, LABELS[section]) for section in sections]


class SectionsField(forms.TypedMultipleChoiceField):
    """Some of the sections that the form offers."""

    def __init__(self, sections: Iterable[Section], **kwargs: Any) -> None:
        super().__init__(
            choices=section_choices(sections), coerce=Section, widget=forms.CheckboxSelectMultiple, **kwargs
        )


class TransitionForm(forms.Form):
    """What a step of the workflow asks for; most ask for nothing and have no fields."""

    sections = SectionsField(
        (),
        label=_("What to complete"),
        error_messages={"required": _("Choose at least one section that has to be completed.")},
    )
    note = BodyFormField(
        label=_("Reason"),
        help_text=_("The team reads it with the post-mortem."),
        error_messages={"required": _("Write the reason: the team reads it with the post-mortem.")},
    )

    def __init__(
        self, transition: Transition, sections: Iterable[Section], data: Mapping[str, Any] | None = None
    ) -> None:
        super().__init__(data, auto_id=f"{transition.value}-%s")
        rule = TRANSITIONS[transition]
        self.fields["sections"].choices = section_choices(sections)  # type: ignore[attr-defined]
        if not rule.needs_sections:
            del self.fields["sections"]
        if not rule.needs_reason:
            del self.fields["note"]

    @property
    def malformed(self) -> bool:
        """Whether something is wrong beyond what is missing: the service names that, with what else is."""
        return any(error.code != "required" for errors in self.errors.as_data().values() for error in errors)

    @property
    def note_given(self) -> str:
        """The reason, as far as one was given."""
        return str(self.cleaned_data.get("note", ""))

    @property
    def sections_given(self) -> list[Section]:
        """The sections that were chosen."""
        return list(self.cleaned_data.get("sections", ()))


class ApprovalForm(forms.Form):
    """Sections approved in one role, as the reviewer saw them at a revision that exists."""

    role = forms.TypedChoiceField(
        choices=[(role.value, LABELS[role]) for role in Role if role in REVIEWERS], coerce=Role
    )
    seen = forms.IntegerField(min_value=1)
    sections = SectionsField((), label=_("Sections"), required=False)

    def __init__(self, sections: Iterable[Section], revision: int, data: Mapping[str, Any]) -> None:
        super().__init__(data)
        self.offered = tuple(sections)
        self.fields["sections"].choices = section_choices(self.offered)  # type: ignore[attr-defined]
        self.revision = revision

    def clean_seen(self) -> int:
        seen: int = self.cleaned_data["seen"]
        if seen > self.revision:
            raise ValidationError(_("Nobody has seen this revision yet. Open the page anew."), code="seen")
        return seen

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or self.cleaned_data
        if self.data.get("all"):
            data["sections"] = list(self.offered)
        if not data.get("sections") and "sections" not in self.errors:
            self.add_error(
                "sections", ValidationError(_("Choose at least one section to approve."), code="required")
            )
        return data


class ChallengeForm(forms.Form):
    """A question or an objection about a section."""

    section = forms.TypedChoiceField(label=_("Section"), coerce=Section)
    body = BodyFormField(
        label=_("What do you challenge?"),
        help_text=_("A question, an objection, or “what about…”. Quote the passage if you can."),
        error_messages={"required": _("Write what you challenge.")},
    )

    def __init__(self, sections: Iterable[Section], data: Mapping[str, Any] | None = None) -> None:
        super().__init__(data, auto_id="challenge-%s")
        self.fields["section"].choices = section_choices(sections)  # type: ignore[attr-defined]


class AnswerForm(forms.Form):
    """An answer, and when the one that it replaces was given (empty for the first)."""

    answer = BodyFormField(
        label=pgettext_lazy("noun", "Answer"), error_messages={"required": _("Write the answer.")}
    )
    seen = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, challenge: Challenge, data: Mapping[str, Any] | None = None) -> None:
        initial = {"answer": challenge.answer, "seen": answer_stamp(challenge)}
        super().__init__(data, initial=initial, auto_id=f"answer-{challenge.pk}-%s")


def answer_stamp(challenge: Challenge) -> str:
    """Tells one answer of a challenge from the next."""
    return challenge.answered_at.isoformat() if challenge.answered_at else ""


class SettleForm(forms.Form):
    """What came of a challenge."""

    outcome = BodyFormField(
        label=_("How it was settled"),
        rows=2,
        help_text=_("The text changed, an action was added, or it stays as it is, because…"),
        error_messages={"required": _("Write how it was settled: the record keeps it.")},
    )

    def __init__(self, challenge: Challenge, data: Mapping[str, Any] | None = None) -> None:
        super().__init__(data, auto_id=f"settle-{challenge.pk}-%s")


class ReviewAnswerForm(forms.Form):
    """A reviewer's answer in the challenge round; whoever objects says to what."""

    blameless = forms.TypedChoiceField(
        label=_("Is it blameless?"),
        choices=[("yes", _("Yes: no cause is a person")), ("no", _("No: I object"))],
        coerce=lambda value: value == "yes",
        empty_value=None,
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose yes or no.")},
    )
    remark = BodyFormField(
        label=_("What makes you say so"),
        required=False,
        help_text=_("Needed when you object: which passage, and what could the system have done instead?"),
    )

    def __init__(self, given: ReviewForm | None, data: Mapping[str, Any] | None = None) -> None:
        initial = {"blameless": "yes" if given.blameless else "no", "remark": given.remark} if given else {}
        super().__init__(data, initial=initial, auto_id="form-%s")

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or self.cleaned_data
        if data.get("blameless") is False and not data.get("remark") and "remark" not in self.errors:
            self.add_error(
                "remark",
                ValidationError(_("Say what you object to, so that it can be mended."), code="required"),
            )
        return data


class DecisionForm(forms.Form):
    """The reason of a signed exception to a rule."""

    reason = BodyFormField(
        label=_("Reason"), rows=2, error_messages={"required": _("Write the reason: it is signed with it.")}
    )

    def __init__(self, about: str, data: Mapping[str, Any] | None = None, reason: str = "") -> None:
        super().__init__(data, initial={"reason": reason}, auto_id=f"{about}-%s")

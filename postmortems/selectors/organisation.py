"""What the installation decided, with the environment's values where it decided nothing."""

from datetime import date

from django.conf import settings

from postmortems.domain.deadline import Policy
from postmortems.domain.document import Language, Severity
from postmortems.models import Organisation, SeverityDescription


def load_organisation() -> Organisation:
    """The installation's settings; a new, unsaved row when staff never opened them."""
    return Organisation.objects.filter(pk=1).first() or Organisation(pk=1)


def organisation_name(organisation: Organisation) -> str:
    """The organisation line to propose."""
    return organisation.name or settings.ORGANISATION


def deadline_policy(organisation: Organisation | None = None) -> Policy:
    """The deadline rule in force."""
    organisation = organisation or load_organisation()
    holidays = {date.fromisoformat(line) for line in organisation.holidays.split()}
    return Policy(
        days=organisation.deadline_days or settings.DEADLINE_DAYS,
        business=(organisation.deadline_calendar or settings.DEADLINE_CALENDAR) == "business",
        holidays=frozenset(holidays | set(settings.HOLIDAYS)),
    )


def severity_descriptions(language: str) -> dict[Severity, str]:
    """What each severity means here, in a language, for those that staff described."""
    column = "description_fr" if language == Language.FRENCH else "description_en"
    return {
        Severity(severity): text
        for severity, text in SeverityDescription.objects.values_list("severity", column)
        if text
    }

"""What staff decide for the whole installation."""

from collections.abc import Mapping

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from postmortems.domain.document import Severity
from postmortems.models import Organisation, Service, SeverityDescription


def save_organisation(organisation: Organisation) -> Organisation:
    """Saves the installation's settings, of which there is one row. Raises ValidationError."""
    organisation.pk = 1
    organisation.clean_fields()
    organisation.save()
    return organisation


def refuse_taken_name(name: str, service: Service) -> None:
    """Raises ValidationError when a service other than this one has a name.

    Two names that differ only in case would be one service to everybody but a computer.
    """
    if Service.objects.filter(name__iexact=name).exclude(pk=service.pk).exists():
        raise ValidationError(_("There is a service of this name already."), "unique")


def save_service(service: Service) -> Service:
    """Creates or changes a service. Raises ValidationError."""
    service.clean_fields()
    try:
        with transaction.atomic():
            service.save()
    except IntegrityError:
        try:
            refuse_taken_name(service.name, service)
        except ValidationError as taken:
            raise ValidationError({"name": taken}) from None
        raise
    return service


@transaction.atomic
def describe_severities(descriptions: Mapping[Severity, tuple[str, str]]) -> None:
    """Saves what severities mean here: each in French and in English, empty for the default text."""
    SeverityDescription.objects.bulk_create(
        [
            SeverityDescription(severity=severity, description_fr=french, description_en=english)
            for severity, (french, english) in descriptions.items()
        ],
        update_conflicts=True,
        unique_fields=["severity"],
        update_fields=["description_fr", "description_en"],
    )

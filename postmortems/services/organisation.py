"""What staff decide for the whole installation."""

from collections.abc import Mapping

from django.db import transaction

from postmortems.domain.document import Severity
from postmortems.models import Organisation, Service, SeverityDescription


def save_organisation(organisation: Organisation) -> Organisation:
    """Saves the installation's settings, of which there is one row. Raises ValidationError."""
    organisation.pk = 1
    organisation.clean_fields()
    organisation.save()
    return organisation


def save_service(service: Service) -> Service:
    """Creates or changes a service. Raises ValidationError."""
    service.clean_fields()
    service.save()
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

"""The demo: what `make run` shows the first time, and only where it is allowed."""

from io import StringIO
from typing import Any

import pytest
from django.contrib.auth import authenticate
from django.core.management import CommandError, call_command

from postmortems.domain.document import Language, Severity, State
from postmortems.models import Incident, Organisation, Postmortem, Service, SeverityDescription, User
from tests.factories import IncidentFactory

pytestmark = pytest.mark.django_db


def demo(*options: str) -> str:
    out = StringIO()
    call_command("demo", *options, stdout=out)
    return out.getvalue()


def test_three_documents_in_two_languages_and_three_states_and_one_incident_that_is_due() -> None:
    demo()
    kinds = set(Postmortem.objects.values_list("language", "state", "visibility"))
    assert kinds == {
        (Language.FRENCH, State.VALIDATED, Postmortem.INTERNAL),
        (Language.ENGLISH, State.CHALLENGE, Postmortem.INTERNAL),
        (Language.FRENCH, State.DRAFTING, Postmortem.RESTRICTED),
    }
    (due,) = Incident.objects.filter(postmortem=None)
    assert due.requires_postmortem


def test_the_accounts_that_it_names_can_sign_in() -> None:
    said = demo()
    for login in ("author", "ic", "sme", "lead", "participant", "reader", "outsider", "admin"):
        assert f"{login}@demo.example" in said
        assert authenticate(email=f"{login}@demo.example", password="demo")
    assert [user.email for user in User.objects.filter(is_staff=True)] == ["admin@demo.example"]


def test_a_second_start_keeps_what_was_written() -> None:
    demo("--first-run")
    Postmortem.objects.filter(language=Language.ENGLISH).delete()
    demo("--first-run")
    assert Postmortem.objects.count() == 2


def test_a_reset_restores_the_demo_and_leaves_the_rest() -> None:
    demo()
    mine = IncidentFactory()
    Postmortem.objects.all().delete()
    demo("--reset")
    assert Postmortem.objects.count() == 3
    assert Incident.objects.filter(pk=mine.pk).exists()


def test_a_reset_leaves_what_staff_decided() -> None:
    demo()
    Organisation.objects.update(name="Their own")
    SeverityDescription.objects.filter(severity=Severity.P1).update(description_en="Their own")
    Service.objects.filter(name="login").update(name="Login")
    demo("--reset")
    assert Organisation.objects.get().name == "Their own"
    assert SeverityDescription.objects.get(severity=Severity.P1).description_en == "Their own"
    assert Service.objects.filter(name__iexact="login").count() == 1


def test_it_is_refused_where_it_is_not_allowed(settings: Any) -> None:
    settings.DEMO = False
    with pytest.raises(CommandError, match="DEMO=1"):
        demo()
    assert not User.objects.exists()

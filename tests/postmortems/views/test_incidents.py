"""Declaring an incident, changing its facts, starting its post-mortem."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from postmortems.domain.document import Milestone, Role
from postmortems.models import (
    Change,
    Incident,
    Organisation,
    Postmortem,
    RoleAssignment,
    SeverityDescription,
    TimelineEvent,
    User,
)
from tests.factories import (
    IncidentFactory,
    PostmortemFactory,
    ServiceFactory,
    UserFactory,
    postmortem_with_roles,
)

pytestmark = pytest.mark.django_db

DECLARE = "/incidents/declare/"


def facts(**changes: Any) -> dict[str, Any]:
    """Return the fields of an incident in Paris, with ``changes``."""
    return {
        "title": "Checkout unavailable",
        "severity": "P1",
        "zone": "Europe/Paris",
        "started_at_date": "2024-02-15",
        "started_at_time": "14:23",
        "detected_at_date": "2024-02-15",
        "detected_at_time": "14:35",
        **changes,
    }


def roles(**changes: Any) -> dict[str, Any]:
    """Return the fields of a post-mortem to start, with ``changes``."""
    return {
        "language": "fr",
        "organisation": "Acme Shop",
        "visibility": "internal",
        "author": "person@example.org",
        **changes,
    }


def seen(client: Client, address: str) -> str:
    """Return the stamp of a page, which tells a later save what it showed."""
    (stamp,) = re.findall(r'name="seen" value="(\d+)"', client.get(address).content.decode())
    return str(stamp)


def held() -> list[tuple[str, str]]:
    """Return who holds which role, in order."""
    return [(held.role, str(held)) for held in RoleAssignment.objects.select_related("user")]


def test_the_form_starts_from_what_is_known(client: Client) -> None:
    user = UserFactory(time_zone="Europe/Paris", language="fr", display_name="Camille")
    Organisation.objects.create(pk=1, name="Acme Shop", language="en")
    SeverityDescription.objects.create(severity="P1", description_fr="La boutique est fermée")
    UserFactory(display_name="Dominique", email="dominique@example.org")
    UserFactory(display_name="Gone", is_active=False)
    client.force_login(user)
    page = client.get(DECLARE).content.decode()
    assert 'value="Europe/Paris"' in page
    assert 'value="Camille"' in page
    assert 'value="Acme Shop"' in page
    assert "La boutique est fermée" in page
    assert '<option value="Dominique" label="dominique@example.org">' in page
    assert "Gone" not in page
    assert '<option value="America/New_York">' in page
    assert '<input type="radio" name="language" value="en" required id="id_language_1" checked>' in page


def test_declare_and_start(signed_in: Client, person: User) -> None:
    shop = ServiceFactory(name="Checkout")
    UserFactory(display_name="Dominique")
    UserFactory(display_name="Alex", email="alex@example.org")
    UserFactory(display_name="Alex", email="alex.b@example.org")
    response = signed_in.post(
        DECLARE,
        {
            **facts(services=[shop.pk], public="on"),
            **roles(
                ic="dominique",
                lead="",
                sme=["Alex <alex.b@example.org>", "", "alex@example.org"],
                participant=["Sam of the agency, Dominique", "Sam of the agency"],
            ),
            "then": "start",
        },
    )
    postmortem = Postmortem.objects.get()
    assert response.status_code == 302
    assert response["Location"] == f"/postmortems/{postmortem.pk}/edit/summary/"
    incident = postmortem.incident
    assert incident.started_at == datetime(2024, 2, 15, 13, 23, tzinfo=UTC)
    assert (incident.restored_at, incident.public, incident.declared_by) == (None, True, person)
    assert list(incident.services.all()) == [shop]
    assert (postmortem.language, postmortem.organisation) == ("fr", "Acme Shop")
    assert held() == [
        ("author", "Camille Person"),
        ("ic", "Dominique"),
        ("sme", "Alex"),
        ("sme", "Alex"),
        ("participant", "Sam of the agency"),
        ("participant", "Dominique"),
    ]
    assert RoleAssignment.objects.get(name="Sam of the agency").user is None
    milestones = TimelineEvent.objects.values_list("milestone", flat=True)
    assert list(milestones) == [Milestone.START, Milestone.DETECTED]


def test_declare_only_asks_nothing_about_the_postmortem(signed_in: Client) -> None:
    response = signed_in.post(DECLARE, {**facts(), "then": "only"})
    incident = Incident.objects.get()
    assert response["Location"] == f"/incidents/{incident.pk}/"
    assert not Postmortem.objects.exists()
    page = signed_in.get(response["Location"]).content.decode()
    assert "it is due because this is a P1" in page
    assert "15 February 2024 14:23" in page
    assert "Europe/Paris" in page
    assert "not known yet" in page
    assert f"/incidents/{incident.pk}/start/" in page


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"title": " "}, "Give the incident a title"),
        ({"title": "x" * 201}, "at most 200 characters"),
        ({"title": "bell\x07"}, "null characters|invisible control character"),
        ({"severity": ""}, "Choose a severity"),
        ({"severity": "P0"}, "Select a valid choice"),
        ({"zone": "Europe/Atlantis"}, "“Europe/Atlantis” is not a time zone"),
        ({"services": ["999"]}, "Select a valid choice"),
        ({"detected_at_time": ""}, "Give the time as well"),
        ({"detected_at_date": ""}, "Give the date as well"),
        ({"detected_at_time": "half past"}, "This is not a time"),
        ({"detected_at_date": "2024-02-30"}, "This is not a date"),
        ({"detected_at_time": "14:22"}, "This is before “Start of impact” (15 Feb 2024 14:23)"),
        ({"restored_at_date": "2024-02-15", "restored_at_time": "14:34"}, "This is before “Detected”"),
        ({"restored_at_date": "2999-01-01", "restored_at_time": "00:00"}, "This is in the future"),
        (
            {"restored_at_date": "2024-03-31", "restored_at_time": "02:30"},
            "skip this time: they go from 01:59 to 03:00",
        ),
        ({"author": ""}, "Name an author"),
        ({"author": "nobody@example.org"}, "“nobody@example.org” has no account"),
        ({"sme": ["Alex"]}, "2 accounts are called “Alex”"),
        ({"participant": ["y" * 121]}, "a name has 120 at most"),
        ({"lead": "Gone"}, "The account of Gone is deactivated"),
        ({"language": "de"}, "Select a valid choice"),
    ],
)
def test_what_is_wrong_is_said_and_what_was_typed_is_kept(
    signed_in: Client, changes: dict[str, Any], message: str
) -> None:
    UserFactory(display_name="Alex")
    UserFactory(display_name="Alex")
    UserFactory(display_name="Gone", is_active=False)
    typed = {**facts(), **roles(organisation="Typed and kept"), **changes, "then": "start"}
    response = signed_in.post(DECLARE, typed)
    assert response.status_code == 422
    page = response.content.decode()
    assert any(part in page for part in message.split("|"))
    assert "Typed and kept" in page
    assert 'value="2024-02-15"' in page
    assert not Incident.objects.exists()


def test_a_time_that_occurs_twice_is_asked_about(signed_in: Client) -> None:
    typed = facts(
        started_at_date="2024-10-27", started_at_time="02:30", detected_at_date="", detected_at_time=""
    )
    response = signed_in.post(DECLARE, {**typed, "then": "only"})
    assert response.status_code == 422
    page = response.content.decode()
    assert "this time occurs twice" in page
    assert "the first 02:30 (UTC+02:00)" in page
    assert "the second 02:30 (UTC+01:00)" in page
    signed_in.post(DECLARE, {**typed, "started_at_fold": "1", "then": "only"})
    incident = Incident.objects.get()
    assert incident.started_at == datetime(2024, 10, 27, 1, 30, tzinfo=UTC)
    edit = f"/incidents/{incident.pk}/edit/"
    renamed = {**typed, "title": "Renamed", "seen": seen(signed_in, edit)}
    assert signed_in.post(edit, renamed).status_code == 302
    incident.refresh_from_db()
    assert (incident.title, incident.started_at) == (
        "Renamed",
        datetime(2024, 10, 27, 1, 30, tzinfo=UTC),
    )


def test_whoever_starts_a_restricted_one_without_themselves_has_to_confirm(signed_in: Client) -> None:
    UserFactory(display_name="Dominique")
    typed = {**facts(), **roles(author="Dominique", visibility="restricted"), "then": "start"}
    response = signed_in.post(DECLARE, typed)
    assert response.status_code == 422
    assert "it will no longer exist for you" in response.content.decode()
    assert not Incident.objects.exists()
    assert signed_in.post(DECLARE, {**typed, "leave": "on"})["Location"] == "/"
    assert signed_in.get(f"/postmortems/{Postmortem.objects.get().pk}/people/").status_code == 404


def test_facts_are_changed_until_there_is_a_postmortem(signed_in: Client) -> None:
    kept, old = ServiceFactory(), ServiceFactory(name="Retired", active=False)
    incident = IncidentFactory(services=[old], restored_at=None)
    edit = f"/incidents/{incident.pk}/edit/"
    page = signed_in.get(edit).content.decode()
    assert 'type="time"' in page
    assert "Retired" in page
    typed = facts(services=[kept.pk], restored_at_date="2024-02-15", restored_at_time="15:10:30")
    typed["seen"] = seen(signed_in, edit)
    assert signed_in.post(edit, {**typed, "title": ""}).status_code == 422
    assert signed_in.post(edit, typed)["Location"] == f"/incidents/{incident.pk}/"
    incident.refresh_from_db()
    assert incident.title == "Checkout unavailable"
    assert incident.restored_at == datetime(2024, 2, 15, 14, 10, 30, tzinfo=UTC)
    assert list(incident.services.all()) == [kept]
    postmortem = PostmortemFactory(incident=incident)
    assert signed_in.get(edit)["Location"] == f"/postmortems/{postmortem.pk}/properties/"
    assert signed_in.get(f"/incidents/{incident.pk}/")["Location"] == f"/postmortems/{postmortem.pk}/"


def test_of_two_who_change_the_facts_the_second_is_told(signed_in: Client) -> None:
    incident = IncidentFactory(severity="P1", title="Checkout unavailable")
    edit = f"/incidents/{incident.pk}/edit/"
    kept = seen(signed_in, edit)
    shop = ServiceFactory(name="Checkout")
    first = facts(severity="P4", services=[shop.pk], seen=kept)
    second = facts(title="Payments down", severity="P1", detected_at_time="14:36", seen=kept)
    assert signed_in.post(edit, first).status_code == 302
    response = signed_in.post(edit, second)
    assert response.status_code == 409
    page = response.content.decode()
    saved, typed = page.split("What you wrote")
    assert "somebody changed this while you were writing" in saved
    shown = re.findall(r"<dt>(.*?)</dt><dd>(.*?)</dd>", saved)
    assert shown == [
        ("Title", "Checkout unavailable"),
        ("Severity", "P4"),
        ("Services", "Checkout"),
        ("Detected", "2024-02-15, 14:35"),
    ]
    assert 'value="Payments down"' in typed
    incident.refresh_from_db()
    assert incident.severity == "P4"
    (stamp,) = re.findall(r'name="seen" value="(\d+)"', typed)
    assert signed_in.post(edit, {**second, "seen": stamp}).status_code == 302
    incident.refresh_from_db()
    assert (incident.title, incident.severity) == ("Payments down", "P1")


def test_facts_typed_while_somebody_started_the_postmortem_are_kept(signed_in: Client) -> None:
    incident = IncidentFactory()
    edit = f"/incidents/{incident.pk}/edit/"
    typed = facts(title="Payments down", seen=seen(signed_in, edit))
    postmortem = PostmortemFactory(incident=incident)
    response = signed_in.post(edit, typed)
    assert response.status_code == 409
    page = response.content.decode()
    assert "somebody started the post-mortem meanwhile" in page
    assert f"/postmortems/{postmortem.pk}/properties/" in page
    assert 'value="Payments down"' in page
    incident.refresh_from_db()
    assert incident.title != "Payments down"


def test_a_severity_lowered_before_the_postmortem_leaves_a_trace(signed_in: Client, person: User) -> None:
    incident = IncidentFactory(severity="P1")
    edit = f"/incidents/{incident.pk}/edit/"
    assert "<h2>History</h2>" not in signed_in.get(f"/incidents/{incident.pk}/").content.decode()
    signed_in.post(edit, facts(severity="P4", seen=seen(signed_in, edit)))
    signed_in.post(edit, facts(severity="P4", seen=seen(signed_in, edit)))
    change = Change.objects.get(incident=incident)
    assert (change.user, change.revision, change.postmortem) == (person, 1, None)
    assert (change.before["severity"], change.after["severity"]) == ("P1", "P4")
    page = signed_in.get(f"/incidents/{incident.pk}/").content.decode()
    assert "<h2>History</h2>" in page
    assert "Camille Person" in page
    assert "<del>P1</del><ins>P4</ins>" in page
    postmortem = PostmortemFactory(incident=incident)
    later = signed_in.get(f"/postmortems/{postmortem.pk}/history/").content.decode()
    assert "<del>P1</del><ins>P4</ins>" in later


@pytest.mark.parametrize("subject", [{}, {"both": True}])
def test_a_change_is_of_a_postmortem_or_of_an_incident(subject: dict[str, bool]) -> None:
    postmortem = PostmortemFactory()
    both = {"postmortem": postmortem, "incident": postmortem.incident} if subject else {}
    with pytest.raises(IntegrityError), transaction.atomic():
        Change.objects.create(revision=1, verb="changed", target="incident", **both)


def test_start_the_postmortem_of_a_declared_incident_once(signed_in: Client) -> None:
    incident = IncidentFactory()
    start = f"/incidents/{incident.pk}/start/"
    assert incident.title in signed_in.get(start).content.decode()
    assert signed_in.post(start, roles(author="")).status_code == 422
    signed_in.post(start, roles(lead="person@example.org"))
    postmortem = Postmortem.objects.get()
    assert held() == [("author", "Camille Person"), ("lead", "Camille Person")]
    assert signed_in.post(start, roles())["Location"] == f"/postmortems/{postmortem.pk}/"
    assert Postmortem.objects.count() == 1


@pytest.mark.parametrize("page", ["", "edit/", "start/"])
def test_incidents_of_restricted_postmortems_and_bad_ids_are_not_found(client: Client, page: str) -> None:
    cast = postmortem_with_roles(visibility="restricted")
    client.force_login(cast.outsider)
    assert client.get(f"/incidents/{cast.postmortem.incident_id}/{page}").status_code == 404
    assert client.get(f"/incidents/222222222222/{page}").status_code == 404
    assert client.get(f"/incidents/1/{page}").status_code == 404
    client.force_login(cast.participant)
    assert client.get(f"/incidents/{cast.postmortem.incident_id}/{page}").status_code == 302


def test_wrong_methods(signed_in: Client) -> None:
    incident = IncidentFactory()
    assert signed_in.post(f"/incidents/{incident.pk}/").status_code == 405
    for address in (DECLARE, f"/incidents/{incident.pk}/edit/", f"/incidents/{incident.pk}/start/"):
        assert signed_in.put(address).status_code == 405


@pytest.mark.parametrize("count", [1, 3, 60])
def test_the_form_costs_the_same_with_many_accounts_and_services(signed_in: Client, count: int) -> None:
    for _ in range(count):
        UserFactory()
        ServiceFactory()
    signed_in.get(DECLARE)
    with CaptureQueriesContext(connection) as queries:
        signed_in.get(DECLARE)
    assert len(queries) == 6


@pytest.mark.parametrize("count", [1, 3, 20])
def test_saving_costs_the_same_with_many_people(signed_in: Client, count: int) -> None:
    names = [UserFactory().display_name for _ in range(count)]
    services = [ServiceFactory().pk for _ in range(count)]
    typed = {**facts(services=services), **roles(participant=names), "then": "start"}
    with CaptureQueriesContext(connection) as queries:
        assert signed_in.post(DECLARE, typed).status_code == 302
    assert len(queries) == 32


def test_the_present_is_not_the_future(signed_in: Client) -> None:
    now = timezone.now() - timedelta(minutes=1)
    typed = facts(
        zone="UTC",
        started_at_date=f"{now:%Y-%m-%d}",
        started_at_time=f"{now:%H:%M}",
        detected_at_date="",
        detected_at_time="",
    )
    assert signed_in.post(DECLARE, {**typed, "then": "only"}).status_code == 302
    assert Role.AUTHOR not in dict(held())

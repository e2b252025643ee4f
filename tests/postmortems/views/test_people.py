"""Who is on a post-mortem, and its properties: who may change what, when."""

import re
from datetime import date
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from postmortems.domain.document import Role, State, TextKey
from postmortems.models import Change, Postmortem, RoleAssignment
from postmortems.services.texts import save_text
from tests.factories import Cast, ServiceFactory, UserFactory, postmortem_with_roles

pytestmark = pytest.mark.django_db


def address(cast: Cast, page: str) -> str:
    """Return the address of a page about the post-mortem."""
    return f"/postmortems/{cast.postmortem.pk}/{page}/"


def seen(cast: Cast, page: str) -> str:
    """Return the stamp that the page carries now, which tells a later save what was shown."""
    client = Client()
    client.force_login(cast.author)
    return stamp(client.get(address(cast, page)).content.decode())


def stamp(page: str) -> str:
    """Return the stamp in a page."""
    (found,) = re.findall(r'name="seen" value="(\d+)"', page)
    return str(found)


def roles(cast: Cast, **changes: Any) -> dict[str, Any]:
    """Return the roles as they are, with ``changes``."""
    return {
        "seen": seen(cast, "people"),
        "author": cast.author.email,
        "ic": cast.ic.email,
        "lead": cast.lead.email,
        "sme": [cast.sme.email],
        "participant": [cast.participant.email],
        "outside_reviewers": "",
        **changes,
    }


def properties(cast: Cast, **changes: Any) -> dict[str, Any]:
    """Return the properties as they are, with ``changes``."""
    postmortem, incident = cast.postmortem, cast.postmortem.incident
    return {
        "seen": seen(cast, "properties"),
        "title": incident.title,
        "severity": incident.severity,
        "zone": incident.zone,
        "language": postmortem.language,
        "organisation": postmortem.organisation,
        "visibility": postmortem.visibility,
        "next_review_on": "",
        "next_review_note": "",
        **changes,
    }


def test_those_who_manage_it_assign_roles_and_it_is_recorded(client: Client) -> None:
    cast = postmortem_with_roles()
    newcomer = UserFactory(display_name="Newcomer")
    for manager in (cast.author, cast.ic, cast.lead):
        client.force_login(manager)
        page = client.get(address(cast, "people")).content.decode()
        assert 'id="ic"' in page
        assert 'id="sme"' in page
        assert 'id="lead"' in page
        assert 'id="author"' in page
        assert 'id="roles"' in page
        assert 'value="Ic Example"' in page
    typed = roles(cast, sme=["Newcomer", "Robin"], outside_reviewers="Ada\n\n Grace  Hopper ")
    response = client.post(address(cast, "people"), typed)
    assert response["Location"] == address(cast, "people")
    experts = RoleAssignment.objects.filter(role=Role.SME)
    assert [(held.user, held.name) for held in experts] == [(newcomer, ""), (None, "Robin")]
    outside = cast.postmortem.outside_reviewers.values_list("name", flat=True)
    assert list(outside) == ["Ada", "Grace Hopper"]
    assert "Grace Hopper" in client.get(address(cast, "people")).content.decode()
    change = Change.objects.get(target="people")
    assert (change.user, change.after["sme"]) == (cast.lead, ["Newcomer", "Robin"])


def test_others_see_who_is_on_it_and_cannot_change_it(client: Client) -> None:
    cast = postmortem_with_roles()
    for user in (cast.sme, cast.participant, cast.reader):
        client.force_login(user)
        page = client.get(address(cast, "people")).content.decode()
        assert "Ic Example" in page
        assert "<input" not in page.split("<main")[1].replace('type="hidden"', "")
        assert client.post(address(cast, "people"), roles(cast, ic="")).status_code == 403
    assert RoleAssignment.objects.filter(role=Role.IC).exists()


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"author": ""}, "Name an author"),
        ({"ic": "who@example.org"}, "“who@example.org” has no account"),
        ({"outside_reviewers": "Ada\n" + "x" * 121}, "Line 2 has 121 characters"),
    ],
)
def test_a_refused_change_keeps_what_was_typed(client: Client, changes: dict[str, Any], message: str) -> None:
    cast = postmortem_with_roles()
    client.force_login(cast.author)
    response = client.post(address(cast, "people"), roles(cast, participant=["Kept Name"], **changes))
    assert response.status_code == 422
    assert message in response.content.decode()
    assert 'value="Kept Name"' in response.content.decode()
    assert not Change.objects.filter(target="people").exists()


def test_nobody_leaves_a_restricted_one_without_being_warned(client: Client) -> None:
    cast = postmortem_with_roles(visibility="restricted")
    client.force_login(cast.lead)
    typed = roles(cast, lead="")
    response = client.post(address(cast, "people"), typed)
    assert response.status_code == 422
    assert "it will no longer exist for you" in response.content.decode()
    assert client.post(address(cast, "people"), {**typed, "leave": "on"})["Location"] == "/"
    assert client.get(address(cast, "people")).status_code == 404


def test_leaving_an_internal_one_needs_no_confirmation(client: Client) -> None:
    cast = postmortem_with_roles()
    client.force_login(cast.lead)
    assert client.post(address(cast, "people"), roles(cast, lead="")).status_code == 302


def test_a_deactivated_holder_stays_without_being_typed_anew(client: Client) -> None:
    cast = postmortem_with_roles()
    cast.sme.is_active = False
    cast.sme.save()
    client.force_login(cast.author)
    assert client.post(address(cast, "people"), roles(cast, lead="Robin")).status_code == 302
    assert RoleAssignment.objects.get(role=Role.SME).user == cast.sme


def test_somebody_who_can_act_stays_on_it(client: Client) -> None:
    cast = postmortem_with_roles()
    client.force_login(cast.author)
    nobody = roles(cast, author="Robin", ic="", lead="Ada")
    response = client.post(address(cast, "people"), nobody)
    assert response.status_code == 422
    page = response.content.decode()
    assert "Nobody could act on this post-mortem" in page
    assert 'href="#author"' in page
    assert 'value="Robin"' in page
    assert RoleAssignment.objects.get(role=Role.AUTHOR).user == cast.author
    cast.lead.is_active = False
    cast.lead.save()
    left = {**nobody, "lead": cast.lead.email}
    assert client.post(address(cast, "people"), left).status_code == 422
    assert client.post(address(cast, "people"), {**left, "ic": cast.ic.email}).status_code == 302


def test_of_two_who_change_the_people_the_second_is_told(client: Client) -> None:
    cast = postmortem_with_roles()
    UserFactory(display_name="Newcomer")
    first, second = roles(cast, sme=["Newcomer"]), roles(cast, participant=["Robin", "Ada"])
    client.force_login(cast.author)
    assert client.post(address(cast, "people"), first).status_code == 302
    client.force_login(cast.ic)
    response = client.post(address(cast, "people"), second)
    assert response.status_code == 409
    page = response.content.decode()
    saved, typed = page.split("What you wrote")
    assert "somebody changed this while you were writing" in saved
    assert "Newcomer" in saved
    assert "Ic Example" not in saved.split("Saved now")[1]
    assert 'value="Robin"' in typed
    assert 'value="Sme Example"' not in saved
    assert [str(held) for held in RoleAssignment.objects.filter(role=Role.SME)] == ["Newcomer"]
    assert not RoleAssignment.objects.filter(name="Robin").exists()
    again = {**second, "sme": ["Newcomer"], "seen": stamp(page)}
    assert client.post(address(cast, "people"), again).status_code == 302
    assert RoleAssignment.objects.filter(name="Robin").exists()


def test_of_two_who_change_the_properties_the_second_is_told(client: Client) -> None:
    cast = postmortem_with_roles()
    first = properties(cast, title="Payments down", visibility="restricted")
    second = properties(cast, next_review_note="Did the alerts fire?")
    client.force_login(cast.author)
    assert client.post(address(cast, "properties"), first).status_code == 302
    client.force_login(cast.ic)
    response = client.post(address(cast, "properties"), second)
    assert response.status_code == 409
    page = response.content.decode()
    saved, typed = page.split("What you wrote")
    assert "Payments down" in saved
    assert "Restricted: only the people on it" in saved
    assert f'value="{cast.postmortem.incident.title}"' in typed
    assert 'value="Did the alerts fire?"' in typed
    postmortem = Postmortem.objects.select_related("incident").get()
    assert (postmortem.incident.title, postmortem.visibility) == ("Payments down", "restricted")
    assert postmortem.next_review_note == ""
    again = {**first, "next_review_note": "Did the alerts fire?", "seen": stamp(page)}
    assert client.post(address(cast, "properties"), again).status_code == 302
    postmortem.refresh_from_db()
    assert (postmortem.visibility, postmortem.next_review_note) == ("restricted", "Did the alerts fire?")


def test_what_was_written_meanwhile_elsewhere_does_not_stand_in_the_way(client: Client) -> None:
    cast = postmortem_with_roles()
    people, facts = roles(cast, lead="Robin"), properties(cast, title="Payments down")
    save_text(cast.postmortem, TextKey.TLDR, "For 47 minutes no order could be paid", 1, actor=cast.sme)
    client.force_login(cast.author)
    assert client.post(address(cast, "people"), people).status_code == 302
    assert client.post(address(cast, "properties"), facts).status_code == 302


@pytest.mark.parametrize("sent", [None, "", "soon", "-1", "9" * 40])
def test_a_save_that_does_not_say_what_it_saw_overwrites_nothing(client: Client, sent: str | None) -> None:
    cast = postmortem_with_roles()
    client.force_login(cast.author)
    for page, typed in (("people", roles(cast, ic="Robin")), ("properties", properties(cast, title="Mine"))):
        del typed["seen"]
        response = client.post(address(cast, page), typed if sent is None else {**typed, "seen": sent})
        assert response.status_code == 409
        assert stamp(response.content.decode())
    assert not Change.objects.exclude(verb="created").exists()


def test_two_accounts_of_one_name_are_two_people(client: Client) -> None:
    cast = postmortem_with_roles()
    alexes = [UserFactory(display_name="Alex") for _ in range(2)]
    client.force_login(cast.author)
    for alex in alexes:
        assert client.post(address(cast, "people"), roles(cast, sme=[alex.email])).status_code == 302
        assert RoleAssignment.objects.get(role=Role.SME).user == alex


def test_properties_change_the_facts_and_the_document(client: Client) -> None:
    cast = postmortem_with_roles()
    shop = ServiceFactory()
    client.force_login(cast.author)
    page = client.get(address(cast, "properties")).content.decode()
    assert 'id="next_review_on"' in page
    typed = properties(
        cast,
        title="Payments down",
        severity="P1",
        services=[shop.pk],
        public="on",
        language="fr",
        visibility="restricted",
        next_review_on="2027-01-31",
        next_review_note="Did the alerts fire?",
    )
    assert client.post(address(cast, "properties"), typed)["Location"] == address(cast, "properties")
    postmortem = Postmortem.objects.select_related("incident").get()
    incident = postmortem.incident
    assert (incident.title, incident.severity, incident.public) == ("Payments down", "P1", True)
    assert list(incident.services.all()) == [shop]
    assert (postmortem.language, postmortem.visibility) == ("fr", "restricted")
    assert (postmortem.next_review_on, postmortem.next_review_note) == (
        date(2027, 1, 31),
        "Did the alerts fire?",
    )
    assert postmortem.slug.endswith("payments-down")
    assert "2027-01-31" in client.get(address(cast, "properties")).content.decode()


def test_participants_change_the_facts_but_not_who_may_see_it(client: Client) -> None:
    cast = postmortem_with_roles()
    client.force_login(cast.participant)
    typed = properties(cast, title="By a participant", visibility="restricted")
    assert client.post(address(cast, "properties"), typed).status_code == 302
    postmortem = Postmortem.objects.select_related("incident").get()
    assert (postmortem.incident.title, postmortem.visibility) == ("By a participant", "internal")


def test_after_validation_only_what_is_not_text_can_change(client: Client) -> None:
    cast = postmortem_with_roles(state=State.VALIDATED)
    client.force_login(cast.lead)
    typed = properties(cast, title="Too late", language="fr", next_review_on="2027-01-31")
    assert client.post(address(cast, "properties"), typed).status_code == 302
    postmortem = Postmortem.objects.select_related("incident").get()
    assert postmortem.incident.title == cast.postmortem.incident.title
    assert (postmortem.language, postmortem.next_review_on) == ("en", date(2027, 1, 31))
    client.force_login(cast.participant)
    assert client.post(address(cast, "properties"), typed).status_code == 403


def test_readers_see_properties_and_cannot_change_them(client: Client) -> None:
    cast = postmortem_with_roles()
    client.force_login(cast.reader)
    page = client.get(address(cast, "properties")).content.decode()
    assert "The people on this post-mortem can change these." in page
    assert "Save" not in page.split("<main")[1]
    assert client.post(address(cast, "properties"), properties(cast, title="Mine")).status_code == 403


def test_wrong_properties_are_refused_with_what_was_typed(client: Client) -> None:
    cast = postmortem_with_roles()
    client.force_login(cast.author)
    typed = properties(cast, title="", next_review_on="soon", next_review_note="Kept note")
    response = client.post(address(cast, "properties"), typed)
    assert response.status_code == 422
    page = response.content.decode()
    assert "Give the incident a title" in page
    assert "This is not a date" in page
    assert "Kept note" in page


@pytest.mark.parametrize("page", ["people", "properties"])
def test_strangers_bad_ids_and_wrong_methods(client: Client, page: str) -> None:
    cast = postmortem_with_roles(visibility="restricted")
    client.force_login(cast.outsider)
    assert client.get(address(cast, page)).status_code == 404
    assert client.post(address(cast, page), {}).status_code == 404
    assert client.get(f"/postmortems/222222222222/{page}/").status_code == 404
    client.force_login(cast.author)
    assert client.put(address(cast, page)).status_code == 405


@pytest.mark.parametrize("count", [1, 3, 30])
def test_the_number_of_queries_does_not_grow(client: Client, count: int) -> None:
    cast = postmortem_with_roles()
    for _ in range(count):
        ServiceFactory()
        RoleAssignment.objects.create(postmortem=cast.postmortem, role=Role.PARTICIPANT, user=UserFactory())
    client.force_login(cast.author)
    for page, expected in (("people", 7), ("properties", 7)):
        with CaptureQueriesContext(connection) as queries:
            client.get(address(cast, page))
        assert len(queries) == expected, page

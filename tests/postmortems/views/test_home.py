"""What waits for whom, and that it costs the same however much there is."""

from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from actions.models import CorrectiveAction
from postmortems.domain.document import ActionStatus, Role, Section, State, TextKey
from postmortems.domain.status import Transition
from postmortems.models import Decision, RoleAssignment, Text, User
from postmortems.services.incidents import Person, assign_people
from postmortems.services.review import (
    answer_challenge,
    answer_review_form,
    approve_sections,
    change_state,
    decide,
    raise_challenge,
    settle_challenge,
)
from postmortems.services.texts import save_text
from tests.factories import (
    Cast,
    IncidentFactory,
    PostmortemFactory,
    UserFactory,
    complete_postmortem,
    postmortem_with_roles,
)

pytestmark = pytest.mark.django_db

SECTIONS = [section for section in Section if section is not Section.ANNEXES]


def waits(client: Client, user: User) -> list[str]:
    """Return the reasons of the lines on a person's page."""
    client.force_login(user)
    return [line.what for line in client.get("/").context["lines"]]


def submitted() -> Cast:
    cast = complete_postmortem()
    change_state(cast.postmortem, Transition.SUBMIT, actor=cast.author)
    cast.postmortem.refresh_from_db()
    return cast


def challenged() -> Cast:
    cast = submitted()
    for role, user in ((Role.IC, cast.ic), (Role.SME, cast.sme)):
        approve_sections(cast.postmortem, role, SECTIONS, cast.postmortem.revision, actor=user)
    cast.postmortem.refresh_from_db()
    assert cast.postmortem.state == State.CHALLENGE
    return cast


def test_ic_and_sme_validate_and_again_what_changed_since(client: Client) -> None:
    cast = submitted()
    assert waits(client, cast.ic) == ["6 sections to validate as Incident commander"]
    assert waits(client, cast.sme) == ["6 sections to validate as Subject-matter expert"]
    assert waits(client, cast.author) == waits(client, cast.participant) == []
    approve_sections(cast.postmortem, Role.IC, SECTIONS, cast.postmortem.revision, actor=cast.ic)
    assert waits(client, cast.ic) == []
    text = Text.objects.get(postmortem=cast.postmortem, key=TextKey.TLDR)
    save_text(cast.postmortem, TextKey.TLDR, "Another summary", text.version, actor=cast.author)
    assert waits(client, cast.ic) == [
        "1 section changed since it was approved: validate it again as Incident commander"
    ]


def test_the_challenge_round_waits_for_each_in_turn(client: Client) -> None:
    cast = challenged()
    review = "Challenge it: the team waits for your review"
    assert waits(client, cast.participant) == [review]
    assert waits(client, cast.author) == []
    challenge = raise_challenge(cast.postmortem, Section.IMPACT, "Who counted?", actor=cast.reader)
    assert waits(client, cast.author) == ["1 challenge has no answer yet"]
    assert waits(client, cast.reader) == []
    answer_challenge(challenge, "The order database", actor=cast.author)
    assert waits(client, cast.author) == []
    assert waits(client, cast.reader) == ["1 challenge of yours was answered: settle it, or raise another"]
    settle_challenge(challenge, "Source added", actor=cast.reader)
    for user in (cast.participant, cast.lead):
        answer_review_form(cast.postmortem, blameless=True, remark="", actor=user)
    assert waits(client, cast.participant) == []
    assert waits(client, cast.author) == ["The challenge round is done: close it"]
    answer_review_form(cast.postmortem, blameless=False, remark="It names me", actor=cast.lead)
    assert waits(client, cast.author) == ["1 reviewer does not find it blameless"]


def test_the_lead_signs_off_and_closes(client: Client) -> None:
    cast = complete_postmortem(state=State.FOLLOW_UP)
    assert waits(client, cast.lead) == ["The actions are in follow-up: sign off when they are in hand"]
    cast = complete_postmortem(state=State.VALIDATED, validated_at=timezone.now())
    assert waits(client, cast.lead) == []
    CorrectiveAction.objects.filter(postmortem=cast.postmortem).update(status=ActionStatus.DONE)
    assert waits(client, cast.lead) == ["Every action is finished: close the post-mortem"]


def test_a_draft_waits_for_its_author_and_says_why_it_came_back(client: Client) -> None:
    cast = submitted()
    change_state(
        cast.postmortem,
        Transition.COMPLETE,
        actor=cast.ic,
        note="The figures lack sources",
        sections=[Section.IMPACT],
    )
    assert waits(client, cast.author) == [f"Sent back by {cast.ic}: The figures lack sources"]
    fresh = PostmortemFactory(incident__declared_by=cast.author)
    assert waits(client, cast.author)[1:] == ["Your draft"]
    page = client.get("/").content.decode()
    assert "due in" in page
    assert f"/postmortems/{fresh.pk}/edit/summary/" in page


def test_late_comes_first_and_debts_come_last(client: Client) -> None:
    me = UserFactory()
    weeks_ago = timezone.now() - timedelta(days=20)
    PostmortemFactory(incident__title="In time", incident__declared_by=me)
    PostmortemFactory(
        incident__title="Late",
        incident__declared_by=me,
        incident__started_at=weeks_ago,
        incident__detected_at=weeks_ago,
        incident__restored_at=weeks_ago,
    )
    IncidentFactory(title="Owed", severity="P1", restored_at=weeks_ago)
    IncidentFactory(title="Owed too", severity="P4", public=True)
    IncidentFactory(title="Not owed", severity="P2")
    cast = complete_postmortem(incident__title="With my action")
    CorrectiveAction.objects.filter(postmortem=cast.postmortem, status=ActionStatus.TODO).update(
        owner=me, deadline=timezone.now().date() - timedelta(days=2)
    )
    client.force_login(me)
    lines = client.get("/").context["lines"]
    assert [line.item.title for line in lines] == ["With my action", "Late", "In time", "Owed", "Owed too"]
    assert lines[0].clock.text == "2 days late"


@pytest.mark.parametrize(
    ("zone", "late"), [("Pacific/Kiritimati", ["1 day late"]), ("Pacific/Pago_Pago", [])]
)
def test_an_action_is_late_by_the_calendar_of_its_incident(
    client: Client, zone: str, late: list[str]
) -> None:
    """Noon in UTC is the next day at UTC+14, and 25 hours away still the day itself at UTC-11."""
    cast = complete_postmortem(incident__zone=zone)
    CorrectiveAction.objects.filter(postmortem=cast.postmortem).update(
        owner=cast.reader, status=ActionStatus.TODO, deadline="2030-06-15"
    )
    with time_machine.travel("2030-06-15T12:00:00Z", tick=False):
        client.force_login(cast.reader)
        lines = client.get("/").context["lines"]
        assert [line.clock.text for line in lines] == late * 2
        listed = client.get("/postmortems/").context["lines"]
        assert [line["entry"].late_actions for line in listed] == [2 if late else 0]
        narrowed = client.get("/postmortems/?late=1&state=validated").context["lines"]
        assert narrowed == []


def test_the_lack_of_an_expert_waits_for_author_and_ic(client: Client) -> None:
    cast = submitted()
    people = [Person(Role.AUTHOR, cast.author), Person(Role.IC, cast.ic)]
    assign_people(cast.postmortem, people, actor=cast.author)
    lack = "There is no subject-matter expert: name one, or record why there is none"
    assert waits(client, cast.author) == [lack]
    assert waits(client, cast.ic) == ["6 sections to validate as Incident commander", lack]
    page = client.get("/").content.decode()
    assert f"/postmortems/{cast.postmortem.pk}/people/#sme" in page
    decide(cast.postmortem, Decision.NO_SME, "Nobody else knows it", actor=cast.author)
    assert waits(client, cast.author) == []


def test_a_restricted_postmortem_waits_only_for_the_people_on_it(client: Client) -> None:
    cast = complete_postmortem(visibility="restricted", incident__severity="P1")
    owner = UserFactory()
    CorrectiveAction.objects.filter(postmortem=cast.postmortem).update(
        owner=owner, status=ActionStatus.TODO, deadline=timezone.now().date() - timedelta(days=1)
    )
    assert waits(client, owner) == waits(client, cast.outsider) == []
    assert waits(client, cast.author) == ["Your draft"]


def test_nothing_waits_so_there_is_something_to_read(client: Client) -> None:
    user = UserFactory()
    client.force_login(user)
    assert "No post-mortem has been validated yet" in client.get("/").content.decode()
    seen = postmortem_with_roles(state=State.VALIDATED)
    postmortem_with_roles(state=State.VALIDATED, visibility="restricted")
    page = client.get("/")
    assert page.context["latest"] == seen.postmortem
    assert f"/postmortems/{seen.postmortem.pk}/" in page.content.decode()


@pytest.mark.parametrize("count", [1, 3, 12])
def test_the_number_of_queries_does_not_grow(client: Client, count: int) -> None:
    me = UserFactory()
    for number in range(count):
        IncidentFactory(severity="P1")
        PostmortemFactory(incident__declared_by=me)
        cast = postmortem_with_roles(state=State.CHALLENGE if number % 2 else State.VALIDATION)
        RoleAssignment.objects.filter(postmortem=cast.postmortem, role=Role.IC).update(user=me)
    client.force_login(me)
    client.get("/")
    with CaptureQueriesContext(
        connection,
    ) as queries:
        response = client.get("/")
    assert len(response.context["lines"]) >= 3 * count
    assert len(queries) == 6


def test_only_reading(signed_in: Client) -> None:
    assert signed_in.post("/").status_code == 405


@pytest.mark.parametrize(
    ("severity", "public", "why"),
    [
        ("P1", False, "A P1 requires a post-mortem: none is started yet"),
        ("P1", True, "A P1, and public: it requires a post-mortem, none is started yet"),
        ("P3", True, "A public incident requires a post-mortem: none is started yet"),
    ],
)
def test_a_debt_says_each_reason_that_it_has(client: Client, severity: str, public: bool, why: str) -> None:
    IncidentFactory(severity=severity, public=public)
    assert waits(client, UserFactory()) == [why]

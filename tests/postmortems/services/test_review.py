"""The walk through the gates, and what stops it."""

import threading
from collections.abc import Callable
from datetime import timedelta

import pytest
import time_machine
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.utils import timezone

from postmortems.domain.criteria import Detail
from postmortems.domain.document import MANDATORY_SECTIONS, Role, Section, State, TextKey
from postmortems.domain.status import Obstacle, Transition
from postmortems.models import (
    Approval,
    Challenge,
    Decision,
    Postmortem,
    ReviewForm,
    Text,
    TransitionRecord,
    User,
)
from postmortems.services.changes import NotEditable
from postmortems.services.review import (
    SectionsChanged,
    TransitionRefused,
    answer_review_form,
    approve_sections,
    change_state,
    decide,
    evaluate_now,
    raise_challenge,
    settle_challenge,
    settle_objection,
)
from postmortems.services.texts import save_text
from tests.factories import Cast, complete_postmortem, postmortem_with_roles


def revision(cast: Cast) -> int:
    return Postmortem.objects.get(pk=cast.postmortem.pk).revision


def approve(cast: Cast, role: Role, user: User) -> State:
    return approve_sections(cast.postmortem, role, MANDATORY_SECTIONS, revision(cast), actor=user)


def write(cast: Cast, body: str) -> None:
    version = Text.objects.get(postmortem=cast.postmortem, key=TextKey.TLDR).version
    save_text(cast.postmortem, TextKey.TLDR, body, version, actor=cast.participant)


def in_challenge() -> Cast:
    cast = complete_postmortem()
    change_state(cast.postmortem, Transition.SUBMIT, actor=cast.author)
    approve(cast, Role.IC, cast.ic)
    assert approve(cast, Role.SME, cast.sme) is State.CHALLENGE
    return cast


def details(refused: TransitionRefused) -> set[Detail]:
    return {finding.detail for finding in refused.refusal.findings}


@pytest.mark.django_db
def test_from_draft_to_validated() -> None:
    cast = in_challenge()
    challenge = raise_challenge(cast.postmortem, Section.IMPACT, "Where is 312 from?", actor=cast.reader)
    answer_review_form(cast.postmortem, blameless=True, remark="", actor=cast.participant)
    answer_review_form(cast.postmortem, blameless=False, remark="The third why", actor=cast.reader)
    with pytest.raises(TransitionRefused) as refused:
        change_state(cast.postmortem, Transition.CLOSE_ROUND, actor=cast.author)
    assert details(refused.value) == {Detail.CHALLENGE_OPEN, Detail.OBJECTION_OPEN}
    settle_challenge(challenge, "The order database", actor=cast.reader)
    settle_objection(ReviewForm.objects.get(user=cast.reader), actor=cast.ic)
    assert change_state(cast.postmortem, Transition.CLOSE_ROUND, actor=cast.author) is State.FOLLOW_UP
    assert change_state(cast.postmortem, Transition.SIGN_OFF, actor=cast.lead) is State.VALIDATED
    assert Postmortem.objects.get().validated_at is not None
    walked = list(TransitionRecord.objects.values_list("name", "user__display_name"))
    assert walked == [
        ("submit", "Author Example"),
        ("open_round", "Sme Example"),
        ("close_round", "Author Example"),
        ("sign_off", "Lead Example"),
    ]


@pytest.mark.django_db
def test_an_unfinished_draft_is_refused_with_everything_that_is_missing() -> None:
    cast = postmortem_with_roles()
    with pytest.raises(TransitionRefused) as refused:
        change_state(cast.postmortem, Transition.SUBMIT, actor=cast.author)
    assert refused.value.refusal.obstacles == (Obstacle.CRITERIA,)
    assert {Detail.SECTION_EMPTY, Detail.CHAIN_MISSING, Detail.NO_ACTION} <= details(refused.value)
    assert Postmortem.objects.get().state == State.DRAFTING


@pytest.mark.django_db
def test_a_role_that_may_not_submit_is_told_who_may() -> None:
    cast = complete_postmortem()
    with pytest.raises(TransitionRefused) as refused:
        change_state(cast.postmortem, Transition.SUBMIT, actor=cast.participant)
    assert refused.value.refusal.obstacles == (Obstacle.WRONG_ROLE,)
    assert refused.value.refusal.roles == (Role.AUTHOR, Role.IC)


@pytest.mark.django_db
def test_sending_back_needs_a_reason_and_keeps_it() -> None:
    cast = complete_postmortem()
    change_state(cast.postmortem, Transition.SUBMIT, actor=cast.author)
    with pytest.raises(TransitionRefused) as refused:
        change_state(cast.postmortem, Transition.COMPLETE, actor=cast.sme)
    assert refused.value.refusal.obstacles == (Obstacle.REASON_MISSING, Obstacle.SECTIONS_MISSING)
    change_state(
        cast.postmortem,
        Transition.COMPLETE,
        actor=cast.sme,
        note="Say when the retry began",
        sections=[Section.TIMELINE],
    )
    record = TransitionRecord.objects.latest("id")
    assert (record.target, record.note, record.sections) == (
        State.DRAFTING,
        "Say when the retry began",
        [Section.TIMELINE],
    )


@pytest.mark.django_db
def test_a_change_makes_the_approvals_of_its_section_lapse_and_no_others() -> None:
    cast = in_challenge()
    write(cast, "Rewritten")
    findings = evaluate_now(cast.postmortem.pk).report.findings
    lapsed = {
        f.section for f in findings if f.detail in {Detail.IC_APPROVAL_LAPSED, Detail.SME_APPROVAL_LAPSED}
    }
    assert lapsed == {Section.SUMMARY}
    approve_sections(cast.postmortem, Role.IC, [Section.SUMMARY], revision(cast), actor=cast.ic)
    approve_sections(cast.postmortem, Role.SME, [Section.SUMMARY], revision(cast), actor=cast.sme)
    findings = evaluate_now(cast.postmortem.pk).report.findings
    assert not {f.detail for f in findings} & {Detail.IC_APPROVAL_LAPSED, Detail.SME_APPROVAL_LAPSED}


@pytest.mark.django_db
def test_nobody_approves_a_section_that_changed_after_they_opened_it() -> None:
    cast = complete_postmortem()
    change_state(cast.postmortem, Transition.SUBMIT, actor=cast.author)
    seen = revision(cast)
    write(cast, "Rewritten meanwhile")
    with pytest.raises(SectionsChanged) as refused:
        approve_sections(cast.postmortem, Role.IC, MANDATORY_SECTIONS, seen, actor=cast.ic)
    assert refused.value.sections == (Section.SUMMARY,)
    assert not Approval.objects.exists()


@pytest.mark.django_db
def test_nobody_approves_in_a_role_that_they_do_not_hold() -> None:
    cast = complete_postmortem()
    change_state(cast.postmortem, Transition.SUBMIT, actor=cast.author)
    for role, user in ((Role.IC, cast.sme), (Role.AUTHOR, cast.author)):
        with pytest.raises(PermissionDenied):
            approve(cast, role, user)


@pytest.mark.django_db
def test_a_challenge_is_settled_by_whoever_raised_it_or_by_the_ic_after_three_days_of_silence() -> None:
    cast = in_challenge()
    challenge = raise_challenge(cast.postmortem, Section.IMPACT, "Where is 312 from?", actor=cast.reader)
    for user in (cast.author, cast.ic):
        with pytest.raises(PermissionDenied):
            settle_challenge(challenge, "Known", actor=user)
    with time_machine.travel(timezone.now() + timedelta(days=3, minutes=1)):
        settle_challenge(challenge, "Nobody asked again", actor=cast.ic)
    assert Challenge.objects.get().settled_by == cast.ic


@pytest.mark.django_db
def test_nothing_is_approved_in_a_draft() -> None:
    cast = complete_postmortem()
    with pytest.raises(NotEditable):
        approve(cast, Role.IC, cast.ic)


@pytest.mark.django_db
def test_a_new_round_asks_every_reviewer_again() -> None:
    cast = in_challenge()
    answer_review_form(cast.postmortem, blameless=True, remark="", actor=cast.participant)
    change_state(cast.postmortem, Transition.SEND_BACK, actor=cast.author, note="The cause is wrong")
    change_state(cast.postmortem, Transition.SUBMIT, actor=cast.author)
    approve(cast, Role.IC, cast.ic)
    assert Postmortem.objects.get().state == State.CHALLENGE
    assert not ReviewForm.objects.exists()


@pytest.mark.django_db
def test_a_decision_is_signed_and_can_be_taken_back() -> None:
    cast = postmortem_with_roles()
    decide(cast.postmortem, Decision.NO_ACTION, "Known risk, accepted", actor=cast.lead)
    assert evaluate_now(cast.postmortem.pk).document.review.no_action_reason == "Known risk, accepted"
    decide(cast.postmortem, Decision.NO_ACTION, "  ", actor=cast.lead)
    assert not Decision.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_of_two_people_who_submit_together_one_wins_and_one_is_told() -> None:
    cast = complete_postmortem()
    outcomes: list[str] = []
    start = threading.Barrier(2)

    def attempt(user: User) -> Callable[[], None]:
        def run() -> None:
            start.wait()
            try:
                change_state(cast.postmortem, Transition.SUBMIT, actor=user)
                outcomes.append("moved")
            except TransitionRefused as refused:
                outcomes.append(refused.refusal.obstacles[0])
            finally:
                connection.close()

        return run

    threads = [threading.Thread(target=attempt(user)) for user in (cast.author, cast.ic)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["moved", Obstacle.WRONG_STATE]
    assert TransitionRecord.objects.count() == 1

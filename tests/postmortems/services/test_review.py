"""The walk through the gates, and what stops it."""

import threading
from collections.abc import Callable
from datetime import timedelta

import pytest
import time_machine
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.utils import timezone

from actions.models import CorrectiveAction
from postmortems.domain.document import (
    MANDATORY_SECTIONS,
    ActionStatus,
    AnnexKind,
    Role,
    Section,
    State,
    TextKey,
)
from postmortems.domain.findings import Detail
from postmortems.domain.gate import Obstacle
from postmortems.domain.status import Transition
from postmortems.models import (
    Annex,
    Approval,
    Challenge,
    Change,
    Decision,
    Postmortem,
    ReviewForm,
    Text,
    TransitionRecord,
    User,
)
from postmortems.selectors.home import Waiting, waiting_for
from postmortems.services.changes import NotEditable, RowConflict
from postmortems.services.incidents import Person, assign_people
from postmortems.services.review import (
    SectionsChanged,
    TransitionRefused,
    answer_challenge,
    answer_review_form,
    approve_sections,
    change_state,
    decide,
    evaluate_now,
    raise_challenge,
    settle_challenge,
    settle_objection,
)
from postmortems.services.rows import add_row, delete_row
from postmortems.services.texts import save_text
from tests.factories import Cast, complete_postmortem, postmortem_with_roles


def revision(cast: Cast) -> int:
    return Postmortem.objects.get(pk=cast.postmortem.pk).revision


def approve(cast: Cast, role: Role, user: User) -> State:
    return approve_sections(cast.postmortem, role, MANDATORY_SECTIONS, revision(cast), actor=user)


def write(cast: Cast, body: str) -> None:
    version = Text.objects.get(postmortem=cast.postmortem, key=TextKey.TLDR).version
    save_text(cast.postmortem, TextKey.TLDR, body, version, actor=cast.participant)


def submitted() -> Cast:
    cast = complete_postmortem()
    change_state(cast.postmortem, Transition.SUBMIT, actor=cast.author)
    return cast


def in_challenge() -> Cast:
    cast = submitted()
    approve(cast, Role.IC, cast.ic)
    assert approve(cast, Role.SME, cast.sme) is State.CHALLENGE
    return cast


def closed() -> Cast:
    cast = in_challenge()
    for user in (cast.ic, cast.participant):
        answer_review_form(cast.postmortem, blameless=True, remark="", actor=user)
    change_state(cast.postmortem, Transition.CLOSE_ROUND, actor=cast.author)
    change_state(cast.postmortem, Transition.SIGN_OFF, actor=cast.lead)
    CorrectiveAction.objects.update(status=ActionStatus.DONE)
    assert change_state(cast.postmortem, Transition.CLOSE, actor=cast.lead) is State.CLOSED
    return cast


def people(cast: Cast, *without: Role) -> list[Person]:
    """Everybody on the post-mortem but the holders of some roles."""
    return [Person(role, getattr(cast, role)) for role in Role if role not in without]


def state() -> str:
    return Postmortem.objects.values_list("state", flat=True).get()


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
def test_the_round_opens_with_the_waiver_when_it_comes_last() -> None:
    cast = submitted()
    assign_people(cast.postmortem, people(cast, Role.SME), actor=cast.author)
    assert approve(cast, Role.IC, cast.ic) is State.VALIDATION
    decided = decide(cast.postmortem, Decision.NO_SME, "Nobody else knows it", actor=cast.author)
    assert decided == state() == State.CHALLENGE


@pytest.mark.django_db
def test_a_text_that_is_approved_already_goes_from_submission_into_a_new_round() -> None:
    cast = in_challenge()
    answer_review_form(cast.postmortem, blameless=True, remark="", actor=cast.participant)
    change_state(cast.postmortem, Transition.SEND_BACK, actor=cast.author, note="Talk about it first")
    assert change_state(cast.postmortem, Transition.SUBMIT, actor=cast.author) is State.CHALLENGE
    assert state() == State.CHALLENGE
    assert not ReviewForm.objects.exists(), "a new round asks every reviewer again"
    names = list(TransitionRecord.objects.values_list("name", flat=True))
    assert names == ["submit", "open_round", "send_back", "submit", "open_round"]


@pytest.mark.django_db
def test_the_round_opens_when_the_only_section_without_approval_is_deleted() -> None:
    cast = complete_postmortem()
    annex = add_row(
        Annex(postmortem=cast.postmortem, type=AnnexKind.NOTE, title="Note", body="Text"), actor=cast.author
    )
    change_state(cast.postmortem, Transition.SUBMIT, actor=cast.author)
    for role, user in ((Role.IC, cast.ic), (Role.SME, cast.sme)):
        assert approve(cast, role, user) is State.VALIDATION
    delete_row(Annex.objects.get(pk=annex.pk), actor=cast.participant)
    assert state() == State.CHALLENGE


@pytest.mark.django_db
def test_the_round_opens_when_the_only_approver_is_the_author_no_more() -> None:
    cast = submitted()
    alone = [Person(role, cast.author) for role in (Role.AUTHOR, Role.IC, Role.SME)]
    assign_people(cast.postmortem, [*alone, Person(Role.LEAD, cast.lead)], actor=cast.lead)
    for role in (Role.IC, Role.SME):
        assert approve(cast, role, cast.author) is State.VALIDATION
    handed_over = [Person(Role.AUTHOR, cast.participant), *alone[1:], Person(Role.LEAD, cast.lead)]
    assign_people(cast.postmortem, handed_over, actor=cast.lead)
    assert state() == State.CHALLENGE


@pytest.mark.django_db
def test_reviewers_open_a_round_by_hand_only_when_nothing_is_missing() -> None:
    cast = in_challenge()
    Postmortem.objects.update(state=State.VALIDATION)
    write(cast, "Rewritten")
    with pytest.raises(TransitionRefused) as refused:
        change_state(cast.postmortem, Transition.OPEN_ROUND, actor=cast.ic)
    assert details(refused.value) == {Detail.IC_APPROVAL_LAPSED, Detail.SME_APPROVAL_LAPSED}
    Change.objects.filter(revision=revision(cast)).delete()
    with pytest.raises(TransitionRefused) as refused:
        change_state(cast.postmortem, Transition.OPEN_ROUND, actor=cast.author)
    assert refused.value.refusal.roles == (Role.IC, Role.SME)
    assert change_state(cast.postmortem, Transition.OPEN_ROUND, actor=cast.sme) is State.CHALLENGE


@pytest.mark.django_db
def test_what_was_approved_before_the_reopening_is_approved_once_more() -> None:
    cast = closed()
    given = Approval.objects.count()
    change_state(cast.postmortem, Transition.REOPEN, actor=cast.ic, note="It happened again")
    assert change_state(cast.postmortem, Transition.SUBMIT, actor=cast.author) is State.VALIDATION
    standing = evaluate_now(cast.postmortem.pk)
    found = {finding.detail for finding in standing.report.blocking(Transition.OPEN_ROUND)}
    assert found == {Detail.IC_APPROVAL_MISSING, Detail.SME_APPROVAL_MISSING}
    assert standing.document.metadata.reviewers == ("Ic Example", "Sme Example"), "they did review it"
    for user in (cast.ic, cast.sme):
        waiting = waiting_for(user, timezone.now())
        assert [(item.kind, item.count) for item in waiting] == [(Waiting.VALIDATE, len(MANDATORY_SECTIONS))]
    approve(cast, Role.IC, cast.ic)
    assert waiting_for(cast.ic, timezone.now()) == []
    assert approve(cast, Role.SME, cast.sme) is State.CHALLENGE
    assert Approval.objects.count() == 2 * given, "the earlier ones stay in the record"


@pytest.mark.django_db
def test_of_two_who_answer_a_challenge_the_second_is_told() -> None:
    cast = in_challenge()
    raised = raise_challenge(cast.postmortem, Section.IMPACT, "Where is 312 from?", actor=cast.reader)
    opened = [Challenge.objects.get(pk=raised.pk) for _ in range(2)]
    answer_challenge(opened[0], "The order database", actor=cast.ic)
    before = revision(cast)
    with pytest.raises(RowConflict) as conflict:
        answer_challenge(opened[1], "The dashboard", actor=cast.author)
    assert (conflict.value.current.answer, conflict.value.current.answered_by) == (
        "The order database",
        cast.ic,
    )
    assert revision(cast) == before
    answer_challenge(opened[0], "The order database, by query 7", actor=cast.ic)


@pytest.mark.django_db
def test_a_settled_challenge_is_neither_answered_nor_settled_again() -> None:
    cast = in_challenge()
    raised = raise_challenge(cast.postmortem, Section.IMPACT, "Where is 312 from?", actor=cast.reader)
    opened = [Challenge.objects.get(pk=raised.pk) for _ in range(2)]
    settle_challenge(opened[0], "Known", actor=cast.reader)
    with pytest.raises(RowConflict):
        settle_challenge(opened[1], "Unknown", actor=cast.reader)
    with pytest.raises(RowConflict):
        answer_challenge(opened[1], "Too late", actor=cast.ic)
    stored = Challenge.objects.get()
    assert (stored.outcome, stored.answer) == ("Known", "")


@pytest.mark.django_db
def test_nobody_settles_over_an_answer_that_they_did_not_see() -> None:
    cast = in_challenge()
    raised = raise_challenge(cast.postmortem, Section.IMPACT, "Where is 312 from?", actor=cast.reader)
    opened = Challenge.objects.get(pk=raised.pk)
    answer_challenge(raised, "The order database", actor=cast.author)
    with pytest.raises(RowConflict) as conflict:
        settle_challenge(opened, "No answer", actor=cast.reader)
    assert conflict.value.current.answered_by == cast.author
    settle_challenge(conflict.value.current, "Known", actor=cast.reader)


@pytest.mark.django_db
def test_who_settled_an_objection_is_kept_until_the_reviewer_objects_again() -> None:
    cast = in_challenge()
    form = answer_review_form(cast.postmortem, blameless=False, remark="The third why", actor=cast.reader)
    opened = ReviewForm.objects.get(pk=form.pk)
    settle_objection(form, actor=cast.ic)
    with pytest.raises(RowConflict) as conflict:
        settle_objection(opened, actor=cast.reader)
    assert conflict.value.current.settled_by == cast.ic
    answer_review_form(cast.postmortem, blameless=False, remark="The fourth why", actor=cast.reader)
    again = ReviewForm.objects.get()
    assert again.settled_by is None
    assert again.settled_at is None
    with pytest.raises(RowConflict):
        settle_objection(opened, actor=cast.ic)


@pytest.mark.django_db
def test_the_history_tells_what_a_decision_said_before() -> None:
    cast = postmortem_with_roles()
    for reason in ("Known risk", "Known risk, accepted", "  "):
        decide(cast.postmortem, Decision.NO_ACTION, reason, actor=cast.lead)
        assert evaluate_now(cast.postmortem.pk).document.review.no_action_reason == reason.strip()
    assert not Decision.objects.exists()
    changes = Change.objects.filter(target="decision-no_action").order_by("id")
    assert list(changes.values_list("before", "after")) == [
        ({}, {"reason": "Known risk"}),
        ({"reason": "Known risk"}, {"reason": "Known risk, accepted"}),
        ({"reason": "Known risk, accepted"}, {}),
    ]


@pytest.mark.django_db
def test_a_decision_that_changes_nothing_leaves_no_trace() -> None:
    cast = in_challenge()
    before = Change.objects.count(), revision(cast)
    decide(cast.postmortem, Decision.NO_ACTION, "", actor=cast.author)
    assert (Change.objects.count(), revision(cast)) == before
    assert not evaluate_now(cast.postmortem.pk).report.blocking(Transition.OPEN_ROUND)
    decide(cast.postmortem, Decision.LATE, "Holidays", actor=cast.author)
    before = Change.objects.count(), revision(cast)
    decide(cast.postmortem, Decision.LATE, "Holidays ", actor=cast.lead)
    assert (Change.objects.count(), revision(cast)) == before
    assert Decision.objects.get().user == cast.author


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

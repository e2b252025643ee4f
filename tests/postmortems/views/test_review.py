"""The review page: what each person sees and can do in each state, and how refusals are told."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django.utils.html import strip_tags
from pytest_django import DjangoAssertNumQueries
from pytest_django.asserts import assertRedirects

from actions.models import CorrectiveAction
from postmortems.domain.document import (
    MANDATORY_SECTIONS,
    ActionStatus,
    Horizon,
    Role,
    Section,
    State,
    TextKey,
)
from postmortems.domain.status import Transition
from postmortems.models import (
    Approval,
    Challenge,
    Change,
    Decision,
    Incident,
    Postmortem,
    ReviewForm,
    RoleAssignment,
    Text,
    TimelineEvent,
    TransitionRecord,
    User,
)
from postmortems.selectors.review import last_send_back
from postmortems.services.review import (
    answer_challenge,
    answer_review_form,
    approve_sections,
    change_state,
    decide,
    raise_challenge,
    settle_challenge,
    settle_objection,
)
from postmortems.services.rows import add_row, delete_row
from postmortems.services.texts import save_text
from tests.factories import Cast, UserFactory, complete_postmortem, postmortem_with_roles

pytestmark = pytest.mark.django_db

SECTIONS = [section.value for section in MANDATORY_SECTIONS]
QUERIES = 12


def url(cast: Cast, name: str = "review", *args: Any) -> str:
    return reverse(f"postmortems:{name}", args=[cast.postmortem.pk, *args])


def step(cast: Cast, name: str) -> str:
    return url(cast, "transition", name)


def post(client: Client, user: User, address: str, **data: Any) -> Any:
    client.force_login(user)
    return client.post(address, data)


def show(client: Client, cast: Cast, user: User) -> str:
    client.force_login(user)
    response = client.get(url(cast))
    assert response.status_code == 200
    return words(response)


def words(response: Any) -> str:
    """What the page says, without markup."""
    return " ".join(strip_tags(main(response).replace("<br>", " ")).split())


def main(response: Any) -> str:
    page: str = response.content.decode().replace("&#x27;", "'").replace("&quot;", '"')
    return page.split("<main")[1]


def primary(client: Client, cast: Cast, user: User) -> list[str]:
    """The filled buttons of the page."""
    client.force_login(user)
    page = main(client.get(url(cast)))
    found = re.findall(
        r'<(?:button|a)[^>]*class="button[^"]* primary"[^>]*>(.*?)</(?:a|button)>', page, re.DOTALL
    )
    return [" ".join(strip_tags(label).split()) for label in found]


def state(cast: Cast) -> str:
    return Postmortem.objects.values_list("state", flat=True).get(pk=cast.postmortem.pk)


def revision(cast: Cast) -> int:
    return Postmortem.objects.values_list("revision", flat=True).get(pk=cast.postmortem.pk)


def write(cast: Cast, body: str, actor: User | None = None) -> None:
    version = Text.objects.get(postmortem=cast.postmortem, key=TextKey.TLDR).version
    save_text(cast.postmortem, TextKey.TLDR, body, version, actor=actor or cast.participant)


def approve(cast: Cast, role: Role, user: User, sections: Any = MANDATORY_SECTIONS) -> State:
    return approve_sections(cast.postmortem, role, sections, revision(cast), actor=user)


def submitted(**fields: Any) -> Cast:
    cast = complete_postmortem(**fields)
    change_state(cast.postmortem, Transition.SUBMIT, actor=cast.author)
    return cast


def in_round(**fields: Any) -> Cast:
    cast = submitted(**fields)
    approve(cast, Role.IC, cast.ic)
    assert approve(cast, Role.SME, cast.sme) is State.CHALLENGE
    return cast


def in_follow_up(**fields: Any) -> Cast:
    cast = in_round(**fields)
    for user in (cast.ic, cast.participant):
        answer_review_form(cast.postmortem, blameless=True, remark="", actor=user)
    change_state(cast.postmortem, Transition.CLOSE_ROUND, actor=cast.author)
    return cast


# --- The walk ---------------------------------------------------------------------------------------


def test_from_draft_to_closed_and_back_by_plain_forms(client: Client) -> None:
    cast = complete_postmortem()
    review = url(cast)
    assert post(client, cast.author, step(cast, "submit"))["Location"] == review
    for role, user in (("ic", cast.ic), ("sme", cast.sme)):
        data = {"role": role, "seen": revision(cast), "sections": SECTIONS}
        assert post(client, user, url(cast, "approve"), **data).status_code == 302
    assert state(cast) == State.CHALLENGE
    asked = post(client, cast.reader, url(cast, "challenge-add"), section="impact", body="Where is 312 from?")
    challenge = Challenge.objects.get()
    assert asked["Location"] == f"{review}#challenge-{challenge.pk}"
    answer = {"answer": "From the order database", "seen": ""}
    assert post(client, cast.author, url(cast, "challenge-answer", challenge.pk), **answer).status_code == 302
    settle = url(cast, "challenge-settle", challenge.pk)
    assert post(client, cast.reader, settle, outcome="The source is named now").status_code == 302
    for user in (cast.participant, cast.sme):
        assert post(client, user, url(cast, "review-form"), blameless="yes", remark="").status_code == 302
    assert post(client, cast.ic, step(cast, "close_round"))["Location"] == review
    assert post(client, cast.lead, step(cast, "sign_off"))["Location"] == review
    CorrectiveAction.objects.update(status=ActionStatus.DONE)
    assert post(client, cast.lead, step(cast, "close"))["Location"] == review
    assert state(cast) == State.CLOSED
    assert post(client, cast.ic, step(cast, "reopen"), note="It happened again")["Location"] == review
    assert state(cast) == State.DRAFTING
    shown = show(client, cast, cast.author)
    assert "Reopened by Ic Example" in shown
    assert "It happened again" in shown
    names = list(TransitionRecord.objects.values_list("name", flat=True))
    assert names == ["submit", "open_round", "close_round", "sign_off", "close", "reopen"]


@pytest.mark.parametrize("holder", ["author", "ic", "sme", "lead", "participant", "reader"])
@pytest.mark.parametrize(
    ("now", "name", "able"),
    [
        (State.DRAFTING, "submit", {"author", "ic"}),
        (State.VALIDATION, "complete", {"ic", "sme"}),
        (State.CHALLENGE, "close_round", {"author", "ic"}),
        (State.CHALLENGE, "send_back", {"author", "ic"}),
        (State.FOLLOW_UP, "sign_off", {"lead"}),
        (State.FOLLOW_UP, "send_back", {"lead"}),
        (State.VALIDATED, "close", {"lead"}),
        (State.CLOSED, "reopen", {"author", "ic", "lead"}),
    ],
)
def test_a_step_is_offered_to_those_who_may_take_it_and_refused_to_the_others(
    client: Client, now: State, name: str, able: set[str], holder: str
) -> None:
    cast = complete_postmortem(state=now)
    user = getattr(cast, holder)
    client.force_login(user)
    offered = f'action="{step(cast, name)}"' in main(client.get(url(cast)))
    assert offered == (holder in able)
    response = client.post(step(cast, name))
    assert (response.status_code == 403) == (holder not in able)
    if holder not in able:
        assert "is for: " in words(response)
        assert state(cast) == now


def test_of_two_submits_the_second_is_told_by_whom_it_was_submitted(client: Client) -> None:
    cast = complete_postmortem()
    assert post(client, cast.ic, step(cast, "submit")).status_code == 302
    response = post(client, cast.author, step(cast, "submit"))
    assert response.status_code == 409
    assert "This post-mortem is now in: IC + SME validation." in words(response)
    assert "“Submit for validation”: Ic Example," in words(response)
    assert "UTC" in words(response)
    assert TransitionRecord.objects.count() == 1


def test_an_unfinished_draft_is_refused_with_links_to_what_is_missing(client: Client) -> None:
    cast = postmortem_with_roles()
    response = post(client, cast.author, step(cast, "submit"))
    assert response.status_code == 422
    assert "points are left to mend" in words(response)
    assert f'href="{url(cast, "section", "lessons")}#lessons"' in main(response).split('id="draft"')[0]
    assert state(cast) == State.DRAFTING


def test_a_refusal_says_who_can_mend_what_the_person_cannot(client: Client) -> None:
    cast = in_round()
    raise_challenge(cast.postmortem, Section.IMPACT, "Why?", actor=cast.reader)
    write(cast, "Rewritten in the round")
    response = post(client, cast.author, step(cast, "close_round"))
    assert response.status_code == 422
    refusal = words(response).split("Validation")[0]
    assert "Changed since the incident commander approved it for Ic Example" in refusal
    assert f'href="{url(cast)}#challenge-{Challenge.objects.get().pk}"' in main(response)


def test_an_unknown_step_is_not_found(client: Client) -> None:
    cast = submitted()
    assert post(client, cast.ic, step(cast, "blame")).status_code == 404


OPENED = "Nothing is missing any more: the challenge round is open."


def test_a_submission_of_what_is_approved_says_that_the_round_is_open(client: Client) -> None:
    cast = in_round()
    post(client, cast.author, step(cast, "send_back"), note="Talk about it first")
    assert post(client, cast.author, step(cast, "submit")).status_code == 302
    assert state(cast) == State.CHALLENGE
    assert OPENED in client.get(url(cast)).content.decode()


def test_a_round_that_got_stuck_is_opened_by_hand(client: Client) -> None:
    cast = in_round()
    Postmortem.objects.update(state=State.VALIDATION)
    assert "“Open the challenge round” is for Ic Example, Sme Example." in show(client, cast, cast.author)
    assert "opens by itself" not in show(client, cast, cast.author)
    for user in (cast.ic, cast.sme):
        assert primary(client, cast, user) == ["Open the challenge round"]
        workspace = client.get(url(cast, "section", "summary"))
        assert f'action="{step(cast, "open_round")}"' in workspace.content.decode()
    assert post(client, cast.author, step(cast, "open_round")).status_code == 403
    assert post(client, cast.sme, step(cast, "open_round"))["Location"] == url(cast)
    assert state(cast) == State.CHALLENGE
    assert OPENED in client.get(url(cast)).content.decode()


def test_a_round_is_not_offered_while_approvals_are_missing(client: Client) -> None:
    cast = submitted()
    client.force_login(cast.ic)
    assert step(cast, "open_round") not in main(client.get(url(cast)))
    assert "opens by itself" in show(client, cast, cast.ic)
    response = client.post(step(cast, "open_round"))
    assert response.status_code == 422
    assert "Not yet approved by a subject-matter expert" in words(response)
    assert state(cast) == State.VALIDATION


def test_sending_back_keeps_the_reason_when_a_section_is_missing(client: Client) -> None:
    cast = submitted()
    response = post(client, cast.sme, step(cast, "complete"), note="When did the retry begin?")
    assert response.status_code == 422
    assert "Choose at least one section that has to be completed." in words(response)
    assert "When did the retry begin?</textarea>" in main(response)
    response = post(client, cast.sme, step(cast, "complete"), sections=["timeline"])
    assert response.status_code == 422
    assert "Write the reason" in words(response)
    assert re.search(r'value="timeline"[^>]* checked', main(response))
    assert state(cast) == State.VALIDATION


@pytest.mark.parametrize(
    ("note", "sections", "said"),
    [
        ("x" * 5001, ["impact"], "5001 characters; 5000 are the most"),
        ("with \x07", ["impact"], "invisible control character"),
        ("fine", ["blame"], "Select a valid choice"),
    ],
)
def test_what_cannot_be_stored_is_refused_with_what_was_typed(
    client: Client, note: str, sections: list[str], said: str
) -> None:
    cast = submitted()
    response = post(client, cast.ic, step(cast, "complete"), note=note, sections=sections)
    assert response.status_code == 422
    assert said in words(response)
    assert f"{note}</textarea>" in main(response)
    assert state(cast) == State.VALIDATION


def test_a_reason_typed_too_late_is_shown_to_be_copied(client: Client) -> None:
    cast = in_follow_up()
    response = post(client, cast.author, step(cast, "complete"), note="Half a page", sections=["impact"])
    assert response.status_code == 409
    assert '<pre class="code">Half a page</pre>' in main(response)


def test_who_gets_it_back_sees_by_whom_why_and_where(client: Client) -> None:
    cast = submitted()
    assert last_send_back(cast.postmortem) is None
    post(client, cast.sme, step(cast, "complete"), note="Say when\nit began", sections=["timeline", "impact"])
    shown = show(client, cast, cast.author)
    assert "Sent back by Sme Example" in shown
    assert "Say when it began To complete: Timeline, Impact" in shown
    cast.postmortem.refresh_from_db()
    sent_back = last_send_back(cast.postmortem)
    assert sent_back is not None
    assert [section.url for section in sent_back.sections] == [
        url(cast, "section", "timeline"),
        url(cast, "section", "impact"),
    ]
    post(client, cast.author, step(cast, "submit"))
    assert "Sent back by" not in show(client, cast, cast.author)


# --- Approvals --------------------------------------------------------------------------------------


def test_a_reviewer_approves_some_sections_then_all_that_are_left(client: Client) -> None:
    cast = submitted()
    seen = revision(cast)
    chosen = {"role": "ic", "seen": seen, "sections": ["impact", "timeline"]}
    assert post(client, cast.ic, url(cast, "approve"), **chosen)["Location"] == f"{url(cast)}#validation"
    assert set(Approval.objects.values_list("section", "role", "revision")) == {
        ("impact", "ic", seen),
        ("timeline", "ic", seen),
    }
    post(client, cast.ic, url(cast, "approve"), role="ic", seen=seen, all="yes")
    assert Approval.objects.count() == len(SECTIONS)
    assert "Approved" in show(client, cast, cast.reader)


def test_whoever_holds_two_roles_approves_in_each(client: Client) -> None:
    cast = submitted()
    RoleAssignment.objects.create(postmortem=cast.postmortem, role=Role.SME, user=cast.ic)
    client.force_login(cast.ic)
    page = main(client.get(url(cast)))
    assert 'form="approve-ic"' in page
    assert 'form="approve-sme"' in page
    assert primary(client, cast, cast.ic) == ["Approve selected"]
    post(client, cast.ic, url(cast, "approve"), role="ic", seen=revision(cast), all="yes")
    assert set(Approval.objects.values_list("role", flat=True)) == {"ic"}
    assert state(cast) == State.VALIDATION
    post(client, cast.ic, url(cast, "approve"), role="sme", seen=revision(cast), all="yes")
    assert state(cast) == State.CHALLENGE


@pytest.mark.parametrize(
    ("holder", "role"),
    [
        ("author", "ic"),
        ("lead", "sme"),
        ("participant", "ic"),
        ("reader", "ic"),
        ("ic", "sme"),
        ("sme", "ic"),
    ],
)
def test_nobody_approves_in_a_role_that_they_do_not_hold(client: Client, holder: str, role: str) -> None:
    cast = submitted()
    data = {"role": role, "seen": revision(cast), "all": "yes"}
    response = post(client, getattr(cast, holder), url(cast, "approve"), **data)
    assert response.status_code == 403
    assert "This is for: " in words(response)
    assert not Approval.objects.exists()


@pytest.mark.parametrize(
    "wrong",
    [
        {"sections": []},
        {"sections": ["blame"]},
        {"sections": ["annexes"]},
        {"seen": "0"},
        {"seen": "1000000"},
        {"seen": ""},
        {"role": "author"},
    ],
)
def test_an_approval_that_makes_no_sense_is_refused(client: Client, wrong: dict[str, Any]) -> None:
    cast = submitted()
    data = {"role": "ic", "seen": revision(cast), "sections": ["impact"], **wrong}
    assert post(client, cast.ic, url(cast, "approve"), **data).status_code == 422
    assert not Approval.objects.exists()


def test_nothing_is_approved_that_changed_after_the_page_was_opened(client: Client) -> None:
    cast = submitted()
    seen = revision(cast)
    write(cast, "Rewritten meanwhile")
    data = {"role": "ic", "seen": seen, "sections": ["summary", "impact"]}
    response = post(client, cast.ic, url(cast, "approve"), **data)
    assert response.status_code == 409
    assert "These sections changed after you opened the page" in words(response)
    refusal = main(response).split('id="refusal"')[1].split("<section")[0]
    assert "Executive summary" in refusal
    assert "Impact" not in refusal
    assert "<ins>" in refusal
    assert not Approval.objects.exists()
    boxes = dict(re.findall(r'value="(\w+)" form="approve-ic"( checked)?', main(response)))
    assert boxes["impact"] == " checked"
    assert boxes["summary"] == ""
    assert f'name="seen" value="{revision(cast)}"' in main(response)


def test_a_reviewer_sees_the_difference_since_their_approval(client: Client) -> None:
    cast = submitted()
    approve(cast, Role.IC, cast.ic)
    write(cast, "For 52 minutes no order could be paid, because a credential expired unseen.")
    write(cast, "For 53 minutes no order could be paid, because a credential expired unseen.", cast.sme)
    shown = show(client, cast, cast.ic)
    assert "Changed since" in shown
    assert "Executive summary: what changed since you approved it" in shown
    client.force_login(cast.ic)
    difference = main(client.get(url(cast))).split('<ul class="changes">')[1].split("</ul>")[0]
    assert "<del>47" in difference
    assert "<ins>53" in difference
    assert ">52 " not in difference
    assert "what changed since you approved it" not in show(client, cast, cast.sme)


def test_a_row_that_came_and_went_is_no_difference(client: Client) -> None:
    cast = submitted()
    approve(cast, Role.IC, cast.ic)
    extra = CorrectiveAction(postmortem=cast.postmortem, horizon=Horizon.LONG, title="Never mind")
    add_row(extra, actor=cast.author)
    delete_row(extra, actor=cast.author)
    assert "Changed since" in show(client, cast, cast.ic)
    assert "Never mind" not in show(client, cast, cast.ic)


def test_one_expert_is_enough_and_the_other_is_told(client: Client) -> None:
    cast = submitted()
    second = UserFactory(display_name="Second Expert")
    RoleAssignment.objects.create(postmortem=cast.postmortem, role=Role.SME, user=second)
    approve(cast, Role.SME, cast.sme)
    assert "Approved by somebody else" in show(client, cast, second)
    assert primary(client, cast, second) == []


def test_what_was_approved_before_the_reopening_is_shown_and_asked_for_again(client: Client) -> None:
    cast = in_round()
    Postmortem.objects.update(state=State.CLOSED)
    change_state(cast.postmortem, Transition.REOPEN, actor=cast.lead, note="It happened again")
    assert change_state(cast.postmortem, Transition.SUBMIT, actor=cast.author) is State.VALIDATION
    shown = show(client, cast, cast.ic)
    assert shown.count("Approved before it was reopened") == 2 * len(SECTIONS)
    assert "Changed since" not in shown
    assert primary(client, cast, cast.ic) == ["Approve selected"]
    post(client, cast.ic, url(cast, "approve"), role="ic", seen=revision(cast), all="yes")
    assert show(client, cast, cast.ic).count("Approved before it was reopened") == len(SECTIONS)
    post(client, cast.sme, url(cast, "approve"), role="sme", seen=revision(cast), all="yes")
    assert state(cast) == State.CHALLENGE


def test_nothing_is_approved_in_a_draft(client: Client) -> None:
    cast = complete_postmortem()
    data = {"role": "ic", "seen": revision(cast), "all": "yes"}
    response = post(client, cast.ic, url(cast, "approve"), **data)
    assert response.status_code == 409
    assert "now in the state “Drafting”" in words(response)


# --- The challenge round ----------------------------------------------------------------------------


def test_everybody_who_reads_it_may_challenge(client: Client) -> None:
    cast = in_round()
    for user in (cast.author, cast.ic, cast.sme, cast.lead, cast.participant, cast.reader):
        data = {"section": "impact", "body": "Is *this* <b>all</b>?"}
        assert post(client, user, url(cast, "challenge-add"), **data).status_code == 302
    assert Challenge.objects.count() == 6
    client.force_login(cast.author)
    page = main(client.get(url(cast)))
    assert "<em>this</em>" in page
    assert "<b>all" not in page


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ({"section": "impact", "body": " "}, "Write what you challenge."),
        ({"section": "blame", "body": "Kept text"}, "Select a valid choice"),
        ({"section": "impact", "body": "Kept text" * 600}, "Shorten it by"),
    ],
)
def test_a_challenge_that_cannot_be_stored_keeps_its_text(
    client: Client, data: dict[str, str], said: str
) -> None:
    cast = in_round()
    response = post(client, cast.reader, url(cast, "challenge-add"), **data)
    assert response.status_code == 422
    assert said in words(response)
    assert data["body"].strip() in main(response)
    assert not Challenge.objects.exists()


def test_a_challenge_raised_too_late_is_not_lost(client: Client) -> None:
    cast = in_follow_up()
    data = {"section": "impact", "body": "One more thing"}
    response = post(client, cast.reader, url(cast, "challenge-add"), **data)
    assert response.status_code == 409
    assert '<pre class="code">One more thing</pre>' in main(response)
    assert "“Close the challenge round”: Author Example," in words(response)


def test_people_on_it_answer_and_readers_do_not(client: Client) -> None:
    cast = in_round()
    challenge = raise_challenge(cast.postmortem, Section.IMPACT, "Why?", actor=cast.reader)
    address = url(cast, "challenge-answer", challenge.pk)
    response = post(client, cast.reader, address, answer="Because", seen="")
    assert response.status_code == 403
    assert "Because" in words(response)
    assert post(client, cast.author, address, answer=" ", seen="").status_code == 422
    response = post(client, cast.participant, address, answer="Because", seen="")
    assert response["Location"] == f"{url(cast)}#challenge-{challenge.pk}"
    assert "Answer of Participant Example" in show(client, cast, cast.reader)


def test_of_two_answers_the_second_does_not_replace_the_first_unseen(client: Client) -> None:
    cast = in_round()
    challenge = raise_challenge(cast.postmortem, Section.IMPACT, "Why?", actor=cast.reader)
    address = url(cast, "challenge-answer", challenge.pk)
    answer_challenge(challenge, "The first answer", actor=cast.ic)
    response = post(client, cast.author, address, answer="The second answer", seen="")
    assert response.status_code == 409
    assert "Ic Example answered this challenge meanwhile" in words(response)
    assert "The first answer" in words(response)
    assert "The second answer</textarea>" in main(response)
    seen = re.findall(r'name="seen" value="([^"]+)"', main(response).split('id="challenges"')[1])[0]
    assert post(client, cast.author, address, answer="Both", seen=seen).status_code == 302
    assert Challenge.objects.get().answer == "Both"


@contextmanager
def meanwhile(act: Callable[[], Any]) -> Iterator[None]:
    """Somebody acts after a view has read the challenge and before its service begins."""
    waiting = [act]

    def interleave(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if waiting and sql.startswith("SAVEPOINT"):
            waiting.pop()()
        return execute(sql, params, many, context)

    with connection.execute_wrapper(interleave):
        yield


def test_of_two_answers_at_the_same_moment_the_second_is_told(client: Client) -> None:
    cast = in_round()
    challenge = raise_challenge(cast.postmortem, Section.IMPACT, "Why?", actor=cast.reader)
    client.force_login(cast.author)
    with meanwhile(lambda: answer_challenge(challenge, "The first answer", actor=cast.ic)):
        address = url(cast, "challenge-answer", challenge.pk)
        response = client.post(address, {"answer": "The second answer", "seen": ""})
    assert response.status_code == 409
    assert "Ic Example answered this challenge meanwhile" in words(response)
    assert "The second answer</textarea>" in main(response)
    assert Challenge.objects.get().answer == "The first answer"


def test_of_two_who_settle_at_the_same_moment_the_second_is_told(client: Client) -> None:
    cast = in_round()
    challenge = raise_challenge(cast.postmortem, Section.IMPACT, "Why?", actor=cast.reader)
    Challenge.objects.update(at=timezone.now() - timedelta(days=4))
    client.force_login(cast.ic)
    for act, said in (
        (
            lambda: answer_challenge(challenge, "Because", actor=cast.author),
            "Author Example answered this challenge meanwhile: read the answer before you settle it.",
        ),
        (
            lambda: settle_challenge(challenge, "Fine", actor=cast.reader),
            f"{cast.reader} has settled this challenge already.",
        ),
    ):
        Challenge.objects.exclude(answered_at=None).update(answered_at=timezone.now() - timedelta(days=4))
        challenge.refresh_from_db()
        with meanwhile(act):
            response = client.post(url(cast, "challenge-settle", challenge.pk), {"outcome": "Kept as it is"})
        assert response.status_code == 409
        assert said in words(response)
        assert '<pre class="code">Kept as it is</pre>' in main(response)
    assert Challenge.objects.get().outcome == "Fine"


def test_an_objection_that_is_settled_at_the_same_moment_is_settled_once(client: Client) -> None:
    cast = in_round()
    form = answer_review_form(cast.postmortem, blameless=False, remark="Why 3", actor=cast.reader)
    client.force_login(cast.reader)
    with meanwhile(lambda: settle_objection(form, actor=cast.ic)):
        response = client.post(url(cast, "objection-settle", form.pk))
    assert response.status_code == 409
    assert "Ic Example has settled this objection already." in words(response)
    assert ReviewForm.objects.get().settled_by == cast.ic


def test_the_challenger_settles_and_the_ic_after_three_days_of_silence(client: Client) -> None:
    cast = in_round()
    challenge = raise_challenge(cast.postmortem, Section.IMPACT, "Why?", actor=cast.reader)
    address = url(cast, "challenge-settle", challenge.pk)
    for user in (cast.author, cast.ic, cast.lead):
        response = post(client, user, address, outcome="Kept as it is")
        assert response.status_code == 403
        assert "Kept as it is" in words(response)
    long_ago = timezone.now() - timedelta(days=3, minutes=1)
    Challenge.objects.update(
        at=long_ago, answer="Because", answered_by=cast.author, answered_at=timezone.now()
    )
    assert post(client, cast.ic, address, outcome="Kept as it is").status_code == 403
    Challenge.objects.update(answered_at=long_ago)
    assert post(client, cast.author, address, outcome="Kept as it is").status_code == 403
    assert post(client, cast.ic, address, outcome=" ").status_code == 422
    assert post(client, cast.ic, address, outcome="Kept as it is").status_code == 302
    response = post(client, cast.reader, address, outcome="I disagree")
    assert response.status_code == 409
    assert "Ic Example has settled this challenge already." in words(response)
    assert "I disagree" in words(response)
    assert Challenge.objects.get().settled_by == cast.ic
    late = url(cast, "challenge-answer", challenge.pk)
    assert post(client, cast.author, late, answer="Too late", seen="").status_code == 409


def test_a_reviewer_answers_the_form_and_changes_their_mind(client: Client) -> None:
    cast = in_round()
    address = url(cast, "review-form")
    assert post(client, cast.reader, address).status_code == 422
    response = post(client, cast.reader, address, blameless="no", remark=" ")
    assert response.status_code == 422
    assert "Say what you object to" in words(response)
    response = post(client, cast.reader, address, blameless="no", remark="The third why")
    assert response["Location"] == f"{url(cast)}#forms"
    shown = show(client, cast, cast.author)
    assert "Does not find it blameless The third why" in shown
    post(client, cast.reader, address, blameless="yes", remark="")
    assert "Finds it blameless" in show(client, cast, cast.author)
    assert ReviewForm.objects.count() == 1


def test_the_author_is_told_that_their_own_answer_does_not_count(client: Client) -> None:
    cast = in_round()
    post(client, cast.author, url(cast, "review-form"), blameless="yes", remark="")
    assert "the author’s own answer does not count" in show(client, cast, cast.reader)


def test_the_objector_or_the_ic_settles_an_objection(client: Client) -> None:
    cast = in_round()
    for settler in (cast.reader, cast.ic):
        form = answer_review_form(cast.postmortem, blameless=False, remark="Why 3", actor=cast.reader)
        address = url(cast, "objection-settle", form.pk)
        for user in (cast.author, cast.sme, cast.lead, cast.participant):
            assert post(client, user, address).status_code == 403
        assert post(client, settler, address)["Location"] == f"{url(cast)}#review-{form.pk}"
        form.refresh_from_db()
        assert form.settled_at
        assert f"Settled by {settler}" in show(client, cast, cast.author)
        response = post(client, cast.ic, address)
        assert response.status_code == 409
        assert f"{settler} has settled this objection already." in words(response)


def test_nobody_settles_what_is_no_objection(client: Client) -> None:
    cast = in_round()
    form = answer_review_form(cast.postmortem, blameless=True, remark="", actor=cast.reader)
    response = post(client, cast.ic, url(cast, "objection-settle", form.pk))
    assert response.status_code == 409
    assert "The reviewer answered anew meanwhile" in words(response)
    form.refresh_from_db()
    assert form.settled_at is None


def test_answers_outside_the_round_are_refused(client: Client) -> None:
    cast = submitted()
    response = post(client, cast.reader, url(cast, "review-form"), blameless="no", remark="My remark")
    assert response.status_code == 409
    assert '<pre class="code">My remark</pre>' in main(response)
    assert not ReviewForm.objects.exists()


# --- Decisions --------------------------------------------------------------------------------------


@pytest.mark.parametrize("about", [Decision.LATE, Decision.NO_ACTION, Decision.NO_SME])
def test_managers_sign_a_decision_and_take_it_back(client: Client, about: str) -> None:
    cast = postmortem_with_roles()
    address = url(cast, "decision", about)
    for user in (cast.sme, cast.participant, cast.reader):
        response = post(client, user, address, reason="My reason")
        assert response.status_code == 403
        assert "My reason" in words(response)
    for user in (cast.author, cast.ic, cast.lead):
        assert post(client, user, address, reason="").status_code == 422
        assert post(client, user, address, reason="Known risk").status_code == 302
        assert f"Signed by {user}" in show(client, cast, cast.reader)
        assert post(client, user, address, **{"take-back": "yes"}).status_code == 302
        assert not Decision.objects.exists()


def test_a_late_post_mortem_asks_for_the_reason(client: Client) -> None:
    cast = postmortem_with_roles()
    client.force_login(cast.author)
    assert 'id="late_reason"' not in main(client.get(url(cast)))
    long_ago = timezone.now() - timedelta(days=20)
    Incident.objects.update(started_at=long_ago, detected_at=long_ago, restored_at=long_ago)
    TimelineEvent.objects.update(at=long_ago)
    page = main(client.get(url(cast)))
    assert 'id="late_reason"' in page
    assert f'action="{url(cast, "decision", "late")}"' in page


def test_deciding_not_to_act_is_proposed_where_there_is_no_action(client: Client) -> None:
    cast = postmortem_with_roles()
    client.force_login(cast.author)
    page = main(client.get(url(cast)))
    assert 'id="no_action_reason"' in page
    actions = client.get(url(cast, "section", "actions")).content.decode()
    assert f'href="{url(cast)}#no_action_reason"' in actions
    assert 'id="no_action_reason"' not in show(client, complete_postmortem(), cast.author)


def test_a_team_without_an_expert_waives_the_role(client: Client) -> None:
    cast = submitted()
    RoleAssignment.objects.filter(role=Role.SME).delete()
    shown = show(client, cast, cast.author)
    assert "There is no subject-matter expert: name one, or record why there is none" in shown
    assert primary(client, cast, cast.author) == ["Go to the next point"]
    post(client, cast.ic, url(cast, "approve"), role="ic", seen=revision(cast), all="yes")
    assert state(cast) == State.VALIDATION
    post(client, cast.author, url(cast, "decision", "no_sme"), reason="Nobody else knows it")
    assert state(cast) == State.CHALLENGE
    assert OPENED in client.get(url(cast)).content.decode()


def test_what_concerns_the_text_is_decided_before_the_sign_off(client: Client) -> None:
    cast = complete_postmortem(state=State.VALIDATED)
    changes = Change.objects.count()
    response = post(client, cast.lead, url(cast, "decision", "no_action"), reason="Late thought")
    assert response.status_code == 409
    assert "Late thought" in words(response)
    assert Change.objects.count() == changes
    assert post(client, cast.lead, url(cast, "decision", "late"), reason="Holidays").status_code == 302


# --- The page ---------------------------------------------------------------------------------------


def test_exactly_one_thing_stands_out_in_each_state(client: Client) -> None:
    cast = complete_postmortem()
    assert primary(client, cast, cast.author) == ["Submit for validation"]
    assert primary(client, cast, cast.participant) == []
    change_state(cast.postmortem, Transition.SUBMIT, actor=cast.author)
    assert primary(client, cast, cast.author) == []
    assert primary(client, cast, cast.ic) == ["Approve selected"]
    approve(cast, Role.IC, cast.ic)
    assert primary(client, cast, cast.ic) == []
    approve(cast, Role.SME, cast.sme)
    assert primary(client, cast, cast.participant) == ["Record my answer"]
    assert primary(client, cast, cast.reader) == ["Record my answer"]
    for user in (cast.ic, cast.reader):
        answer_review_form(cast.postmortem, blameless=True, remark="", actor=user)
    challenge = raise_challenge(cast.postmortem, Section.IMPACT, "Why?", actor=cast.reader)
    assert primary(client, cast, cast.author) == ["Save the answer"]
    assert primary(client, cast, cast.reader) == ["Raise the challenge"]
    answer_challenge(challenge, "Because", actor=cast.author)
    assert primary(client, cast, cast.author) == []
    assert primary(client, cast, cast.reader) == ["Settle the challenge"]
    post(client, cast.reader, url(cast, "challenge-settle", challenge.pk), outcome="Fine")
    answer_review_form(cast.postmortem, blameless=False, remark="Why 3", actor=cast.participant)
    assert primary(client, cast, cast.ic) == ["Settle the objection"]
    answer_review_form(cast.postmortem, blameless=True, remark="", actor=cast.participant)
    assert primary(client, cast, cast.author) == ["Close the challenge round"]
    change_state(cast.postmortem, Transition.CLOSE_ROUND, actor=cast.author)
    assert primary(client, cast, cast.lead) == ["Sign off"]
    change_state(cast.postmortem, Transition.SIGN_OFF, actor=cast.lead)
    assert primary(client, cast, cast.lead) == ["Go to the next point"]
    assert primary(client, cast, cast.reader) == ["Download Markdown"]
    CorrectiveAction.objects.update(status=ActionStatus.DONE)
    assert primary(client, cast, cast.lead) == ["Close the post-mortem"]
    change_state(cast.postmortem, Transition.CLOSE, actor=cast.lead)
    assert primary(client, cast, cast.lead) == []


def test_a_draft_with_something_missing_leads_there_first(client: Client) -> None:
    cast = postmortem_with_roles()
    assert primary(client, cast, cast.author) == ["Go to the next point"]
    assert "Before submitting" in show(client, cast, cast.reader)


def test_the_follow_up_says_what_the_lead_has_to_do(client: Client) -> None:
    cast = in_follow_up()
    Postmortem.objects.update(next_review_on=None)
    CorrectiveAction.objects.update(deadline=timezone.now().date() - timedelta(days=3))
    shown = show(client, cast, cast.lead)
    assert "No date yet" in shown
    assert "3 days late, and its owner was not relaunched this week" in shown
    client.force_login(cast.lead)
    assert f'href="{reverse("actions:desk")}"' in main(client.get(url(cast)))
    assert "follow-up desk" not in show(client, cast, cast.author)


def test_the_anchors_of_the_findings_are_on_the_page(client: Client) -> None:
    cast = in_round()
    challenge = raise_challenge(cast.postmortem, Section.IMPACT, "Why?", actor=cast.reader)
    form = answer_review_form(cast.postmortem, blameless=False, remark="Why 3", actor=cast.reader)
    write(cast, "Rewritten")
    client.force_login(cast.author)
    page = main(client.get(url(cast)))
    for anchor in ("roles", "forms", f"challenge-{challenge.pk}", f"review-{form.pk}", *SECTIONS):
        assert page.count(f' id="{anchor}"') == 1, anchor


def test_everybody_who_reads_it_sees_the_page_in_every_state(client: Client) -> None:
    cast = complete_postmortem()
    for now in State:
        Postmortem.objects.update(state=now)
        for user in (cast.author, cast.ic, cast.sme, cast.lead, cast.participant, cast.reader):
            assert 'aria-current="step"' in main(client_page(client, cast, user))


def client_page(client: Client, cast: Cast, user: User) -> Any:
    client.force_login(user)
    return client.get(url(cast))


@pytest.mark.parametrize("count", [1, 20])
def test_the_page_costs_the_same_few_queries_whatever_is_in_it(
    client: Client, django_assert_num_queries: DjangoAssertNumQueries, count: int
) -> None:
    cast = in_round()
    for _number in range(count):
        challenge = raise_challenge(cast.postmortem, Section.IMPACT, "Why?", actor=UserFactory())
        answer_challenge(challenge, "Because", actor=cast.author)
        answer_review_form(cast.postmortem, blameless=False, remark="Why 3", actor=UserFactory())
        expert = UserFactory()
        RoleAssignment.objects.create(postmortem=cast.postmortem, role=Role.SME, user=expert)
        approve(cast, Role.SME, expert)
    decide(cast.postmortem, Decision.LATE, "Holidays", actor=cast.lead)
    write(cast, "Rewritten")
    client.force_login(cast.ic)
    with django_assert_num_queries(QUERIES):
        client.get(url(cast))


ENDPOINTS: list[tuple[str, list[Any]]] = [
    ("transition", ["submit"]),
    ("approve", []),
    ("challenge-add", []),
    ("challenge-answer", [1]),
    ("challenge-settle", [1]),
    ("review-form", []),
    ("objection-settle", [1]),
    ("decision", ["late"]),
]


@pytest.mark.parametrize(("name", "args"), ENDPOINTS)
def test_nobody_outside_knows_of_a_restricted_one(client: Client, name: str, args: list[Any]) -> None:
    cast = in_round(visibility=Postmortem.RESTRICTED)
    raise_challenge(cast.postmortem, Section.IMPACT, "Why?", actor=cast.participant)
    client.force_login(cast.outsider)
    assert client.get(url(cast)).status_code == 404
    assert client.post(url(cast, name, *args)).status_code == 404
    assert client.put(url(cast, name, *args)).status_code == 405


@pytest.mark.parametrize(("name", "args"), ENDPOINTS)
def test_the_address_of_a_form_leads_back_to_the_page(client: Client, name: str, args: list[Any]) -> None:
    cast = in_round()
    client.force_login(cast.participant)
    assertRedirects(client.get(url(cast, name, *args)), url(cast))


@pytest.mark.parametrize(("name", "args"), ENDPOINTS)
def test_an_unknown_identifier_is_not_found(signed_in: Client, name: str, args: list[Any]) -> None:
    assert signed_in.post(reverse(f"postmortems:{name}", args=["2" * 12, *args])).status_code == 404


def test_what_belongs_to_another_post_mortem_is_not_found(client: Client) -> None:
    here, there = in_round(), in_round()
    challenge = raise_challenge(there.postmortem, Section.IMPACT, "Why?", actor=here.ic)
    form = answer_review_form(there.postmortem, blameless=False, remark="Why 3", actor=here.ic)
    client.force_login(here.ic)
    for name, pk in (
        ("challenge-answer", challenge.pk),
        ("challenge-settle", challenge.pk),
        ("objection-settle", form.pk),
    ):
        assert client.post(url(here, name, pk), {"answer": "x", "outcome": "x"}).status_code == 404
    assert client.post(url(here, "decision", "validation"), {"reason": "x"}).status_code == 404
    assert client.get(reverse("postmortems:review", args=["2" * 12])).status_code == 404
    assert client.post(url(here)).status_code == 405

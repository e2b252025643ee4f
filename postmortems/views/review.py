"""What is done on the review page: steps, approvals, challenges, review forms, decisions.

Each of them answers with a redirect to the page, or with the page itself and what stood in the way.
"""

from collections.abc import Iterable
from http import HTTPStatus
from zoneinfo import ZoneInfo

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from postmortems.domain.challenge import silent_until
from postmortems.domain.document import Role, State
from postmortems.domain.findings import FORMS
from postmortems.domain.gate import Obstacle
from postmortems.domain.status import MANAGERS, REVIEWERS, Transition, allowed
from postmortems.forms.review import (
    AnswerForm,
    ApprovalForm,
    ChallengeForm,
    DecisionForm,
    ReviewAnswerForm,
    SettleForm,
    TransitionForm,
    answer_stamp,
)
from postmortems.messages import (
    TRANSITION_LABELS,
    describe_not_editable,
    describe_refusal,
    name_roles,
    zoned,
)
from postmortems.models import Challenge, Postmortem, ReviewForm
from postmortems.models.choices import label
from postmortems.permissions import Access, access_postmortem, may_settle, may_settle_objection
from postmortems.selectors.document import load_document
from postmortems.selectors.review import last_transition
from postmortems.services.changes import NotEditable, RowConflict
from postmortems.services.review import (
    SectionsChanged,
    TransitionRefused,
    answer_challenge,
    answer_review_form,
    approve_sections,
    change_state,
    decide,
    raise_challenge,
    settle_challenge,
    settle_objection,
)
from postmortems.views.requests import SignedInRequest, posted_from
from postmortems.views.review_page import DECISIONS, Refused, Step, review_page

SAID: dict[Transition, str | Promise] = {
    Transition.SUBMIT: gettext_lazy("Submitted: the incident commander and the experts can approve it now."),
    Transition.COMPLETE: gettext_lazy("Sent back to drafting: the author sees what is to be completed."),
    Transition.OPEN_ROUND: gettext_lazy("Nothing is missing any more: the challenge round is open."),
    Transition.CLOSE_ROUND: gettext_lazy("The challenge round is closed: the lead follows the actions up."),
    Transition.SEND_BACK: gettext_lazy("Sent back to drafting: the author sees the reason."),
    Transition.SIGN_OFF: gettext_lazy("Signed off: the post-mortem is validated, its text is read-only."),
    Transition.CLOSE: gettext_lazy("The post-mortem is closed."),
    Transition.REOPEN: gettext_lazy("Reopened: it is a draft again."),
}


takes_post = posted_from("postmortems:review")


@require_safe
def review(request: SignedInRequest, identifier: str) -> HttpResponse:
    """Where the review stands, and what the reader can do about it."""
    return review_page(request, access_postmortem(request.user, identifier))


@takes_post
def transition(request: SignedInRequest, identifier: str, name: str) -> HttpResponse:
    """Takes a step of the workflow."""
    access = access_postmortem(request.user, identifier)
    step = _known_step(name)
    document = load_document(access.postmortem.pk)
    form = TransitionForm(step, document.reviewed_sections(), request.POST)
    if form.malformed and step in allowed(document.state, access.roles):
        return _invalid(request, access, step.value, form)
    try:
        state = change_state(
            access.postmortem,
            step,
            actor=request.user,
            note=form.note_given,
            sections=form.sections_given,
        )
    except TransitionRefused as refused:
        return _step_refused(request, step, form, refused, access)
    _say(request, access, SAID[step], state)
    return redirect("postmortems:review", access.postmortem.pk)


@takes_post
def approve(request: SignedInRequest, identifier: str) -> HttpResponse:
    """Approves sections in one of the reviewer's roles."""
    access = access_postmortem(request.user, identifier)
    if not access.roles & REVIEWERS:
        return _forbidden(request, access, name_roles(_in_order(REVIEWERS)))
    document = load_document(access.postmortem.pk)
    form = ApprovalForm(document.reviewed_sections(), document.revision, request.POST)
    key = f"approve-{request.POST.get('role', '')}"
    if not form.is_valid():
        return _invalid(request, access, key, form)
    role, seen = form.cleaned_data["role"], form.cleaned_data["seen"]
    if role not in access.roles:
        return _forbidden(request, access, label(role))
    given = {
        approval.section
        for approval in document.review.approvals
        if approval.current and approval.role is role and approval.account == request.user.pk
    }
    chosen = [section for section in form.cleaned_data["sections"] if section not in given]
    try:
        state = approve_sections(access.postmortem, role, chosen, seen, actor=request.user)
    except NotEditable:
        return _too_late(request, access)
    except SectionsChanged as changed:
        refused = Refused(
            [
                _("These sections changed after you opened the page. Nothing was approved."),
                _("What changed is shown below; the other sections that you chose are still chosen."),
            ],
            changed=changed.sections,
            since=seen,
        )
        return review_page(request, access, typed={key: form}, refused=refused, status=HTTPStatus.CONFLICT)
    _say(request, access, _("Approved as %(role)s.") % {"role": label(role)}, state)
    return _back(access, Step.VALIDATION)


@takes_post
def challenge_add(request: SignedInRequest, identifier: str) -> HttpResponse:
    """Raises a challenge: anybody who may read may do so during the round."""
    access = access_postmortem(request.user, identifier)
    form = ChallengeForm(load_document(access.postmortem.pk).reviewed_sections(), request.POST)
    if not form.is_valid():
        return _invalid(request, access, "challenge", form)
    section, body = form.cleaned_data["section"], form.cleaned_data["body"]
    try:
        raised = raise_challenge(access.postmortem, section, body, actor=request.user)
    except NotEditable:
        return _too_late(request, access, typed=body)
    messages.success(request, _("Challenge raised: the team can answer it."))
    return _back(access, f"challenge-{raised.pk}")


@takes_post
def challenge_answer(request: SignedInRequest, identifier: str, pk: int) -> HttpResponse:
    """Answers a challenge, or replaces the answer that is shown on the page it was typed on."""
    access, challenge = _challenge(request, identifier, pk)
    form = AnswerForm(challenge, request.POST)
    if not access.roles:
        typed = str(request.POST.get("answer", ""))
        return _forbidden(request, access, _("the people on this post-mortem"), typed)
    if not form.is_valid():
        return _invalid(request, access, f"answer-{pk}", form)
    answer = form.cleaned_data["answer"]
    try:
        if challenge.settled_at or form.cleaned_data["seen"] != answer_stamp(challenge):
            raise RowConflict(challenge)
        answer_challenge(challenge, answer, actor=request.user)
    except NotEditable:
        return _too_late(request, access, typed=answer)
    except RowConflict as conflict:
        return _answer_overtaken(request, access, conflict.current, answer)
    messages.success(request, _("Answered: whoever raised the challenge can settle it."))
    return _back(access, f"challenge-{pk}")


@takes_post
def challenge_settle(request: SignedInRequest, identifier: str, pk: int) -> HttpResponse:
    """Settles a challenge: whoever raised it, or the incident commander after days of silence."""
    access, challenge = _challenge(request, identifier, pk)
    outcome = str(request.POST.get("outcome", ""))
    if challenge.settled_at:
        return _settle_overtaken(request, access, challenge, outcome)
    if not may_settle(access, challenge, timezone.now()):
        zone = ZoneInfo(access.postmortem.incident.zone)
        said = _(
            "%(name)s settles this challenge; the incident commander can, with a reason, "
            "when nothing more was said until %(time)s."
        )
        who = {"name": challenge.user, "time": zoned(silent_until(challenge.last_word_at).astimezone(zone))}
        refused = Refused([said % who], typed=outcome)
        return review_page(request, access, refused=refused, status=HTTPStatus.FORBIDDEN)
    form = SettleForm(challenge, request.POST)
    if not form.is_valid():
        return _invalid(request, access, f"settle-{pk}", form)
    try:
        settle_challenge(challenge, form.cleaned_data["outcome"], actor=request.user)
    except NotEditable:
        return _too_late(request, access, typed=outcome)
    except RowConflict as conflict:
        return _settle_overtaken(request, access, conflict.current, outcome)
    messages.success(request, _("The challenge is settled."))
    return _back(access, f"challenge-{pk}")


@takes_post
def review_form(request: SignedInRequest, identifier: str) -> HttpResponse:
    """Takes a reviewer's answers; answering again replaces them."""
    access = access_postmortem(request.user, identifier)
    form = ReviewAnswerForm(None, request.POST)
    if not form.is_valid():
        return _invalid(request, access, "form", form)
    remark = form.cleaned_data["remark"]
    try:
        answer_review_form(
            access.postmortem, blameless=form.cleaned_data["blameless"], remark=remark, actor=request.user
        )
    except NotEditable:
        return _too_late(request, access, typed=remark)
    messages.success(request, _("Your answer is recorded. You can change it until the round is closed."))
    return _back(access, FORMS)


@takes_post
def objection_settle(request: SignedInRequest, identifier: str, pk: int) -> HttpResponse:
    """Settles an objection: whoever objected, or the incident commander."""
    access = access_postmortem(request.user, identifier)
    people = ReviewForm.objects.select_related("user", "settled_by")
    answer = get_object_or_404(people, postmortem=identifier, pk=pk)
    answer.postmortem = access.postmortem
    if not may_settle_objection(access, answer):
        return _forbidden(request, access, f"{answer.user}, {label(Role.IC)}")
    try:
        settle_objection(answer, actor=request.user)
    except NotEditable:
        return _too_late(request, access)
    except RowConflict as conflict:
        return _objection_overtaken(request, access, conflict.current)
    messages.success(request, _("The objection is settled."))
    return _back(access, f"review-{pk}")


@takes_post
def decision(request: SignedInRequest, identifier: str, about: str) -> HttpResponse:
    """Signs an exception to a rule with its reason, or takes it back."""
    access = access_postmortem(request.user, identifier)
    if about not in DECISIONS:
        raise Http404
    if not access.roles & MANAGERS:
        typed = str(request.POST.get("reason", ""))
        return _forbidden(request, access, name_roles(_in_order(MANAGERS)), typed)
    form = DecisionForm(about, request.POST)
    withdrawn = "take-back" in request.POST
    if not withdrawn and not form.is_valid():
        return _invalid(request, access, about, form)
    reason = "" if withdrawn else form.cleaned_data["reason"]
    try:
        state = decide(access.postmortem, about, reason, actor=request.user)
    except NotEditable:
        return _too_late(request, access, typed=reason)
    said = _("The decision is taken back.") if withdrawn else _("The decision is signed.")
    _say(request, access, said, state)
    return _back(access, DECISIONS[about])


def _known_step(name: str) -> Transition:
    """The step of that name. Raises Http404."""
    try:
        return Transition(name)
    except ValueError:
        raise Http404 from None


def _challenge(request: SignedInRequest, identifier: str, pk: int) -> tuple[Access, Challenge]:
    access = access_postmortem(request.user, identifier)
    people = Challenge.objects.select_related("user", "answered_by", "settled_by")
    challenge = get_object_or_404(people, postmortem=identifier, pk=pk)
    challenge.postmortem = access.postmortem
    return access, challenge


def _back(access: Access, anchor: str) -> HttpResponse:
    return redirect(f"{reverse('postmortems:review', args=[access.postmortem.pk])}#{anchor}")


def _in_order(roles: Iterable[Role]) -> tuple[Role, ...]:
    return tuple(role for role in Role if role in set(roles))


def _invalid(request: SignedInRequest, access: Access, key: str, form: forms.Form) -> HttpResponse:
    """The page with what was typed still in its form."""
    return review_page(request, access, typed={key: form}, status=HTTPStatus.UNPROCESSABLE_ENTITY)


def _forbidden(request: SignedInRequest, access: Access, who: str, typed: str = "") -> HttpResponse:
    refused = Refused([_("This is for: %(who)s. Nothing was saved.") % {"who": who}], typed=typed)
    return review_page(request, access, refused=refused, status=HTTPStatus.FORBIDDEN)


def _say(request: SignedInRequest, access: Access, said: str | Promise, state: State) -> None:
    """Says what was done, or that it was the last thing that the challenge round waited for."""
    opened = state is State.CHALLENGE and access.postmortem.state != State.CHALLENGE
    messages.success(request, str(SAID[Transition.OPEN_ROUND] if opened else said))


def _answer_overtaken(
    request: SignedInRequest, access: Access, challenge: Challenge, answer: str
) -> HttpResponse:
    """Somebody answered or settled the challenge first."""
    if challenge.settled_at:
        return _settle_overtaken(request, access, challenge, answer)
    said = _("%(name)s answered this challenge meanwhile. Your answer is kept in the form below it.")
    refused = Refused([said % {"name": challenge.answered_by}])
    kept = AnswerForm(challenge, {"answer": answer, "seen": answer_stamp(challenge)})
    typed = {f"answer-{challenge.pk}": kept}
    return review_page(request, access, typed=typed, refused=refused, status=HTTPStatus.CONFLICT)


def _settle_overtaken(
    request: SignedInRequest, access: Access, challenge: Challenge, typed: str
) -> HttpResponse:
    """Somebody settled the challenge first, or said something that is to be read before."""
    if challenge.settled_at:
        said = _("%(name)s has settled this challenge already.") % {"name": challenge.settled_by}
    else:
        said = _("%(name)s answered this challenge meanwhile: read the answer before you settle it.") % {
            "name": challenge.answered_by
        }
    refused = Refused([said], typed=typed)
    return review_page(request, access, refused=refused, status=HTTPStatus.CONFLICT)


def _objection_overtaken(request: SignedInRequest, access: Access, answer: ReviewForm | None) -> HttpResponse:
    """Somebody settled the objection first, or it is not the one that was shown."""
    if answer and answer.settled_by:
        said = _("%(name)s has settled this objection already.") % {"name": answer.settled_by}
    else:
        said = _("The reviewer answered anew meanwhile: read it before you settle it.")
    return review_page(request, access, refused=Refused([said]), status=HTTPStatus.CONFLICT)


def _too_late(request: SignedInRequest, access: Access, typed: str = "") -> HttpResponse:
    """The state does not allow it any more: somebody took a step meanwhile."""
    now = access_postmortem(request.user, access.postmortem.pk)
    sentences = [describe_not_editable(State(now.postmortem.state)), *_since(now.postmortem)]
    refused = Refused(sentences, typed=typed)
    return review_page(request, now, refused=refused, status=HTTPStatus.CONFLICT)


def _step_refused(
    request: SignedInRequest,
    step: Transition,
    form: TransitionForm,
    refused: TransitionRefused,
    access: Access,
) -> HttpResponse:
    reason = refused.refusal
    now = access_postmortem(request.user, access.postmortem.pk)
    sentences = describe_refusal(reason)
    if Obstacle.WRONG_STATE in reason.obstacles:
        status, typed = HTTPStatus.CONFLICT, form.note_given
        sentences += _since(now.postmortem)
    elif Obstacle.WRONG_ROLE in reason.obstacles:
        status, typed = HTTPStatus.FORBIDDEN, form.note_given
    else:
        status, typed = HTTPStatus.UNPROCESSABLE_ENTITY, ""
    shown = Refused(sentences, findings=reason.findings, typed=typed, roles=reason.roles)
    return review_page(request, now, typed={step.value: form}, refused=shown, status=status)


def _since(postmortem: Postmortem) -> list[str]:
    """Who brought the post-mortem into its present state, and when."""
    last = last_transition(postmortem)
    if last is None:
        return []
    params = {
        "step": TRANSITION_LABELS[Transition(last.name)],
        "name": last.user,
        "time": zoned(last.at.astimezone(ZoneInfo(postmortem.incident.zone))),
    }
    if last.user is None:
        return [_("“%(step)s” happened by itself, %(time)s.") % params]
    return [_("“%(step)s”: %(name)s, %(time)s.") % params]

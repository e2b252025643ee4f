"""The board, the lead's desk, and one action with what may be done about it."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import BadRequest, PermissionDenied
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe
from django_htmx.http import trigger_client_event

from actions import selectors, services
from actions.forms import BacklogForm, RelaunchForm, StatusForm
from actions.models import CorrectiveAction
from actions.permissions import may_update
from postmortems.domain.document import ActionStatus, State
from postmortems.domain.status import Ability
from postmortems.messages import describe_not_editable
from postmortems.models import User
from postmortems.permissions import Access, access_postmortem
from postmortems.services.changes import NotEditable, RowConflict
from postmortems.views.requests import SignedInRequest, posted_from


@require_safe
def board(request: SignedInRequest) -> HttpResponse:
    """The actions of every post-mortem that the reader may see."""
    query = selectors.BoardQuery.read(request.GET)
    shown = selectors.load_board(request.user, query, request.GET.get("page", ""), timezone.now())
    return render(request, "actions/board.html", {"board": shown})


@require_safe
def desk(request: SignedInRequest) -> HttpResponse:
    """What waits for a lead."""
    context: dict[str, Any] = {"desk": selectors.load_desk(request.user, timezone.now())}
    if key := request.GET.get("accepted"):
        context["accepted"] = selectors.accepted_lately(request.user, key)
    return render(request, "actions/desk.html", context)


@require_safe
def action(request: SignedInRequest, pk: int) -> HttpResponse:
    """An action, and what happened to it."""
    return _page(request, *_open(request.user, pk))


@posted_from("actions:action")
def status(request: SignedInRequest, pk: int) -> HttpResponse:
    """Changes the status. With htmx it answers with the status, else it leads back."""
    access, found = _open(request.user, pk)
    if not may_update(found, request.user):
        raise PermissionDenied(Ability.UPDATE_ACTIONS.value)
    form = StatusForm(request.POST)
    if not form.is_valid():
        refusal = _("Choose one of the statuses; nothing was saved.")
        return _unchanged(request, access, found, refusal, status=422)
    try:
        services.change_status(
            found,
            ActionStatus(form.cleaned_data["status"]),
            form.cleaned_data["version"],
            actor=request.user,
        )
    except RowConflict as conflict:
        return _conflict(request, access, conflict)
    except NotEditable:
        refusal = _(
            "This post-mortem is closed, and so are its actions: reopen it to take one up again. "
            "Nothing was saved."
        )
        return _unchanged(request, access, found, refusal)
    if request.htmx:
        response = render(request, "actions/_state.html", {"action": found, "focused": True})
        return trigger_client_event(response, "document-changed")
    messages.success(request, _("“%(title)s”: %(status)s") % _names(found))
    return HttpResponseRedirect(_next(request) or reverse("actions:action", args=[found.pk]))


@require_http_methods(["GET", "HEAD", "POST"])
def relaunch(request: SignedInRequest, pk: int) -> HttpResponse:
    """Shows what will be written to the owner, and writes it."""
    access, found = _open(request.user, pk)
    access.require(Ability.RELAUNCH)
    by_mail = services.mail_reaches(found)
    if request.method != "POST":
        if not found.is_open:
            return _finished(request, access, found)
        form = RelaunchForm(initial={"message": services.default_message(found, timezone.now())})
        return render(request, "actions/relaunch.html", {"action": found, "form": form, "by_mail": by_mail})
    form = RelaunchForm(request.POST)
    if not form.is_valid():
        context = {"action": found, "form": form, "by_mail": by_mail}
        return render(request, "actions/relaunch.html", context, status=422)
    try:
        services.relaunch(found, form.cleaned_data["message"], actor=request.user)
    except services.ActionFinished:
        return _finished(request, access, found)
    said = _("Relaunched: “%(title)s”") if by_mail else _("Recorded: “%(title)s” was relaunched")
    messages.success(request, said % _names(found))
    return redirect("actions:desk")


@posted_from("actions:action")
def accept_backlog(request: SignedInRequest, pk: int) -> HttpResponse:
    """Accepts an action as backlog, or takes that back."""
    access, found = _open(request.user, pk)
    access.require(Ability.ACCEPT_BACKLOG)
    form = BacklogForm(request.POST)
    if not form.is_valid():
        raise BadRequest("accept")
    accepted = form.cleaned_data["accept"]
    change = services.accept_backlog if accepted else services.withdraw_backlog
    try:
        change(found, actor=request.user)
    except RowConflict as conflict:
        return _conflict(request, access, conflict)
    except NotEditable as error:
        notice = describe_not_editable(State(error.args[0]))
        return _page(request, access, found, notice=notice, status=409)
    if accepted:
        return HttpResponseRedirect(f"{reverse('actions:desk')}?accepted={found.pk}")
    messages.success(request, _("“%(title)s” is no longer accepted as backlog") % _names(found))
    return redirect("actions:desk")


def _open(user: User, pk: int) -> tuple[Access, CorrectiveAction]:
    """The action, and what the reader may do with it. Raises Http404 for strangers, too."""
    found = CorrectiveAction.objects.live().select_related("backlog_accepted_by").filter(pk=pk).first()
    if found is None:
        raise Http404
    access = access_postmortem(user, found.postmortem_id)
    found.postmortem = access.postmortem
    return access, found


def _page(
    request: SignedInRequest, access: Access, found: CorrectiveAction, *, notice: str = "", status: int = 200
) -> HttpResponse:
    context = {
        "action": found,
        "history": selectors.load_history(found),
        "may_relaunch": access.may(Ability.RELAUNCH),
        "may_accept": access.may(Ability.ACCEPT_BACKLOG),
        "may_edit": access.may(Ability.EDIT),
        "notice": notice,
    }
    return render(request, "actions/action.html", context, status=status)


def _conflict(request: SignedInRequest, access: Access, conflict: RowConflict) -> HttpResponse:
    current = conflict.current
    if current is None:
        raise Http404
    current.postmortem = access.postmortem
    refusal = _(
        "Somebody changed this action meanwhile. This is how it stands now; nothing of yours was saved."
    )
    return _unchanged(request, access, current, refusal)


def _unchanged(
    request: SignedInRequest, access: Access, found: CorrectiveAction, refusal: str, *, status: int = 409
) -> HttpResponse:
    """How the action stands, and why it was not changed."""
    if request.htmx:
        context = {"action": found, "refusal": refusal, "focused": True}
        return render(request, "actions/_state.html", context, status=status)
    return _page(request, access, found, notice=refusal, status=status)


def _finished(request: SignedInRequest, access: Access, found: CorrectiveAction) -> HttpResponse:
    notice = _("This action is finished: there is nothing left to ask its owner for.")
    return _page(request, access, found, notice=notice, status=409)


def _names(found: CorrectiveAction) -> dict[str, str]:
    return {"title": found.title, "status": found.get_status_display()}


def _next(request: SignedInRequest) -> str:
    """The page of this installation that the form came from."""
    address = request.POST.get("next", "")
    allowed = url_has_allowed_host_and_scheme(
        address, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return address if allowed else ""

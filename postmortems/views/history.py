"""What happened to a post-mortem, for everyone who may read it."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from postmortems.permissions import access_postmortem
from postmortems.selectors.history import load_history
from postmortems.views.requests import SignedInRequest


@require_safe
def history(request: SignedInRequest, identifier: str) -> HttpResponse:
    """The record of changes, transitions and approvals, newest first, 50 on a page."""
    access = access_postmortem(request.user, identifier)
    page = load_history(access.postmortem, request.GET.get("page"))
    return render(request, "postmortems/history.html", {"postmortem": access.postmortem, "page": page})

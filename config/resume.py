"""What a plain form sent after its session had ended is kept until its author has sent it again."""

import secrets
from typing import TypedDict
from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

SESSION_KEY = "kept_forms"
LIMIT = 1_000_000
CSRF_FIELD = "csrfmiddlewaretoken"
KEPT_FIELD = "kept_form"
"""Names the kept form in the one that sends it again."""
UNTYPED = frozenset({"digest", "next", "restore", "role", "seen", "version"})
"""Fields that the pages fill in themselves: sent again, but nothing that a person would look for."""


class Kept(TypedDict):
    """The address that the form went to, and its fields in the order of the page."""

    path: str
    fields: list[list[str]]
    files: bool


def keep(request: HttpRequest) -> HttpResponse | None:
    """Keep the fields of a form, beside those kept before, and send its author to sign in.

    Return ``None`` where there is nothing to keep, a password, or more than 1,000,000 characters in
    all. Files are not kept.
    """
    ours = {CSRF_FIELD, KEPT_FIELD}
    fields = [[name, value] for name, values in request.POST.lists() for value in values if name not in ours]
    form = Kept(path=request.get_full_path(), fields=fields, files=bool(request.FILES))
    kept: dict[str, Kept] = request.session.get(SESSION_KEY, {})
    forms = [*(other for other in kept.values() if other != form), form]
    size = sum(len(name) + len(value) for each in forms for name, value in each["fields"])
    if not fields or size > LIMIT or any("password" in name for name, _ in fields):
        return None
    request.session[SESSION_KEY] = {secrets.token_hex(8): each for each in forms}
    return redirect(f"{reverse(settings.LOGIN_URL)}?{urlencode({'next': reverse('resume')})}")


def forget_accepted(request: HttpRequest, response: HttpResponseBase) -> None:
    """Forget a kept form that was sent again once it is accepted, which a redirect says of every form."""
    accepted = request.method == "POST" and 300 <= response.status_code < 400
    if accepted and KEPT_FIELD in request.POST and request.user.is_authenticated:
        kept: dict[str, Kept] = request.session.get(SESSION_KEY, {})
        again = request.POST[KEPT_FIELD]
        request.session[SESSION_KEY] = {name: form for name, form in kept.items() if name != again}


@require_http_methods(["GET", "HEAD", "POST"])
def resume(request: HttpRequest) -> HttpResponse:
    """Show what was kept, each form ready to be sent again, or to be discarded by sending it here."""
    if request.method == "POST":
        return redirect("resume")
    kept = request.session.get(SESSION_KEY)
    if not kept:
        return redirect(settings.LOGIN_REDIRECT_URL)
    return render(request, "errors/resume.html", {"kept": kept, "untyped": UNTYPED})

"""What a plain form sent after its session had ended is kept until its author has signed in again."""

from typing import TypedDict
from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_safe

SESSION_KEY = "resume"
LIMIT = 1_000_000
CSRF_FIELD = "csrfmiddlewaretoken"


class Kept(TypedDict):
    """The address that the form went to, and its fields in the order of the page."""

    path: str
    fields: list[tuple[str, str]]
    files: bool


def keep(request: HttpRequest) -> HttpResponse | None:
    """Keep the fields of a form and send its author to sign in.

    Return ``None`` where there is nothing to keep, a password, or more than 1,000,000 characters.
    Files are not kept.
    """
    fields = [
        (name, value) for name, values in request.POST.lists() for value in values if name != CSRF_FIELD
    ]
    size = sum(len(name) + len(value) for name, value in fields)
    if not fields or size > LIMIT or any("password" in name for name, _ in fields):
        return None
    kept = Kept(path=request.get_full_path(), fields=fields, files=bool(request.FILES))
    request.session[SESSION_KEY] = kept
    return redirect(f"{reverse(settings.LOGIN_URL)}?{urlencode({'next': reverse('resume')})}")


@require_safe
def resume(request: HttpRequest) -> HttpResponse:
    """Show what was kept, ready to be sent again; from then on the page alone holds it."""
    kept: Kept | None = request.session.pop(SESSION_KEY, None)
    if kept is None:
        return redirect(settings.LOGIN_REDIRECT_URL)
    return render(request, "errors/resume.html", {"kept": kept})

"""Pages for what went wrong. Each answers with a template of ``templates/errors/``.

To htmx a refusal answers with the reason alone, which base.html has it show among the messages.
"""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string


@login_not_required
def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """400: the request cannot be understood."""
    return render(request, "errors/400.html", status=400)


@login_not_required
def permission_denied(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """403: known to the user, but not theirs to do."""
    return _refusal(request, "errors/403.html", status=403)


@login_not_required
def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """403: the form's token is missing or stale; going back and reloading helps."""
    return _refusal(request, "errors/403_csrf.html", status=403)


@login_not_required
def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """404: absent, or not known to the user."""
    return _refusal(request, "errors/404.html", status=404)


@login_not_required
def too_many_requests(request: HttpRequest) -> HttpResponse:
    """429: more attempts than one person makes; allauth asks for it."""
    return render(request, "errors/429.html", status=429)


@login_not_required
def server_error(request: HttpRequest) -> HttpResponse:
    """500: rendered without the request, since reading the session or the user may be what failed."""
    return HttpResponse(render_to_string("errors/500.html"), status=500)


def _refusal(request: HttpRequest, template: str, status: int) -> HttpResponse:
    htmx = "HX-Request" in request.headers
    return render(request, f"{template}#reason" if htmx else template, {"htmx": htmx}, status=status)

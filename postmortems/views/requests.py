"""What a view may rely on: nobody reaches one without having signed in."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST
from django_htmx.middleware import HtmxDetails

from postmortems.models import User


class SignedInRequest(HttpRequest):
    """A request behind the sign-in and htmx middlewares."""

    user: User
    htmx: HtmxDetails


View = Callable[..., HttpResponse]


def posted_from(page: str) -> Callable[[View], View]:
    """A view that takes POST only, from forms of ``page``: an address that begins with the same value.

    After a refusal the browser shows the form's address: a plain visit of it leads back to the page.
    """

    def decorate(view: View) -> View:
        post_only = require_POST(view)

        @wraps(view)
        def answer(request: SignedInRequest, **captured: Any) -> HttpResponse:
            if request.method in {"GET", "HEAD"}:
                return redirect(page, next(iter(captured.values())))
            return post_only(request, **captured)

        return answer

    return decorate

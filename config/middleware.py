"""What surrounds every request: log line, security headers, language, sign-in."""

import logging
import re
import secrets
import time
from collections.abc import Callable
from contextlib import closing
from io import BytesIO
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils import translation
from django.utils.cache import patch_vary_headers
from django.utils.functional import SimpleLazyObject
from whitenoise.middleware import WhiteNoiseMiddleware
from whitenoise.responders import StaticFile

from config import errors, resume
from config.logs import loggable_path, request_id

logger = logging.getLogger("sansblame.request")

Handler = Callable[[HttpRequest], HttpResponse]

PERMISSIONS_POLICY = ", ".join(
    f"{feature}=()"
    for feature in ("accelerometer", "camera", "geolocation", "gyroscope", "microphone", "payment", "usb")
)


class RequestLogMiddleware:
    """Names each request and writes one line about it once it is answered.

    A proxy may name the request in ``X-Request-ID``; the answer carries the name back.
    """

    acceptable = re.compile(r"[\w-]{1,64}", re.ASCII)

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer the request and log it."""
        given = request.headers.get("X-Request-ID", "")
        identifier = given if self.acceptable.fullmatch(given) else secrets.token_hex(8)
        token = request_id.set(identifier)
        start = time.perf_counter()
        try:
            response = self.get_response(request)
            response["X-Request-ID"] = identifier
            self.write(request, response, time.perf_counter() - start)
            return response
        finally:
            request_id.reset(token)

    def write(self, request: HttpRequest, response: HttpResponse, seconds: float) -> None:
        """Log the request; probes and static files only when they fail or LOG_LEVEL=DEBUG."""
        path, match = loggable_path(request), request.resolver_match
        probe = match is not None and match.url_name in {"healthz", "readyz"}
        noise = response.status_code < 400 and (probe or path.startswith(settings.STATIC_URL))
        # Asking for the user's key would cost a query where no view had looked at the user.
        user = getattr(request, "_cached_user", None)
        logger.log(
            logging.DEBUG if noise else logging.INFO,
            "%s %s %s",
            request.method,
            path,
            response.status_code,
            extra={
                "event": "request",
                "method": request.method,
                "path": path,
                "status": response.status_code,
                "duration_ms": round(seconds * 1000, 1),
                "user_id": getattr(user, "pk", None),
            },
        )


class SecurityHeadersMiddleware:
    """Allows pages nothing but what the installation itself serves.

    A page that must write a style element asks for ``request.csp_nonce``; only then does the
    policy of this one answer allow that nonce.
    """

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer the request with the headers."""
        given: list[str] = []

        def new_nonce() -> str:
            given.append(secrets.token_urlsafe(16))
            return given[0]

        request.csp_nonce = SimpleLazyObject(new_nonce)  # type: ignore[attr-defined]
        response = self.get_response(request)
        response["Content-Security-Policy"] = self.policy(given)
        response.setdefault("Permissions-Policy", PERMISSIONS_POLICY)
        response.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        # What a signed-in person reads stays out of shared caches; `no-store` would also empty the
        # half-filled form that "back" returns to.
        response.setdefault("Cache-Control", "private, no-cache")
        return response

    def policy(self, nonces: list[str]) -> str:
        """Return the policy, with ``nonces`` allowed for styles."""
        styles = " ".join(["'self'", *(f"'nonce-{nonce}'" for nonce in nonces)])
        form_targets = "'self'"
        if settings.OIDC_ISSUER:
            # Browsers apply form-action to the redirect that answers the sign-in form, too.
            provider = urlsplit(settings.OIDC_ISSUER)
            form_targets += f" {provider.scheme}://{provider.netloc}"
        return "; ".join(
            (
                "default-src 'none'",
                "script-src 'self'",
                f"style-src {styles}",
                "img-src 'self'",
                "font-src 'self'",
                "connect-src 'self'",
                "manifest-src 'self'",
                f"form-action {form_targets}",
                "base-uri 'none'",
                "frame-ancestors 'none'",
            )
        )


class StaticFilesMiddleware(WhiteNoiseMiddleware):  # type: ignore[misc]
    """WhiteNoise, with each file answered in one piece.

    Under ASGI, Django would read a file response to its end anyhow, with a warning each time.
    """

    @staticmethod
    def serve(static_file: StaticFile, request: HttpRequest) -> HttpResponse:
        """Answer with one static file."""
        found = static_file.get_response(request.method, request.META)
        with closing(found.file or BytesIO()) as file:
            return HttpResponse(file.read(), status=int(found.status), headers=dict(found.headers))


class UserLanguageMiddleware:
    """Chooses the language of the interface: the user's preference, the cookie, then the browser.

    Times are left alone: each document shows its own in its own zone.
    """

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer the request in the chosen language."""
        preference = getattr(request.user, "language", "")
        language = preference or translation.get_language_from_request(request)
        request.LANGUAGE_CODE = language
        with translation.override(language):
            response = self.get_response(request)
        response.setdefault("Content-Language", language)
        if not preference:
            patch_vary_headers(response, ("Accept-Language", "Cookie"))
        return response


class SignInMiddleware(LoginRequiredMiddleware):
    """Asks for sign-in before every view that is not marked ``login_not_required``.

    An htmx request whose session has ended gets 401, the event ``session-expired`` and a fragment
    that links to the sign-in page, so that the page keeps what was typed. The fields of a plain
    form are kept until they are accepted after the sign-in.
    """

    def handle_no_permission(  # type: ignore[override]
        self, request: HttpRequest, view_func: Callable[..., HttpResponseBase]
    ) -> HttpResponseBase:
        """Answer a request without a session."""
        if request.headers.get("HX-Request"):
            response = render(request, "errors/_session_expired.html", status=401)
            response["HX-Trigger"] = "session-expired"
            return response
        kept = resume.keep(request) if request.method == "POST" else None
        return kept or super().handle_no_permission(request, view_func)

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        """Forget a kept form that was accepted."""
        resume.forget_accepted(request, response)
        return response


class NotFoundMiddleware:
    """Shows the product's own page for what is not found, where DEBUG is on, too.

    Django's would name the models and the addresses to whoever tries the demo.
    """

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer the request; an address that leads to no view raised its exception before any."""
        response = self.get_response(request)
        unknown = response.status_code == 404 and request.resolver_match is None
        return errors.not_found(request) if unknown and settings.DEBUG else response

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Answer 404 for what a view does not find; leave any other exception alone."""
        return errors.not_found(request, exception) if isinstance(exception, Http404) else None

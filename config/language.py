"""The switch between the languages of the interface."""

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.views import i18n
from django.views.decorators.http import require_POST

from postmortems.services.accounts import choose_language


@login_not_required
@require_POST
def set_language(request: HttpRequest) -> HttpResponse:
    """Remember the ``language`` posted, in a cookie and with the user's account, and go to ``next``."""
    user, language = request.user, request.POST.get("language", "")
    if user.is_authenticated and language in dict(settings.LANGUAGES):
        choose_language(user, language)
    response: HttpResponse = i18n.set_language(request)
    return response

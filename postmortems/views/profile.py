"""What a person sets for themselves."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from postmortems.forms.profile import ProfileForm
from postmortems.models import User
from postmortems.services.accounts import edit_profile
from postmortems.views.requests import SignedInRequest


@require_http_methods(["GET", "HEAD", "POST"])
def profile(request: SignedInRequest) -> HttpResponse:
    """Name, language of the interface, time zone."""
    data = request.POST if request.method == "POST" else None
    # The header of this very page shows the name: a refused one must not appear there.
    mine = User.objects.get(pk=request.user.pk)
    form = ProfileForm(data, instance=mine)
    if data is not None and form.is_valid():
        edit_profile(mine)
        with translation.override(mine.language or translation.get_language_from_request(request)):
            messages.success(request, _("Saved."))
        return redirect("postmortems:profile")
    return render(
        request,
        "postmortems/profile.html",
        {"form": form, "forms": [form]},
        status=200 if data is None else 422,
    )

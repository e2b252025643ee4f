"""What staff administer: accounts, services, the organisation, severities."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from allauth.account.forms import ResetPasswordForm
from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.paginator import Paginator
from django.forms import BaseForm
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from postmortems.forms.staff import (
    AccountForm,
    NewAccountForm,
    OrganisationForm,
    ServiceForm,
    SeveritiesForm,
)
from postmortems.models import Service, SeverityDescription, User
from postmortems.selectors.organisation import deadline_policy, load_organisation, organisation_name
from postmortems.services.accounts import create_account, edit_account
from postmortems.services.organisation import describe_severities, save_organisation, save_service
from postmortems.views.requests import SignedInRequest

PAGE = 50
INVITE = "invite"

View = Callable[..., HttpResponse]


def staff_only(view: View) -> View:
    """Refuses (403) whoever is not staff."""

    @wraps(view)
    def checked(request: SignedInRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not request.user.is_staff:
            raise PermissionDenied
        return view(request, *args, **kwargs)

    return checked


@require_safe
@staff_only
def index(request: SignedInRequest) -> HttpResponse:
    """Accounts and services, and the way to the installation's settings."""
    page = Paginator(User.objects.all(), PAGE).get_page(request.GET.get("page"))
    return render(request, "staff/index.html", {"page": page, "services": list(Service.objects.all())})


@require_http_methods(["GET", "HEAD", "POST"])
@staff_only
def user_add(request: SignedInRequest) -> HttpResponse:
    """Create an account and invite its owner."""
    data = request.POST if request.method == "POST" else None
    form = NewAccountForm(data, actor=request.user, initial={"time_zone": request.user.time_zone})
    if data is not None and _saved(form, lambda: create_account(form.instance)):
        user = form.instance
        if form.cleaned_data["invite"]:
            _invite(request, user)
        else:
            messages.success(request, _("The account of %(name)s is created.") % {"name": user})
        return redirect("postmortems:staff")
    return _form_page(request, "staff/user.html", form)


@require_http_methods(["GET", "HEAD", "POST"])
@staff_only
def user_edit(request: SignedInRequest, pk: int) -> HttpResponse:
    """Change or deactivate an account, or invite its owner again."""
    user = get_object_or_404(User, pk=pk)
    if request.method == "POST" and INVITE in request.POST:
        _invite(request, user)
        return redirect("postmortems:staff-user-edit", pk)
    form = AccountForm(request.POST if request.method == "POST" else None, instance=user, actor=request.user)
    if request.method == "POST" and _saved(form, lambda: edit_account(user)):
        messages.success(request, _("Saved."))
        return redirect("postmortems:staff")
    return _form_page(request, "staff/user.html", form, account=User.objects.get(pk=pk))


@require_http_methods(["GET", "HEAD", "POST"])
@staff_only
def service_add(request: SignedInRequest) -> HttpResponse:
    """Add a service."""
    return _service(request, Service())


@require_http_methods(["GET", "HEAD", "POST"])
@staff_only
def service_edit(request: SignedInRequest, pk: int) -> HttpResponse:
    """Rename a service, or offer it no longer."""
    return _service(request, get_object_or_404(Service, pk=pk))


@require_http_methods(["GET", "HEAD", "POST"])
@staff_only
def organisation(request: SignedInRequest) -> HttpResponse:
    """The organisation's name, the language of new documents, the deadline policy."""
    data = request.POST if request.method == "POST" else None
    held = load_organisation()
    in_force = {"policy": deadline_policy(held), "name": organisation_name(held)}
    form = OrganisationForm(data, instance=held)
    if data is not None and form.is_valid():
        save_organisation(held)
        messages.success(request, _("Saved."))
        return redirect("postmortems:staff-organisation")
    return _form_page(request, "staff/organisation.html", form, in_force=in_force)


@require_http_methods(["GET", "HEAD", "POST"])
@staff_only
def severities(request: SignedInRequest) -> HttpResponse:
    """What each severity means here, in both languages."""
    data = request.POST if request.method == "POST" else None
    initial = {}
    for described in SeverityDescription.objects.all():
        initial[f"{described.severity}_fr"] = described.description_fr
        initial[f"{described.severity}_en"] = described.description_en
    form = SeveritiesForm(data, initial=initial)
    if data is not None and form.is_valid():
        describe_severities(form.descriptions())
        messages.success(request, _("Saved."))
        return redirect("postmortems:staff-severities")
    return _form_page(request, "staff/severities.html", form)


def _service(request: SignedInRequest, service: Service) -> HttpResponse:
    name = service.name
    form = ServiceForm(request.POST if request.method == "POST" else None, instance=service)
    if request.method == "POST" and _saved(form, lambda: save_service(service)):
        messages.success(request, _("Saved."))
        return redirect("postmortems:staff")
    return _form_page(request, "staff/service.html", form, name=name)


def _saved(form: BaseForm, save: Callable[[], object]) -> bool:
    """Whether a form was valid and is saved; what the service refuses becomes an error of the form."""
    if form.is_valid():
        try:
            save()
        except ValidationError as error:
            form.add_error(None, error)
    return form.is_valid()


def _form_page(request: SignedInRequest, template: str, form: BaseForm, **context: Any) -> HttpResponse:
    status = 422 if form.is_bound else 200
    return render(request, template, {"form": form, "forms": [form], **context}, status=status)


def _invite(request: SignedInRequest, user: User) -> None:
    """Sends the link with which an account's owner chooses a password.

    The account stays when the mail server refuses: the message says that the invitation did not leave.
    """
    names = {"name": str(user), "email": user.email}
    if not user.is_active:
        messages.error(request, _("%(name)s cannot be invited: the account is deactivated.") % names)
        return
    form = ResetPasswordForm({"email": user.email})
    form.is_valid()
    try:
        form.save(request)
    except OSError:
        refused = _("The invitation to %(email)s was not sent. Check the mail settings, then send it again.")
        messages.error(request, refused % names)
    else:
        messages.success(request, _("An invitation is on its way to %(email)s.") % names)

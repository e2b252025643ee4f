"""The people on a post-mortem, and its properties."""

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from postmortems.domain.document import State
from postmortems.domain.status import Ability
from postmortems.forms.incidents import FactsForm, PropertiesForm
from postmortems.forms.people import PeopleForm
from postmortems.messages import describe_not_editable
from postmortems.models import Postmortem
from postmortems.permissions import Access, access_postmortem
from postmortems.selectors.organisation import severity_descriptions
from postmortems.services.changes import NotEditable
from postmortems.services.incidents import (
    assign_people,
    edit_incident,
    edit_properties,
    name_outside_reviewers,
)
from postmortems.views.requests import SignedInRequest


@require_http_methods(["GET", "HEAD", "POST"])
def people(request: SignedInRequest, identifier: str) -> HttpResponse:
    """Show who is on a post-mortem; those who manage it may change that."""
    access = access_postmortem(request.user, identifier)
    postmortem = access.postmortem
    if request.method == "POST":
        access.require(Ability.ASSIGN_ROLES)
    data = request.POST if request.method == "POST" else None
    holders = list(postmortem.roles.select_related("user"))
    outside = list(postmortem.outside_reviewers.values_list("name", flat=True))
    form = PeopleForm(
        data,
        user=request.user,
        holders=holders,
        restricted=postmortem.visibility == Postmortem.RESTRICTED,
        initial={"outside_reviewers": "\n".join(outside)},
        auto_id="%s",
    )
    if data is not None and form.is_valid():
        with transaction.atomic():
            assign_people(postmortem, form.people(), actor=request.user)
            name_outside_reviewers(postmortem, form.cleaned_data["outside_reviewers"], actor=request.user)
        messages.success(request, _("Saved."))
        if form.cleaned_data.get("leave"):
            return redirect("postmortems:home")
        return redirect("postmortems:people", postmortem.pk)
    return render(
        request,
        "postmortems/people.html",
        {
            "access": access,
            "postmortem": postmortem,
            "form": form,
            "forms": [form],
            "directory": form.directory,
            "holders": holders,
            "outside": outside,
        },
        status=200 if data is None else 422,
    )


@require_http_methods(["GET", "HEAD", "POST"])
def properties(request: SignedInRequest, identifier: str) -> HttpResponse:
    """Change the facts of the incident and the properties of its post-mortem, as far as one may."""
    access = access_postmortem(request.user, identifier)
    postmortem = access.postmortem
    if request.method == "POST" and not {Ability.EDIT, Ability.ASSIGN_ROLES} & access.abilities:
        access.require(Ability.EDIT)
    data = request.POST if request.method == "POST" else None
    facts, about = _property_forms(request, access)
    status, stale = 200 if data is None else 422, ""
    if data is not None and all([facts.is_valid(), about.is_valid()]):
        try:
            with transaction.atomic():
                edit_incident(facts.instance, actor=request.user, services=facts.cleaned_data["services"])
                edit_properties(about.instance, actor=request.user)
        except NotEditable:
            status = 409
            stale = describe_not_editable(
                State(Postmortem.objects.values_list("state", flat=True).get(pk=postmortem.pk))
            )
        else:
            messages.success(request, _("Saved."))
            return redirect("postmortems:properties", postmortem.pk)
    return render(
        request,
        "postmortems/properties.html",
        {
            "access": access,
            "postmortem": postmortem,
            "facts": facts,
            "about": about,
            "forms": [facts, about],
            "stale": stale,
        },
        status=status,
    )


def _property_forms(request: SignedInRequest, access: Access) -> tuple[FactsForm, PropertiesForm]:
    """The two forms, with what the person may not change now shown and locked."""
    data = request.POST if request.method == "POST" else None
    editing, managing = access.may(Ability.EDIT), access.may(Ability.ASSIGN_ROLES)
    locked = {
        "language": not editing,
        "organisation": not editing,
        "visibility": not managing,
        "next_review_on": not (editing or managing),
        "next_review_note": not (editing or managing),
    }
    facts = FactsForm(
        data,
        instance=access.postmortem.incident,
        descriptions=severity_descriptions(get_language() or "en"),
        locked=() if editing else FactsForm.Meta.fields,
        auto_id="%s",
    )
    about = PropertiesForm(
        data,
        instance=access.postmortem,
        locked=[name for name, shut in locked.items() if shut],
        auto_id="%s",
    )
    return facts, about

"""The people on a post-mortem, and its properties."""

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from postmortems.domain.document import State
from postmortems.domain.status import Ability
from postmortems.forms.incidents import FactsForm, PropertiesForm
from postmortems.forms.people import PeopleForm
from postmortems.forms.stamps import StampForm, saved_values
from postmortems.messages import describe_not_editable
from postmortems.models import Postmortem
from postmortems.permissions import Access, access_postmortem
from postmortems.selectors.history import FACTS_PAGE, PEOPLE_PAGE, last_change
from postmortems.selectors.organisation import severity_descriptions
from postmortems.services.changes import NotEditable, ServiceError, Stale
from postmortems.services.incidents import assign_people, edit_properties
from postmortems.views.requests import SignedInRequest


@require_http_methods(["GET", "HEAD", "POST"])
def people(request: SignedInRequest, identifier: str) -> HttpResponse:
    """Show who is on a post-mortem; those who manage it may change that.

    A save from a page that no longer shows what is stored answers 409 with both.
    """
    seen = last_change(PEOPLE_PAGE, postmortem=identifier)
    access = access_postmortem(request.user, identifier)
    if request.method == "POST":
        access.require(Ability.ASSIGN_ROLES)
    data = request.POST if request.method == "POST" else None
    stamp, form = StampForm(data, initial={"seen": seen}), _people_form(access, data)
    status, saved = 200 if data is None else 422, None
    if data is not None and form.is_valid():
        try:
            assign_people(
                access.postmortem,
                form.people(),
                actor=request.user,
                outside=form.cleaned_data["outside_reviewers"],
                seen=stamp.shown,
            )
        except Stale:
            stamp = StampForm(initial={"seen": last_change(PEOPLE_PAGE, postmortem=identifier)})
            access = access_postmortem(request.user, identifier)
            status, saved = 409, saved_values(form, _people_form(access))
        else:
            messages.success(request, _("Saved."))
            if form.cleaned_data.get("leave"):
                return redirect("postmortems:home")
            return redirect("postmortems:people", identifier)
    return render(
        request,
        "postmortems/people.html",
        {
            "access": access,
            "postmortem": access.postmortem,
            "stamp": stamp,
            "form": form,
            "forms": [form],
            "saved": saved,
        },
        status=status,
    )


@require_http_methods(["GET", "HEAD", "POST"])
def properties(request: SignedInRequest, identifier: str) -> HttpResponse:
    """Change the facts of the incident and the properties of its post-mortem, as far as one may.

    A save from a page that no longer shows what is stored answers 409 with both.
    """
    seen = last_change(FACTS_PAGE, postmortem=identifier)
    access = access_postmortem(request.user, identifier)
    if request.method == "POST" and not {Ability.EDIT, Ability.ASSIGN_ROLES} & access.abilities:
        access.require(Ability.EDIT)
    data = request.POST if request.method == "POST" else None
    stamp, (facts, about) = StampForm(data, initial={"seen": seen}), _property_forms(access, data)
    status, saved, refused = 200 if data is None else 422, None, ""
    if data is not None and all([facts.is_valid(), about.is_valid()]):
        try:
            edit_properties(
                about.instance,
                actor=request.user,
                services=facts.cleaned_data["services"],
                seen=stamp.shown,
            )
        except ServiceError as error:
            stamp = StampForm(initial={"seen": last_change(FACTS_PAGE, postmortem=identifier)})
            access, status = access_postmortem(request.user, identifier), 409
            if isinstance(error, NotEditable):
                refused = describe_not_editable(State(access.postmortem.state))
            else:
                pairs = zip((facts, about), _property_forms(access), strict=True)
                saved = [line for typed, stored in pairs for line in saved_values(typed, stored)]
        else:
            messages.success(request, _("Saved."))
            return redirect("postmortems:properties", identifier)
    return render(
        request,
        "postmortems/properties.html",
        {
            "access": access,
            "postmortem": access.postmortem,
            "stamp": stamp,
            "facts": facts,
            "about": about,
            "forms": [facts, about],
            "saved": saved,
            "refused": refused,
        },
        status=status,
    )


def _people_form(access: Access, data: QueryDict | None = None) -> PeopleForm:
    postmortem = access.postmortem
    return PeopleForm(
        data,
        user=access.user,
        holders=list(postmortem.roles.select_related("user")),
        restricted=postmortem.visibility == Postmortem.RESTRICTED,
        initial={"outside_reviewers": "\n".join(str(name) for name in postmortem.outside_reviewers.all())},
        auto_id="%s",
    )


def _property_forms(access: Access, data: QueryDict | None = None) -> tuple[FactsForm, PropertiesForm]:
    """The two forms, with what the person may not change now shown and locked."""
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

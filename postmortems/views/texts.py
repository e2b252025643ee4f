"""Saving a text, by the autosave of the page or by its Save button, and previewing one."""

from http import HTTPStatus

from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from postmortems.domain.document import TEXT_LIMIT, TEXT_SECTIONS, State, TextKey
from postmortems.domain.status import Ability
from postmortems.forms.texts import TextEntry, TextForm
from postmortems.messages import describe_not_editable, text_url
from postmortems.models import Postmortem
from postmortems.permissions import Access, access_postmortem
from postmortems.rendering import render_text
from postmortems.services.changes import NotEditable, TextConflict
from postmortems.services.texts import save_text
from postmortems.views.requests import SignedInRequest
from postmortems.views.workspace import section_page

FIELD = "postmortems/_text_field.html#outcome"


@require_POST
def text_save(request: SignedInRequest, identifier: str, key: str) -> HttpResponse:
    """Saves a text over the version that it was typed over; a lost race shows both texts."""
    access = access_postmortem(request.user, identifier)
    known = known_text(key)
    if not access.roles:
        raise PermissionDenied(Ability.EDIT.value)
    form = TextForm(known, request.POST)
    typed = str(request.POST.get("body", ""))
    if not access.may(Ability.EDIT):
        return not_editable(request, access, known, typed)
    if form.is_valid():
        body, version = form.cleaned_data["body"], form.cleaned_data["version"]
        try:
            text = save_text(access.postmortem, known, body, version, actor=request.user)
        except ValidationError as error:
            form.add_error(None, error)
        except TextConflict as conflict:
            entry = TextEntry(known, body, conflict.version, theirs=conflict.body)
            return conflict_shown(request, access, entry)
        except NotEditable:
            return not_editable(request, access, known, typed)
        else:
            return saved(request, access, TextEntry.of(text))
    errors = tuple(str(error) for field in form.errors.values() for error in field)
    shown = form.cleaned_data.get("version") or 1
    return invalid(request, access, TextEntry(known, typed, shown, errors=errors))


@require_POST
def text_preview(request: SignedInRequest, identifier: str) -> HttpResponse:
    """The text of a field as readers will see it; nothing is saved."""
    access_postmortem(request.user, identifier)
    return HttpResponse(render_text(str(request.POST.get("body", ""))[:TEXT_LIMIT]))


def known_text(value: str) -> TextKey:
    """The text of that key. Raises Http404."""
    try:
        return TextKey(value)
    except ValueError:
        raise Http404 from None


def saved(request: SignedInRequest, access: Access, entry: TextEntry) -> HttpResponse:
    """Back to the field, or for the page's script the version that it now has."""
    if not request.htmx:
        return redirect(text_url(access.postmortem, entry.key))
    response = render(request, FIELD, {"entry": entry})
    response["HX-Trigger"] = "document-changed"
    return response


def invalid(request: SignedInRequest, access: Access, entry: TextEntry) -> HttpResponse:
    """What is wrong, with what was typed still in its field."""
    status = HTTPStatus.UNPROCESSABLE_ENTITY
    if request.htmx:
        return render(request, FIELD, {"entry": entry}, status=status)
    return section_page(request, access, TEXT_SECTIONS[entry.key], typed={entry.key: entry}, status=status)


def conflict_shown(request: SignedInRequest, access: Access, entry: TextEntry) -> HttpResponse:
    """Both texts, to choose from or to edit into one."""
    if request.htmx:
        return render(request, FIELD, {"entry": entry}, status=HTTPStatus.CONFLICT)
    return conflict_page(request, access, entry)


def not_editable(request: SignedInRequest, access: Access, key: TextKey, typed: str) -> HttpResponse:
    """The state it is in now, and what was typed, to be copied elsewhere."""
    state = State(Postmortem.objects.values_list("state", flat=True).get(pk=access.postmortem.pk))
    entry = TextEntry(key, typed, 1, errors=(describe_not_editable(state),))
    if request.htmx:
        return render(request, FIELD, {"entry": entry}, status=HTTPStatus.CONFLICT)
    return conflict_page(request, access, entry)


def conflict_page(request: SignedInRequest, access: Access, entry: TextEntry) -> HttpResponse:
    """A text that was not saved, on a page of its own."""
    context = {
        "entry": entry,
        "postmortem": access.postmortem,
        "back": text_url(access.postmortem, entry.key),
    }
    return render(request, "postmortems/text_conflict.html", context, status=HTTPStatus.CONFLICT)

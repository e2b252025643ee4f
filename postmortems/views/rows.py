"""Adding, showing, editing, moving, deleting and restoring rows of every kind.

With htmx each answers with the one list item that changed; without, with a page or a redirect to the
section. ``forms.rows`` says what differs between kinds.
"""

import copy
from dataclasses import dataclass
from typing import Any, Literal

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django_htmx.http import trigger_client_event

from postmortems.domain.document import State
from postmortems.domain.status import BEFORE_VALIDATED, Ability
from postmortems.forms.causes import ChainForm
from postmortems.forms.rows import RowForm, list_id, row_form
from postmortems.models import ROW_KINDS, ContributingFactor, Postmortem, Row, User
from postmortems.models.choices import label
from postmortems.permissions import Access, access_postmortem
from postmortems.services.attachments import keep_attachment
from postmortems.services.causes import link_chain
from postmortems.services.changes import LimitReached, NotEditable, RowConflict, ServiceError
from postmortems.services.rows import add_row, delete_row, edit_row, move_row, restore_row
from postmortems.views.requests import SignedInRequest

Context = dict[str, Any]

ROW = "postmortems/_row.html"
ADD = "postmortems/_row_form.html#add"
EDIT = "postmortems/_row_form.html#edit"
FORM = "postmortems/_row_form.html#form"
DELETED = "postmortems/_row_deleted.html"
PAGE = "postmortems/row_form.html"
CONFLICT = "postmortems/row_conflict.html"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a request about rows of one kind takes place."""

    request: SignedInRequest
    access: Access
    form: type[RowForm]

    @property
    def postmortem(self) -> Postmortem:
        """The post-mortem that the rows belong to."""
        return self.access.postmortem

    def row(self, pk: int) -> Row:
        """A row of this kind and post-mortem, deleted or not, with all that its template needs.

        Raises Http404.
        """
        row: Row | None = self.form.stored(self.postmortem).filter(pk=pk).first()
        if row is None:
            raise Http404
        row.postmortem = self.postmortem
        return row

    def live_row(self, pk: int) -> Row:
        """The same, if it is not deleted. Raises Http404."""
        row = self.row(pk)
        if row.deleted_at is not None:
            raise Http404
        return row

    def refusal(self) -> NotEditable | None:
        """What the state says to a person who could write in another one. Raises PermissionDenied."""
        state = State(self.postmortem.state)
        if self.access.roles and state not in BEFORE_VALIDATED:
            return NotEditable(state)
        self.access.require(Ability.EDIT)
        return None

    def context(self, **values: Any) -> Context:
        """What every template of rows relies on."""
        return {"postmortem": self.postmortem, "editable": self.access.may(Ability.EDIT), **values}

    def section_url(self, row: Row | None = None, query: str = "") -> str:
        """The page of the section, at a row of it."""
        section = ROW_KINDS[self.form.kind].section
        url = reverse("postmortems:section", args=[self.postmortem.pk, section]) + query
        return f"{url}#{row.ref}" if row else url


@require_http_methods(["GET", "HEAD", "POST"])
def row_add(request: SignedInRequest, identifier: str, kind: str) -> HttpResponse:
    """Adds a row; the answer ends with the form of the next one."""
    place = _place(request, identifier, kind)
    if request.method != "POST":
        place.access.require(Ability.EDIT)
        form = place.form(postmortem=place.postmortem, initial=request.GET.dict())
        return _form_answer(place, form)
    refusal = place.refusal()
    form = place.form(request.POST, request.FILES, postmortem=place.postmortem)
    status = 422
    if refusal or form.is_valid():
        try:
            if refusal:
                raise refusal
            row = add_row(_with_attachment(form), actor=request.user)
        except (ServiceError, ValidationError) as error:
            status = _explain(form, error)
        else:
            return _added(place, form, row)
    return _form_answer(place, form, status)


@require_safe
def row_show(request: SignedInRequest, identifier: str, kind: str, pk: int) -> HttpResponse:
    """One row as it is now; ``?focus`` when the person comes back to it, from a form for instance."""
    place = _place(request, identifier, kind)
    row = place.live_row(pk)
    if not request.htmx:
        return redirect(place.section_url(row))
    return render(request, ROW, place.context(row=row, focused="focus" in request.GET))


@require_http_methods(["GET", "HEAD", "POST"])
def row_edit(request: SignedInRequest, identifier: str, kind: str, pk: int) -> HttpResponse:
    """Edits a row. A save against an older version answers 409 with both versions.

    So does one of a row deleted meanwhile; with ``restore`` it brings the row back with what was typed.
    """
    place = _place(request, identifier, kind)
    if request.method != "POST":
        place.access.require(Ability.EDIT)
        form = place.form(postmortem=place.postmortem, row=place.live_row(pk))
        return _form_answer(place, form)
    refusal = place.refusal()
    row = place.row(pk)
    restoring = row.deleted_at is not None and "restore" in request.POST
    stored = copy.copy(row)
    form = place.form(request.POST, request.FILES, postmortem=place.postmortem, row=row)
    status = 422
    if refusal or form.is_valid():
        try:
            if refusal:
                raise refusal
            if stored.deleted_at and not restoring:
                raise RowConflict(None)
            _save(form, stored, actor=request.user, restore=restoring)
        except RowConflict as conflict:
            return _conflict_answer(place, form, conflict.current)
        except (ServiceError, ValidationError) as error:
            status = _explain(form, error)
        else:
            return _edited(place, stored, row)
    if restoring:
        return _conflict_answer(place, form, None, status)
    return _form_answer(place, form, status)


@require_POST
def row_move(request: SignedInRequest, identifier: str, kind: str, pk: int) -> HttpResponse:
    """Moves a row ``to`` a place (counted from 0) or ``by`` some places within its list.

    With htmx the page moves the item itself, so that nothing that is being typed around it is lost.
    """
    place = _place(request, identifier, kind)
    if not place.form.movable:
        raise Http404
    try:
        to, by = (int(request.POST[name]) if name in request.POST else None for name in ("to", "by"))
    except ValueError:
        to = by = None
    refusal = place.refusal()
    row = place.live_row(pk)
    if to is None and by is None:
        return HttpResponse(_("Say where the row goes."), status=422, content_type="text/plain")
    try:
        if refusal:
            raise refusal
        order = move_row(row, to, by=by or 0, actor=request.user)
    except ServiceError as error:
        return _refused(place, row, error)
    if not request.htmx:
        return redirect(place.section_url(row))
    index = order.index(row.pk)
    after = f"{kind}-{order[index - 1]}" if index else ""
    placed_at = {"ref": row.ref, "list": list_id(row), "after": after}
    return _tell(HttpResponse(status=204), {"row-placed": placed_at})


@require_POST
def row_delete(request: SignedInRequest, identifier: str, kind: str, pk: int) -> HttpResponse:
    """Deletes a row; in its place comes the offer to bring it back."""
    place = _place(request, identifier, kind)
    refusal = place.refusal()
    row = place.live_row(pk)
    try:
        if refusal:
            raise refusal
        delete_row(row, actor=request.user)
    except ServiceError as error:
        return _refused(place, row, error)
    row.deleted_at = timezone.now()
    if not request.htmx:
        return redirect(place.section_url(row, f"?deleted={row.ref}"))
    response = render(request, DELETED, place.context(row=row, focused=True))
    return _tell(response, place.form.events(row))


@require_POST
def row_restore(request: SignedInRequest, identifier: str, kind: str, pk: int) -> HttpResponse:
    """Brings a deleted row back to where it was."""
    place = _place(request, identifier, kind)
    refusal = place.refusal()
    row = place.row(pk)
    try:
        if refusal:
            raise refusal
        restore_row(row, actor=request.user)
    except ServiceError as error:
        return _refused(place, row, error)
    if not request.htmx:
        return redirect(place.section_url(row))
    row.deleted_at = None
    response = render(request, ROW, place.context(row=row, focused=True))
    return _tell(response, place.form.events(row))


def _place(request: SignedInRequest, identifier: str, kind: str) -> Place:
    access = access_postmortem(request.user, identifier)
    try:
        return Place(request, access, row_form(kind))
    except KeyError:
        raise Http404 from None


def _with_attachment(form: RowForm) -> Row:
    """The row of a valid form, its upload stored."""
    row: Row = form.instance
    if upload := form.cleaned_data.get("upload"):
        row.file = keep_attachment(row.postmortem, form.cleaned_data["title"], upload)  # type: ignore[attr-defined]
    return row


def _save(form: RowForm, stored: Any, *, actor: User, restore: bool) -> None:
    row: Any = _with_attachment(form)
    base = form.cleaned_data["version"]
    if isinstance(form, ChainForm) and "leads_to" in form.changed_data:
        factor, action = form.target
        link_chain(
            row,
            base,
            actor=actor,
            factor=ContributingFactor(pk=factor) if factor else None,
            action=action,
            before=stored,
            restore=restore,
        )
    else:
        edit_row(row, base, actor=actor, before=stored, restore=restore)


def _added(place: Place, form: RowForm, row: Row) -> HttpResponse:
    request = place.request
    if not request.htmx:
        return redirect(place.section_url(row))
    events = place.form.events(row)
    shown = place.form.shown(row)
    following = place.form(postmortem=place.postmortem, initial=form.placing)
    following.set_focus()
    # Without a field to go on with, the row itself takes the focus.
    context = place.context(row=shown, focused=bool(following.menu) or not following.visible_fields())
    html = render_to_string(ROW, context, request)
    html += render_to_string(ADD, place.context(form=following), request)
    return _tell(HttpResponse(html), events, **_placed(row))


def _edited(place: Place, stored: Row, row: Row) -> HttpResponse:
    if not place.request.htmx:
        return redirect(place.section_url(row))
    if place.form.always_open:
        shown = place.form.stored(place.postmortem).get(pk=row.pk)
        form = place.form(postmortem=place.postmortem, row=shown)
        response = render(place.request, FORM, place.context(form=form, row=shown, saved=True))
    else:
        response = render(place.request, ROW, place.context(row=row, focused=True))
    return _tell(response, place.form.events(row), **_placed(row, stored))


def _placed(row: Row, stored: Row | None = None) -> Context:
    """Where the page has to put a row that does not stay, or does not come last: in another list, by time."""
    sort_key = str(next(iter(row._meta.ordering or ()), "position"))
    if sort_key != "position" and (stored is None or getattr(stored, sort_key) != getattr(row, sort_key)):
        order = list(type(row).objects.live().filter(**row.group()).values_list("pk", flat=True))
        index = order.index(row.pk)
        after = f"{row.kind}-{order[index - 1]}" if index else ""
        return {"row-placed": {"ref": row.ref, "list": list_id(row), "after": after}}
    if stored is not None and stored.group() != row.group():
        return {"row-placed": {"ref": row.ref, "list": list_id(row), "after": None}}
    return {}


def _form_answer(place: Place, form: RowForm, status: int = 200) -> HttpResponse:
    """The form, with its errors if there are any."""
    form.set_focus()
    context = place.context(form=form, row=None if form.adding else form.instance, focused=True)
    if not place.request.htmx:
        page = place.context(**context, section_url=place.section_url(context["row"]))
        return render(place.request, PAGE, page, status=status)
    template = ADD if form.adding else FORM if place.form.always_open else EDIT
    return render(place.request, template, context, status=status)


def _conflict_answer(place: Place, form: RowForm, current: Row | None, status: int = 409) -> HttpResponse:
    """What is saved now, if it was not deleted, beside what was typed, which can then be saved knowingly."""
    if current is not None:
        form.data = {**form.data.dict(), "version": current.version}  # type: ignore[attr-defined]
    context = place.context(
        form=form,
        row=form.instance,
        current=current,
        saved_values=form.saved_values(current) if current else [],
        section_url=place.section_url(form.instance),
    )
    fragment = "#open" if place.form.always_open else "#item"
    template = CONFLICT + fragment if place.request.htmx else CONFLICT
    return render(place.request, template, context, status=status)


def _refused(place: Place, row: Row, error: ServiceError) -> HttpResponse:
    """409 for an act without a form: what stands in its way."""
    reason = _reason(error)
    if place.request.htmx:
        messages.error(place.request, reason)
        response = render(place.request, "_shared.html#messages", {"oob": True}, status=409)
        response["HX-Reswap"] = "none"
        return response
    context = place.context(row=row, reason=reason, section_url=place.section_url())
    return render(place.request, CONFLICT, context, status=409)


def _explain(form: RowForm, error: ServiceError | ValidationError) -> int:
    """Puts into the form why it was not saved; returns the status of the answer."""
    if isinstance(error, ServiceError):
        form.add_error(None, _reason(error))
        return 409 if isinstance(error, NotEditable) else 422
    for name, errors in error.error_dict.items() if hasattr(error, "error_dict") else [(None, error)]:
        form.add_error(name if name in form.fields else None, errors)
    return 422


def _reason(error: ServiceError) -> str:
    match error:
        case NotEditable():
            return _("Not saved: this post-mortem can no longer be edited, its state is now “%(state)s”.") % {
                "state": label(State(str(error)))
            }
        case LimitReached():
            return _("Not added: there may be at most %(limit)d rows of this kind.") % {"limit": error.limit}
        case _:
            return _("Not saved: somebody deleted this row meanwhile.")


def _tell(response: HttpResponse, *events: Context, **more: Any) -> HttpResponse:
    """Tells the page that the document changed, and what else it has to do once the answer is in it."""
    response = trigger_client_event(response, "document-changed", {})
    after: Literal["receive", "swap"] = "receive" if response.status_code == 204 else "swap"
    for name, details in {key: value for event in (*events, more) for key, value in event.items()}.items():
        response = trigger_client_event(response, name, details, after=after)
    return response

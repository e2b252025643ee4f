"""What the templates of rows ask for."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django import template

from postmortems.forms.causes import led_to, progress
from postmortems.forms.rows import RowForm, list_id, placed, row_form
from postmortems.models import Postmortem, Row
from postmortems.selectors.causes import whys_of

register = template.Library()


@dataclass(frozen=True, slots=True)
class RowList:
    """A list of rows of one kind in a page, with the form that adds to it."""

    id: str
    rows: list[Row]
    form: RowForm


@register.simple_tag(takes_context=True)
def row_list(
    context: template.Context, kind: str, rows: Sequence[Row], initial: Mapping[str, Any] | str = ""
) -> RowList:
    """The rows of the list that ``initial`` names; one deleted without script stays as its undo bar."""
    postmortem: Postmortem = context["postmortem"]
    form_class = row_form(kind)
    given = initial if isinstance(initial, Mapping) else {}
    place = placed(kind, postmortem, {name: given[name] for name in form_class.placed_by if name in given})
    held = list(rows)
    deleted = str(context["request"].GET.get("deleted", "")).rpartition("-")
    if context["editable"] and deleted[0] == kind and deleted[2].isdecimal():
        held += form_class.stored(postmortem).filter(pk=deleted[2], deleted_at__isnull=False, **place.group())
        held.sort(key=lambda row: [getattr(row, str(name)) for name in row._meta.ordering or ()])
    for row in held:
        row.postmortem = postmortem
    form = form_class(postmortem=postmortem, initial=given)
    if context.get("focused"):
        form.set_focus()
    return RowList(list_id(place), held, form)


@register.simple_tag
def row_layout(row: Row) -> type[RowForm]:
    """The form class of a row's kind, which says how the row is shown."""
    return row_form(row.kind)


@register.simple_tag
def open_row_form(row: Row, postmortem: Postmortem) -> RowForm:
    """The unbound form of a stored row."""
    return row_form(row.kind)(postmortem=postmortem, row=row)


@register.simple_tag
def chain_parts(chain: Any) -> dict[str, Any]:
    """The whys of a chain, how far it has come, what its next why starts from, and where it leads."""
    whys = whys_of(chain)
    initial = {"chain": chain}
    return {
        "rows": whys,
        "progress": progress(whys),
        "initial": initial,
        "list_id": list_id(placed("why", chain.postmortem, initial)),
        "leads_to": led_to(chain),
    }

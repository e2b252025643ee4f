"""Adding what was pasted into a timeline."""

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import override

from postmortems.domain.document import AnnexKind
from postmortems.models import Annex, Postmortem, TimelineEvent, User
from postmortems.services.rows import add_row, add_rows


@transaction.atomic
def accept_paste(postmortem: Postmortem, events: list[TimelineEvent], note: str, *, actor: User) -> None:
    """Adds events, and a note with the lines that found no place among them; all or nothing.

    Raises LimitReached, NotEditable, ValidationError.
    """
    add_rows([*events], actor=actor)
    if note:
        with override(postmortem.language):
            title = _("Lines without a time, pasted with the timeline")
        add_row(Annex(postmortem=postmortem, type=AnnexKind.NOTE, title=title, body=note), actor=actor)

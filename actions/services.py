"""Following up an action: its status, reminding its owner, accepting it as backlog."""

import logging
from datetime import datetime
from functools import partial

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction
from django.db.models import F
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, override

from actions.models import CorrectiveAction, Relaunch
from actions.permissions import BEFORE_CLOSED, states_for
from postmortems.domain.document import ActionStatus, Horizon
from postmortems.models import Change, Postmortem, User
from postmortems.services.changes import RowConflict, ServiceError, Values, advance, record

logger = logging.getLogger("sansblame.mail")


class ActionFinished(ServiceError):
    """The action is done or dropped: there is nothing left to ask its owner for."""


@transaction.atomic
def change_status(
    action: CorrectiveAction, status: ActionStatus, base_version: int, *, actor: User
) -> CorrectiveAction:
    """Changes the status of an action, whether its post-mortem can be edited or not.

    ``base_version`` is the version that the actor saw. The change belongs to no section, so no
    approval lapses. Raises RowConflict when somebody saved or deleted the action since, NotEditable
    when the post-mortem is closed and the action would be open again.
    """
    if action.version == base_version and action.status == status:
        return action
    old = action.status
    advance(action.postmortem, states_for(status))
    action.set_status(status, timezone.now())
    _save(action, base_version, status=action.status, done_at=action.done_at)
    _record(action, actor, {"status": old}, {"status": action.status})
    return action


@transaction.atomic
def accept_backlog(action: CorrectiveAction, *, actor: User) -> CorrectiveAction:
    """Accepts a long-term action as it is, without owner or deadline. A second time changes nothing.

    Raises RowConflict when the action is no longer a long-term one, NotEditable.
    """
    if action.horizon != Horizon.LONG:
        raise RowConflict(action)
    return _set_backlog(action, actor, timezone.now())


@transaction.atomic
def withdraw_backlog(action: CorrectiveAction, *, actor: User) -> CorrectiveAction:
    """Takes an acceptance as backlog back. A second time changes nothing. Raises NotEditable."""
    return _set_backlog(action, actor, None)


@transaction.atomic
def relaunch(action: CorrectiveAction, message: str, *, actor: User) -> Relaunch:
    """Records that the lead asked how an action stands, and writes to its owner where ``mail_reaches`` it.

    The mail leaves once the transaction has committed; when it cannot be sent, that is logged and the
    relaunch stands. Raises ActionFinished, ValidationError.
    """
    if not action.is_open:
        raise ActionFinished(action.status)
    sent = Relaunch(action=action, user=actor, message=message)
    sent.clean_fields(exclude=["action", "user"])
    sent.save(force_insert=True)
    if action.owner and mail_reaches(action):
        transaction.on_commit(partial(_send, sent, action.owner))
    return sent


def mail_reaches(action: CorrectiveAction) -> bool:
    """Whether a mail may be written to the owner: an active account that may open the action."""
    owner, postmortem = action.owner, action.postmortem
    if owner is None or not owner.is_active:
        return False
    return (
        postmortem.visibility != Postmortem.RESTRICTED or postmortem.roles.filter(user_id=owner.pk).exists()
    )


def default_message(action: CorrectiveAction, now: datetime) -> str:
    """What a lead may write to the owner, in the owner's language. It quotes nothing of the document."""
    with override(_language(action)):
        left = action.days_left(now)
        if left is not None and left < 0:
            opening = ngettext(
                "This action was due %(days)d day ago and is still open.",
                "This action was due %(days)d days ago and is still open.",
                -left,
            ) % {"days": -left}
        else:
            opening = _("This action is still open.")
        question = _(
            "How does it stand, and what stands in its way? A new date, another owner or a decision to "
            "drop it are good answers, too."
        )
        return f"{opening}\n{question}"


def _language(action: CorrectiveAction) -> str:
    return (action.owner.language if action.owner else "") or action.postmortem.language


def _send(sent: Relaunch, owner: User) -> None:
    """Writes to the owner; what belongs to a restricted post-mortem stays out of the mail."""
    action = sent.action
    restricted = action.postmortem.visibility == Postmortem.RESTRICTED
    context = {
        "action": action,
        "lead": sent.user,
        "message": sent.message,
        "restricted": restricted,
        "url": settings.BASE_URL + reverse("actions:action", args=[action.pk]),
    }
    try:
        with override(_language(action)):
            subject = (
                _("A corrective action waits for your answer")
                if restricted
                else _("How does “%(title)s” stand?") % {"title": action.title}
            )
            body = render_to_string("actions/relaunch_mail.txt", context)
        EmailMessage(subject, body, to=[owner.email], reply_to=[sent.user.email]).send()
    except Exception as error:
        # The relaunch is saved already: a mail server that is down must not turn it into an error page.
        logger.error(
            "The mail about action %s was not sent: %s",
            action.pk,
            type(error).__name__,
            extra={"event": "mail_failed", "action_id": action.pk},
        )


def _set_backlog(action: CorrectiveAction, actor: User, now: datetime | None) -> CorrectiveAction:
    if (action.backlog_accepted_at is None) == (now is None):
        return action
    advance(action.postmortem, BEFORE_CLOSED)
    action.backlog_accepted_at, action.backlog_accepted_by = now, actor if now else None
    _save(
        action,
        action.version,
        backlog_accepted_at=action.backlog_accepted_at,
        backlog_accepted_by=action.backlog_accepted_by,
    )
    _record(action, actor, {"backlog_accepted": now is None}, {"backlog_accepted": now is not None})
    return action


def _save(action: CorrectiveAction, base_version: int, **values: object) -> None:
    live = CorrectiveAction.objects.live().filter(pk=action.pk)
    if not live.filter(version=base_version).update(version=F("version") + 1, **values):
        raise RowConflict(live.first())
    action.version = base_version + 1


def _record(action: CorrectiveAction, actor: User, before: Values, after: Values) -> None:
    record(action.postmortem, actor, Change.Verb.CHANGED, action.ref, None, before, after)

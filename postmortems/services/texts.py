"""Saving a text. Every writer of a text comes through ``save_text``."""

from datetime import timedelta

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import F, OuterRef, Subquery
from django.utils import timezone

from postmortems.domain.document import TEXT_SECTIONS, UNKNOWN_TEXTS, Milestone, TextKey, text_limit
from postmortems.models import Change, Postmortem, Text, User
from postmortems.models.fields import too_long
from postmortems.models.json_rows import JsonRows
from postmortems.services.changes import TextConflict, advance, clean_only, current_revision, record
from postmortems.services.timeline import follow_timeline

BURST = timedelta(seconds=30)
"""Saves of one person in one text, with nothing else in between, are one change in the history."""


@transaction.atomic
def save_text(postmortem: Postmortem, key: TextKey, body: str, base_version: int, *, actor: User) -> Text:
    """Replaces a text that was read at ``base_version``.

    Raises TextConflict when somebody saved it since, NotEditable when the state forbids it, and
    ValidationError when the body is too long or holds control characters.
    """
    last = Change.objects.filter(postmortem=postmortem).order_by("-id").values("pk")[:1]
    text = Text.objects.annotate(
        last=JsonRows(Change.objects.filter(pk=Subquery(last), target=OuterRef("key"), user=actor), id="id")
    ).get(postmortem=postmortem, key=key)
    before = text.body
    text.body = body
    clean_only(text, "body")
    if len(text.body) > text_limit(key):
        raise ValidationError({"body": too_long(text.body, text_limit(key))})
    if text.body == before:
        return text
    if text.version != base_version:
        raise TextConflict(before, text.version)
    advance(postmortem)
    saved = Text.objects.filter(pk=text.pk, version=text.version).update(
        body=text.body, version=F("version") + 1
    )
    if not saved:
        current = Text.objects.get(pk=text.pk)
        raise TextConflict(current.body, current.version)
    text.version += 1
    now, revision = timezone.now(), current_revision(postmortem)
    burst = Change.objects.filter(
        pk__in=[row["id"] for row in text.last], at__gte=now - BURST, revision=revision - 1
    )
    after = {"body": text.body}
    if not burst.update(after=after, at=now, revision=revision):
        record(postmortem, actor, Change.Verb.CHANGED, key, TEXT_SECTIONS[key], {"body": before}, after)
    if key == UNKNOWN_TEXTS[Milestone.RESTORED]:
        follow_timeline(postmortem)
    return text

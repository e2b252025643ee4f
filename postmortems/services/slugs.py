"""The name of a post-mortem's file: date and title, numbered when two would be the same."""

from collections.abc import Callable

from django.db import IntegrityError, transaction

from postmortems.domain.markdown.render import slugify
from postmortems.models import Postmortem
from postmortems.selectors.document import incident_date

TRIES = 10
"""So many people at most may take the same name at the same moment."""


def take_slug(postmortem: Postmortem, save: Callable[[], object]) -> None:
    """Saves a post-mortem under a free slug, and under the next when somebody just took that one."""
    for remaining in reversed(range(TRIES)):
        postmortem.slug = free_slug(postmortem)
        try:
            with transaction.atomic():
                save()
        except IntegrityError:
            if not remaining:
                raise
        else:
            return


def free_slug(postmortem: Postmortem) -> str:
    """``YYYY-MM-DD-title``, with ``-2``, ``-3``… when another post-mortem has that name."""
    stem = f"{incident_date(postmortem).isoformat()}-{slugify(postmortem.incident.title)}"
    taken = set(
        Postmortem.objects.filter(slug__startswith=stem)
        .exclude(pk=postmortem.pk)
        .values_list("slug", flat=True)
    )
    slug, number = stem, 1
    while slug in taken:
        number += 1
        slug = f"{stem}-{number}"
    return slug


def settle_slug(postmortem: Postmortem) -> None:
    """Gives the post-mortem the slug of its present title and date; an unchanged one is kept."""
    if free_slug(postmortem) != postmortem.slug:
        stored = Postmortem.objects.filter(pk=postmortem.pk)
        take_slug(postmortem, lambda: stored.update(slug=postmortem.slug))

"""The name of a post-mortem's file: date and title, numbered when two would be the same."""

from postmortems.domain.markdown.render import slugify
from postmortems.models import Postmortem
from postmortems.selectors.document import incident_date


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
    slug = free_slug(postmortem)
    if slug != postmortem.slug:
        postmortem.slug = slug
        Postmortem.objects.filter(pk=postmortem.pk).update(slug=slug)

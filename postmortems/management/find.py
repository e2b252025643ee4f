"""Finding the post-mortem that an operator names."""

from django.core.management.base import CommandError
from django.db.models import Q

from postmortems.models import Postmortem


def find_postmortem(name: str) -> Postmortem:
    """The post-mortem of a slug (``2026-02-15-checkout-down``) or identifier.

    Raises CommandError with exit code 2 when there is none.
    """
    found = Postmortem.objects.select_related("incident").filter(Q(slug=name) | Q(pk=name)).first()
    if found is None:
        raise CommandError(
            f"No post-mortem is called {name!r}. Give its identifier or its slug, "
            "as in the address of its page or the name of its file.",
            returncode=2,
        )
    return found

"""Where a why chain leads."""

from django.db import transaction

from postmortems.models import ContributingFactor, User, WhyChain
from postmortems.services.rows import edit_row


@transaction.atomic
def link_chain(
    chain: WhyChain,
    base_version: int,
    *,
    actor: User,
    factor: ContributingFactor | None = None,
    action: int | None = None,
    before: WhyChain | None = None,
    restore: bool = False,
) -> WhyChain:
    """Saves a chain (its reason to stop included) as leading to a factor, an action or nothing yet.

    ``action`` is the key of a corrective action of the same post-mortem, which keeps the link: whatever
    action held it before lets it go. ``restore`` brings a deleted chain back, as in ``edit_row``.
    Raises RowConflict, NotEditable, ValidationError.
    """
    chain.factor = factor
    edit_row(chain, base_version, actor=actor, before=before, restore=restore)
    actions = chain.postmortem.actions.live()
    linked = list(actions.filter(chain=chain))
    if action is not None and action not in [held.pk for held in linked]:
        linked += actions.filter(pk=action)
    for held in linked:
        held.chain = chain if held.pk == action else None
        held.postmortem = chain.postmortem
        edit_row(held, held.version, actor=actor)
    return chain

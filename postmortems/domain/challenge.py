"""Who settles what the team asks: whoever raised it, so that nobody is talked out of a question."""

from collections.abc import Collection
from datetime import datetime, timedelta

from postmortems.domain.document import Role

SILENCE = timedelta(days=3)
"""After this long without a word the incident commander may settle somebody else's challenge."""


def silent_until(last_word: datetime) -> datetime:
    """When the silence has lasted long enough. Aware instants."""
    return last_word + SILENCE


def may_settle(roles: Collection[Role], last_word: datetime, now: datetime, *, own: bool) -> bool:
    """Whether a person may settle an open challenge: their own, or later as incident commander."""
    return own or (Role.IC in roles and now >= silent_until(last_word))


def may_settle_objection(roles: Collection[Role], *, own: bool) -> bool:
    """Whether a person may settle an objection of the review form: their own, or as incident commander."""
    return own or Role.IC in roles

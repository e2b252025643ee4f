"""Rows and whole post-mortems for tests. Post-mortems are built by the services, as pages build them."""

from tests.factories.accounts import ServiceFactory, UserFactory
from tests.factories.postmortems import (
    Cast,
    IncidentFactory,
    PostmortemFactory,
    complete_postmortem,
    postmortem_with_roles,
)

__all__ = [
    "Cast",
    "IncidentFactory",
    "PostmortemFactory",
    "ServiceFactory",
    "UserFactory",
    "complete_postmortem",
    "postmortem_with_roles",
]

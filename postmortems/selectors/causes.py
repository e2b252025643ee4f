"""Why chains with what their part of the workspace needs."""

from typing import Any

from django.db.models import OuterRef, QuerySet

from postmortems.domain.document import ActionStatus
from postmortems.models import ContributingFactor, Postmortem, Why, WhyChain
from postmortems.models.json_rows import JsonRows

WHY_READ = ("id", "position", "version", "chain_id", "question", "answer", "evidence")


def open_chains(postmortem: Postmortem) -> QuerySet[WhyChain]:
    """The chains of a post-mortem with their whys and all that they may lead to, in one query.

    What they may lead to is the same for all of them, so the database looks it up once.
    """
    actions: Any = Postmortem._meta.get_field("actions").related_model
    mine: Any = {"postmortem": postmortem.pk}
    chains: QuerySet[WhyChain] = WhyChain.objects.filter(postmortem=postmortem).annotate(
        whys_read=_whys(chain=OuterRef("pk")),
        factors_read=JsonRows(
            ContributingFactor.objects.live().filter(**mine), id="id", position="position", name="factor"
        ),
        actions_read=JsonRows(
            actions.objects.live().filter(**mine).exclude(status=ActionStatus.DROPPED),
            id="id",
            position="position",
            name="title",
            chain_id="chain_id",
        ),
    )
    return chains


def open_whys(postmortem: Postmortem) -> QuerySet[Why]:
    """The whys of a post-mortem, each with its whole chain, in one query."""
    whys: QuerySet[Why] = Why.objects.filter(postmortem=postmortem).annotate(
        whys_read=_whys(chain=OuterRef("chain_id"))
    )
    return whys


def whys_of(read: Any) -> list[Why]:
    """The live whys of a chain (or around a why) that was read by this module, in order."""
    rows = sorted(read.whys_read, key=lambda row: (row["position"], row["id"]))
    return [Why(postmortem_id=read.postmortem_id, **row) for row in rows]


def _whys(**chain: Any) -> JsonRows:
    return JsonRows(Why.objects.live().filter(**chain), **{name: name for name in WHY_READ})

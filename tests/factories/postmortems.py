"""Incidents and post-mortems, from an empty draft to one that may be submitted."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.utils import timezone

from actions.models import CorrectiveAction
from postmortems.domain.document import (
    ActionKind,
    ActionStatus,
    Horizon,
    Language,
    LessonKind,
    Role,
    Severity,
    TextKey,
)
from postmortems.models import (
    ContributingFactor,
    ImpactMetric,
    Incident,
    Lesson,
    Postmortem,
    Row,
    TimelineEvent,
    User,
    Why,
    WhyChain,
)
from postmortems.services.incidents import Person, edit_properties, start_postmortem
from postmortems.services.rows import add_row, edit_row
from postmortems.services.texts import save_text
from tests.factories.accounts import UserFactory
from tests.factories.boy import DjangoModelFactory, factory


def yesterday(hour: int, minute: int = 0) -> datetime:
    """A UTC instant on the day before the test runs: past, and well within every deadline."""
    day = timezone.now() - timedelta(days=1)
    return day.replace(hour=hour, minute=minute, second=0, microsecond=0)


class IncidentFactory(DjangoModelFactory):  # type: ignore[misc]
    """An incident of yesterday, over after 47 minutes."""

    class Meta:
        model = Incident

    title = factory.Sequence(lambda n: f"Checkout unavailable {n}")
    severity = Severity.P2
    started_at = factory.LazyFunction(lambda: yesterday(10, 0))
    detected_at = factory.LazyFunction(lambda: yesterday(10, 12))
    restored_at = factory.LazyFunction(lambda: yesterday(10, 47))
    zone = "UTC"
    declared_by = factory.SubFactory(UserFactory)

    @classmethod
    def _create(cls, model_class: type[Incident], *args: Any, services: Any = (), **kwargs: Any) -> Incident:
        incident = model_class.objects.create(**kwargs)
        incident.services.set(services)
        return incident


class PostmortemFactory(DjangoModelFactory):  # type: ignore[misc]
    """A post-mortem with its texts and its first timeline rows.

    ``people`` maps a role to an account, to a plain name, or to several of either; without it, the
    incident's declarer is the author. ``state``, ``validated_at`` and ``next_review_on`` are
    written as they are, past the gates.
    """

    class Meta:
        model = Postmortem

    incident = factory.SubFactory(IncidentFactory)
    language = Language.ENGLISH
    organisation = "Acme Shop"

    @classmethod
    def _create(cls, model_class: type[Postmortem], *args: Any, **kwargs: Any) -> Postmortem:
        incident: Incident = kwargs.pop("incident")
        people = kwargs.pop("people", {Role.AUTHOR: incident.declared_by})
        given = {
            name: kwargs.pop(name) for name in ("language", "organisation", "visibility") if name in kwargs
        }
        postmortem = start_postmortem(
            actor=incident.declared_by or UserFactory(),
            incident=incident,
            people=persons(people),
            **given,
        )
        if kwargs:
            model_class.objects.filter(pk=postmortem.pk).update(**kwargs)
            postmortem.refresh_from_db()
        return postmortem


def persons(people: Mapping[Role, Any]) -> list[Person]:
    """What the services take, out of accounts and names by role."""
    return [
        Person(role, user=held) if isinstance(held, User) else Person(role, name=held)
        for role, holders in people.items()
        for held in ([holders] if isinstance(holders, User | str) else holders)
    ]


@dataclass(frozen=True, slots=True)
class Cast:
    """A post-mortem with somebody in every role.

    ``reader`` and ``outsider`` have accounts but no role on it; tests of restricted post-mortems
    call the one to whom it must not exist the outsider.
    """

    postmortem: Postmortem
    author: User
    ic: User
    sme: User
    lead: User
    participant: User
    reader: User
    outsider: User


def postmortem_with_roles(**fields: Any) -> Cast:
    """A post-mortem with one account in each role; ``fields`` go to ``PostmortemFactory``."""
    accounts = {role.value: UserFactory(display_name=f"{role.value.title()} Example") for role in Role}
    fields.setdefault("incident__declared_by", accounts["author"])
    people = {role: accounts[role.value] for role in Role}
    postmortem = PostmortemFactory(people=people, **fields)
    return Cast(postmortem, **accounts, reader=UserFactory(), outsider=UserFactory())


def complete_postmortem(**fields: Any) -> Cast:
    """A post-mortem that may be submitted: every mandatory section filled, no blocking finding.

    Unless ``state`` says otherwise it is still a draft.
    """
    after = {name: fields.pop(name) for name in ("state", "validated_at") if name in fields}
    cast = postmortem_with_roles(**fields)
    postmortem, author, sme = cast.postmortem, cast.author, cast.sme
    today = timezone.now().date()
    for key, body in TEXTS.items():
        save_text(postmortem, key, body, 1, actor=author)
    for event in TimelineEvent.objects.filter(postmortem=postmortem):
        event.source = "Payment dashboard"
        edit_row(event, event.version, actor=author)
    rows: Iterable[Row] = (
        TimelineEvent(at=yesterday(10, 25), text="The on-call engineer reads the error logs", source="Chat"),
        ImpactMetric(label="Orders not placed", value="312", source="Order database"),
        Lesson(list=LessonKind.WENT_WELL, title="The rollback took two minutes"),
        Lesson(list=LessonKind.NOT_WELL, title="No alert watches the expiry of credentials"),
        CorrectiveAction(
            horizon=Horizon.IMMEDIATE,
            title="Replace the expired credential",
            owner=author,
            status=ActionStatus.DONE,
            action_kind=ActionKind.REPAIR,
        ),
        CorrectiveAction(
            horizon=Horizon.SHORT,
            title="Alert thirty days before a credential expires",
            owner=sme,
            deadline=today + timedelta(days=10),
            action_kind=ActionKind.PREVENT,
            verification="A test credential that expires in 29 days raises the alert",
        ),
    )
    for row in rows:
        row.postmortem = postmortem
        add_row(row, actor=author)
    factor = ContributingFactor(
        postmortem=postmortem,
        factor="Expiry dates are kept in a wiki page",
        impact="Nothing reads them",
        category="Process",
    )
    add_row(factor, actor=sme)
    chain = WhyChain(postmortem=postmortem, factor=factor)
    add_row(chain, actor=sme)
    for question, answer in WHYS:
        add_row(
            Why(postmortem=postmortem, chain=chain, question=question, answer=answer, evidence="Gateway log"),
            actor=sme,
        )
    postmortem.refresh_from_db()
    if not postmortem.next_review_on:
        postmortem.next_review_on = next_month(today)
        edit_properties(postmortem, actor=author)
    if after:
        Postmortem.objects.filter(pk=postmortem.pk).update(**after)
    postmortem.refresh_from_db()
    return cast


def next_month(today: date) -> date:
    """A day that is always ahead."""
    return today + timedelta(days=30)


TEXTS = {
    TextKey.SUMMARY_IMPACT: "312 orders could not be placed",
    TextKey.SUMMARY_CAUSE: "The credential of the payment gateway expired",
    TextKey.TLDR: "For 47 minutes no order could be paid, because a credential expired unseen.",
    TextKey.IMPACT_USERS: "Every customer who tried to pay saw an error page.",
    TextKey.IMPACT_REPUTATION: "Eleven messages on the status page.",
    TextKey.IMMEDIATE_CAUSE: "The payment gateway refused every call signed with the expired credential.",
}

WHYS = (
    ("Why did payments fail?", "The gateway refused the signature of each call"),
    ("Why was the signature refused?", "The credential behind it had expired at 10:00"),
    ("Why had it expired?", "Its renewal is a manual step without a date"),
    ("Why is there no date?", "The inventory of credentials does not hold expiry dates"),
    ("Why does the inventory lack them?", "The deployment template has no field for an expiry date"),
)

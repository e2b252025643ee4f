"""Who gets what answer from which address: every address, every kind of person, compared by equality."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from http.cookies import SimpleCookie
from typing import Any, NamedTuple

import pytest
from django.core.cache import cache as limits
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction
from django.test import Client
from django.urls import URLResolver, get_resolver, reverse
from django.utils import timezone

from actions.models import CorrectiveAction
from postmortems.domain.document import (
    ActionKind,
    ActionStatus,
    AnnexKind,
    Horizon,
    Role,
    Section,
    State,
    TextKey,
)
from postmortems.models import (
    Annex,
    Approval,
    Challenge,
    ImpactMetric,
    Postmortem,
    ReviewForm,
    Service,
    Text,
    User,
)
from postmortems.selectors.document import load_document
from postmortems.selectors.history import FACTS_PAGE, PEOPLE_PAGE, last_change
from postmortems.services.attachments import attachment_path
from postmortems.services.rows import add_row, delete_row
from tests.factories import Cast, IncidentFactory, ServiceFactory, UserFactory, complete_postmortem
from tests.factories.accounts import PASSWORD

# Each row: method, address and what it is about, the state of the post-mortem, then the status for each
# person. To the outsider and to staff the post-mortem is restricted and they are not on it; to everybody
# else it is internal. `finished` is `validated` with every action done. A plain form answers 302 when it
# did what was asked, 409 when the state forbids it, 422 when the rules do, 403 when it is somebody
# else's to do, 404 when it does not exist as far as this person may know. Pages about the account itself
# answer 200 with their errors, as allauth does, and 302 to whom they do not concern.
TABLE = """
method address                    state      anon outsider staff reader part sme ic author lead

GET    home                       drafting   302  200      200   200    200  200 200 200    200
GET    list                       drafting   302  200      200   200    200  200 200 200    200
GET    declare                    drafting   302  200      200   200    200  200 200 200    200
POST   declare                    drafting   302  302      302   302    302  302 302 302    302
GET    guide                      drafting   302  200      200   200    200  200 200 200    200
GET    guide-page                 drafting   302  200      200   200    200  200 200 200    200
GET    profile                    drafting   302  200      200   200    200  200 200 200    200
POST   profile                    drafting   302  302      302   302    302  302 302 302    302

GET    incident:declared          drafting   302  200      200   200    200  200 200 200    200
GET    incident-edit:declared     drafting   302  200      200   200    200  200 200 200    200
POST   incident-edit:declared     drafting   302  302      302   302    302  302 302 302    302
GET    postmortem-start:declared  drafting   302  200      200   200    200  200 200 200    200
POST   postmortem-start:declared  drafting   302  302      302   302    302  302 302 302    302
GET    incident                   drafting   302  404      404   302    302  302 302 302    302
GET    incident-edit              drafting   302  404      404   302    302  302 302 302    302
POST   incident-edit              drafting   302  404      404   409    409  409 409 409    409
GET    postmortem-start           drafting   302  404      404   302    302  302 302 302    302
POST   postmortem-start           drafting   302  404      404   302    302  302 302 302    302

GET    read                       drafting   302  404      404   200    200  200 200 200    200
GET    read                       closed     302  404      404   200    200  200 200 200    200
GET    markdown                   drafting   302  404      404   200    200  200 200 200    200
GET    preview                    drafting   302  404      404   200    200  200 200 200    200
GET    attachment                 drafting   302  404      404   200    200  200 200 200    200
GET    history                    drafting   302  404      404   200    200  200 200 200    200
GET    edit                       drafting   302  404      404   200    200  200 200 200    200
GET    section                    drafting   302  404      404   200    200  200 200 200    200
GET    panel                      drafting   302  404      404   200    200  200 200 200    200
GET    timeline-strip             drafting   302  404      404   302    302  302 302 302    302
GET    row-show                   drafting   302  404      404   302    302  302 302 302    302
POST   text-preview               drafting   302  404      404   200    200  200 200 200    200

POST   text-save                  drafting   302  404      404   403    302  302 302 302    302
POST   text-save                  challenge  302  404      404   403    302  302 302 302    302
POST   text-save                  validated  302  404      404   403    409  409 409 409    409
GET    row-add                    drafting   302  404      404   403    200  200 200 200    200
POST   row-add                    drafting   302  404      404   403    302  302 302 302    302
POST   row-add                    follow_up  302  404      404   403    302  302 302 302    302
POST   row-add                    validated  302  404      404   403    409  409 409 409    409
GET    row-edit                   drafting   302  404      404   403    200  200 200 200    200
POST   row-edit                   drafting   302  404      404   403    302  302 302 302    302
POST   row-edit                   validated  302  404      404   403    409  409 409 409    409
POST   row-move                   drafting   302  404      404   403    302  302 302 302    302
POST   row-move                   validated  302  404      404   403    409  409 409 409    409
POST   row-delete                 drafting   302  404      404   403    302  302 302 302    302
POST   row-delete                 validated  302  404      404   403    409  409 409 409    409
POST   row-restore:deleted        drafting   302  404      404   403    302  302 302 302    302
POST   row-restore:deleted        validated  302  404      404   403    409  409 409 409    409
GET    timeline-quick             drafting   302  404      404   403    200  200 200 200    200
POST   timeline-quick             drafting   302  404      404   403    302  302 302 302    302
POST   timeline-quick             validated  302  404      404   403    409  409 409 409    409
GET    timeline-paste             drafting   302  404      404   403    200  200 200 200    200
POST   timeline-paste             drafting   302  404      404   403    200  200 200 200    200
POST   timeline-paste             validated  302  404      404   403    409  409 409 409    409
GET    properties                 drafting   302  404      404   200    200  200 200 200    200
POST   properties                 drafting   302  404      404   403    302  302 302 302    302
POST   properties                 validated  302  404      404   403    403  403 302 302    302
GET    people                     drafting   302  404      404   200    200  200 200 200    200
POST   people                     drafting   302  404      404   403    403  403 302 302    302
POST   people                     closed     302  404      404   403    403  403 302 302    302

GET    review                     drafting   302  404      404   200    200  200 200 200    200
POST   transition:submit          drafting   302  404      404   403    403  403 302 302    403
POST   transition:complete        validation 302  404      404   403    403  302 302 403    403
POST   transition:close_round     challenge  302  404      404   403    403  403 302 302    403
POST   transition:send_back       challenge  302  404      404   403    403  403 302 302    403
POST   transition:send_back       follow_up  302  404      404   403    403  403 403 403    302
POST   transition:sign_off        follow_up  302  404      404   403    403  403 403 403    302
POST   transition:close           finished   302  404      404   403    403  403 403 403    302
POST   transition:reopen          closed     302  404      404   403    403  403 302 302    302
POST   approve                    validation 302  404      404   403    403  302 302 403    403
POST   approve                    follow_up  302  404      404   403    403  302 302 403    403
POST   challenge-add              challenge  302  404      404   302    302  302 302 302    302
POST   challenge-answer           challenge  302  404      404   403    302  302 302 302    302
POST   challenge-settle           challenge  302  404      404   403    302  403 302 403    403
POST   review-form                challenge  302  404      404   302    302  302 302 302    302
POST   objection-settle           challenge  302  404      404   403    302  403 302 403    403
POST   decision:no_action         drafting   302  404      404   403    403  403 302 302    302
POST   decision:no_sme            drafting   302  404      404   403    403  403 302 302    302
POST   decision:late              drafting   302  404      404   403    403  403 302 302    302

GET    actions:board              drafting   302  200      200   200    200  200 200 200    200
GET    actions:desk               drafting   302  200      200   200    200  200 200 200    200
GET    actions:action             drafting   302  404      404   200    200  200 200 200    200
POST   actions:status             drafting   302  404      404   403    302  302 302 302    302
POST   actions:status             closed     302  404      404   403    302  302 302 302    302
GET    actions:relaunch           follow_up  302  404      404   403    403  403 403 403    200
POST   actions:relaunch           follow_up  302  404      404   403    403  403 403 403    302
POST   actions:relaunch           closed     302  404      404   403    403  403 403 403    403
POST   actions:accept-backlog:long follow_up  302  404      404   403    403  403 403 403    302
POST   actions:accept-backlog:long closed     302  404      404   403    403  403 403 403    403

GET    staff                      drafting   302  403      200   403    403  403 403 403    403
GET    staff-user-add             drafting   302  403      200   403    403  403 403 403    403
POST   staff-user-add             drafting   302  403      302   403    403  403 403 403    403
GET    staff-user-edit            drafting   302  403      200   403    403  403 403 403    403
POST   staff-user-edit            drafting   302  403      302   403    403  403 403 403    403
GET    staff-service-add          drafting   302  403      200   403    403  403 403 403    403
POST   staff-service-add          drafting   302  403      302   403    403  403 403 403    403
GET    staff-service-edit         drafting   302  403      200   403    403  403 403 403    403
POST   staff-service-edit         drafting   302  403      302   403    403  403 403 403    403
GET    staff-organisation         drafting   302  403      200   403    403  403 403 403    403
POST   staff-organisation         drafting   302  403      302   403    403  403 403 403    403
GET    staff-severities           drafting   302  403      200   403    403  403 403 403    403
POST   staff-severities           drafting   302  403      302   403    403  403 403 403    403

GET    account_login              drafting   200  302      302   302    302  302 302 302    302
POST   account_login              drafting   302  302      302   302    302  302 302 302    302
GET    account_logout             drafting   302  200      200   200    200  200 200 200    200
POST   account_logout             drafting   302  302      302   302    302  302 302 302    302
GET    account_inactive           drafting   200  200      200   200    200  200 200 200    200
GET    account_change_password    drafting   302  200      200   200    200  200 200 200    200
POST   account_change_password    drafting   302  200      200   200    200  200 200 200    200
GET    account_set_password       drafting   302  302      302   302    302  302 302 302    302
POST   account_set_password       drafting   302  302      302   302    302  302 302 302    302
GET    account_reset_password     drafting   200  200      200   200    200  200 200 200    200
POST   account_reset_password     drafting   302  302      302   302    302  302 302 302    302
GET    account_reset_password_done drafting  200  200      200   200    200  200 200 200    200
GET    account_reset_password_from_key drafting 200 200    200   200    200  200 200 200    200
POST   account_reset_password_from_key drafting 200 200    200   200    200  200 200 200    200
GET    account_reset_password_from_key_done drafting 200 200 200 200    200  200 200 200    200
GET    openid_connect_login       drafting   404  404      404   404    404  404 404 404    404
POST   openid_connect_login       drafting   404  404      404   404    404  404 404 404    404
GET    openid_connect_callback    drafting   404  404      404   404    404  404 404 404    404
GET    socialaccount_login_cancelled drafting 200 200      200   200    200  200 200 200    200
POST   set_language               drafting   302  302      302   302    302  302 302 302    302
GET    resume                     drafting   302  302      302   302    302  302 302 302    302
POST   resume                     drafting   302  302      302   302    302  302 302 302    302
GET    healthz                    drafting   200  200      200   200    200  200 200 200    200
GET    readyz                     drafting   200  200      200   200    200  200 200 200    200
"""

LINES = [line.split() for line in TABLE.splitlines() if line]
PERSONAS = [{"anon": "anonymous", "part": "participant"}.get(name, name) for name in LINES[0][3:]]
ROWS = {(method, address, state): statuses for method, address, state, *statuses in LINES[1:]}
# A probe or a client that asks for the headers alone learns what a visit would.
ROWS |= {
    ("HEAD", address, state): statuses
    for (method, address, state), statuses in ROWS.items()
    if method == "GET"
}
STRANGERS = {"outsider", "staff"}


@dataclass(frozen=True, slots=True)
class World:
    """A complete post-mortem with somebody in every role, and one of everything that addresses name."""

    cast: Cast
    staff: User
    declared: str
    metric: ImpactMetric
    deleted: ImpactMetric
    action: CorrectiveAction
    long: CorrectiveAction
    challenge: Challenge
    objection: ReviewForm
    service: Service

    @property
    def postmortem(self) -> Postmortem:
        return self.cast.postmortem

    def url(self, address: str) -> str:
        """``name`` or ``name:about``, as in the table."""
        name, about = name_and_subject(address)
        given = {
            "identifier": self.declared if about == "declared" else self.subject(name),
            "name": about or "trace.log",
            "about": about,
            "section": Section.SUMMARY.value,
            "kind": "metric",
            "page": "blameless",
            "pk": self.key(name, about),
            "uidb36": "1",
            "key": "expired" if name == "account_reset_password_from_key" else TextKey.TLDR.value,
            "provider_id": "oidc",
        }
        known = addresses()[name]
        return reverse(known.qualified, kwargs={part: given[part] for part in known.parts})

    def subject(self, name: str) -> str:
        about_incident = name in {"incident", "incident-edit", "postmortem-start"}
        return self.postmortem.incident_id if about_incident else self.postmortem.pk

    def key(self, name: str, about: str) -> int:
        rows: dict[str, Any] = {
            "challenge-answer": self.challenge,
            "challenge-settle": self.challenge,
            "objection-settle": self.objection,
            "actions:action": self.action,
            "actions:status": self.action,
            "actions:relaunch": self.action,
            "actions:accept-backlog": self.long,
            "staff-user-edit": self.cast.reader,
            "staff-service-edit": self.service,
        }
        key: int = (self.deleted if about == "deleted" else rows.get(name, self.metric)).pk
        return key

    def data(self, address: str) -> dict[str, Any]:
        """What the form of an address is sent with."""
        facts = {"title": "Checkout unavailable", "severity": "P2", "zone": "UTC"}
        start = {"language": "en", "visibility": "internal", "author": self.cast.author.email}
        facts_seen = {"seen": last_change(FACTS_PAGE, postmortem=self.postmortem)}
        people = {
            role.value: getattr(self.cast, role.value).email for role in (Role.AUTHOR, Role.IC, Role.LEAD)
        } | {"sme": [self.cast.sme.email], "participant": [self.cast.participant.email]}
        reason = {"note": "The second cause is missing", "sections": [Section.ROOT_CAUSE.value]}
        forms: dict[str, dict[str, Any]] = {
            "declare": facts,
            "incident-edit": facts,
            "incident-edit:declared": {**facts, "seen": last_change(FACTS_PAGE, incident=self.declared)},
            "postmortem-start": start,
            "postmortem-start:declared": start,
            "profile": {"display_name": "Camille", "language": "en", "time_zone": "UTC"},
            "text-save": {
                "body": "Nobody could pay.",
                "version": Text.objects.get(postmortem=self.postmortem, key=TextKey.TLDR).version,
            },
            "text-preview": {"body": "*Nobody* could pay."},
            "row-add": {"label": "Calls to support", "value": "40"},
            "row-edit": {"label": "Orders", "value": "313", "version": self.metric.version},
            "row-move": {"by": "1"},
            "timeline-quick": {"line": "10:31 the credential is replaced", "day": "2024-02-15"},
            "timeline-paste": {"text": "10:31 the credential is replaced"},
            "properties": {
                **facts,
                **facts_seen,
                "language": "en",
                "organisation": "Acme",
                "visibility": "internal",
            },
            "people": {**people, "seen": last_change(PEOPLE_PAGE, postmortem=self.postmortem)},
            "transition:complete": reason,
            "transition:send_back": reason,
            "transition:reopen": reason,
            "approve": {"seen": self.postmortem.revision, "sections": [Section.SUMMARY.value]},
            "challenge-add": {"section": Section.TIMELINE.value, "body": "What about the first alert?"},
            "challenge-answer": {"answer": "It was muted."},
            "challenge-settle": {"outcome": "A row was added."},
            "review-form": {"blameless": "yes"},
            "decision:no_action": {"reason": "The service is switched off next week"},
            "decision:no_sme": {"reason": "The team is two people"},
            "decision:late": {"reason": "Two incidents in one week"},
            "actions:status": {"status": "done", "version": self.action.version},
            "actions:relaunch": {"message": "How does it stand?"},
            "actions:accept-backlog:long": {"accept": "yes"},
            "staff-user-add": {"email": "new@example.org", "display_name": "New", "time_zone": "UTC"},
            "staff-user-edit": {
                "email": "other@example.org",
                "display_name": "Other",
                "time_zone": "UTC",
                "is_active": "on",
            },
            "staff-service-add": {"name": "mail", "active": "on"},
            "staff-service-edit": {"name": "mail", "active": "on"},
            "account_login": {"login": self.cast.reader.email, "password": PASSWORD},
            "account_reset_password": {"email": "stranger@example.org"},
            "set_language": {"language": "fr"},
        }
        return forms.get(address, {})


class Address(NamedTuple):
    """What ``reverse`` knows an address by, and the names of its parts that vary."""

    qualified: str
    parts: set[str]


@cache
def addresses() -> dict[str, Address]:
    """Every address of the installation by its name; those of the actions keep their namespace."""

    def walk(resolver: URLResolver, namespace: str, parts: set[str]) -> Iterator[Address]:
        for entry in resolver.url_patterns:
            within = parts | set(entry.pattern.regex.groupindex)
            if isinstance(entry, URLResolver):
                yield from walk(entry, f"{entry.namespace}:" if entry.namespace else namespace, within)
            else:
                yield Address(f"{namespace}{entry.name}", within)

    found = walk(get_resolver(), "", set())
    return {address.qualified.removeprefix("postmortems:"): address for address in found}


def name_and_subject(address: str) -> tuple[str, str]:
    """``name:about``, where the names of the actions keep their namespace."""
    namespace = "actions:" if address.startswith("actions:") else ""
    name, _, about = address.removeprefix(namespace).partition(":")
    return namespace + name, about


def build_world() -> World:
    """What the challenge round needs to be closed is there: current approvals, two answered forms."""
    cast = complete_postmortem()
    postmortem = cast.postmortem
    metric = ImpactMetric.objects.get(postmortem=postmortem)
    deleted = add_row(ImpactMetric(postmortem=postmortem, label="Gone", value="1"), actor=cast.author)
    delete_row(deleted, actor=cast.author)
    add_row(ImpactMetric(postmortem=postmortem, label="Calls", value="12"), actor=cast.author)
    action = CorrectiveAction.objects.get(postmortem=postmortem, horizon=Horizon.SHORT)
    long = CorrectiveAction(
        postmortem=postmortem,
        horizon=Horizon.LONG,
        title="Rotate credentials without people",
        owner=cast.sme,
        deadline=timezone.now().date() + timedelta(days=90),
        action_kind=ActionKind.PREVENT,
    )
    add_row(long, actor=cast.author)
    annex = Annex(postmortem=postmortem, type=AnnexKind.NOTE, title="Trace", body="…", file="trace.log")
    add_row(annex, actor=cast.author)
    default_storage.save(attachment_path(postmortem, "trace.log"), ContentFile(b"trace"))
    postmortem.refresh_from_db()
    for role, user in ((Role.IC, cast.ic), (Role.SME, cast.sme)):
        for section in load_document(postmortem.pk).reviewed_sections():
            Approval.objects.create(
                postmortem=postmortem, section=section, role=role, user=user, revision=postmortem.revision
            )
    for user in (cast.ic, cast.sme, cast.participant, cast.lead):
        ReviewForm.objects.create(postmortem=postmortem, user=user, blameless=True)
    long_ago = timezone.now() - timedelta(days=4)
    challenge = Challenge.objects.create(
        postmortem=postmortem,
        section=Section.TIMELINE,
        body="Why so late?",
        user=cast.participant,
        at=long_ago,
        settled_at=None,
    )
    objection = ReviewForm.objects.get(postmortem=postmortem, user=cast.participant)
    return World(
        cast=cast,
        staff=UserFactory(is_staff=True),
        declared=IncidentFactory(declared_by=cast.reader).pk,
        metric=metric,
        deleted=deleted,
        action=action,
        long=long,
        challenge=challenge,
        objection=objection,
        service=ServiceFactory(),
    )


def arrange(world: World, address: str, state: str, persona: str) -> None:
    """Puts the post-mortem into a state, as this person meets it."""
    if state == "finished":
        CorrectiveAction.objects.update(status=ActionStatus.DONE)
    Postmortem.objects.update(
        state=State.VALIDATED if state == "finished" else State(state),
        visibility=Postmortem.RESTRICTED if persona in STRANGERS else Postmortem.INTERNAL,
    )
    if address.startswith("transition:"):
        Challenge.objects.update(settled_at=timezone.now())
    if address == "objection-settle":
        ReviewForm.objects.filter(pk=world.objection.pk).update(blameless=False)


@contextmanager
def undone(client: Client) -> Iterator[None]:
    """Takes back what a request has done: rows, the cookie of the session, limits that it used up."""
    cookies = SimpleCookie(client.cookies)
    with transaction.atomic():
        yield
        transaction.set_rollback(True)
    client.cookies = cookies
    limits.clear()


def answer(client: Client, world: World, method: str, address: str, persona: str) -> int:
    send: Callable[..., Any] = getattr(client, method.lower())
    data = world.data(address) if method == "POST" else {}
    if address == "approve":
        data["role"] = "sme" if persona == "sme" else "ic"
    return int(send(world.url(address), data).status_code)


@pytest.mark.django_db
def test_everybody_gets_the_answer_that_the_table_says() -> None:
    world = build_world()
    clients = {persona: Client(raise_request_exception=False) for persona in PERSONAS}
    for persona, client in clients.items():
        if persona != "anonymous":
            client.force_login(world.staff if persona == "staff" else getattr(world.cast, persona))
    found = {}
    for method, address, state in ROWS:
        statuses = []
        for persona, client in clients.items():
            with undone(client):
                arrange(world, address, state, persona)
                statuses.append(str(answer(client, world, method, address, persona)))
        found[method, address, state] = statuses

    differing = [
        f"{' '.join(row)}: {persona} got {got} instead of {told}"
        for row, statuses in found.items()
        for persona, got, told in zip(PERSONAS, statuses, ROWS[row], strict=True)
        if got != told
    ]
    assert not differing, "\n".join(differing)


def test_every_address_has_a_row() -> None:
    assert set(addresses()) == {name_and_subject(address)[0] for _, address, _ in ROWS}

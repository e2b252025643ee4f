"""Data to try the application with: eight accounts, three post-mortems, one incident that is due."""

from datetime import UTC, datetime, timedelta

from django.db import transaction
from django.utils import timezone

from config.auth import DEMO_DOMAIN
from config.demo.content import ORGANISATION, SERVICES, ZONE, delayed_mails, empty_search, readable_logs
from postmortems.domain.document import Document, Role, Section, Severity
from postmortems.domain.status import Transition
from postmortems.models import (
    ContributingFactor,
    Incident,
    Organisation,
    Postmortem,
    Service,
    SeverityDescription,
    User,
    WhyChain,
)
from postmortems.selectors.document import load_document
from postmortems.services.accounts import create_account, edit_account, give_password
from postmortems.services.imports import import_document
from postmortems.services.incidents import Person, assign_people, declare_incident, edit_properties
from postmortems.services.organisation import describe_severities, save_organisation, save_service
from postmortems.services.review import approve_sections, change_state, raise_challenge
from postmortems.services.rows import edit_row

PASSWORD = "demo"  # noqa: S105 - everybody knows it; it only works where DEMO is on

ACCOUNTS = {
    "author": "Camille",
    "ic": "Idris",
    "sme": "Salomé",
    "lead": "Léonie",
    "participant": "Paola",
    "reader": "Rita",
    "outsider": "Oscar",
    "admin": "Ada",
}

SEVERITIES = {
    Severity.P1: (
        "Une fonction essentielle est indisponible pour tous, ou des données sont exposées",
        "An essential function is down for everyone, or data is exposed",
    ),
    Severity.P2: (
        "Une fonction essentielle est dégradée, ou indisponible pour une partie des utilisateurs",
        "An essential function is degraded, or down for some users",
    ),
    Severity.P3: (
        "Une fonction secondaire est touchée ; il existe un contournement",
        "A secondary function is affected; there is a way around",
    ),
    Severity.P4: ("Gêne mineure, sans urgence", "A minor nuisance, not urgent"),
}


def is_loaded() -> bool:
    """Whether anybody, demo account or not, is there already."""
    return User.objects.exists()


@transaction.atomic
def load() -> None:
    """Removes the demo's data and writes it anew. What belongs to other accounts stays."""
    Incident.objects.filter(declared_by__email__endswith=DEMO_DOMAIN).delete()
    people = {login: _account(login, name) for login, name in ACCOUNTS.items()}
    _set_up_organisation()

    today = timezone.now().date()
    _write(delayed_mails(today), people)
    _walk_into_challenge(_write(empty_search(today), people), people)
    restricted = _write(readable_logs(today), people)
    restricted.visibility = Postmortem.RESTRICTED
    edit_properties(restricted, actor=people["author"])
    _declare_due_incident(people["author"])


def _account(login: str, name: str) -> User:
    email = f"{login}{DEMO_DOMAIN}"
    user = User.objects.filter(email=email).first() or create_account(User(email=email, display_name=name))
    user.display_name, user.time_zone, user.is_active = name, ZONE, True
    user.is_staff = login == "admin"
    return give_password(edit_account(user), PASSWORD)


def _set_up_organisation() -> None:
    """What staff have decided for this installation stays."""
    for name in SERVICES:
        if not Service.objects.filter(name__iexact=name).exists():
            save_service(Service(name=name))
    described = set(SeverityDescription.objects.values_list("severity", flat=True))
    describe_severities({key: texts for key, texts in SEVERITIES.items() if key not in described})
    if not Organisation.objects.exists():
        save_organisation(Organisation(name=ORGANISATION))


def _write(document: Document, people: dict[str, User]) -> Postmortem:
    postmortem = import_document(document, actor=people["author"], keep_state=True)
    roles = (Role.AUTHOR, Role.IC, Role.SME, Role.LEAD, Role.PARTICIPANT)
    assign_people(postmortem, [Person(role, people[role.value]) for role in roles], actor=people["author"])
    return postmortem


def _walk_into_challenge(postmortem: Postmortem, people: dict[str, User]) -> None:
    chain = WhyChain.objects.get(postmortem=postmortem)
    chain.factor = ContributingFactor.objects.filter(postmortem=postmortem).first()
    edit_row(chain, chain.version, actor=people["sme"])
    change_state(postmortem, Transition.SUBMIT, actor=people["author"])
    for role in (Role.IC, Role.SME):
        postmortem.refresh_from_db()
        sections = load_document(postmortem.pk).reviewed_sections()
        approve_sections(postmortem, role, sections, postmortem.revision, actor=people[role.value])
    raise_challenge(
        postmortem,
        Section.ROOT_CAUSE,
        "Would the rebuild have been noticed on a Sunday, when nobody reads the inbox of support?",
        actor=people["participant"],
    )


def _declare_due_incident(author: User) -> None:
    started = datetime.now(UTC).replace(minute=10, second=0, microsecond=0) - timedelta(hours=20)
    declare_incident(
        actor=author,
        title="Page de connexion indisponible",
        severity=Severity.P1,
        zone=ZONE,
        started_at=started,
        detected_at=started + timedelta(minutes=6),
        restored_at=started + timedelta(minutes=51),
        services=Service.objects.filter(name="login"),
        public=True,
    )

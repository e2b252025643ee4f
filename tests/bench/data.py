"""What is measured: a document of the usual size, one with a long timeline, and thousands beside them."""

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from itertools import cycle, islice
from pathlib import Path

from django.utils import timezone

from actions.models import CorrectiveAction
from config.demo.content import delayed_mails
from postmortems.domain.document import (
    ActionStatus,
    Document,
    Event,
    Horizon,
    Language,
    Role,
    Severity,
    State,
)
from postmortems.models import Incident, Postmortem, RoleAssignment, Service, User

WORDS = ("checkout", "login", "search", "mail", "storage", "billing", "export", "calendar", "chat", "queue")


def usual_document() -> Document:
    """A complete document: some 12 kB of Markdown, as long ones are."""
    document = delayed_mails(timezone.now().date())
    events, lessons = document.timeline.events, document.lessons
    more = tuple(
        replace(event, at=event.at + timedelta(seconds=30), text=f"{event.text} (continued)", milestone=None)
        for event in events
    )
    timeline = replace(document.timeline, events=tuple(sorted(events + more, key=lambda event: event.at)))
    return replace(
        document,
        timeline=timeline,
        impact=replace(document.impact, metrics=document.impact.metrics * 2),
        root_cause=replace(document.root_cause, factors=document.root_cause.factors * 2),
        lessons=replace(lessons, went_well=lessons.went_well * 2, not_well=lessons.not_well * 2),
        annexes=document.annexes * 2,
    )


def long_timeline(document: Document, rows: int) -> Document:
    """The same document with so many rows in its timeline that each minute has one."""
    events = document.timeline.events
    between = tuple(
        Event(at=events[0].at + timedelta(seconds=10 * number), text=f"Log line {number} of the mail queue")
        for number in range(rows - len(events))
    )
    every = tuple(sorted(events + between, key=lambda event: event.at))
    return replace(document, timeline=replace(document.timeline, events=every))


def fill(count: int, users: list[User], services: list[Service]) -> None:
    """Adds ``count`` internal post-mortems, one a day into the past, with people, services and actions."""
    start = Postmortem.objects.count()
    today = datetime.combine(timezone.now().date(), time(9), UTC)
    states = cycle([*State, State.CLOSED, State.CLOSED])
    incidents, postmortems, roles, actions, touched = [], [], [], [], []
    for number, state in islice(enumerate(states, start), count):
        began = today - timedelta(days=1 + number % 3650)
        word = WORDS[number % len(WORDS)]
        incident = Incident(
            title=f"{word.capitalize()} unavailable {number}",
            severity=list(Severity)[number % 4],
            started_at=began,
            detected_at=began + timedelta(minutes=9),
            restored_at=began + timedelta(minutes=70),
            ended_at=began + timedelta(minutes=70),
            declared_by=users[0],
        )
        postmortem = Postmortem(
            incident=incident,
            slug=f"{began:%Y-%m-%d}-{word}-unavailable-{number}",
            language=Language.ENGLISH,
            state=state,
            visibility=Postmortem.RESTRICTED if number % 10 == 0 else Postmortem.INTERNAL,
            validated_at=began + timedelta(days=4) if state in {State.VALIDATED, State.CLOSED} else None,
        )
        incidents.append(incident)
        postmortems.append(postmortem)
        touched.append(
            Incident.services.through(incident_id=incident.pk, service_id=services[number % len(services)].pk)
        )
        for place, role in enumerate((Role.AUTHOR, Role.IC, Role.SME, Role.LEAD)):
            roles.append(
                RoleAssignment(postmortem=postmortem, role=role, user=users[(number + place) % len(users)])
            )
        for place, status in enumerate((ActionStatus.DONE, ActionStatus.TODO)):
            finished = status is ActionStatus.DONE or state is State.CLOSED
            actions.append(
                CorrectiveAction(
                    postmortem=postmortem,
                    position=place,
                    horizon=Horizon.SHORT,
                    title=f"Watch the {word} queue",
                    owner=users[number % len(users)],
                    deadline=(began + timedelta(days=30)).date(),
                    status=ActionStatus.DONE if finished else status,
                )
            )
    Incident.objects.bulk_create(incidents, batch_size=1000)
    Postmortem.objects.bulk_create(postmortems, batch_size=1000)
    Incident.services.through.objects.bulk_create(touched, batch_size=1000)
    RoleAssignment.objects.bulk_create(roles, batch_size=1000)
    CorrectiveAction.objects.bulk_create(actions, batch_size=1000)


def write_bare_page(directory: Path) -> None:
    """The template of the bare read: 30 kB of fixed text around one value."""
    paragraph = "<p>This paragraph stands for the words of a page: fixed text without logic.</p>\n"
    body = paragraph * (30_000 // len(paragraph))
    page = f'<!doctype html>\n<html lang="en">\n<title>{{{{ incident.title }}}}</title>\n<body>\n{body}'
    (directory / "bare.html").write_text(page, encoding="utf-8")

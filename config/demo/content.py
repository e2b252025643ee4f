"""The demo's post-mortems, as documents whose times lie a few days before the day of the demo."""

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from postmortems.domain.document import (
    Action,
    ActionKind,
    ActionStatus,
    Annex,
    AnnexKind,
    Diagram,
    Document,
    Event,
    Factor,
    Horizon,
    Impact,
    Language,
    Lesson,
    Lessons,
    Metadata,
    Metric,
    Milestone,
    Recommendation,
    RootCause,
    RunbookOutcome,
    Severity,
    State,
    Summary,
    Timeline,
    Why,
    WhyChain,
)

ZONE = "Europe/Paris"
ORGANISATION = "Librairie Exemple"
SERVICES = ("checkout", "e-mail", "login", "search", "storage")


def on(day: date, zone: str = ZONE) -> Callable[[str], datetime]:
    """Turns ``"14:35"`` into the instant of that local time on a day."""

    def at(clock: str) -> datetime:
        return datetime.combine(day, time.fromisoformat(clock), ZoneInfo(zone)).astimezone(UTC)

    return at


def delayed_mails(today: date) -> Document:
    """French, P2, validated; one action is late, one in progress."""
    day = today - timedelta(days=26)
    at = on(day)
    return Document(
        title="Courriels de confirmation retardés de deux heures",
        date=day,
        language=Language.FRENCH,
        severity=Severity.P2,
        zone=ZONE,
        organisation=ORGANISATION,
        state=State.VALIDATED,
        services=("e-mail",),
        summary=Summary(
            impact="1 840 courriels de confirmation partis avec jusqu’à 2 h 10 de retard",
            root_cause="Une pièce jointe de 40 Mo bloquait la seule file d’envoi",
            tldr="Une exportation comptable a déposé un message de 40 Mo dans la file d’envoi. Le serveur "
            "de courrier le refusait, la file le retentait sans fin, et **tout ce qui attendait derrière "
            "lui attendait aussi**. Rien n’a été perdu : les messages sont partis dès que la file a été "
            "vidée de ce message.",
        ),
        timeline=Timeline(
            (
                Event(
                    at("08:05"),
                    "L’exportation comptable dépose un message de 40 Mo",
                    Milestone.START,
                    "journal de la file",
                ),
                Event(
                    at("08:06"),
                    "Premier refus du serveur de courrier, code `552`",
                    None,
                    "journal de la file",
                ),
                Event(at("08:31"), "La file dépasse 200 messages en attente", None, "tableau de bord"),
                Event(
                    at("08:58"),
                    "L’accueil reçoit trois appels : « je n’ai pas reçu ma confirmation »",
                    Milestone.DETECTED,
                    "registre des appels",
                ),
                Event(
                    at("09:07"),
                    "L’astreinte ouvre l’incident et regarde la file",
                    Milestone.RESPONDED,
                    "salon d’incident",
                ),
                Event(
                    at("09:26"),
                    "Redémarrage du service d’envoi : le même message bloque de nouveau",
                    None,
                    "salon d’incident",
                ),
                Event(
                    at("09:49"),
                    "Le message de 40 Mo est reconnu comme la cause",
                    Milestone.CAUSE_IDENTIFIED,
                    "journal de la file",
                ),
                Event(
                    at("09:55"),
                    "Le message est mis de côté ; la file commence à se vider",
                    None,
                    "salon d’incident",
                ),
                Event(
                    at("10:15"),
                    "La file est vide, tous les courriels sont partis",
                    Milestone.RESTORED,
                    "tableau de bord",
                ),
                Event(
                    at("10:30"),
                    "Incident déclaré résolu, message aux équipes",
                    Milestone.RESOLVED,
                    "salon d’incident",
                ),
            )
        ),
        impact=Impact(
            metrics=(
                Metric("Courriels retardés", "1 840", "journal de la file"),
                Metric("Retard le plus long", "2 h 10", "journal de la file"),
                Metric("Appels à l’accueil", "27", "registre des appels"),
            ),
            users="- 1 840 clients ont reçu leur confirmation en retard\n"
            "- 41 ont commandé deux fois ; les doublons ont été annulés le jour même\n"
            "- aucune commande perdue",
            reputation="- 27 appels, un message sur un forum de lecteurs",
        ),
        root_cause=RootCause(
            immediate="Le service d’envoi traite une seule file, dans l’ordre. Un message que le serveur de "
            "courrier refuse définitivement y était retenté comme un refus passager.",
            chains=(
                WhyChain(
                    (
                        Why(
                            "Pourquoi les confirmations n’arrivaient-elles pas ?",
                            "La file d’envoi n’avançait plus",
                            "journal de la file",
                        ),
                        Why(
                            "Pourquoi la file n’avançait-elle plus ?",
                            "Un message refusé revenait toujours en tête",
                        ),
                        Why(
                            "Pourquoi revenait-il en tête ?",
                            "Tout refus est traité comme passager, même le code 552",
                        ),
                        Why(
                            "Pourquoi tout refus est-il traité comme passager ?",
                            "La bibliothèque d’envoi ne distingue pas les deux familles de codes",
                        ),
                        Why(
                            "Pourquoi cela n’avait-il jamais été vu ?",
                            "Les essais n’envoient que de petits messages, toujours acceptés",
                        ),
                    )
                ),
            ),
            diagrams=(
                Diagram(
                    "exportation ──► file d’envoi ──► serveur de courrier\n"
                    "                 ▲       │\n"
                    "                 └─ 552 ─┘   (sans fin)"
                ),
            ),
            factors=(
                Factor(
                    "Une seule file pour tous les courriels", "Un message bloque les autres", "Architecture"
                ),
                Factor(
                    "Aucune alerte sur l’âge du plus vieux message",
                    "Détection par les clients",
                    "Supervision",
                ),
                Factor(
                    "Pas de limite de taille à l’entrée de la file",
                    "Le message est accepté puis refusé",
                    "Validation",
                ),
            ),
        ),
        actions=(
            Action("Mettre de côté le message de 40 Mo", Horizon.IMMEDIATE, ActionStatus.DONE, "Camille"),
            Action("Annuler les commandes en double", Horizon.IMMEDIATE, ActionStatus.DONE, "Accueil"),
            Action(
                "Alerter quand le plus vieux message attend plus de 10 minutes",
                Horizon.SHORT,
                ActionStatus.DONE,
                "Salomé",
                day + timedelta(days=9),
                kind=ActionKind.DETECT,
                verification="Un message retenu exprès déclenche l’alerte en moins de 12 minutes",
            ),
            Action(
                "Refuser à l’entrée de la file tout message de plus de 10 Mo",
                Horizon.SHORT,
                ActionStatus.DOING,
                "Camille",
                today - timedelta(days=3),
                kind=ActionKind.PREVENT,
                verification="L’exportation comptable reçoit un refus clair",
            ),
            Action(
                "Écarter de la file tout message refusé avec un code 5xx",
                Horizon.MEDIUM,
                ActionStatus.TODO,
                "Idris",
                today + timedelta(days=6),
                kind=ActionKind.PREVENT,
                verification="Un message refusé avec 552 n’est pas retenté",
            ),
            Action(
                "Séparer les files par usage",
                Horizon.LONG,
                ActionStatus.TODO,
                description="Confirmations, exportations et lettres d’information chacune dans la sienne",
            ),
        ),
        lessons=Lessons(
            went_well=(
                Lesson("Aucun message perdu", "la file garde tout sur disque"),
                Lesson("Doublons traités le jour même", "l’accueil avait la liste avant midi"),
            ),
            not_well=(
                Lesson("Détection par les clients", "53 minutes avant le premier appel"),
                Lesson("Un redémarrage pour rien", "19 minutes avant de lire le journal de la file"),
            ),
            lucky=(Lesson("Un jour calme", "dix fois plus de commandes le samedi"),),
            recommendations=(
                Recommendation(
                    "Supervision",
                    "Surveiller l’âge du plus vieux élément de chaque file, pas seulement sa taille",
                ),
                Recommendation("Essais", "Essayer les refus définitifs des services extérieurs"),
            ),
        ),
        annexes=(
            Annex(
                AnnexKind.LOG,
                "Journal de la file",
                body="08:06:12 refus 552 message trop grand (40,2 Mo), nouvel essai dans 60 s\n"
                "08:07:12 refus 552 message trop grand (40,2 Mo), nouvel essai dans 60 s",
            ),
            Annex(
                AnnexKind.RUNBOOK,
                "Le courrier ne part plus",
                url="https://docs.librairie.example/runbooks/courrier",
                outcome=RunbookOutcome.WRONG,
                body="Il conseille de redémarrer le service avant de lire le journal.",
            ),
        ),
        metadata=Metadata(
            author="Camille",
            reviewers=("Idris", "Salomé"),
            written_on=day + timedelta(days=1),
            updated_on=day + timedelta(days=4),
            next_review_on=today + timedelta(days=7),
            next_review_note="vérifier les actions",
        ),
    )


def empty_search(today: date) -> Document:
    """English, P1, in the challenge round once the demo has walked it there."""
    day = today - timedelta(days=2)
    at = on(day, "UTC")
    return Document(
        title="Search returned no results for 38 minutes",
        date=day,
        language=Language.ENGLISH,
        severity=Severity.P1,
        organisation=ORGANISATION,
        services=("search",),
        public=True,
        summary=Summary(
            impact="Every search came back empty; 2,300 visitors searched, 61 wrote to support",
            root_cause="A nightly rebuild published an index that was still empty",
            tldr="The nightly rebuild of the search index ran out of disk space and stopped. The step after "
            "it published whatever was there: an empty index. Searching worked, and found nothing, until "
            "the previous index was put back.",
        ),
        timeline=Timeline(
            (
                Event(at("09:02"), "The rebuild publishes an empty index", Milestone.START, "rebuild log"),
                Event(
                    at("09:11"), "First message to support: “your shop has no books”", None, "support inbox"
                ),
                Event(
                    at("09:19"),
                    "Support escalates to the on-call engineer",
                    Milestone.DETECTED,
                    "incident channel",
                ),
                Event(
                    at("09:22"),
                    "On-call opens the incident; search answers `200` with zero hits",
                    Milestone.RESPONDED,
                    "incident channel",
                ),
                Event(
                    at("09:31"),
                    "The index holds 0 documents; disk of the index host is full",
                    Milestone.CAUSE_IDENTIFIED,
                    "index console",
                ),
                Event(at("09:36"), "Yesterday’s index is published again", None, "deploy log"),
                Event(at("09:40"), "Searches return results", Milestone.RESTORED, "search dashboard"),
                Event(at("09:55"), "Incident declared resolved", Milestone.RESOLVED, "incident channel"),
            )
        ),
        impact=Impact(
            metrics=(
                Metric("Visitors who searched", "2,300", "search dashboard"),
                Metric("Messages to support", "61", "support inbox"),
                Metric("Orders below a usual morning", "about 140", "order report"),
            ),
            users="- 2,300 visitors saw “no results”\n"
            "- about 140 orders fewer than on the same weekday before",
            reputation="- 61 messages, all answered by noon\n- a public note on the status page",
        ),
        root_cause=RootCause(
            immediate="The publishing step checks that the index *opens*, not that it holds documents.",
            chains=(
                WhyChain(
                    (
                        Why(
                            "Why did searches find nothing?", "The published index was empty", "index console"
                        ),
                        Why(
                            "Why was an empty index published?",
                            "Publishing follows the rebuild whatever the rebuild returned",
                        ),
                        Why("Why did the rebuild stop?", "The disk was full", "rebuild log"),
                        Why("Why was the disk full?", "Old indexes are kept for ever"),
                        Why(
                            "Why are they kept for ever?",
                            "The clean-up job was switched off during a migration and nothing asks for it",
                        ),
                    )
                ),
            ),
            factors=(
                Factor("Publishing ignores the rebuild’s result", "An empty index goes live", "Process"),
                Factor("No alert on disk space of the index host", "The rebuild fails unseen", "Monitoring"),
                Factor("No alert on the share of empty searches", "Detection by customers", "Monitoring"),
            ),
        ),
        actions=(
            Action("Publish yesterday’s index", Horizon.IMMEDIATE, ActionStatus.DONE, "Camille"),
            Action(
                "Refuse to publish an index with 10% fewer documents than the last",
                Horizon.SHORT,
                ActionStatus.DOING,
                "Salomé",
                today + timedelta(days=5),
                kind=ActionKind.PREVENT,
                verification="Publishing an empty index in staging is refused",
            ),
            Action(
                "Alert when more than 20% of searches find nothing for 5 minutes",
                Horizon.SHORT,
                ActionStatus.TODO,
                "Idris",
                today + timedelta(days=8),
                kind=ActionKind.DETECT,
                verification="An index emptied in staging raises the alert",
            ),
            Action(
                "Run the clean-up of old indexes again",
                Horizon.MEDIUM,
                ActionStatus.TODO,
                "Camille",
                today + timedelta(days=20),
                kind=ActionKind.REPAIR,
                verification="The disk stays below 60% for two weeks",
            ),
            Action(
                "Keep two published indexes and switch between them",
                Horizon.LONG,
                ActionStatus.TODO,
                description="Makes going back a matter of seconds",
            ),
        ),
        lessons=Lessons(
            went_well=(
                Lesson("Fast way back", "yesterday’s index was at hand and took four minutes to publish"),
                Lesson("Support wrote down every message", "the impact could be counted"),
            ),
            not_well=(
                Lesson("Detection by customers", "17 minutes, by support"),
                Lesson("A green check", "the health check opened the index and was content"),
            ),
            lucky=(Lesson("The old index was only a day old", "nothing guarantees that one is kept"),),
            recommendations=(
                Recommendation("Monitoring", "Check what users get, not only that a service answers"),
                Recommendation("Deployment", "Compare what is about to be published with what is live"),
            ),
        ),
        annexes=(
            Annex(
                AnnexKind.LOG,
                "Rebuild log",
                body="08:59:40 writing segment 118\n09:01:07 no space left on device\n09:02:00 publishing",
            ),
            Annex(
                AnnexKind.LINK,
                "Dashboard",
                label="search, that morning",
                url="https://metrics.librairie.example/search",
            ),
        ),
        metadata=Metadata(
            author="Camille",
            written_on=day + timedelta(days=1),
            updated_on=today,
            next_review_on=today + timedelta(days=21),
        ),
    )


def readable_logs(today: date) -> Document:
    """French, P1, restricted, half written."""
    day = today - timedelta(days=1)
    at = on(day)
    return Document(
        title="Journaux d’accès lisibles sans authentification",
        date=day,
        language=Language.FRENCH,
        severity=Severity.P1,
        zone=ZONE,
        organisation=ORGANISATION,
        services=("storage",),
        summary=Summary(impact="Sept jours de journaux lisibles par qui connaissait l’adresse"),
        timeline=Timeline(
            (
                Event(
                    at("11:20"),
                    "Un partenaire signale une adresse qui répond sans connexion",
                    Milestone.DETECTED,
                    "courriel du partenaire",
                ),
                Event(
                    at("11:34"),
                    "L’astreinte confirme et ferme l’accès",
                    Milestone.RESTORED,
                    "salon d’incident",
                ),
            )
        ),
        impact=Impact(users="À établir : les journaux montrent-ils des lectures par d’autres que nous ?"),
        metadata=Metadata(author="Camille", written_on=today, updated_on=today),
    )

"""Two invented post-mortems that use every part of the format, as documents.

Their files are in ``examples/``: ``pannes.fr.md`` and ``outage.en.md``.
"""

from datetime import UTC, date, datetime

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


def _paris(hour: int, minute: int, second: int = 0, day: int = 26) -> datetime:
    """An instant of October 2024 by the clock of Paris in summer, two hours ahead of UTC."""
    return datetime(2024, 10, day, hour - 2, minute, second, tzinfo=UTC)


def _utc(day: int, hour: int, minute: int) -> datetime:
    return datetime(2025, 12, day, hour, minute, tzinfo=UTC)


FRENCH_EXAMPLE = Document(
    title="Réservations de salles en double",
    date=date(2024, 10, 26),
    language=Language.FRENCH,
    severity=Severity.P2,
    zone="Europe/Paris",
    organisation="Coopérative des Trois Tilleuls",
    state=State.VALIDATED,
    summary=Summary(
        impact="~60 créneaux attribués deux fois, 9 réunions déplacées, 4 h de standard saturé",
        root_cause="Verrou de réservation perdu pendant la bascule de `planning-db`",
        tldr=(
            "Pendant la bascule planifiée de la base, le verrou qui protège un créneau n'était plus partagé"
            " entre les deux serveurs.\nChaque serveur a donc accepté les mêmes créneaux de bonne foi :\n\n"
            "- aucune réservation n'a été perdue ;\n- les doublons ont été triés à la main."
        ),
    ),
    timeline=Timeline(
        events=(
            Event(
                _paris(22, 40),
                "Bascule de `planning-db` vers le nœud secondaire",
                source="journal de bascule",
            ),
            Event(
                _paris(22, 47, 30), "Premier créneau attribué deux fois", Milestone.START, "table `bookings`"
            ),
            Event(_paris(23, 5), "Le standard reçoit un appel d'un client surpris"),
            Event(
                _paris(23, 5),
                "Le tableau de bord montre un taux de conflits > 0",
                Milestone.DETECTED,
                "Grafana",
            ),
            Event(_paris(23, 20), "L'astreinte ouvre le canal d'incident", Milestone.RESPONDED),
            Event(_paris(23, 52), "Verrous locaux constatés sur les 2 serveurs", Milestone.CAUSE_IDENTIFIED),
            Event(
                datetime(2024, 10, 26, 22, 15, tzinfo=UTC),
                "Verrou partagé rétabli, plus aucun doublon",
                Milestone.RESTORED,
                "`lock-check` | 3 passages",
            ),
            Event(datetime(2024, 10, 27, 0, 30, tzinfo=UTC), "Liste des doublons extraite"),
            Event(datetime(2024, 10, 27, 1, 30, tzinfo=UTC), "Incident déclaré clos", Milestone.RESOLVED),
        ),
    ),
    impact=Impact(
        metrics=(
            Metric("Créneaux en double", "~60", "requête sur `bookings`"),
            Metric("Réunions déplacées", "9"),
        ),
        users=(
            "- 47 personnes ont trouvé leur salle occupée\n- 9 réunions ont changé d'horaire\n\n"
            "| Site | Doublons |\n|------|----------|\n| Nord | 38 |\n| Sud | 22 |"
        ),
        reputation="- 2 messages de mécontentement, tous deux suivis d'un appel",
    ),
    root_cause=RootCause(
        immediate=(
            "Après la bascule, chaque serveur prenait ses verrous dans sa propre mémoire au lieu de la base"
            " partagée, parce que l'adresse du service de verrous était vide."
        ),
        chains=(
            WhyChain(
                (
                    Why(
                        "Pourquoi un créneau a-t-il été attribué deux fois ?",
                        "Les deux serveurs croyaient en détenir le verrou",
                        "journaux des deux serveurs, 22:47:30",
                    ),
                    Why("Pourquoi le croyaient-ils ?", "Les verrous étaient pris en mémoire locale"),
                    Why("Pourquoi en mémoire locale ?", "L'adresse du service de verrous était vide"),
                    Why("Pourquoi était-elle vide ?", "Le modèle de bascule ne contient pas cette variable"),
                    Why(
                        "Pourquoi ne la contient-il pas ?",
                        "Rien ne compare le modèle à la configuration en service",
                    ),
                )
            ),
            WhyChain(
                (Why("Pourquoi 18 minutes avant la détection ?", "L'alerte attend 15 minutes de conflits"),),
                stop_reason="le seuil est traité par l'action 2",
            ),
        ),
        diagrams=(
            Diagram(
                "┌──────────┐   ┌──────────┐\n│ serveur A│   │ serveur B│\n"
                "└────┬─────┘   └────┬─────┘\n     ✗ verrou partagé ✗"
            ),
            Diagram("graph LR\n  A --> verrou\n  B --> verrou", "Le fonctionnement prévu", "mermaid"),
        ),
        factors=(
            Factor("Repli silencieux sur un verrou local", "Doublons acceptés", "Architecture"),
            Factor("Modèle de bascule incomplet", "Adresse vide", "Configuration"),
        ),
    ),
    actions=(
        Action(
            "Rétablir l'adresse du service de verrous",
            Horizon.IMMEDIATE,
            ActionStatus.DONE,
            "Noor",
            kind=ActionKind.REPAIR,
        ),
        Action("Rappeler les 9 organisateurs", Horizon.IMMEDIATE, ActionStatus.DONE, "Accueil"),
        Action(
            "Refuser de démarrer sans service de verrous",
            Horizon.SHORT,
            ActionStatus.DOING,
            "Noor",
            date(2024, 11, 6),
            kind=ActionKind.PREVENT,
            verification="démarrage refusé en recette, adresse vide",
            tracker="SALLE-81",
        ),
        Action("Alerter au premier conflit", Horizon.SHORT, ActionStatus.TODO, "Ilyès", date(2024, 11, 8)),
        Action(
            "Comparer les modèles chaque nuit", Horizon.MEDIUM, ActionStatus.TODO, "Ilyès", date(2025, 1, 10)
        ),
        Action(
            "Répéter la bascule deux fois par an",
            Horizon.LONG,
            ActionStatus.DROPPED,
            "Noor",
            description="Remplacé par la bascule automatique",
        ),
    ),
    lessons=Lessons(
        went_well=(
            Lesson("Entraide", "le standard et l'astreinte ont partagé une seule liste"),
            Lesson("Retour arrière", "prêt en 3 minutes"),
        ),
        not_well=(Lesson("Alerte tardive", "15 minutes d'attente par construction"),),
        lucky=(Lesson("Samedi soir"),),
        recommendations=(
            Recommendation(
                "Configuration", "Une valeur vide doit arrêter le démarrage, pas choisir un repli"
            ),
            Recommendation("Bascule", "Répéter avec les mêmes modèles qu'en service"),
        ),
    ),
    annexes=(
        Annex(
            AnnexKind.LOG,
            "Journal du serveur A",
            body="22:47:30 WARN lock address empty\n22:47:30 INFO lock taken (local)",
        ),
        Annex(
            AnnexKind.LINK, "Tableau de bord", label="conflits, 26/10", url="https://graphs.example/conflicts"
        ),
        Annex(AnnexKind.IMAGE, "Écran du standard", label="Deux réunions, une salle", file="écran 1.png"),
        Annex(
            AnnexKind.NOTE,
            "Méthode de tri",
            body="Le plus ancien des deux garde la salle.\n\n#### Exceptions\n\n- direction",
        ),
        Annex(AnnexKind.RELATED, "Bascule de mars 2023", url="https://pm.example/2023-03-bascule"),
        Annex(AnnexKind.RELATED, "Panne du standard"),
        Annex(
            AnnexKind.TESTIMONY,
            "Accueil du site Nord",
            label="au téléphone",
            body="> Trois appels en dix minutes.",
        ),
        Annex(
            AnnexKind.RUNBOOK,
            "Bascule de base",
            url="https://runbooks.example/bascule",
            outcome=RunbookOutcome.WRONG,
            body="L'étape 4 omet le service de verrous.",
        ),
    ),
    metadata=Metadata(
        "Maëlle Kervern",
        ("Noor Haddad", "Ilyès Brahmi, pour l'exploitation"),
        date(2024, 10, 28),
        date(2024, 10, 30),
        date(2024, 11, 20),
        "revoir les actions 1 et 2",
    ),
)

ENGLISH_EXAMPLE = Document(
    title="Parcel labels printed [late]",
    date=date(2025, 12, 30),
    language=Language.ENGLISH,
    severity=Severity.P1,
    organisation="Harbour Lane Parcels",
    state=State.FOLLOW_UP,
    summary=Summary(
        impact="Depots printed no labels for a day; ~1,900 parcels left late",
        root_cause="Certificate renewal never reached the print hosts",
        tldr="1. The print hosts trusted only the old certificate.\n"
        "2. Renewal replaced it on *New Year's Eve*.",
    ),
    timeline=Timeline(
        events=(
            Event(_utc(31, 6, 0), "Certificate renewed by the nightly job", source="job log"),
            Event(_utc(31, 7, 15), "Depot staff report blank labels", Milestone.DETECTED, "phone"),
            Event(_utc(31, 7, 40), "On-call opens the incident", Milestone.RESPONDED),
            Event(datetime(2026, 1, 1, 9, 0, tzinfo=UTC), "All depots print again", Milestone.RESTORED),
        ),
        unknown=((Milestone.START, "the spoolers keep no record of *failed* jobs"),),
    ),
    impact=Impact(
        metrics=(
            Metric("Late parcels", "~1,900"),
            Metric("Total duration", "a day, by the depots' own count"),
        ),
        users="All 12 depots wrote labels by hand.\n\n```\ndepot 7: 214 labels\n```",
    ),
    root_cause=RootCause(
        immediate="The print hosts refused the renewed certificate.",
        chains=(
            WhyChain(
                (
                    Why("Why did the labels stay blank?", "The spooler dropped the jobs"),
                    Why("Why did it drop them?", "The certificate was not trusted"),
                    Why("Why was it not trusted?", "Hosts pin the certificate, not its issuer"),
                    Why("Why do they pin it?", "The image dates from before the issuer was shared"),
                    Why(
                        "Why was the image never rebuilt?", "No one owns the print image", "service catalogue"
                    ),
                )
            ),
        ),
    ),
    actions=(
        Action("Install the new certificate by hand", Horizon.IMMEDIATE, ActionStatus.DONE, "Depot support"),
        Action("Trust the issuer | drop the pin", Horizon.SHORT, owner="Priya", deadline=date(2026, 1, 9)),
        Action("Rebuild the image every month", Horizon.LONG, description="With the other hosts"),
    ),
    lessons=Lessons(
        went_well=(Lesson("Handwritten labels", "the depots had practised"),),
        lucky=(Lesson("Quiet day", "a third of the usual volume"),),
    ),
    annexes=(
        Annex(AnnexKind.NOTE, "Runbook: a wish list", body="- [steps](https://runbooks.example/steps)"),
        Annex(AnnexKind.TESTIMONY, "Depot 7 (night shift)"),
        Annex(AnnexKind.RUNBOOK, "Printing", file="printing.pdf"),
    ),
    metadata=Metadata("Priya Raman", (), date(2026, 1, 2)),
)

"""Two invented post-mortems for the walk through the whole job: the file that it has to give, as a document.

Their incident was yesterday, since deadlines and "in the future" are told from the present.
"""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
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


@dataclass(frozen=True, slots=True)
class Story:
    """A validated document, the names of the people who make it, and what they say in the review.

    ``pasted`` is the source of the events that come out of a chat.
    """

    document: Document
    author: str
    ic: str
    sme: str
    lead: str
    participant: str
    supplier: str
    reader: str
    pasted: str
    challenge: str
    answer: str
    outcome: str
    objection: str


def today(zone: str) -> date:
    """The day by the clocks of a zone."""
    return datetime.now(ZoneInfo(zone)).date()


def story(language: Language) -> Story:
    """The story of a language."""
    return french() if language is Language.FRENCH else english()


def french() -> Story:
    """Order confirmations that nobody received, in the time of Paris."""
    zone = "Europe/Paris"
    now = today(zone)

    def at(hour: int, minute: int) -> datetime:
        return datetime.combine(now - timedelta(days=1), time(hour, minute), ZoneInfo(zone))

    author, ic, sme, supplier = "Maud Lescure", "Yanis Ferrand", "Inès Courtial", "Exploitant du relais"
    document = Document(
        title="Confirmations de commande non remises",
        date=now - timedelta(days=1),
        language=Language.FRENCH,
        severity=Severity.P1,
        zone=zone,
        organisation="Les Paniers du Vallon",
        state=State.VALIDATED,
        summary=Summary(
            impact="~390 confirmations refusées en 88 minutes, 41 commandes passées deux fois",
            root_cause="Signature des courriels absente de la zone `mail` après sa régénération",
            tldr=(
                "La zone DNS a été régénérée sans l'enregistrement qui signe les courriels. Rien ne compare"
                " la zone publiée à la zone attendue.\n\nToutes les commandes ont été gardées ; seules les"
                " confirmations manquaient."
            ),
        ),
        timeline=Timeline(
            (
                Event(
                    at(8, 12),
                    "Première confirmation refusée (non détectée)",
                    Milestone.START,
                    "journal du relais",
                ),
                Event(at(8, 47), 'Le standard reçoit un appel : "rien reçu"', Milestone.DETECTED, "standard"),
                Event(at(8, 55), "L'astreinte ouvre le canal d'incident", Milestone.RESPONDED),
                Event(at(9, 4), "Le relais répond `550 5.7.1` à 100 % des envois"),
                Event(at(9, 21), "Enregistrement de signature absent de la zone", Milestone.CAUSE_IDENTIFIED),
                Event(
                    at(9, 40), "Enregistrement republié, remises OK", Milestone.RESTORED, "journal du relais"
                ),
                Event(at(9, 52), "File d'attente vidée : 214 messages repartis", None, "salon incident"),
                Event(at(10, 5), "Message retiré de l'accueil téléphonique", None, "salon incident"),
                Event(at(10, 30), "Incident déclaré clos", Milestone.RESOLVED, "salon incident"),
            )
        ),
        impact=Impact(
            metrics=(
                Metric("Confirmations refusées", "~390", "journal du relais"),
                Metric("Commandes passées deux fois", "41", "table `orders`"),
                Metric("Paniers à rembourser", "~€1,150", "comptabilité"),
            ),
            users=(
                "- 349 personnes n'ont pas reçu leur confirmation\n- 41 ont commandé une seconde fois\n"
                "- 0 commande perdue"
            ),
            reputation="- 27 appels au standard\n- 2 avis publics, tous deux suivis d'une réponse",
        ),
        root_cause=RootCause(
            immediate=(
                "Le relais de courriels refusait chaque envoi, parce que l'enregistrement qui porte la clé de"
                " signature ne figurait plus dans la zone publiée."
            ),
            chains=(
                WhyChain(
                    (
                        Why(
                            "Pourquoi les confirmations étaient-elles refusées ?",
                            "Leur signature ne pouvait pas être vérifiée",
                            "réponses 550 du relais",
                        ),
                        Why("Pourquoi ne pouvait-elle pas l'être ?", "La clé publique avait quitté la zone"),
                        Why(
                            "Pourquoi avait-elle quitté la zone ?",
                            "La régénération repart d'un modèle sans cette clé",
                        ),
                        Why(
                            "Pourquoi le modèle ne la contient-il pas ?",
                            "La clé a été ajoutée dans la console du fournisseur",
                        ),
                        Why(
                            "Pourquoi cet écart est-il resté invisible ?",
                            "Rien ne compare la zone publiée à son modèle",
                        ),
                    )
                ),
                WhyChain(
                    (
                        Why(
                            "Pourquoi 35 minutes avant la détection ?",
                            "Aucune alerte ne suit le taux de remise",
                        ),
                    ),
                    stop_reason="l'action 1 répond à cette cause",
                ),
            ),
            diagrams=(
                Diagram(
                    "┌──────────┐   ┌────────┐   ┌────────────┐\n"
                    "│ Boutique │──►│ Relais │──►│ Messagerie │\n"
                    "└──────────┘   └────────┘   └─────┬──────┘\n"
                    "                     ▲            │\n"
                    "                     └─ 550 ✗ ────┘",
                    "Le refus revient au relais, jamais à la boutique",
                ),
            ),
            factors=(
                Factor("Pas d'alerte sur le taux de remise", "Détection par un appel", "Supervision"),
                Factor("Zone et modèle jamais comparés", "Écart invisible", "Configuration"),
                Factor("Refus absents du journal de la boutique", "Enquête plus longue", "Architecture"),
            ),
        ),
        actions=(
            Action(
                "Republier la clé de signature",
                Horizon.IMMEDIATE,
                ActionStatus.DONE,
                author,
                kind=ActionKind.REPAIR,
            ),
            Action("Renvoyer les confirmations en attente", Horizon.IMMEDIATE, ActionStatus.DONE, supplier),
            Action(
                "Alerter quand plus de 2 % des envois sont refusés",
                Horizon.SHORT,
                ActionStatus.DOING,
                sme,
                now + timedelta(days=7),
                kind=ActionKind.DETECT,
                verification="l'alerte part en recette avec une clé fausse",
                tracker="https://suivi.example/PANIER-58",
            ),
            Action(
                "Ajouter la clé au modèle de la zone",
                Horizon.SHORT,
                ActionStatus.TODO,
                author,
                now + timedelta(days=9),
                kind=ActionKind.PREVENT,
            ),
            Action(
                "Comparer chaque nuit la zone publiée à son modèle",
                Horizon.MEDIUM,
                ActionStatus.TODO,
                sme,
                now + timedelta(days=24),
                kind=ActionKind.PREVENT,
                verification="un écart posé exprès est signalé au matin",
            ),
            Action(
                "Relais de secours", Horizon.LONG, description="Seconde route d'envoi, essayée chaque mois"
            ),
            Action(
                "Fiche réflexe courriels",
                Horizon.LONG,
                description="Diagnostic des refus, du code au correctif",
            ),
        ),
        lessons=Lessons(
            went_well=(
                Lesson("Standard", "le premier appel est arrivé dans le canal en 8 minutes"),
                Lesson("File d'attente", "aucun message perdu"),
            ),
            not_well=(
                Lesson("Détection", "35 minutes, par un appel et non par une alerte"),
                Lesson("Double saisie", "la clé ne vivait que dans la console"),
                Lesson("Commandes en double", "la boutique n'affiche pas la dernière commande"),
            ),
            lucky=(Lesson("Matinée calme", "un tiers du volume d'un vendredi"),),
            recommendations=(
                Recommendation("Configuration", "Toute valeur publiée vient d'un modèle relu"),
                Recommendation("Supervision", "Mesurer l'arrivée, pas seulement le départ"),
            ),
        ),
        annexes=(
            Annex(
                AnnexKind.LOG,
                "Journal du relais",
                body="08:12:03 ERROR 550 5.7.1 signature missing\n08:12:03 WARN  queued, retry in 900 s",
            ),
            Annex(AnnexKind.LINK, "Tableau de bord", label="remises, hier", url="https://graphes.example/r"),
            Annex(AnnexKind.LINK, "Salon", label="#incident", url="https://salons.example/incident"),
            Annex(AnnexKind.RELATED, "Factures en retard", url="https://pm.example/factures"),
            Annex(
                AnnexKind.RUNBOOK,
                "Courriels refusés",
                url="https://fiches.example/courriels",
                outcome=RunbookOutcome.WRONG,
                body="L'étape 3 renvoie à une console remplacée depuis.",
            ),
        ),
        metadata=Metadata(
            author,
            (ic, sme, "Rémi Castan, pour le fournisseur"),
            now,
            now,
            now + timedelta(days=28),
            "vérifier les actions",
        ),
    )
    return Story(
        document,
        author,
        ic,
        sme,
        lead="Paul Auriac",
        participant="Lou Ségala",
        supplier=supplier,
        reader="Zoé Vidalenc",
        pasted="salon incident",
        challenge="Qu'en est-il des commandes passées deux fois ?",
        answer="Ajouté à ce qui n'a pas fonctionné.",
        outcome="Le texte a changé : une leçon de plus.",
        objection="« La clé ne vivait que dans la console » pourrait viser une équipe.",
    )


def english() -> Story:
    """Alarms of greenhouses that did not reach anybody, in UTC."""
    zone = "UTC"
    now = today(zone)

    def at(hour: int, minute: int) -> datetime:
        return datetime.combine(now - timedelta(days=1), time(hour, minute), ZoneInfo(zone))

    author, ic, sme, supplier = "Nadia Whitcombe", "Owen Tarrant", "Grace Ilori", "Sensor supplier"
    document = Document(
        title="Greenhouse alarms not delivered",
        date=now - timedelta(days=1),
        language=Language.ENGLISH,
        severity=Severity.P1,
        zone=zone,
        organisation="Willow Wharf Nurseries",
        state=State.VALIDATED,
        summary=Summary(
            impact="No alarm from 14 greenhouses for 2 hours, ~600 seedlings lost, ~£2,300",
            root_cause="The message broker stopped storing when its log volume was full",
            tldr=(
                "The broker's debug log filled the volume that its queues share. Publishers were told"
                " *accepted*, and nothing watches whether alarms arrive.\n\nHeating itself never stopped."
            ),
        ),
        timeline=Timeline(
            (
                Event(at(1, 58), "First alarm dropped (not noticed)", Milestone.START, "broker log"),
                Event(at(3, 10), 'Night watch: "house 9 feels cold"', Milestone.DETECTED, "phone log"),
                Event(at(3, 16), "On-call opens the incident channel", Milestone.RESPONDED),
                Event(at(3, 24), "Dashboards show 0 messages/s since `01:58`"),
                Event(at(3, 37), "Volume of the broker found 100% full", Milestone.CAUSE_IDENTIFIED),
                Event(at(3, 58), "Log removed, alarms arrive again", Milestone.RESTORED, "broker log"),
                Event(at(4, 5), "All 14 houses report a temperature", None, "incident chat"),
                Event(at(4, 20), "Growers move the seedlings of house 9", None, "incident chat"),
                Event(at(4, 45), "Incident declared over", Milestone.RESOLVED, "incident chat"),
            )
        ),
        impact=Impact(
            metrics=(
                Metric("Alarms dropped", "23", "sensor memory"),
                Metric("Seedlings lost", "~600", "count in house 9"),
                Metric("Estimated cost", "~£2,300", "accounts"),
            ),
            users="- 14 greenhouses without alarms\n- 1 house below 4 °C for 50 minutes\n- 0 readings lost",
            reputation="- 1 delivery postponed, the customer was called first",
        ),
        root_cause=RootCause(
            immediate=(
                "The broker acknowledged messages that it could no longer store, because the volume of its"
                " queues was full."
            ),
            chains=(
                WhyChain(
                    (
                        Why(
                            "Why did the alarms not arrive?",
                            "The broker dropped what it had acknowledged",
                            "broker log, 01:58",
                        ),
                        Why("Why did it drop them?", "Its volume was full"),
                        Why("Why was the volume full?", "A debug log grew on it for nine days"),
                        Why("Why did the log grow there?", "Queues and logs share one volume by default"),
                        Why(
                            "Why was that never noticed?",
                            "No check follows an alarm to the telephone",
                        ),
                    )
                ),
                WhyChain(
                    (
                        Why(
                            "Why 72 minutes until detection?",
                            "Silence looks like a quiet night on the dashboard",
                        ),
                    ),
                    stop_reason="action 1 deals with it",
                ),
            ),
            diagrams=(
                Diagram(
                    "┌────────┐   ┌────────┐   ┌───────────┐\n"
                    "│ Sensor │──►│ Broker │─✗─│ Telephone │\n"
                    "└────────┘   └───┬────┘   └───────────┘\n"
                    "   accepted ◄────┘ volume full",
                    "The sensor believes that all is well",
                ),
            ),
            factors=(
                Factor("Queues and logs share a volume", "One fills the other", "Configuration"),
                Factor("No end-to-end check of alarms", "Found by hand", "Monitoring"),
                Factor("The broker acknowledges before storing", "Loss without a trace", "Architecture"),
            ),
        ),
        actions=(
            Action(
                "Remove the debug log",
                Horizon.IMMEDIATE,
                ActionStatus.DONE,
                author,
                kind=ActionKind.REPAIR,
            ),
            Action("Read the alarms out of the sensors", Horizon.IMMEDIATE, ActionStatus.DONE, supplier),
            Action(
                "Ring when no test alarm arrives for 10 minutes",
                Horizon.SHORT,
                ActionStatus.DOING,
                sme,
                now + timedelta(days=7),
                kind=ActionKind.DETECT,
                verification="pulling the cable rings within 10 minutes",
                tracker="https://tracker.example/GROW-17",
            ),
            Action(
                "Give the queues a volume of their own",
                Horizon.SHORT,
                ActionStatus.TODO,
                author,
                now + timedelta(days=9),
                kind=ActionKind.PREVENT,
            ),
            Action(
                "Acknowledge after storing",
                Horizon.MEDIUM,
                ActionStatus.TODO,
                sme,
                now + timedelta(days=24),
                kind=ActionKind.PREVENT,
                verification="a full test volume refuses the message",
            ),
            Action("Second route for alarms", Horizon.LONG, description="By text message, tried each month"),
            Action("Drill by night", Horizon.LONG, description="Cut the broker off, announced, twice a year"),
        ),
        lessons=Lessons(
            went_well=(
                Lesson("Night watch", "knew whom to call"),
                Lesson("Sensors", "kept every reading in their memory"),
            ),
            not_well=(
                Lesson("Detection", "72 minutes, by hand"),
                Lesson("Dashboard", "silence and health look the same"),
                Lesson("Cold house", "nobody was told which houses had been cold"),
            ),
            lucky=(Lesson("Mild night", "outside it never froze"),),
            recommendations=(
                Recommendation("Monitoring", "Test the whole way of an alarm, every few minutes"),
                Recommendation("Capacity", "No log on a volume that data needs"),
            ),
        ),
        annexes=(
            Annex(
                AnnexKind.LOG,
                "Broker log",
                body="01:58:11 ERROR cannot append: no space left on device\n01:58:11 DEBUG acknowledged",
            ),
            Annex(
                AnnexKind.LINK, "Dashboard", label="messages per second", url="https://graphs.example/broker"
            ),
            Annex(AnnexKind.LINK, "Chat", label="#incident", url="https://chat.example/incident"),
            Annex(AnnexKind.RELATED, "Irrigation stopped for an hour", url="https://pm.example/irrigation"),
            Annex(
                AnnexKind.RUNBOOK,
                "No alarms",
                url="https://runbooks.example/alarms",
                outcome=RunbookOutcome.NOT_FOUND,
                body="Link it from the telephone list.",
            ),
        ),
        metadata=Metadata(
            author,
            (ic, sme, "Tom Ashdown, for the supplier"),
            now,
            now,
            now + timedelta(days=28),
            "check the actions",
        ),
    )
    return Story(
        document,
        author,
        ic,
        sme,
        lead="Ruth Ellery",
        participant="Ben Okafor",
        supplier=supplier,
        reader="Isla Munro",
        pasted="incident chat",
        challenge="What about the growers: did they know which houses had been cold?",
        answer="Added to what did not go well.",
        outcome="The text changed: one lesson more.",
        objection="“Found by hand” might be read as about the night watch.",
    )

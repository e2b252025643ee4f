"""Tables, one module per concept. Rules live in ``domain``, writes in ``services``."""

from postmortems.models.annex import Annex
from postmortems.models.cause import ContributingFactor, Diagram, Why, WhyChain
from postmortems.models.history import Change
from postmortems.models.impact import ImpactMetric
from postmortems.models.incident import Incident
from postmortems.models.lesson import Lesson, Recommendation
from postmortems.models.organisation import Organisation, Service, SeverityDescription
from postmortems.models.people import User
from postmortems.models.postmortem import OutsideReviewer, Postmortem, RoleAssignment
from postmortems.models.review import Approval, Challenge, Decision, ReviewForm, TransitionRecord
from postmortems.models.row import ROW_KINDS, Row
from postmortems.models.text import Text
from postmortems.models.timeline import TimelineEvent

__all__ = [
    "ROW_KINDS",
    "Annex",
    "Approval",
    "Challenge",
    "Change",
    "ContributingFactor",
    "Decision",
    "Diagram",
    "ImpactMetric",
    "Incident",
    "Lesson",
    "Organisation",
    "OutsideReviewer",
    "Postmortem",
    "Recommendation",
    "ReviewForm",
    "RoleAssignment",
    "Row",
    "Service",
    "SeverityDescription",
    "Text",
    "TimelineEvent",
    "TransitionRecord",
    "User",
    "Why",
    "WhyChain",
]

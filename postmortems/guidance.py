"""What a good facilitator would say about each part of a post-mortem: guidance, questions, examples."""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from postmortems.domain.document import Section, TextKey

Words = str | Promise


@dataclass(frozen=True, slots=True)
class SectionGuidance:
    """One line on what belongs into a section, and the questions that help to find it."""

    line: Words
    questions: tuple[Words, ...]


@dataclass(frozen=True, slots=True)
class TextGuidance:
    """The label of a text, what it is for, and a short example shown while it is empty."""

    label: Words
    hint: Words = ""
    example: Words = ""


POSTULATE = _(
    "Everybody did what made sense to them, with what they knew and the means they had at that moment."
)
"""The blameless postulate, in our own words; it stands at the head of the workspace."""

SECTIONS: dict[Section, SectionGuidance] = {
    Section.SUMMARY: SectionGuidance(
        _("What a colleague in a hurry must know, in two minutes. Many teams write it last."),
        (
            _("Who could not do what, and for how long?"),
            _("What broke, in one sentence, without a name in it?"),
            _("How did you notice, and what ended it?"),
            _("What will be different from now on?"),
        ),
    ),
    Section.TIMELINE: SectionGuidance(
        _("What happened and when, as it was seen at the time. Facts first, explanations later."),
        (
            _("What was the very first sign, even if nobody saw it then?"),
            _("Who noticed, and through what: an alert, a customer, by chance?"),
            _("What did you see on the screen when you decided what to do?"),
            _("What was tried and did not help?"),
            _("From when on did everything work again, and how do you know?"),
        ),
    ),
    Section.IMPACT: SectionGuidance(
        _("Who felt it, and how much. A figure says where it comes from; an estimate says that it is one."),
        (
            _("What could people not do, and what did they see instead?"),
            _("How many were affected, out of how many?"),
            _("What did it cost: orders, data, money, hours of work?"),
            _("Who had to be told, and what did they say?"),
        ),
    ),
    Section.ROOT_CAUSE: SectionGuidance(
        _("How the system made this possible. Ask “why” until an answer can be changed by design."),
        (
            _("What broke first, technically?"),
            _("Why did nothing stop it earlier: a test, a review, an alert?"),
            _("Why did it seem right to act this way at that moment?"),
            _("Would somebody else in the same place have done the same?"),
            _("What else made it worse, or longer?"),
        ),
    ),
    Section.ACTIONS: SectionGuidance(
        _("What changes because of this incident. Few actions that get done beat many that do not."),
        (
            _("What would have prevented it?"),
            _("What would have shown it sooner?"),
            _("What would have made it shorter or smaller?"),
            _("Who does it, by when, and how will you see that it worked?"),
        ),
    ),
    Section.LESSONS: SectionGuidance(
        _("What other teams can use. Say what went well, too: it is worth keeping."),
        (
            _("What helped more than expected?"),
            _("What surprised you about how the system really works?"),
            _("What was missing: access, knowledge, a tool, a name to call?"),
            _("Where was it luck that it did not get worse?"),
        ),
    ),
    Section.ANNEXES: SectionGuidance(
        _("Proof and context for whoever wants to look closer. All of it is optional."),
        (
            _("Which log lines or graphs show what you write?"),
            _("Was there a runbook, and did it help?"),
            _("Has something like this happened before?"),
            _("What did people outside the team see?"),
        ),
    ),
}

TEXTS: dict[TextKey, TextGuidance] = {
    TextKey.SUMMARY_IMPACT: TextGuidance(
        _("Impact in one line"),
        _("Who was affected, and how much."),
        _("Nobody could pay for 47 minutes; 312 orders were not placed"),
    ),
    TextKey.SUMMARY_CAUSE: TextGuidance(
        _("Root cause in one line"),
        _("The cause in the system. No name, no role."),
        _("The payment gateway’s credential expired, and nothing watches expiry dates"),
    ),
    TextKey.TLDR: TextGuidance(
        _("TL;DR"),
        _("Three sentences: what happened, why, what changes."),
        _(
            "For 47 minutes every payment was refused, because a credential had expired unseen. "
            "A new one ended it. An alert will warn 30 days ahead."
        ),
    ),
    TextKey.START_UNKNOWN: TextGuidance(
        _("Why the start of impact is not known"),
        _("Only when nobody can establish it."),
        _("The logs of that night were already deleted"),
    ),
    TextKey.DETECTED_UNKNOWN: TextGuidance(
        _("Why the time of detection is not known"),
        _("Only when nobody can establish it."),
        _("Several teams noticed on their own, none wrote down when"),
    ),
    TextKey.RESTORED_UNKNOWN: TextGuidance(
        _("Why the time of restoration is not known"),
        _("Only when nobody can establish it."),
        _("Errors faded out over two days without a clear end"),
    ),
    TextKey.IMPACT_USERS: TextGuidance(
        _("Users affected"),
        _("Who they are, what they saw, what they could not do."),
        _("Customers who paid by card saw an error after the last step. Payment by invoice worked."),
    ),
    TextKey.IMPACT_REPUTATION: TextGuidance(
        _("Reputation"),
        _("What was said outside, and to whom you had to explain yourselves."),
        _("11 messages to support, one article in a trade paper, a call to our largest customer."),
    ),
    TextKey.IMMEDIATE_CAUSE: TextGuidance(
        _("Immediate cause"),
        _("What broke, technically, just before the impact began."),
        _("The gateway refused every call, because the credential that signs them had expired at 10:00 UTC."),
    ),
}

"""Word lists behind the quality hints, and the check that a why chain does not end on a person.

Small on purpose and fixed: the same text gives the same answer. Blame in running text is the business of
the wording checker; this module only looks at titles of actions and at last answers.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

from postmortems.domain.document import Language


@dataclass(frozen=True, slots=True)
class Words:
    """Regular expressions of one language, matched without regard to case.

    * openings: how a title may begin before it says what will be done; each ends where that begins
    * vague: an intention at the head of a title, or right after its opening, that nobody can check
    * people: an action that asks people to be better instead of changing the system
    * human: a phrase that names a human failing by itself
    * agents, between, failings: one person, at most some words of ``between``, and a failing make a person
      the cause. Nothing else may come between ("the admin console dropped..."). Pronouns that may stand
      for a machine, and teams, are left to the wording checker: this one blocks.
    * acts: what only a person does, in a form that follows a name and nothing else. A first name may be a
      word of the sentence ("Max connections", "Will never check"): only before these is it a person.
    """

    openings: tuple[str, ...]
    vague: tuple[str, ...]
    people: tuple[str, ...]
    human: tuple[str, ...]
    agents: tuple[str, ...]
    between: tuple[str, ...]
    failings: tuple[str, ...]
    acts: tuple[str, ...]


FRENCH_PERSON = (
    r"(?:op[ée]rat(?:eur|rice)|agente?|technicien(?:ne)?|développeu(?:r|se)|administrat(?:eur|rice)|admin"
    r"|ingénieure?|astreinte|exploitante?|prestataire|stagiaire|collègue|personne|chef|cheffe|responsable"
    r"|relect(?:eur|rice))s?"
)
ENGLISH_PERSON = (
    r"(?:operator|engineer|developer|dev|admin|administrator|technician|contractor|intern|colleague|on-?call"
    r"|person|manager|lead|approver|reviewer|coordinator)s?"
)
ENGLISH_ASIDE = r"(?:(?:has|had|also|just|\w+ly) ){0,2}"

FRENCH = Words(
    openings=(
        r"(?:il|on|nous|l['’]équipe|les équipes) "
        r"(?:faut|faudra|faudrait|doi(?:t|vent)|dev(?:ra|ront|rait|raient|ons|rions|rons)|va|vont|allons) "
        r"(?:qu['’]on |que nous )?(?:absolument |aussi |surtout )?",
        r"il (?:convient|s['’]agit|est (?:nécessaire|important|essentiel|impératif)) (?:de |d['’])",
        r"merci (?:de |d['’])",
    ),
    vague=(
        r"amélior\w+",
        r"optimis\w+",
        r"renforc\w+",
        r"veill(?:er?|ez|ons)",
        r"s['’]assurer",
        r"assurez-vous",
        r"sensibilis\w+",
        r"(?:faire|faites) (?:plus )?attention",
        r"(?:faire|faites) mieux",
        r"être (?:plus |davantage )?(?:vigilant|attentif|prudent|rigoureux)\w*",
        r"mieux \w+er",
        r"penser à",
        r"essayer",
        r"tenter de",
        r"envisager",
        r"réfléchir",
        r"éviter",
    ),
    people=(
        r"sensibilis\w+",
        r"rappel(?:er|ez)? (?:à|aux?|que|[ld]es (?:consignes|règles|procédures))",
        r"(?:faire|faites) (?:plus )?attention",
        r"(?:plus|davantage) (?:vigilant|attenti|rigoureu|prudent|soigneu)\w*",
        r"(?:plus|davantage) de (?:vigilance|rigueur|attention|prudence|soin)",
        r"vigilance",
        r"(?:former|formations? (?:de|du|des|à)) (?:l['’]|les |la |le |nos |aux |des )?"
        rf"(?:équipes?|{FRENCH_PERSON})",
        r"recadr\w+",
        r"sanction\w*",
    ),
    human=(
        r"(?:erreurs?|fautes?) (?:humaines?|d['’](?:inattention|étourderie)|de (?:manipulation|jugement))",
        r"(?:erreurs?|fautes?|oublis?|négligences?|maladresses?) "
        rf"(?:d['’](?:une? )?|de l['’]|du |de la |de |des ){FRENCH_PERSON}",
        r"facteur humain",
        r"mauvaises? manipulations?",
        r"inattention",
        r"négligences?",
        r"étourderies?",
        r"incompétences?",
        r"(?:manque|défaut) de (?:rigueur|vigilance|attention|sérieux|soin|compétences?)",
        r"(?:il|elle|on)s? (?:a|ont|avait|avaient) oublié",
        r"(?:il|elle|on)s? (?:s['’]est|s['’]était|se sont|s['’]étaient) trompée?s?",
    ),
    agents=(
        r"quelqu['’]un",
        rf"(?:l['’]|le |la |les |une? |des |notre |nos |son |sa |cette |cet |ce ){FRENCH_PERSON}",
    ),
    between=(
        r"qui",
        r"(?:de|du|d['’]) ?(?:la )?(?:garde|nuit|jour|service|permanence|astreinte|relève)",
        r"en (?:poste|service|charge|permanence)",
        r"(?:réseau|système|base|sécurité)",
        r"(?:a|ont|avait|avaient)",
        r"\w+ment",
    ),
    failings=(
        r"oubli\w+",
        r"néglig\w+",
        r"(?:s['’]est|s['’]était|se sont|s['’]étaient) (?:tromp|emmêl)\w+",
        r"(?:a|ont|avait|avaient) (?:mal |tout )?"
        r"(?:raté|manqué|cassé|écrasé|confondu|ignoré|omis|bâclé|configuré|saisi|tapé|lu|compris)",
        r"(?:fait|commis) une (?:erreur|faute|bêtise)",
        r"n['’](?:a|ont|avait|avaient) (?:pas|rien|jamais) (?:vérifi|relu|respect|suivi|lu|vu|pensé|prévenu"
        r"|test|fait|pris|regard|contrôl|remarqu|compris|anticip)\w*",
        r"aur(?:ait|aient) (?:dû|pu)",
    ),
    acts=(
        r"oubli(?:e|ait)",
        r"(?:a|avait) (?:\w+ment )?(?:oublié|négligé|omis|confondu|bâclé|tapé|cliqué|lancé|déployé|fusionné"
        r"|approuvé|validé)",
        r"(?:a|avait) mal (?:lu|compris|saisi|tapé|vérifié)",
        r"(?:a|avait) (?:fait|commis) une (?:erreur|faute|bêtise)",
        r"s['’](?:est|était) (?:tromp|emmêl)\w+",
        r"n['’](?:a|avait) (?:pas|rien|jamais) (?:vérifié|relu|lu|vu|pensé|prévenu|regardé|remarqué|compris)",
        r"dormait",
    ),
)

ENGLISH = Words(
    openings=(
        r"(?:we|you|everyone|people|teams?|the (?:\w+ )?teams?) "
        r"(?:must|should|shall|will|ha(?:ve|s) to|needs? to|ought to) (?:also |always |really )?",
        r"(?:need|have) to ",
        r"it is (?:necessary|important|essential|crucial) to ",
        r"(?:please|let['’]s|let us) ",
    ),
    vague=(
        r"improv\w+",
        r"enhanc\w+",
        r"optimi[sz]\w+",
        r"strengthen\w*",
        r"be(?:ing)? (?:more )?(?:careful|vigilant|attentive|cautious|mindful|aware)",
        r"mak(?:e|ing) sure",
        r"ensur\w+",
        r"pay(?:ing)? (?:more |closer )?attention",
        r"do(?:ing)? better",
        r"better \w+",
        r"rais(?:e|ing) awareness",
        r"try(?:ing)? (?:to|not)",
        r"consider(?:ing)?",
        r"think(?:ing)? about",
        r"look(?:ing)? into",
        r"remember(?:ing)?",
        r"avoid(?:ing)?",
    ),
    people=(
        r"remind(?:ing|ers?)? (?:the |our |all |every\w* |to |people|staff)",
        r"(?:more|extra) (?:careful|vigilant|attentive|cautious|mindful|rigorous|diligent)",
        r"be (?:careful|vigilant|attentive|cautious|mindful)",
        r"more (?:care|vigilance|attention|rigou?r|diligence)",
        r"pay(?:ing)? (?:more |closer )?attention",
        r"awareness",
        r"(?:re-?)?train(?:ing)? (?:for |of )?(?:the |our |all )?(?:\w+ )?"
        rf"(?:teams?|people|staff|users|everyone|{ENGLISH_PERSON})",
        r"educat(?:e|ing)",
        r"coach(?:ing)?",
        r"disciplin(?:e|ary|ing)",
    ),
    human=(
        r"(?:human|manual|operator|developer|engineer|administrator|admin) (?:errors?|mistakes?)",
        r"(?:errors?|mistakes?|oversights?|slips?|faults?) (?:made )?(?:by|of|from) "
        rf"(?:the |an? |our |one of the )?(?:[\w-]+ ){{0,2}}{ENGLISH_PERSON}",
        r"human factors?",
        r"carelessness",
        r"negligen(?:ce|t)",
        r"inattention",
        r"incompetence",
        r"lack of (?:rigou?r|care|attention|diligence|vigilance|discipline|skills?)",
        r"(?:they|we) forgot",
    ),
    agents=(
        r"s?he",
        r"some(?:body|one)",
        rf"(?:the|an?|our|one of the|his|her|their) (?:[\w-]+ ){{0,2}}{ENGLISH_PERSON}",
    ),
    between=(
        r"who",
        r"on (?:duty|call|shift|site|watch)",
        r"(?:has|had|have)",
        r"(?:also|just|then|\w+ly)",
    ),
    failings=(
        r"forgot\w*",
        r"(?:failed|neglected|omitted) to",
        r"(?:missed|broke|overlooked|ignored|misread|mistyped|misconfigured|bypassed|skipped|dropped)",
        r"ma[dk]e an? (?:mistake|error)",
        r"(?:did not|didn['’]t|had not|hadn['’]t|never) (?:bother|check|read|follow|look|notic|test|verif"
        r"|think|kn[eo]w|underst|pa[iy]|tell|told|ask|reali[sz]|anticipat)\w*",
        r"(?:should(?: not|n['’]t)?|could) have",
    ),
    acts=(
        rf"{ENGLISH_ASIDE}(?:forgot(?:ten)?|(?:neglected|omitted) to|made an? (?:mistake|error))",
        rf"{ENGLISH_ASIDE}(?:overlooked|ignored|mistyped|misconfigured|bypassed|skipped|approved|merged"
        r"|pushed|deployed|launched|typed|clicked|deleted) (?:the|an?|this|that|it|on|his|her|their|our|one)",
        r"(?:did not|didn['’]t|had not|hadn['’]t) (?:bother|check|read|look|notic|see|verif|think|know"
        r"|underst|tell|told|ask|reali[sz])\w*",
        r"never (?:bothered|checked|looked|noticed|saw|verified|thought|knew|understood|told|asked"
        r"|reali[sz]ed)",
        r"was (?:asleep|tired|distracted|careless)",
    ),
)

WORDS = {Language.FRENCH: FRENCH, Language.ENGLISH: ENGLISH}

GROUPS = frozenset(
    {
        *("astreinte", "communication", "data", "dev", "devops", "exploitation", "infra", "infrastructure"),
        *("marketing", "network", "on-call", "oncall", "ops", "platform", "plateforme", "product", "produit"),
        *("réseau", "security", "service", "sre", "support", "sécurité", "team", "équipe"),
    }
)
"""Owners that are no person's name: a last answer may well speak of the support desk or the network."""


def vague(title: str, language: Language) -> str:
    """The words by which an action's title begins that nobody can check, or an empty string."""
    found = _patterns(language).vague.match(title)
    return found[1] if found else ""


def changes_people(title: str, language: Language) -> str:
    """The words by which an action asks people to be better, or an empty string."""
    found = _patterns(language).people.search(title)
    return found[0].rstrip() if found else ""


def ends_on_person(answer: str, language: Language, names: Iterable[str]) -> str:
    """The words by which an answer makes a person the cause, or an empty string.

    ``names`` are the people of the document. Names count as written: a whole one wherever it stands, a
    first one where it does what only a person does.
    """
    people = [words for name in names if (words := name.split()) and not _is_group(words)]
    whole = {" ".join(words) for words in people if len(words) > 1 and not words[-1].islower()}
    first = {words[0] for words in people if not words[0].islower()}
    patterns = _patterns(language)
    found = (
        _called(whole, answer)
        or _called(first, answer, f" {_any(WORDS[language].acts)}")
        or patterns.human.search(answer)
        or patterns.failing_agent.search(answer)
    )
    return found[0] if found else ""


def _is_group(words: Iterable[str]) -> bool:
    return any(word.casefold() in GROUPS for word in words)


def _called(names: set[str], answer: str, then: str = "") -> re.Match[str] | None:
    """Where one of some names stands in an answer, before what ``then`` describes."""
    written = _any(re.escape(name) for name in sorted(names, key=lambda name: (-len(name), name)))
    return re.search(rf"(?<!\w)(?-i:{written}){then}(?!\w)", answer, re.IGNORECASE) if names else None


@dataclass(frozen=True, slots=True)
class _Patterns:
    vague: re.Pattern[str]
    people: re.Pattern[str]
    human: re.Pattern[str]
    failing_agent: re.Pattern[str]


@cache
def _patterns(language: Language) -> _Patterns:
    words = WORDS[language]
    return _Patterns(
        vague=re.compile(rf"\W*{_any(words.openings)}?({_any(words.vague)})\b", re.IGNORECASE),
        people=re.compile(rf"\b{_any(words.people)}\b", re.IGNORECASE),
        human=re.compile(rf"\b{_any(words.human)}\b", re.IGNORECASE),
        failing_agent=re.compile(
            rf"\b{_any(words.agents)}(?: {_any(words.between)}){{0,3}} {_any(words.failings)}\b",
            re.IGNORECASE,
        ),
    )


def _any(expressions: Iterable[str]) -> str:
    return f"(?:{'|'.join(expressions)})"

"""What people call the rules of synthesis, and the stages and parts of its answers, in both languages."""

import re

from django.utils.translation import get_language, gettext, pgettext
from django.utils.translation import gettext_lazy as _

from generation.training_data.synthesis.texts import PROFILE

_OF_BEAT = re.compile(r"(?:(?P<part>action|emotion) |beats\.)(?P<number>\d+)(?:\.(?P<field>\w+))?")

RULE_LABELS = {
    "profile-form": _(
        "all fields filled in, within the length limits, in the requested language; two to five short tags"
    ),
    "profile-person": _("about this person only"),
    "profile-quotes": _("no dialogue in the profile"),
    "outline-form": _("one paragraph of the right length, without headings or lists"),
    "outline-names": _("the outline names everyone who speaks in the scene"),
    "outline-quotes": _("no dialogue in outline and guideline"),
    "context-form": _("“none” only if no scene comes before; not too long"),
    "context-quotes": _("no dialogue in the context"),
    "beats-form": _("readable beats that cover the whole scene in order, with one key beat"),
    "beats-parts": _("an action and an emotion for every beat"),
    "beats-people": _("everyone who speaks in the scene is in the beats"),
    "beats-quotes": _("no dialogue in the directives"),
    "one-language": _("in one language throughout"),
    "people": _("everyone in the outline appears"),
    "not-copied": _("not copied from the source"),
    "marks-form": _("whole numbers from 1 to 5, with a reason"),
}


def part_name(name: str) -> str:
    """What a stage of synthesis, or a part of its answer, is called; an unknown one as it is.

    A part may be one beat's (`action 3`), or a place in an answer (`beats.2.key`).
    """
    if found := _OF_BEAT.fullmatch(name):
        if part := found["part"] or found["field"]:
            told = pgettext("of an answer", "%(part)s of beat %(number)s")
            return told % {"part": part_name(part), "number": found["number"]}
        return pgettext("of an answer", "beat %(number)s") % {"number": found["number"]}
    if "." in name:
        return ".".join(map(part_name, name.split(".")))
    labels = PROFILE["zh"] if (get_language() or "").startswith("zh") else {}
    return {
        "profile": gettext("profile"),
        "outline": gettext("outline"),
        "guideline": pgettext("place", "guideline"),
        "context": gettext("previous context"),
        "previous_context": gettext("previous context"),  # as it was recorded before
        "directives": gettext("directives"),
        "exposition": gettext("exposition"),
        "pacing": gettext("pacing"),
        "beats": gettext("beats"),
        "action": pgettext("of a beat", "action"),
        "emotion": pgettext("of a beat", "emotion"),
        "first": pgettext("of a beat", "first element"),
        "last": pgettext("of a beat", "last element"),
        "key": pgettext("of a beat", "key mark"),
        "novel": pgettext("stage of synthesis", "prose"),
        "marks": gettext("scores"),
        "coherence": gettext("coherence"),
        "faithfulness": gettext("faithfulness"),
        "filmable": gettext("filmability"),
        "rhythm": gettext("rhythm"),
        "reason": gettext("reason"),
        "unfilmable": gettext("can't be filmed"),
        "unsupported": gettext("not supported by earlier scenes"),
        "sentences": gettext("sentences"),
        "support": gettext("evidence"),
        **labels,
    }.get(name, name)

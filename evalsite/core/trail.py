"""The audit trail in the reader's language. What is stored stays as it was written."""

from collections.abc import Mapping
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy, pgettext, pgettext_lazy

Names = Mapping[str, str | Promise]

VERBS: Names = {
    "add account": pgettext_lazy("trail", "add account"),
    "amend": pgettext_lazy("trail", "amend"),
    "ask for a dataset": pgettext_lazy("trail", "ask for a dataset"),
    "ask for report": pgettext_lazy("trail", "ask for report"),
    "ask to unblind": pgettext_lazy("trail", "ask to unblind"),
    "begin a dataset": pgettext_lazy("trail", "begin a dataset"),
    "build dataset": pgettext_lazy("trail", "build dataset"),
    "download dataset": pgettext_lazy("trail", "download dataset"),
    "filter run": pgettext_lazy("trail", "filter run"),
    "put a refusal away": pgettext_lazy("trail", "put a refusal away"),
    "read a candidate": pgettext_lazy("trail", "read a candidate"),
    "read a profile": pgettext_lazy("trail", "read a profile"),
    "read an example": pgettext_lazy("trail", "read an example"),
    "register model": pgettext_lazy("trail", "register model"),
    "review": pgettext_lazy("trail", "review"),
    "review a profile": pgettext_lazy("trail", "review a profile"),
    "bundle": pgettext_lazy("trail", "bundle"),
    "cancel unblinding": pgettext_lazy("trail", "cancel unblinding"),
    "change work": pgettext_lazy("trail", "change work"),
    "change title": pgettext_lazy("trail", "change title"),
    "delete brief": pgettext_lazy("trail", "delete brief"),
    "delete series": pgettext_lazy("trail", "delete series"),
    "delete work": pgettext_lazy("trail", "delete work"),
    "set names": pgettext_lazy("trail", "set names"),
    "set aliases": pgettext_lazy("trail", "set aliases"),
    "change account": pgettext_lazy("trail", "change account"),
    "clear finding": pgettext_lazy("trail", "clear finding"),
    "close": pgettext_lazy("trail", "close"),
    "ask for full PDF": pgettext_lazy("trail", "ask for full PDF"),
    "download": pgettext_lazy("trail", "download"),
    "drop upload": pgettext_lazy("trail", "drop upload"),
    "end a dataset": pgettext_lazy("trail", "end a dataset"),
    "end report link": pgettext_lazy("trail", "end report link"),
    "make report link": pgettext_lazy("trail", "make report link"),
    "enrol": pgettext_lazy("trail", "enrol"),
    "erase": pgettext_lazy("trail", "erase"),
    "export": pgettext_lazy("trail", "export"),
    "export sealed scripts": pgettext_lazy("trail", "export sealed scripts"),
    "free seat": pgettext_lazy("trail", "free seat"),
    "freeze": pgettext_lazy("trail", "freeze"),
    "fill place": pgettext_lazy("trail", "fill place"),
    "import script": pgettext_lazy("trail", "import script"),
    "import work": pgettext_lazy("trail", "import work"),
    "load brief (changed)": pgettext_lazy("trail", "load brief (changed)"),
    "load brief (created)": pgettext_lazy("trail", "load brief (created)"),
    "load study (updated)": pgettext_lazy("trail", "load study (updated)"),
    "load study (created)": pgettext_lazy("trail", "load study (created)"),
    "make a draft again": pgettext_lazy("trail", "make a draft again"),
    "open": pgettext_lazy("trail", "open"),
    "look through texts": pgettext_lazy("trail", "look through texts"),
    "open finding again": pgettext_lazy("trail", "open finding again"),
    "move run": pgettext_lazy("trail", "move run"),
    "pause": pgettext_lazy("trail", "pause"),
    "plan run": pgettext_lazy("trail", "plan run"),
    "read case": pgettext_lazy("trail", "read case"),
    "read cases": pgettext_lazy("trail", "read cases"),
    "read how a script came to be": pgettext_lazy("trail", "read how a script came to be"),
    "read how training data came to be": pgettext_lazy("trail", "read how training data came to be"),
    "read script": pgettext_lazy("trail", "read script"),
    "read texts of a run": pgettext_lazy("trail", "read texts of a run"),
    "reissue link": pgettext_lazy("trail", "reissue link"),
    "reject script": pgettext_lazy("trail", "reject script"),
    "remove account": pgettext_lazy("trail", "remove account"),
    "rename run": pgettext_lazy("trail", "rename run"),
    "add system": pgettext_lazy("trail", "add system"),
    "replace work": pgettext_lazy("trail", "replace work"),
    "retry failed jobs": pgettext_lazy("trail", "retry failed jobs"),
    "run active": pgettext_lazy("trail", "run active"),
    "run cancelled": pgettext_lazy("trail", "run cancelled"),
    "run paused": pgettext_lazy("trail", "run paused"),
    "set limits": pgettext_lazy("trail", "set limits"),
    "take rejection back": pgettext_lazy("trail", "take rejection back"),
    "unblind": pgettext_lazy("trail", "unblind"),
    "unblind from console": pgettext_lazy("trail", "unblind from console"),
    "upload scripts": pgettext_lazy("trail", "upload scripts"),
    "change line types": pgettext_lazy("trail", "change line types"),
    "withdraw": pgettext_lazy("trail", "withdraw"),
}

KEYS: Names = {
    "case": pgettext_lazy("trail", "case"),
    "filter": pgettext_lazy("trail", "filter"),
    "rejection": pgettext_lazy("trail", "rejection"),
    "dataset": pgettext_lazy("trail", "dataset"),
    "examples": pgettext_lazy("trail", "examples"),
    "decision": pgettext_lazy("trail", "decision"),
    "left": pgettext_lazy("trail", "left"),
    "kinds": pgettext_lazy("trail", "kinds"),
    "brief": pgettext_lazy("trail", "brief"),
    "after": pgettext_lazy("trail", "after"),
    "before": pgettext_lazy("trail", "before"),
    "by": pgettext_lazy("trail", "by"),
    "check_giveaways": pgettext_lazy("trail", "checks that can be told"),
    "near_overlaps": pgettext_lazy("trail", "what systems may have learned from"),
    "training_repeats": pgettext_lazy("trail", "scripts near training data"),
    "cost": pgettext_lazy("trail", "cost"),
    "page": pgettext_lazy("trail", "page"),
    "run": pgettext_lazy("trail", "run"),
    "sample": pgettext_lazy("trail", "sample"),
    "scenes": pgettext_lazy("trail", "scenes"),
    "system": pgettext_lazy("trail", "system"),
    "tokens": pgettext_lazy("trail", "tokens"),
    "changed": pgettext_lazy("trail", "changed"),
    "digest": pgettext_lazy("trail", "digest"),
    "draw_commitment": pgettext_lazy("trail", "commitment of the draw"),
    "erase": pgettext_lazy("trail", "erase"),
    "file": pgettext_lazy("trail", "file"),
    "finding": pgettext_lazy("trail", "finding"),
    "format": pgettext_lazy("trail", "format"),
    "jobs": pgettext_lazy("trail", "jobs"),
    "kind": pgettext_lazy("trail", "kind"),
    "other": pgettext_lazy("trail", "second person"),
    "link": pgettext_lazy("trail", "link"),
    "rater": pgettext_lazy("trail", "rater"),
    "reason": pgettext_lazy("trail", "reason"),
    "report": pgettext_lazy("trail", "report"),
    "requested_by": pgettext_lazy("trail", "asked by"),
    "seat": pgettext_lazy("trail", "seat"),
    "text": pgettext_lazy("trail", "text"),
    "until": pgettext_lazy("trail", "until"),
}

# What the leak scan calls its findings: the words of the pages of findings.
FINDINGS: Names = {
    "system": gettext_lazy("a system of this study"),
    "series": gettext_lazy("a series"),
    "boilerplate": gettext_lazy("a phrase of a chat assistant"),
    "note": gettext_lazy("a note to the reader"),
    "prompt": gettext_lazy("a remnant of a prompt"),
    "placeholder": gettext_lazy("a blank that was not filled"),
    "machine": gettext_lazy("a machine token"),
    "markdown": gettext_lazy("leftover markup"),
    "credit": gettext_lazy("a credit, a licence or a link"),
    "typography": gettext_lazy("a mark that the layout does not have"),
    "language": gettext_lazy("another language or script"),
    "hidden": gettext_lazy("invisible characters"),
    "look-alike": gettext_lazy("look-alike letters"),
    "size": gettext_lazy("a text too long to look through"),
    "layout": gettext_lazy("a fault of the layout"),
    "empty": gettext_lazy("nothing to print"),
    "tell": gettext_lazy("a mark of one system"),
}

# Only where a value is one of ours; what people have written is theirs.
VALUES: Mapping[str, Names] = {
    "left": {
        "next sample": pgettext_lazy("trail left", "next sample"),
        "no script": pgettext_lazy("trail left", "no script"),
        "brief left out": pgettext_lazy("trail left", "brief left out"),
    },
    "before": {
        "draft": pgettext_lazy("trail state", "draft"),
        "frozen": pgettext_lazy("trail state", "frozen"),
        "open": pgettext_lazy("trail state", "open"),
        "paused": pgettext_lazy("trail state", "paused"),
        "closed": pgettext_lazy("trail state", "closed"),
    },
    "kind": {
        "person": pgettext_lazy("trail kind", "person"),
        "simulated": pgettext_lazy("trail kind", "simulated"),
        "model": pgettext_lazy("trail kind", "model"),
        **FINDINGS,
    },
    "kinds": {**FINDINGS, "model": pgettext_lazy("trail kind", "model")},
    "reason": {"practice was not passed": pgettext_lazy("trail", "practice was not passed")},
    "erase": {"True": pgettext_lazy("trail", "yes"), "False": pgettext_lazy("trail", "no")},
}

WHO: Names = {
    "console": pgettext_lazy("trail who", "console"),
    "demo": pgettext_lazy("trail who", "demo"),
    "prolific": pgettext_lazy("trail who", "Prolific's link"),
    "rater": pgettext_lazy("trail who", "rater"),
    "simulation": pgettext_lazy("trail who", "simulation"),
    "system": pgettext_lazy("trail who", "system"),
}


def verb_name(verb: str) -> str:
    """A verb as people read it; one that is not known stays as it is stored."""
    return str(VERBS.get(verb, verb))


def who_name(who: str) -> str:
    """The name of a person as it is, and of what is none in the reader's language."""
    return str(WHO.get(who, who))


def detail_line(detail: Mapping[str, Any]) -> str:
    """The detail of an event in one line; empty values are left out."""
    found = []
    for key, value in detail.items():
        several = value if isinstance(value, list | tuple) else [value]
        names = VALUES.get(key, {})
        text = pgettext("trail between values", ", ").join(
            str(names.get(str(each), each)) for each in several
        )
        if text:
            named = {"key": KEYS.get(key, key), "value": text}
            found.append(pgettext("trail", "%(key)s: %(value)s") % named)
    return pgettext("trail between details", "; ").join(found)

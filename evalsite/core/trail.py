"""The audit trail in the reader's language. What is stored stays as it was written."""

from collections.abc import Mapping
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy, pgettext, pgettext_lazy

Names = Mapping[str, str | Promise]

VERBS: Names = {
    "add account": pgettext_lazy("trail", "added account"),
    "amend": pgettext_lazy("trail", "added an amendment"),
    "ask for a dataset": pgettext_lazy("trail", "requested a dataset"),
    "ask for report": pgettext_lazy("trail", "requested the report"),
    "store report": pgettext_lazy("trail", "stored the report"),
    "ask to unblind": pgettext_lazy("trail", "requested unblinding"),
    "unblind shared scripts": pgettext_lazy("trail", "unblinded another study that uses some of the scripts"),
    "ask to replace unblinder": pgettext_lazy("trail", "requested another unblinder"),
    "decline unblinder change": pgettext_lazy("trail", "declined another unblinder"),
    "replace unblinder": pgettext_lazy("trail", "accepted another unblinder"),
    "begin a dataset": pgettext_lazy("trail", "started building a dataset"),
    "build dataset": pgettext_lazy("trail", "built a dataset"),
    "download dataset": pgettext_lazy("trail", "downloaded a dataset"),
    "filter run": pgettext_lazy("trail", "filtered a run"),
    "put a refusal away": pgettext_lazy("trail", "dismissed an error"),
    "read a candidate": pgettext_lazy("trail", "viewed a candidate"),
    "read a profile": pgettext_lazy("trail", "viewed a profile"),
    "read an example": pgettext_lazy("trail", "viewed an example"),
    "register model": pgettext_lazy("trail", "registered a model"),
    "review": pgettext_lazy("trail", "reviewed"),
    "review a profile": pgettext_lazy("trail", "reviewed a profile"),
    "bundle": pgettext_lazy("trail", "exported the bundle"),
    "cancel unblinding": pgettext_lazy("trail", "cancelled the unblinding request"),
    "change work": pgettext_lazy("trail", "edited a screenplay"),
    "change title": pgettext_lazy("trail", "changed the title"),
    "delete brief": pgettext_lazy("trail", "deleted a brief"),
    "delete series": pgettext_lazy("trail", "deleted a series"),
    "delete work": pgettext_lazy("trail", "deleted a screenplay"),
    "set names": pgettext_lazy("trail", "changed the names"),
    "set aliases": pgettext_lazy("trail", "changed the aliases"),
    "change account": pgettext_lazy("trail", "changed account"),
    "clear finding": pgettext_lazy("trail", "accepted a finding"),
    "close": pgettext_lazy("trail", "closed the study"),
    "ask for full PDF": pgettext_lazy("trail", "requested the full PDF"),
    "download": pgettext_lazy("trail", "downloaded"),
    "drop upload": pgettext_lazy("trail", "discarded an upload"),
    "add digest of profiles": pgettext_lazy("trail", "added a digest of the raters' profiles"),
    "end a dataset": pgettext_lazy("trail", "finished a dataset"),
    "end report link": pgettext_lazy("trail", "ended a report link"),
    "make report link": pgettext_lazy("trail", "created a report link"),
    "enrol": pgettext_lazy("trail", "enrolled a rater"),
    "erase": pgettext_lazy("trail", "erased a rater's texts"),
    "exclude judgment": pgettext_lazy("trail", "excluded a judgment"),
    "include judgment": pgettext_lazy("trail", "included a judgment again"),
    "export": pgettext_lazy("trail", "exported"),
    "export sealed scripts": pgettext_lazy("trail", "exported sealed scripts"),
    "free seat": pgettext_lazy("trail", "released a seat"),
    "freeze": pgettext_lazy("trail", "froze the study"),
    "fill place": pgettext_lazy("trail", "filled in a missing script"),
    "import script": pgettext_lazy("trail", "imported a script"),
    "import work": pgettext_lazy("trail", "imported a screenplay"),
    "load brief (changed)": pgettext_lazy("trail", "updated a brief"),
    "load brief (created)": pgettext_lazy("trail", "added a brief"),
    "load study (updated)": pgettext_lazy("trail", "updated the study file"),
    "load study (created)": pgettext_lazy("trail", "created the study"),
    "make a draft again": pgettext_lazy("trail", "returned the study to draft"),
    "open": pgettext_lazy("trail", "opened the study"),
    "look through texts": pgettext_lazy("trail", "checked the texts"),
    "open finding again": pgettext_lazy("trail", "reopened a finding"),
    "move run": pgettext_lazy("trail", "moved a run to another server"),
    "pause": pgettext_lazy("trail", "paused the study"),
    "plan run": pgettext_lazy("trail", "created a run"),
    "read case": pgettext_lazy("trail", "viewed a case"),
    "read cases": pgettext_lazy("trail", "viewed cases"),
    "read how a script came to be": pgettext_lazy("trail", "viewed a script's history"),
    "read how training data came to be": pgettext_lazy("trail", "viewed the history of training data"),
    "read script": pgettext_lazy("trail", "viewed a script"),
    "read texts of a run": pgettext_lazy("trail", "viewed a run's texts"),
    "reissue link": pgettext_lazy("trail", "issued a new link"),
    "reject script": pgettext_lazy("trail", "rejected a script"),
    "remove account": pgettext_lazy("trail", "deleted account"),
    "replace work": pgettext_lazy("trail", "replaced a screenplay"),
    "retry failed jobs": pgettext_lazy("trail", "retried failed jobs"),
    "run active": pgettext_lazy("trail", "resumed a run"),
    "run cancelled": pgettext_lazy("trail", "cancelled a run"),
    "run paused": pgettext_lazy("trail", "paused a run"),
    "set limits": pgettext_lazy("trail", "changed the limits"),
    "take rejection back": pgettext_lazy("trail", "undid a rejection"),
    "unblind": pgettext_lazy("trail", "unblinded the study"),
    "unblind from console": pgettext_lazy("trail", "unblinded from the console"),
    "upload scripts": pgettext_lazy("trail", "uploaded scripts"),
    "change line types": pgettext_lazy("trail", "corrected line types"),
    "withdraw": pgettext_lazy("trail", "withdrew"),
    "cancel mails": pgettext_lazy("trail", "cancelled emails"),
    "change contact": pgettext_lazy("trail", "edited contact data"),
    "change mail settings": pgettext_lazy("trail", "changed email settings"),
    "download links": pgettext_lazy("trail", "downloaded links"),
    "erase contact": pgettext_lazy("trail", "erased contact data"),
    "invite raters": pgettext_lazy("trail", "invited raters"),
    "mark mail as sent": pgettext_lazy("trail", "marked an email as sent"),
    "send mail again": pgettext_lazy("trail", "sent an email again"),
    "send mails again": pgettext_lazy("trail", "sent failed emails again"),
    "send mails": pgettext_lazy("trail", "sent emails"),
    "accept warning": pgettext_lazy("trail", "accepted a warning"),
    "reopen warning": pgettext_lazy("trail", "reopened a warning"),
    "drop outdated warning": pgettext_lazy("trail", "removed an accepted warning that no longer applies"),
    "archive study": pgettext_lazy("trail", "archived the study"),
    "restore backup": pgettext_lazy("trail", "restored a backup"),
    "restore study": pgettext_lazy("trail", "restored the study from the archive"),
    "rename study": pgettext_lazy("trail", "renamed the study"),
    "duplicate study": pgettext_lazy("trail", "duplicated the study"),
    "delete study": pgettext_lazy("trail", "deleted the study"),
    "rename run": pgettext_lazy("trail", "renamed a run"),
    "add system": pgettext_lazy("trail", "added a system"),
    "set password": pgettext_lazy("trail", "set the password of account"),
    "rehash password": pgettext_lazy("trail", "stored the same password with a newer hash"),
    "deactivate account": pgettext_lazy("trail", "deactivated account"),
    "activate account": pgettext_lazy("trail", "activated account"),
    "set team role": pgettext_lazy("trail", "set the team role of account"),
    "remove team role": pgettext_lazy("trail", "removed the team role of account"),
    "invite account": pgettext_lazy("trail", "invited account"),
    "end invitation": pgettext_lazy("trail", "ended the invitation of account"),
    "make account link": pgettext_lazy("trail", "created a sign-in link for account"),
    "connect sign-in provider": pgettext_lazy("trail", "connected a sign-in provider to account"),
    "end sessions": pgettext_lazy("trail", "ended the sessions of account"),
    "add team": pgettext_lazy("trail", "added a team"),
    "rename team": pgettext_lazy("trail", "renamed a team"),
    "add second factor": pgettext_lazy("trail", "added a second factor to account"),
    "remove second factor": pgettext_lazy("trail", "removed a second factor of account"),
    "sign in": pgettext_lazy("trail", "signed in"),
    "use one-time link": pgettext_lazy("trail", "signed in with a one-time link"),
    "failed sign-ins": pgettext_lazy("trail", "failed sign-ins"),
    "add digest of judgments": pgettext_lazy("trail", "recorded a digest of the judgments"),
    "add webhook": pgettext_lazy("trail", "added a webhook"),
    "change webhook": pgettext_lazy("trail", "changed a webhook"),
    "rotate webhook secret": pgettext_lazy("trail", "rotated the secret of a webhook"),
    "disable webhook": pgettext_lazy("trail", "disabled a webhook"),
    "enable webhook": pgettext_lazy("trail", "enabled a webhook"),
    "delete webhook": pgettext_lazy("trail", "deleted a webhook"),
    "create API token": pgettext_lazy("trail", "created an API token for account"),
    "revoke API token": pgettext_lazy("trail", "revoked an API token of account"),
    "erase from trail": pgettext_lazy("trail", "erased values from the audit trail"),
}

VERBS_OF_GENERATION = frozenset(
    {
        "add system", "ask for a dataset", "begin a dataset", "build dataset", "change line types",
        "change title", "change work", "delete brief", "delete series", "delete work", "download dataset",
        "drop upload", "end a dataset", "export sealed scripts", "filter run", "import script", "import work",
        "load brief (changed)", "load brief (created)", "move run", "plan run", "put a refusal away",
        "read a candidate", "read a profile", "read an example", "read how a script came to be",
        "read how training data came to be", "read script", "read texts of a run", "register model",
        "rename run", "replace work", "retry failed jobs", "review", "review a profile", "run active",
        "run cancelled", "run paused", "set aliases", "set limits", "set names", "upload scripts",
    }
)  # fmt: skip
"""What is done to briefs, runs, scripts and training data, and never to a study."""

KEYS: Names = {
    "case": pgettext_lazy("trail", "case"),
    "filter": pgettext_lazy("trail", "filter"),
    "rejection": pgettext_lazy("trail", "rejection"),
    "dataset": pgettext_lazy("trail", "dataset"),
    "examples": pgettext_lazy("trail", "examples"),
    "decision": pgettext_lazy("trail", "decision"),
    "left": pgettext_lazy("trail", "outcome"),
    "kinds": pgettext_lazy("trail", "kinds"),
    "brief": pgettext_lazy("trail", "brief"),
    "after": pgettext_lazy("trail", "after"),
    "before": pgettext_lazy("trail", "before"),
    "by": pgettext_lazy("trail", "by"),
    "check_giveaways": pgettext_lazy("trail", "recognizable attention checks"),
    "factor": pgettext_lazy("trail", "second factor"),
    "checked": pgettext_lazy("trail", "checks of the two accounts"),
    "token": pgettext_lazy("trail", "token"),
    "scopes": pgettext_lazy("trail", "scopes"),
    "days": pgettext_lazy("trail", "days"),
    "new": pgettext_lazy("trail", "new unblinder"),
    "old": pgettext_lazy("trail", "former unblinder"),
    "unblinders": pgettext_lazy("trail", "unblinders"),
    "near_overlaps": pgettext_lazy("trail", "possible training-data overlap"),
    "training_repeats": pgettext_lazy("trail", "scripts similar to training data"),
    "cost": pgettext_lazy("trail", "cost"),
    "page": pgettext_lazy("trail", "page"),
    "run": pgettext_lazy("trail", "run"),
    "sample": pgettext_lazy("trail", "sample"),
    "scenes": pgettext_lazy("trail", "scenes"),
    "system": pgettext_lazy("trail", "system"),
    "tokens": pgettext_lazy("trail", "tokens"),
    "changed": pgettext_lazy("trail", "changed"),
    "digest": pgettext_lazy("trail", "digest"),
    "draw_commitment": pgettext_lazy("trail", "digest of the draw nonce"),
    "erase": pgettext_lazy("trail", "erased a rater's texts"),
    "file": pgettext_lazy("trail", "file"),
    "finding": pgettext_lazy("trail", "finding"),
    "format": pgettext_lazy("trail", "format"),
    "jobs": pgettext_lazy("trail", "jobs"),
    "kind": pgettext_lazy("trail", "kind"),
    "other": pgettext_lazy("trail", "second person"),
    "link": pgettext_lazy("trail", "link"),
    "rater": pgettext_lazy("trail", "rater"),
    "raters": pgettext_lazy("trail", "raters"),
    "mail": pgettext_lazy("trail", "email"),
    "mails": pgettext_lazy("trail", "emails"),
    "waiting": pgettext_lazy("trail", "waiting"),
    "plan_digest": pgettext_lazy("trail", "digest of the plan"),
    "study": pgettext_lazy("trail", "study"),
    "scripts": pgettext_lazy("trail", "scripts"),
    "revealed": pgettext_lazy("trail", "systems revealed"),
    "shared": pgettext_lazy("trail", "also by the rules of"),
    "withheld": pgettext_lazy("trail", "withheld until unblinding of"),
    "assignment": pgettext_lazy("trail", "assignment"),
    "position": pgettext_lazy("trail", "position"),
    "reason": pgettext_lazy("trail", "reason"),
    "report": pgettext_lazy("trail", "report"),
    "results": pgettext_lazy("trail", "digest of the results"),
    "measured": pgettext_lazy("trail", "digest of what was measured"),
    "requested_by": pgettext_lazy("trail", "requested by"),
    "seat": pgettext_lazy("trail", "seat"),
    "text": pgettext_lazy("trail", "text"),
    "until": pgettext_lazy("trail", "until"),
    "count": pgettext_lazy("trail", "count"),
    "excluded": pgettext_lazy("trail", "excluded"),
    "keys": pgettext_lazy("trail", "values"),
    "lines": pgettext_lazy("trail", "lines"),
    "rights": pgettext_lazy("trail", "rights"),
    "role": pgettext_lazy("trail", "role"),
    "rows": pgettext_lazy("trail", "rows"),
    "team": pgettext_lazy("trail", "team"),
    "type": pgettext_lazy("trail", "type"),
    "mailed": pgettext_lazy("trail", "sent by email"),
    "made": pgettext_lazy("trail", "made at"),
    "head": pgettext_lazy("trail", "head of the audit trail"),
    "host": pgettext_lazy("trail", "host"),
    "events": pgettext_lazy("trail", "events"),
}

FINDING_KINDS: Names = {
    "model": gettext_lazy("model or vendor name"),
    "person": gettext_lazy("person's name"),
    "system": gettext_lazy("system name"),
    "series": gettext_lazy("series title"),
    "boilerplate": gettext_lazy("chatbot phrase"),
    "note": gettext_lazy("note to the reader"),
    "prompt": gettext_lazy("leftover prompt"),
    "placeholder": gettext_lazy("unfilled placeholder"),
    "machine": gettext_lazy("special token"),
    "markdown": gettext_lazy("leftover markup"),
    "credit": gettext_lazy("credit, licence or link"),
    "typography": gettext_lazy("unusual punctuation"),
    "language": gettext_lazy("foreign language"),
    "hidden": gettext_lazy("invisible characters"),
    "look-alike": gettext_lazy("look-alike letters"),
    "size": gettext_lazy("text too long to check"),
    "layout": gettext_lazy("format error"),
    "empty": gettext_lazy("empty script"),
    "tell": gettext_lazy("pattern of one system"),
}
"""The kinds of findings of the leak scan."""

YES_NO: Names = {"True": pgettext_lazy("trail", "yes"), "False": pgettext_lazy("trail", "no")}
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
        **FINDING_KINDS,
        "person": pgettext_lazy("trail kind", "person"),
        "simulated": pgettext_lazy("trail kind", "simulated"),
        "model": pgettext_lazy("trail kind", "model"),
        "invitation": pgettext_lazy("trail kind", "invitation"),
        "reminder": pgettext_lazy("trail kind", "reminder"),
        "link": pgettext_lazy("trail kind", "new link"),
        "notice": pgettext_lazy("trail kind", "notification"),
    },
    "kinds": {**FINDING_KINDS, "model": pgettext_lazy("trail kind", "model")},
    "factor": {
        "code": pgettext_lazy("trail factor", "authenticator code"),
        "passkey": pgettext_lazy("trail factor", "passkey"),
        "off": pgettext_lazy("trail factor", "switched off"),
        "simulated": pgettext_lazy("trail factor", "not needed: raters are simulated"),
    },
    "checked": {
        "addresses": pgettext_lazy("trail checked", "email addresses"),
        "access": pgettext_lazy("trail checked", "access by others"),
        "browsers": pgettext_lazy("trail checked", "browsers"),
        "unconfirmed": pgettext_lazy("trail checked", "address not confirmed"),
    },
    "reason": {
        "no consent within two hours": pgettext_lazy("trail", "no consent within two hours"),
        "practice was not passed": pgettext_lazy("trail", "practice was not passed"),
    },
    "erase": YES_NO,
    "revealed": YES_NO,
}

WHO: Names = {
    "console": pgettext_lazy("trail who", "console"),
    "demo": pgettext_lazy("trail who", "demo"),
    "prolific": pgettext_lazy("trail who", "Prolific link"),
    "rater": pgettext_lazy("trail who", "rater"),
    "simulation": pgettext_lazy("trail who", "simulation"),
    "system": pgettext_lazy("trail who", "system"),
    "visitor": pgettext_lazy("trail who", "visitor"),
}


def verb_name(verb: str) -> str:
    """A verb as people read it; one that is not known stays as it is stored."""
    return str(VERBS.get(verb, verb))


def who_name(who: str) -> str:
    """The name of a person as it is, and of what is none in the reader's language."""
    return str(WHO.get(who, who))


NOT_SHOWN = ("assignment", "excluded", "answers", "files")
"""Codes of assignments, which stay hidden while a study is sealed, and digests of many files."""
PROFILE = "profile of "
"""How keys begin whose value is the digest of a rater's profile, which could be guessed from it."""


def detail_line(detail: Mapping[str, Any]) -> str:
    """The detail of an event in one line; empty values and what pages don't show are left out."""
    found = []
    for key, value in detail.items():
        if key in NOT_SHOWN or key.startswith(PROFILE):
            continue
        several = value if isinstance(value, list | tuple) else [value]
        names = VALUES.get(key, {})
        text = pgettext("trail between values", ", ").join(_value(names, str(each)) for each in several)
        if text:
            named = {"key": KEYS.get(key, key), "value": text}
            found.append(pgettext("trail", "%(key)s: %(value)s") % named)
    return pgettext("trail between details", "; ").join(found)


def _value(names: Names, value: str) -> str:
    """The name of a value; a code may be followed by whom it is about, as in `unconfirmed:mara`."""
    code, colon, person = value.partition(":")
    return f"{names[code]}{colon} {person}" if colon and code in names else str(names.get(value, value))

"""Problems that block the freezing of a draft: a code with parameters, rendered in the reader's language.

The command line shows the message and the fix of a command. A page shows the message, the fix that works in a
browser, and a link to the page where it can be done.
"""

from collections.abc import Mapping
from dataclasses import dataclass, is_dataclass
from typing import Any

import msgspec
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from evalsite.core.errors import InputError

EDIT, FILE, FINDINGS, REJECTED, RUN, WARNINGS = "edit", "file", "findings", "rejected", "run", "warnings"


@dataclass(frozen=True, slots=True)
class Problem:
    """`message` and the two fixes are templates for the parameters; `page` is where a browser fixes it."""

    message: Promise
    command_fix: str
    fix: Promise
    page: str


_TAKE_OVER = _("Open the study file and save it to use the current text.")
_LOAD = "load the study file again."
PROBLEMS: Mapping[str, Problem] = {
    "open_finding": Problem(
        _("%(place)s may give a system away (%(kind)s): %(excerpt)s."),
        "accept it with accept_findings, or change the text and load the study again.",
        _("Accept each finding with a reason, or reject the script."),
        FINDINGS,
    ),
    "open_warning": Problem(
        _("A warning has not been accepted: %(warning)s"),
        "fix it, or accept it with accept_findings.",
        _("Fix the cause, or accept the warning with a reason."),
        WARNINGS,
    ),
    "few_series": Problem(
        _("%(warning)s With fewer than %(fewest)s series, the result can only be about these series."),
        "write generalize_to: these-series, or add series.",
        _("Choose “these series only” under “Analysis plan” in the study form, or add series."),
        EDIT,
    ),
    "no_pair": Problem(
        _("No brief has scripts by two systems, so there is nothing to compare."),
        "generate or import more scripts, then load the study file again.",
        _("Generate or import more scripts, then save the study file again."),
        RUN,
    ),
    "script_rejected": Problem(
        _("For %(brief)s, scripts by %(count)s of the systems were rejected, and there is no next sample."),
        "generate or import another sample and check the texts again, or restore the rejected script.",
        _("Restore the rejected script, or generate another sample and check the texts again."),
        REJECTED,
    ),
    "brief_changed": Problem(
        _("Brief %(brief)s has changed since the study was saved."), _LOAD, _TAKE_OVER, FILE
    ),
    "names_changed": Problem(
        _("The replaced names of series %(series)s have changed since the study was saved."),
        _LOAD,
        _TAKE_OVER,
        FILE,
    ),
    "script_gone": Problem(
        _("The script by %(system)s for %(brief)s is no longer stored."),
        _LOAD,
        _("Open the study file and save it to use the scripts that are stored now."),
        FILE,
    ),
    "damage": Problem(
        _("The script for %(brief)s can't be damaged by “%(kind)s”: %(why)s."),
        "choose another brief, or remove that kind from damage.",
        _("In the study file, choose another brief, or remove that kind from “damage”."),
        FILE,
    ),
    "no_unblinders": Problem(
        _("The study doesn't name the people who may unblind it."),
        "add two or three user names to the study file, unblinders: [mara, jonas], and load it again.",
        _("Choose two or three unblinders under “Unblinding” in the study form."),
        EDIT,
    ),
    "no_such_unblinder": Problem(
        _("%(name)s can't be an unblinder: the study's team has no active owner or researcher of that name."),
        "correct the name under unblinders and load the study file again, or create the account first.",
        _("Choose another person under “Unblinding” in the study form, or ask an owner to add the account."),
        EDIT,
    ),
    "same_address": Problem(
        _("Two unblinders have the same email address."),
        "name two different people under unblinders and load the study file again.",
        _("Choose two different people under “Unblinding” in the study form."),
        EDIT,
    ),
    "not_signed_in": Problem(
        _("%(name)s is an unblinder and has never signed in."),
        "ask that person to sign in once, or name another one: a person who accepts an invitation after "
        "freezing counts as someone else.",
        _("Ask %(name)s to sign in once before you freeze the study, or choose another person."),
        EDIT,
    ),
    "draw": Problem(
        _("The draw isn't balanced: %(what)s."),
        "change the number of seats, or the briefs.",
        _("Change the number of seats, or the briefs."),
        FILE,
    ),
    "cancelled": Problem(
        _("Freezing was cancelled. Nothing was frozen."),
        "freeze the study again.",
        _("You can edit the draft and freeze it later."),
        "",
    ),
    "draft_changed": Problem(
        _("The study was changed after freezing was requested. Nothing was frozen."),
        "check the study and freeze it again.",
        _("Check the study and freeze it again."),
        "",
    ),
    "requester_without_rights": Problem(
        _("%(name)s, who requested freezing, may no longer freeze this study. Nothing was frozen."),
        "let an owner or researcher of the team freeze the study.",
        _("Freeze the study yourself if you agree with it."),
        "",
    ),
    "broke_off": Problem(
        _("Freezing stopped with an unexpected error."),
        "read the worker's log.",
        _("Try again. If it happens again, ask the operator to check the log and the memory of the worker."),
        "",
    ),
}


@dataclass(frozen=True, slots=True, order=True)
class DraftError(InputError):
    """An `InputError` that a page can show in the reader's language (`PROBLEMS`)."""

    code: str = ""
    params: tuple[tuple[str, Any], ...] = ()


def draft_error(path: str, code: str, **params: Any) -> DraftError:
    """The error at `path`, the place that a command names. Its texts are in the active language.

    A parameter that is a dataclass is a message in turn: its text now, and its fields once it is stored.
    """
    given = {name: value if is_dataclass(value) else str(value) for name, value in params.items()}
    problem = PROBLEMS[code]
    message = str(problem.message) % given
    return DraftError(path, 1, 1, message, problem.command_fix, code, tuple(sorted(given.items())))


def stored_fault(error: InputError) -> dict[str, Any]:
    """An error as it is stored until a page shows it."""
    if isinstance(error, DraftError) and error.code:
        return {"code": error.code, "params": msgspec.to_builtins(dict(error.params))}
    return {"message": error.message, "fix": error.fix}

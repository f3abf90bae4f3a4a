"""Inviting many raters at once: a list, its preview with errors in place, and enrolment of all or none."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from annotations.desk.seats import free_seats
from annotations.desk.services import NoFreeSeat, NotOpen, SimulatedOnly
from annotations.mailing import contacts, inviting, outbox
from annotations.mailing.invitation_list import (
    COLUMNS,
    MOST_BYTES,
    MOST_ROWS,
    Fault,
    InvitationList,
    Row,
    UnreadableList,
    read_file,
    read_text,
    write_list,
)
from annotations.models import Study
from annotations.models.mailing import mail_code
from annotations.staff.access import study_or_404
from annotations.staff.raters.rater_forms import ListForm, is_form_code
from annotations.staff.studies.study_page import INVITES
from annotations.staff.studies.views import username_of
from evalsite.core.access import staff_required
from evalsite.core.models import Role
from evalsite.core.views import FORMS, see_other


@never_cache
@require_http_methods(FORMS)
@staff_required
def invite(request: HttpRequest, slug: str) -> HttpResponse:
    study = study_or_404(request, slug, Role.RESEARCHER)
    if study.state not in INVITES or study.spec.get("raters") == "simulated":
        messages.warning(request, _cannot_invite(study))
        return see_other("study-raters", slug)
    if request.method != "POST":
        return _form(request, study)
    if request.POST.get("do") == "enrol":
        return _enrol(request, study)
    form = ListForm(request.POST, request.FILES)
    form.is_valid()
    file, text = form.cleaned_data.get("file"), form.cleaned_data.get("text") or ""
    try:
        given = read_file(file.read(MOST_BYTES + 1)) if file else read_text(text)
    except UnreadableList as problem:
        return _form(request, study, text=text, problem=unreadable_text(problem), status=422)
    return _check(request, study, given, text=text)


def _cannot_invite(study: Study) -> str:
    if study.spec.get("raters") == "simulated":
        return _("All raters of this study are simulated, so you can't invite anyone.")
    if study.state == Study.State.DRAFT:
        return _("Freeze the study first. Then you can invite raters.")
    return _("This study is closed, so you can't invite more raters.")


def _form(
    request: HttpRequest, study: Study, *, text: str = "", problem: str = "", status: int = 200
) -> HttpResponse:
    free = free_seats(study)
    context = {
        "study": study,
        "text": text,
        "problem": problem,
        "free": [(reads.split(), seats) for reads, seats in free.items()],
        "waiting": contacts.waiting_list(study).count(),
        "series": _series(study),
        "configured": outbox.is_configured(),
        "most_rows": MOST_ROWS,
    }
    return render(request, "studies/invite.html", context, status=status)


def _series(study: Study) -> list[tuple[str, str]]:
    """Slug and title of each series of the study."""
    return sorted(set(study.briefs.values_list("series_slug", "content__series__title")))


def _check(
    request: HttpRequest, study: Study, given: InvitationList, *, text: str, status: int = 200
) -> HttpResponse:
    checked = inviting.check_rows(study, given.rows)
    waiting = {row.line for row in checked.split()[1]} if not checked.faulty else set()
    context: dict[str, Any] = {
        "waiting_lines": waiting,
        "study": study,
        "checked": checked,
        "needs": [(need, need.languages.split()) for need in checked.needs],
        "rows": [(row, _cells(row)) for row in checked.rows],
        "encoding": given.encoding,
        "code": mail_code(),
        "list": write_list(checked.rows),
        "text": text or write_list(checked.rows),
        "with_mail": len(checked.rows) - checked.without_mail,
        "configured": outbox.is_configured(),
    }
    return render(request, "studies/invite_check.html", context, status=status)


def _cells(row: Row) -> dict[str, list[str]]:
    """What is wrong with each cell of a row, as a text."""
    return {
        column: [fault_text(fault) for fault in row.faults if fault.column == column] for column in COLUMNS
    }


def _enrol(request: HttpRequest, study: Study) -> HttpResponse:
    code, send = request.POST.get("code", ""), "send" in request.POST
    try:
        given = read_text(request.POST.get("list", ""))
        if not is_form_code(code):
            raise inviting.ListChanged
        mailing = inviting.invite(
            study=study,
            rows=given.rows,
            code=code,
            by=username_of(request),
            send=send,
            wait="wait" in request.POST,
        )
    except (NotOpen, SimulatedOnly):
        study.refresh_from_db()
        messages.warning(request, _cannot_invite(study))
        return see_other("study-raters", study.slug)
    except (inviting.ListChanged, NoFreeSeat):
        messages.warning(
            request, _("Seats or raters have changed since you checked the list. Please check it again.")
        )
        # Read again: checking has added its errors to the rows.
        given = read_text(request.POST.get("list", ""))
        return _check(request, study, given, text="", status=409)
    except UnreadableList as problem:
        return _form(request, study, problem=unreadable_text(problem), status=422)
    enrolled = mailing.contacts.filter(rater__isnull=False).count()
    messages.success(
        request,
        ngettext("%(n)s rater added.", "%(n)s raters added.", enrolled) % {"n": enrolled},
    )
    return see_other("study-mailing", study.slug, mailing.code)


def unreadable_text(problem: UnreadableList) -> str:
    return {
        "empty": _("The list is empty. Choose a file, or paste some lines."),
        "header": _("The first line has no column names. Begin the file with: label, mail, languages."),
        "long": _("The list has more than %(n)s rows. Split it into several lists.") % {"n": MOST_ROWS},
        "large": _("The list is larger than 1 MB. Remove columns that aren't needed, or split it."),
        "csv": _("The file isn't a valid CSV file: a quotation mark is missing. Save it again as CSV."),
    }[problem.code]


def fault_text(fault: Fault) -> str:
    """What is wrong with a cell, and how to fix it."""
    known = (
        _("Rater %(value)s already has this address. Remove the row.")
        if fault.value
        else _("This address is already on the waiting list. Remove the row.")
    )
    text = {
        "control": _("There is a line break or a hidden character in this cell. Remove it."),
        "long": _("This is too long. Use at most %(value)s characters."),
        "cells": _(
            "This row has more cells than columns. Put quotation marks around any cell that contains a comma."
        ),
        "mail": _("This isn't an email address. Correct it, or leave it empty."),
        "empty": _("Add a label or an email address."),
        "language": _("“%(value)s” isn't a supported language. Use en, zh, or both: en zh."),
        "missing": _("Add the reading languages: en, zh, or “en zh” for both."),
        "no_seats": _(
            "The study has no seats for exactly these languages. Use the languages of one of its seats."
        ),
        "twice": _("The same address is on line %(value)s. Remove one of the two rows."),
        "known": known,
        "series": _("The study has no series “%(value)s”. Correct it, or remove it."),
    }[fault.code]
    return text % {"value": fault.value}

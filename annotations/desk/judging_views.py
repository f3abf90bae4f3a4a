"""One assignment: the page on which two scripts are read and judged, and what it sends."""

import json
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.crypto import constant_time_compare
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from annotations.desk import services
from annotations.desk.client_changes import parse_client_changes, parse_client_changes_form
from annotations.desk.judging_form import WORKED_ON, JudgingForm, SkipForm, TextTooLong
from annotations.desk.judging_page import assignment_pdf, form_token, judging_page
from annotations.desk.next_page import next_assignment, next_page, redirect_after, seat_was_reassigned
from annotations.desk.responses import redirect_to_refused_form, refused_form_data, see_other
from annotations.desk.sessions import (
    own_assignment,
    page_context,
    rater_required,
    rater_required_or_withdrawn,
)
from annotations.models import Answer, Assignment, Rater, Study
from annotations.spec.study_options import is_single
from evalsite.core.typeset import TypesettingError

State = Assignment.State
MISSING = "missing"
"""In the address: say what the saved answer still lacks."""
ENDED_PAGES = {
    State.SUBMITTED: "rater/judged.html",
    State.LATE: "rater/late.html",
    State.SKIPPED: "rater/skipped.html",
    State.EXPIRED: "rater/lease_expired.html",
    State.RELEASED: "rater/lease_expired.html",
}


def token_holds(assignment: Assignment, given: object) -> bool:
    # Half a character, which JSON lets in, cannot even be compared.
    right = isinstance(given, str) and given.isascii()
    return right and constant_time_compare(str(given), form_token(assignment))


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
@rater_required
def assignment(request: HttpRequest, rater: Rater, code: str) -> HttpResponse:
    # Scripts are long, and what was sent is seldom about a passage.
    shows = request.method != "POST" or any(
        name.startswith("mark-") and value for name, value in request.POST.items()
    )
    held = own_assignment(rater, code, texts=shows)
    if request.method == "POST":
        return _judge(request, rater, held)
    if rater.study.state != Study.State.OPEN:
        return see_other("rater-desk")
    if held.state == State.PRACTISED:
        return see_other("rater-practised", held.code)
    if held.state != State.OPEN:
        context = page_context(
            rater,
            judged=held,
            conflict=services.in_conflict(rater, held.slot),
            freed=seat_was_reassigned(rater),
        )
        return render(request, ENDED_PAGES[State(held.state)], context)
    answer = _answer(held)
    content = answer.content if answer else {}
    form = JudgingForm(held, data=content) if MISSING in request.GET else JudgingForm(held, initial=content)
    skip_form = SkipForm(sent) if (sent := refused_form_data(request)) is not None else None
    return judging_page(request, rater, held, form, answer, skip_form=skip_form)


def _judge(request: HttpRequest, rater: Rater, held: Assignment) -> HttpResponse:
    if not token_holds(held, request.POST.get("token")):
        return render(request, "400.html", status=400)
    pausing = request.POST.get("then") == "pause"
    if held.state in services.ENDED_STATES and not pausing:
        return _after(rater, held, held.state)
    form = JudgingForm(held, data=request.POST)
    try:
        return _taken(request, rater, held, form, pausing=pausing)
    except TextTooLong:
        # The page alone has it all, so it is given back.
        return judging_page(request, rater, held, form, _answer(held), status=422)


def _taken(
    request: HttpRequest, rater: Rater, held: Assignment, form: JudgingForm, *, pausing: bool
) -> HttpResponse:
    if pausing or rater.study.state != Study.State.OPEN:
        _store_answer(request, held, form)
        return see_other("rater-pause" if pausing else "rater-desk")
    if not form.is_valid():
        # What is missing is said by a page of its own, so that loading it again sends nothing.
        _store_answer(request, held, form)
        response = see_other("assignment", held.code)
        response["Location"] += f"?{MISSING}=1"
        return response
    before = _answer(held)
    if form.cleaned_data["note"] or (before and before.content.get("note")):
        # The private note is no part of what is submitted; where no script runs, this alone brings it, or
        # takes it away.
        _store_answer(request, held, form)
    changes = parse_client_changes_form(form, request.POST.get("changes"))
    result = services.submit(assignment=held, submission=form.submission(), changes=changes)
    return (
        see_other("rater-desk")
        if result.outcome in ("closed", "withdrawn", "conflict")
        else _after(rater, held, result.state)
    )


def _after(rater: Rater, held: Assignment, state: str) -> HttpResponse:
    """The page after an assignment that has ended: the same however often one asks."""
    held.state = state
    if to := redirect_after(rater, held):
        return to
    if held.state not in (State.SUBMITTED, State.SKIPPED):
        return see_other("assignment", held.code)
    given = next_assignment(rater, held)
    return see_other("assignment", given.code) if given else next_page(rater)


def _store_answer(request: HttpRequest, held: Assignment, form: JudgingForm) -> None:
    """Save what a form sent that is not submitted, as far as nothing newer is saved."""
    fields = form.answer_to_store(request.POST.dict())
    services.store_unsent_answer(
        assignment=held,
        fields=fields,
        revision=_revision(request.POST.get("revision")),
        changes=parse_client_changes_form(form, request.POST.get("changes")),
    )


def _revision(sent: object) -> int:
    """What the form was built on; -1, older than everything, where it does not say."""
    return int(sent) if isinstance(sent, str) and sent.isascii() and sent.isdigit() and len(sent) < 10 else -1


def _answer(held: Assignment) -> Answer | None:
    return Answer.objects.filter(assignment=held).first()


@require_safe
@rater_required
def print_file(request: HttpRequest, rater: Rater, code: str) -> HttpResponse:
    """The brief and the scripts of an open assignment on paper, for its rater alone."""
    held = own_assignment(rater, code)
    if rater.study.state != Study.State.OPEN or held.state != State.OPEN:
        return see_other("assignment", held.code)
    try:
        content = assignment_pdf(rater, held)
    except TypesettingError:
        return render(request, "rater/no_pdf.html", page_context(rater, judged=held), status=503)
    words = _("script-%(n)s-%(code)s.pdf") if is_single(rater.study) else _("pair-%(n)s-%(code)s.pdf")
    name = words % {"n": services.progress(rater).position, "code": rater.code}
    headers = {"Content-Disposition": content_disposition_header(as_attachment=False, filename=name) or ""}
    return HttpResponse(content, content_type="application/pdf", headers=headers)


@csrf_exempt
@require_POST
@rater_required
def skip(request: HttpRequest, rater: Rater, code: str) -> HttpResponse:
    held = own_assignment(rater, code)
    if not token_holds(held, request.POST.get("token")):
        return render(request, "400.html", status=400)
    skip_form = SkipForm(request.POST)
    if not skip_form.is_valid():
        return redirect_to_refused_form(request, "assignment", held.code)
    reason = skip_form.cleaned_data["reason"]
    try:
        if reason == WORKED_ON and held.state not in services.ENDED_STATES:
            services.declare_conflict(assignment=held)
            rater.refresh_from_db()
            return next_page(rater)
        services.skip(assignment=held, reason=reason)
    except services.NotOpen:
        return see_other("rater-desk")
    except services.AlreadyEnded:
        return see_other("assignment", held.code)
    held.refresh_from_db(fields=["state"])
    return _after(rater, held, held.state)


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
@rater_required_or_withdrawn
def answer(request: HttpRequest, rater: Rater, code: str) -> HttpResponse:
    """The answer as it grows. POST {token, revision, fields, reading, changes} keeps it; 409 gives what
    another page saved meanwhile, 410 what has ended. Changes that are refused keep nothing else from being
    saved."""
    if rater.withdrawn_at:
        return JsonResponse({"state": "withdrawn"}, status=410)
    held = own_assignment(rater, code, texts=False)
    if request.method != "POST":
        kept = _answer(held)
        return JsonResponse(
            {
                "state": held.state,
                "revision": kept.revision if kept else 0,
                "fields": kept.content if kept else {},
            }
        )
    sent = _json(request)
    if sent is None or not token_holds(held, sent.get("token")):
        return JsonResponse({"error": _("The page did not understand what was sent.")}, status=400)
    form = JudgingForm(held)
    changes, refused = parse_client_changes(form, sent.get("changes"))
    try:
        saved = services.save_answer(
            assignment=held,
            fields=form.answer_to_store(sent["fields"]),
            revision=sent["revision"],
            reading=sent.get("reading"),
            changes=changes,
        )
    except TextTooLong as refusal:
        return JsonResponse({"error": str(refusal), "field": refusal.field}, status=422)
    except services.NotOpen as refusal:
        return JsonResponse({"state": refusal.state}, status=410)
    except services.AlreadyEnded as refusal:
        return JsonResponse({"state": refusal.state}, status=410)
    found: dict[str, Any] = {"revision": saved.revision, "fields": dict(saved.content)}
    if isinstance(sent.get("reading"), dict):
        found["reading"] = {name: value for name, value in saved.reading.items() if name != "pages"}
    refused += [f"changes: no room for {one.field} ({one.number})" for one in saved.refused][:1]
    if refused:
        found["refused"] = refused
    return JsonResponse(found, status=409 if saved.conflict else 200)


def _json(request: HttpRequest) -> dict[str, Any] | None:
    try:
        sent = json.loads(request.body)
    except (ValueError, RecursionError):
        return None
    right = (
        isinstance(sent, dict)
        and isinstance(sent.get("fields"), dict)
        and isinstance(sent.get("revision"), int)
        and 0 <= sent["revision"] < 2**31
    )
    return sent if right else None

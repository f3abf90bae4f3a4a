"""One assignment: the page on which two scripts are read and judged, and what it sends."""

import json
from functools import partial
from typing import Any

from django.db import transaction
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.crypto import constant_time_compare
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from annotations.desk import queries, services
from annotations.desk.judging_form import (
    WORKED_ON,
    JudgingForm,
    SkipForm,
    TextTooLong,
    held_entry,
    held_questions,
    parse_client_changes,
    parse_client_changes_form,
)
from annotations.desk.next_page import (
    form_token,
    may_lease_next,
    next_assignment,
    next_page,
    redirect_after,
    redirect_to_refused_form,
    refused_form_data,
    seat_was_reassigned,
    see_other,
    signed_in_as,
)
from annotations.desk.pair_page import assignment_pdf, fresh_page, judging_page
from annotations.desk.sessions import (
    own_assignment,
    page_context,
    rater_required,
    rater_required_or_withdrawn,
)
from annotations.models import Answer, Assignment, Rater, Study
from annotations.spec.study_options import is_single

State = Assignment.State
MISSING = "missing"
"""In the address: say what the saved answer still lacks."""
CHANGED = "changed"
"""In the address: say that the answer to the last pair was changed."""
ENDED_PAGES = {
    State.SUBMITTED: "rater/judged.html",
    State.LATE: "rater/late.html",
    State.SKIPPED: "rater/skipped.html",
    State.EXPIRED: "rater/lease_expired.html",
    State.RELEASED: "rater/lease_expired.html",
}


def token_holds(assignment: Assignment, given: object) -> bool:
    return _token_holds(assignment.rater.code, assignment.code, given)


def _token_holds(rater: str, assignment: str, given: object) -> bool:
    # Half a character, which JSON lets in, cannot even be compared.
    right = isinstance(given, str) and given.isascii()
    return right and constant_time_compare(str(given), form_token(rater, assignment))


@csrf_exempt
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def assignment(request: HttpRequest, code: str) -> HttpResponse:
    if request.method == "GET" and not request.GET and (page := fresh_page(request, code)):
        return page
    if request.method == "POST" and (given := _submit_and_lease(request, code)):
        return see_other("assignment", given)
    return _assignment(request, code)


def _submit_and_lease(request: HttpRequest, code: str) -> str | None:
    """Take a whole judgment of an open pair and lease the next one, in one transaction: its code.

    None, and nothing is written, if anything else is to be done: `_assignment` sees to that. If the
    judgment was taken and no pair is left, `_assignment` finds it taken.
    """
    rater, link = signed_in_as(request)
    if request.POST.get("then") == "pause" or not _token_holds(rater, code, request.POST.get("token")):
        return None
    return _submit_whole(request, code, rater, link)


@queries.reconnecting
@transaction.atomic
def _submit_whole(request: HttpRequest, code: str, rater: str, link: str) -> str | None:
    held = queries.lock_held(code=code, rater=rater, link=link, slot=True)
    if held is None or not may_lease_next(held):
        return None
    form = JudgingForm(held_questions(held), partial(held_entry, held), data=request.POST)
    if not form.is_valid() or form.cleaned_data["note"] != held.content.get("note", ""):
        return None
    changes = parse_client_changes_form(form, request.POST.get("changes"))
    return services.submit_and_lease(held, form.submission(), changes)


@rater_required
def _assignment(request: HttpRequest, rater: Rater, code: str) -> HttpResponse:
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
            can_change=services.changeable_assignment(rater) == held,
        )
        return render(request, ENDED_PAGES[State(held.state)], context)
    answer = _answer(held)
    content = answer.content if answer else {}
    form = JudgingForm.for_assignment(
        held, **({"data": content} if MISSING in request.GET else {"initial": content})
    )
    skip_form = SkipForm(sent) if (sent := refused_form_data(request)) is not None else None
    return judging_page(
        request, rater, held, form, answer, skip_form=skip_form, changed=CHANGED in request.GET
    )


def _judge(request: HttpRequest, rater: Rater, held: Assignment) -> HttpResponse:
    if not token_holds(held, request.POST.get("token")):
        return render(request, "400.html", status=400)
    pausing = request.POST.get("then") == "pause"
    if held.state in services.ENDED_STATES and not pausing:
        return _after(rater, held, held.state)
    form = JudgingForm.for_assignment(held, data=request.POST)
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
        # A page of its own lists what is missing, so that loading it again sends nothing.
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
def change_last(request: HttpRequest, rater: Rater) -> HttpResponse:
    """Lead to the page on which the last submitted answer can be changed."""
    last = services.changeable_assignment(rater)
    if last is None:
        return render(request, "rater/final_answer.html", page_context(rater))
    return see_other("assignment-change", last.code)


@csrf_exempt
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@rater_required
def change(request: HttpRequest, rater: Rater, code: str) -> HttpResponse:
    """Show the last submitted answer and take another one in its place."""
    last = services.changeable_assignment(rater)
    if last is None or last.code != code:
        held = own_assignment(rater, code, texts=False)
        if held.state == State.OPEN or rater.study.state != Study.State.OPEN:
            return see_other("rater-desk")
        return render(request, "rater/final_answer.html", page_context(rater, judged=held))
    if request.method != "POST":
        form = JudgingForm.for_assignment(last, initial=services.current_fields(last))
        return judging_page(request, rater, last, form, None, changing=True)
    if not token_holds(last, request.POST.get("token")):
        return render(request, "400.html", status=400)
    form = JudgingForm.for_assignment(last, data=request.POST)
    if not form.is_valid():
        return judging_page(request, rater, last, form, None, changing=True, status=422)
    outcome = services.revise(
        assignment=last,
        submission=form.submission(),
        revision=_revision(request.POST.get("revision")),
        note=form.cleaned_data["note"],
    )
    if outcome == "outdated":
        last.refresh_from_db(fields=["revision"])
        return judging_page(request, rater, last, form, None, changing=True, outdated=True, status=409)
    if outcome == "final":
        return render(request, "rater/final_answer.html", page_context(rater, judged=last), status=409)
    following = rater.assignments.filter(state=State.OPEN).first()
    response = see_other("assignment", following.code) if following else see_other("rater-desk")
    if following and outcome == "changed":
        response["Location"] += f"?{CHANGED}=1"
    return response


@require_safe
@rater_required
def print_file(request: HttpRequest, rater: Rater, code: str) -> HttpResponse:
    """The brief and the scripts of an open assignment on paper, for its rater alone."""
    held = own_assignment(rater, code)
    if rater.study.state != Study.State.OPEN or held.state != State.OPEN:
        return see_other("assignment", held.code)
    words = _("script-%(n)s-%(code)s.pdf") if is_single(rater.study) else _("pair-%(n)s-%(code)s.pdf")
    name = words % {"n": services.progress(rater).position, "code": rater.code}
    headers = {"Content-Disposition": content_disposition_header(as_attachment=False, filename=name) or ""}
    return HttpResponse(assignment_pdf(rater, held), content_type="application/pdf", headers=headers)


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
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def answer(request: HttpRequest, code: str) -> HttpResponse:
    """The answer as it grows. POST {token, revision, fields, reading, changes} keeps it; 409 gives what
    another page saved meanwhile, 410 what has ended. Changes that are refused keep nothing else from being
    saved."""
    rater, link = signed_in_as(request)
    sent = _json(request) if request.method == "POST" else None
    if sent is None or not _token_holds(rater, code, sent.get("token")):
        return _answer_page(request, code)
    try:
        return _save(sent, code, rater, link) or _answer_page(request, code)
    except TextTooLong as refusal:
        return JsonResponse({"error": str(refusal), "field": refusal.field}, status=422)
    except (services.NotOpen, services.AlreadyEnded) as refusal:
        return JsonResponse({"state": refusal.state}, status=410)


@queries.reconnecting
@transaction.atomic
def _save(sent: dict[str, Any], code: str, rater: str, link: str) -> JsonResponse | None:
    held = queries.lock_held(code=code, rater=rater, link=link, slot=False)
    if held is None:
        return None
    form = JudgingForm(held_questions(held), partial(held_entry, held))
    changes, refused = parse_client_changes(form, sent.get("changes"))
    fields = {} if held.withdrawn else form.answer_to_store(sent["fields"])
    saved = services.save_held_answer(
        held, fields, revision=sent["revision"], reading=sent.get("reading"), changes=changes
    )
    found: dict[str, Any] = {"revision": saved.revision, "fields": dict(saved.content)}
    if isinstance(sent.get("reading"), dict):
        found["reading"] = {name: value for name, value in saved.reading.items() if name != "pages"}
    refused += [f"changes: no room for {one.field} ({one.number})" for one in saved.refused][:1]
    if refused:
        found["refused"] = refused
    return JsonResponse(found, status=409 if saved.conflict else 200)


@rater_required_or_withdrawn
def _answer_page(request: HttpRequest, rater: Rater, code: str) -> HttpResponse:
    """What is saved, and why a save cannot even be understood."""
    if rater.withdrawn_at:
        return JsonResponse({"state": "withdrawn"}, status=410)
    held = own_assignment(rater, code, texts=False)
    if request.method == "POST":
        return JsonResponse(
            {"error": _("The site couldn't process your submission. Please reload the page and try again.")},
            status=400,
        )
    kept = _answer(held)
    return JsonResponse(
        {
            "state": held.state,
            "revision": kept.revision if kept else 0,
            "fields": kept.content if kept else {},
        }
    )


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

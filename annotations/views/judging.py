"""One assignment: the page on which two scripts are read and judged, and what it sends."""

import json
from collections.abc import Iterable
from typing import Any

from django.forms import BoundField
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.crypto import constant_time_compare, salted_hmac
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST

from annotations import services
from annotations.forms import MARKS_PER_SCRIPT, MEASURES, SKIP_REASONS, STRENGTHS, JudgingForm, SkipForm
from annotations.models import Answer, Assignment, Choice, Criterion, Mark, Rater, Study
from annotations.templatetags.study_text import localized
from annotations.views.rater_access import go_on, own_assignment, page, rater_required, see_other

State = Assignment.State
ENDED = (State.SUBMITTED, State.LATE, State.SKIPPED)
MISSING = "missing"
"""In the address: say what the saved answer still lacks."""
ENDED_PAGES = {
    State.SUBMITTED: "rater/judged.html",
    State.LATE: "rater/late.html",
    State.SKIPPED: "rater/skipped.html",
    State.EXPIRED: "rater/lapsed.html",
    State.RELEASED: "rater/lapsed.html",
}


def form_token(assignment: Assignment) -> str:
    """What the form proves itself by: that it was given to this rater for this assignment.

    It stands in for Django's CSRF token, which a second visit through the personal link would change under
    a page that is still open; whoever cannot read the page cannot know it.
    """
    named = f"{assignment.rater.code} {assignment.code}"
    return salted_hmac("annotations.judging", named, algorithm="sha256").hexdigest()[:40]


def token_holds(assignment: Assignment, given: object) -> bool:
    return isinstance(given, str) and constant_time_compare(given, form_token(assignment))


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
@rater_required
def assignment(request: HttpRequest, rater: Rater, code: str) -> HttpResponse:
    held = own_assignment(rater, code)
    if request.method == "POST":
        return _judge(request, rater, held)
    if rater.study.state != Study.State.OPEN:
        return see_other("rater-desk")
    if held.state != State.OPEN:
        return render(request, ENDED_PAGES[State(held.state)], page(rater, judged=held))
    answer = _answer(held)
    content = answer.content if answer else {}
    form = JudgingForm(held, data=content) if MISSING in request.GET else JudgingForm(held, initial=content)
    return _judging_page(request, rater, held, form, answer)


def _judge(request: HttpRequest, rater: Rater, held: Assignment) -> HttpResponse:
    if not token_holds(held, request.POST.get("token")):
        return render(request, "400.html", status=400)
    pausing = request.POST.get("then") == "pause"
    if held.state in ENDED and not pausing:
        return _after(rater, held)
    form = JudgingForm(held, data=request.POST)
    if pausing or rater.study.state != Study.State.OPEN:
        _keep(request, held, form)
        return see_other("rater-pause" if pausing else "rater-desk")
    if not form.is_valid():
        # What is missing is said by a page of its own, so that loading it again sends nothing.
        _keep(request, held, form)
        response = see_other("assignment", held.code)
        response["Location"] += f"?{MISSING}=1"
        return response
    result = services.submit(assignment=held, submission=form.submission())
    return see_other("rater-desk") if result.outcome in ("closed", "withdrawn") else _after(rater, held)


def _after(rater: Rater, held: Assignment) -> HttpResponse:
    """The page after an assignment that has ended: the same however often one asks."""
    held.refresh_from_db(fields=["state"])
    if held.state not in (State.SUBMITTED, State.SKIPPED):
        return see_other("assignment", held.code)
    following = rater.assignments.filter(pk__gt=held.pk).order_by("pk").first()
    return see_other("assignment", following.code) if following else go_on(rater)


def _keep(request: HttpRequest, held: Assignment, form: JudgingForm) -> None:
    """Save what a form sent that is not submitted, as far as nothing newer is saved."""
    fields = form.kept(request.POST.dict())
    services.keep_unsent(assignment=held, fields=fields, revision=_revision(request.POST.get("revision")))


def _revision(sent: object) -> int:
    """What the form was built on; -1, older than everything, where it does not say."""
    return int(sent) if isinstance(sent, str) and sent.isascii() and sent.isdigit() and len(sent) < 10 else -1


def _answer(held: Assignment) -> Answer | None:
    return Answer.objects.filter(assignment=held).first()


@csrf_exempt
@require_POST
@rater_required
def skip(request: HttpRequest, rater: Rater, code: str) -> HttpResponse:
    held = own_assignment(rater, code)
    if not token_holds(held, request.POST.get("token")):
        return render(request, "400.html", status=400)
    skip_form = SkipForm(request.POST)
    if not skip_form.is_valid():
        answer = _answer(held)
        form = JudgingForm(held, initial=answer.content if answer else {})
        return _judging_page(request, rater, held, form, answer, skip_form=skip_form, status=422)
    try:
        services.skip(assignment=held, reason=skip_form.cleaned_data["reason"])
    except services.NotOpen:
        return see_other("rater-desk")
    except services.AlreadyEnded:
        return see_other("assignment", held.code)
    return _after(rater, held)


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
@rater_required
def answer(request: HttpRequest, rater: Rater, code: str) -> HttpResponse:
    """The answer as it grows. POST {token, revision, fields} keeps it; 409 gives what another tab saved."""
    held = own_assignment(rater, code)
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
    fields = JudgingForm(held).kept(sent["fields"])
    try:
        saved = services.save_answer(assignment=held, fields=fields, revision=sent["revision"])
    except services.NotOpen as refusal:
        return JsonResponse({"state": refusal.state}, status=410)
    except services.AlreadyEnded as refusal:
        return JsonResponse({"state": refusal.state}, status=410)
    found = {"revision": saved.revision, "fields": dict(saved.content)}
    return JsonResponse(found, status=409 if saved.conflict else 200)


def _json(request: HttpRequest) -> dict[str, Any] | None:
    try:
        sent = json.loads(request.body)
    except ValueError:
        return None
    right = (
        isinstance(sent, dict)
        and isinstance(sent.get("fields"), dict)
        and isinstance(sent.get("revision"), int)
        and 0 <= sent["revision"] < 2**31
    )
    return sent if right else None


def _judging_page(
    request: HttpRequest,
    rater: Rater,
    held: Assignment,
    form: JudgingForm,
    saved: Answer | None,
    *,
    skip_form: SkipForm | None = None,
    status: int = 200,
) -> HttpResponse:
    slot = held.slot
    brief = slot.pairing.study_brief
    context = page(
        rater,
        assignment=held,
        brief=brief.content,
        brief_language=brief.language,
        series_met=_series_met(rater, held),
        scripts=[("left", "A", slot.left.html), ("right", "B", slot.right.html)],
        form=form,
        primary=_question(form, form.primary),
        others=[_question(form, criterion) for criterion in form.others],
        scores=_scores(form),
        marks=_marks(form),
        errors=_errors(form),
        knew_left=bool(form["knew-left"].value()),
        knew_right=bool(form["knew-right"].value()),
        measures=MEASURES,
        skip_form=skip_form,
        skip_reasons=SKIP_REASONS,
        token=form_token(held),
        revision=saved.revision if saved else 0,
    )
    return render(request, "rater/judge.html", context, status=status)


def _series_met(rater: Rater, held: Assignment) -> bool:
    """Whether this rater has read of the same people before: then their profiles start folded."""
    series = held.slot.pairing.study_brief.series_slug
    earlier = rater.assignments.filter(slot__pairing__study_brief__series_slug=series)
    return earlier.exclude(pk=held.pk).filter(state__in=[State.SUBMITTED, State.SKIPPED]).exists()


def _options(field: BoundField, labels: Iterable[tuple[str, Any]]) -> list[dict[str, Any]]:
    chosen = str(field.value() or "")
    return [
        {"value": value, "label": label, "id": f"{field.html_name}-{value}", "checked": value == chosen}
        for value, label in labels
    ]


def _question(form: JudgingForm, criterion: Criterion) -> dict[str, Any]:
    choice = form[f"choice-{criterion.slug}"]
    labels = {
        Choice.LEFT: _("Script A is better"),
        Choice.RIGHT: _("Script B is better"),
        Choice.TIE: _("Too close to call"),
        Choice.NEITHER: _("Neither is usable"),
    }
    question = {
        "criterion": criterion,
        "name": choice.html_name,
        "options": _options(choice, labels.items()),
        "errors": choice.errors,
    }
    if criterion.with_strength:
        strength = form[f"strength-{criterion.slug}"]
        question |= {"strength_name": strength.html_name, "strengths": _options(strength, STRENGTHS)}
    return question


def _scores(form: JudgingForm) -> list[dict[str, Any]]:
    """For each script its numbers by tier: [(label, options)]; one unlabelled where it has none."""
    if not form.rubric:
        return []
    found = []
    for side, letter in (("left", "A"), ("right", "B")):
        field = form[f"score-{side}"]
        numbers = [(str(n), n) for n in range(form.rubric["min"], form.rubric["max"] + 1)]
        options = _options(field, numbers)
        bands = form.rubric.get("tiers") or [
            {"from": form.rubric["min"], "to": form.rubric["max"], "label": None}
        ]
        tiers = [
            (band["label"], [o for o in options if band["from"] <= o["label"] <= band["to"]])
            for band in bands
        ]
        found.append({"name": field.html_name, "letter": letter, "tiers": tiers, "errors": field.errors})
    return found


def _marks(form: JudgingForm) -> list[dict[str, Any]]:
    if not form.takes_marks:
        return []
    found = []
    for side, letter in (("left", "A"), ("right", "B")):
        rows = []
        for number in range(1, MARKS_PER_SCRIPT + 1):
            kind, note = form[f"mark-{side}-{number}-class"], form[f"mark-{side}-{number}-note"]
            rows.append(
                {
                    "number": number,
                    "class_name": kind.html_name,
                    "classes": _options(kind, Mark.ErrorClass.choices),
                    "note_name": note.html_name,
                    "note": note.value() or "",
                    "errors": [*kind.errors, *note.errors],
                    "used": bool(kind.value() or note.value()),
                }
            )
        found.append({"letter": letter, "rows": rows, "used": any(row["used"] for row in rows)})
    return found


def _errors(form: JudgingForm) -> list[dict[str, str]]:
    """The list at the top of a page that came back: what is missing, with a link to the place."""
    found = []
    for name, problems in form.errors.items():
        for problem in problems:
            found.append({"target": name, "text": str(problem), "about": _about(form, name)})
    return found


def _about(form: JudgingForm, name: str) -> str:
    for criterion in (form.primary, *form.others):
        if name.endswith(f"-{criterion.slug}"):
            return localized(criterion.label)
    if "left" in name:
        return _("Script A")
    return _("Script B") if "right" in name else ""

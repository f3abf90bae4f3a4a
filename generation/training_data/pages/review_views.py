"""Reviewing in the browser: what waits for one, one candidate, what the filter rejected; filtering anew."""

from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from evalsite.core.access import signed_in, staff_required
from evalsite.core.errors import InputErrors
from evalsite.core.models import Role, User, record
from evalsite.core.teams import has_role
from evalsite.core.views import see_other
from generation.access import needs, shown_teams
from generation.models import Run
from generation.reasons import part_name
from generation.screenplay.text import one_line
from generation.training_data.access import candidate_or_404, review_run_or_404
from generation.training_data.corpus.similar_scenes import WHY
from generation.training_data.datasets import build_requests as asked_for
from generation.training_data.datasets import steps
from generation.training_data.datasets.adjudication import (
    DISPUTED,
    Decided,
    InvalidReview,
    effective_decisions,
    latest_decisions,
    outcome_of,
)
from generation.training_data.datasets.build_requests import ask_build, ask_filter
from generation.training_data.datasets.building import not_ready
from generation.training_data.datasets.filtering import unfinished_jobs
from generation.training_data.datasets.reviewing import (
    PASSED,
    decide,
    decisions_of,
    load_synthesized_scene,
    may_decide,
    next_of,
    queue_of,
    queues_of,
)
from generation.training_data.datasets.splitting import unsplit_in, unsplit_said
from generation.training_data.datasets.steps import candidates_at
from generation.training_data.datasets.synthesized_scene import FIELDS
from generation.training_data.models import Candidate, Review
from generation.training_data.pages import dataset_pages
from generation.training_data.pages.synthesis_pages import runs_newest_first
from generation.training_data.synthesis.dependencies import hidden_jobs
from generation.training_data.synthesis.questions import MARKS

ROWS_A_PAGE = 100
MOST = 40_000
"""Characters of a field that are taken: far more than any."""


@never_cache
@require_safe
@needs(Role.REVIEWER)
def queues(request: HttpRequest) -> HttpResponse:
    """The runs with candidates, and how many wait for the one who looks: where reviewers begin."""
    passed = Candidate.objects.filter(readers__gt=0).values("run")
    runs = runs_newest_first(shown_teams(request, Role.REVIEWER)).filter(pk__in=passed)
    page = Paginator(runs, ROWS_A_PAGE).get_page(request.GET.get("page"))
    waits = queues_of(list(page), signed_in(request))
    rows = [{"run": run, "waits": waits[run.pk]} for run in page]
    return render(request, "training_data/datasets/queues.html", {"page": page, "rows": rows})


@never_cache
@require_safe
@staff_required
def queue(request: HttpRequest, code: str) -> HttpResponse:
    """What waits for the one who looks, what he or she has decided, and how far two agree."""
    run = review_run_or_404(request, code)
    waits = queue_of(run, signed_in(request))
    own = Review.objects.filter(candidate__run=run, reviewer=signed_in(request)).order_by("-pk")
    latest: dict[int, Review] = {}
    for review in own.select_related("candidate__scene__work"):
        latest.setdefault(review.candidate_id, review)
    page = Paginator(list(latest.values()), ROWS_A_PAGE).get_page(request.GET.get("page"))
    context = {
        "run": run,
        "waits": waits,
        "next": next_of(run, waits),
        "own": page,
        "unfinished": unfinished_jobs(run),
        "has_candidates": Candidate.objects.filter(run=run).exists(),
        **dataset_pages.queue_context(run),
    }
    return render(request, "training_data/datasets/queue.html", context)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@staff_required
def candidate(request: HttpRequest, code: str, candidate: int) -> HttpResponse:
    """One candidate: its scene, brief, directives and prose, and a decision."""
    run = review_run_or_404(request, code)
    found = candidate_or_404(request, run, candidate)
    if found.job_id in hidden_jobs(run):
        return _sealed(request, run, found)
    if request.method == "POST":
        return _decide(request, run, found)
    record(who=request.user.get_username(), verb="read a candidate", about=f"{run.code}/{found.pk}")
    return _show(request, run, found)


def _sealed(request: HttpRequest, run: Run, found: Candidate) -> HttpResponse:
    """What stands in place of a candidate whose scene a study has sealed; nobody decides on it meanwhile."""
    context = {
        "what": dataset_pages.scene_name(found.scene),
        "back": reverse("generation-review", args=[run.code]),
        "back_to": _("All reviews"),
    }
    return render(request, "training_data/datasets/sealed.html", context, status=403)


def _decide(request: HttpRequest, run: Run, found: Candidate) -> HttpResponse:
    given = {name: request.POST[name] for name in FIELDS if name in request.POST}
    decision = "reject" if request.POST.get("decision") == "reject" else "accept"
    reason, words = request.POST.get("reason", ""), one_line(request.POST.get("words", ""))[:1000]
    reason = reason if reason in steps.reject_reasons() else "other" if words else ""
    if long := {name: too_long(text) for name, text in given.items() if len(text) > MOST}:
        return _show(request, run, found, given=given, faults=long, decision=decision)
    try:
        review = decide(
            candidate=found,
            reviewer=signed_in(request),
            decision=decision,
            reason=reason,
            words=words,
            fields=given,
        )
    except InvalidReview as refused:
        return _show(request, run, found, given=given, faults=refused.faults, decision=decision)
    except InputErrors:
        messages.error(
            request, _("This example no longer needs a decision: others have decided in the meantime.")
        )
        return see_other(reverse("generation-review", args=[run.code]))
    said = {"scene": dataset_pages.scene_name(found.scene), "decision": review.get_decision_display()}
    messages.success(request, _("%(scene)s: %(decision)s.") % said)
    following = next_of(run, queue_of(run, signed_in(request))).key
    if following is not None:
        return see_other(reverse("generation-candidate", args=[run.code, following]))
    return see_other(reverse("generation-review", args=[run.code]))


def too_long(text: str) -> str:
    return _("%(length)d characters is too long. The maximum is %(most)d.") % {
        "length": len(text),
        "most": MOST,
    }


def _show(
    request: HttpRequest,
    run: Run,
    found: Candidate,
    *,
    given: dict[str, str] | None = None,
    faults: dict[str, str] | None = None,
    decision: str = "",
) -> HttpResponse:
    user, whole = signed_in(request), load_synthesized_scene(found)
    if whole.unmade() and not has_role(user, run.team_id, Role.WATCHER):
        messages.info(request, _("Nothing to review."))
        return see_other(reverse("generation-review", args=[run.code]))
    if whole.unmade():  # its answers can be read on the job's page alone
        return see_other(reverse("generation-job", args=[run.code, found.job_id]))
    decided = decisions_of(found)
    closed = effective_decisions(decided)[1]
    own = [each for each in decided if each.reviewer == user.pk]
    outcome = outcome_of(decided, found.readers)
    settles = outcome.state == DISPUTED and not own
    open_to_all = bool(own) or settles or found.dropped_at not in PASSED
    waits = queue_of(run, user)
    start = given or _start(request, decided, own, open_to_all)
    values = {**whole.fields, **start}
    labels = dataset_pages.field_labels()
    fields = {
        name: {
            "name": name,
            "label": labels[name],
            "value": values[name],
            "original": whole.fields[name],
            "fault": (faults or {}).get(name, ""),
        }
        for name in FIELDS
    }
    columns = {
        "brief": [fields[name] for name in ("outline", "previous_context", "guideline")],
        "directives": [fields[name] for name in ("exposition", "pacing", "action", "emotion")],
        "prose": [fields["novel"]],
    }
    context = {
        "run": run,
        "candidate": found,
        "whole": whole,
        "fields": fields,
        "columns": columns,
        "shown_first": next(
            (name for name, each in columns.items() if any(f["fault"] for f in each)), "scene"
        ),
        "scene_html": dataset_pages.scene_html(whole),
        "text_lang": "zh-Hans" if whole.language == "zh" else "en",
        "may_decide": may_decide(found, decided, user) and not unfinished_jobs(run),
        "own": own[-1] if own else None,
        "own_said": Review.Decision(own[-1].decision).label if own else "",
        "settles": settles,
        "closed": user.pk in closed,
        "others": _others(decided, user, whole) if open_to_all else [],
        "marks": _marks(found) if open_to_all else [],
        "judge_found": _judge_found(found) if open_to_all else [],
        "judge_said": found.marks.get("reason", "") if open_to_all else "",
        "measures": dataset_pages.measures_of(whole) if open_to_all else {},
        "edits": dataset_pages.edits_shown(whole, own[-1].edits) if own else [],
        "reasons": steps.reject_reasons(),
        "reason_fault": (faults or {}).get("reason", ""),
        "faulty": bool(faults),
        "reject_open": decision == "reject",
        "words": request.POST.get("words", ""),
        "reason_key": request.POST.get("reason", ""),
        "waits": waits,
        "place": min(waits.done + 1, waits.all),
        "next": next_of(run, waits, but=found.pk).key,
        "fell": _fell(found),
    }
    return render(request, "training_data/datasets/candidate.html", context, status=422 if faults else 200)


def _start(
    request: HttpRequest, decided: list[Decided], own: list[Decided], open_to_all: bool
) -> dict[str, str]:
    """With which changes the fields begin: one's own latest, or those of another that one settles."""
    wanted = request.GET.get("from", "")
    if open_to_all:
        for each in decided:
            if str(each.key) == wanted:
                return dict(each.edits)
    return dict(own[-1].edits) if own else {}


def _others(decided: list[Decided], user: User, whole: Any) -> list[dict[str, Any]]:
    """What others decided, for who has decided, or settles between them."""
    names = dict(
        User.objects.filter(pk__in={each.reviewer for each in decided}).values_list("pk", "username")
    )
    found = []
    for each in latest_decisions(decided):
        if each.reviewer == user.pk:
            continue
        said = " – ".join(filter(None, [steps.reject_reasons().get(each.reason, each.reason), each.words]))
        found.append(
            {
                "who": names.get(each.reviewer, ""),
                "decision": Review.Decision(each.decision).label,
                "reason": said,
                "key": each.key,
                "edits": dataset_pages.edits_shown(whole, each.edits),
            }
        )
    return found


def _marks(found: Candidate) -> list[tuple[str, int]]:
    return [(part_name(name), found.marks[name]) for name in MARKS if name in found.marks]


def _judge_found(found: Candidate) -> list[tuple[str, float, list[str]]]:
    """The questions to the judge by name, with the share in percent and the quoted sentences."""
    return [
        (part_name(name), 100 * each["share"], each["sentences"])
        for name, each in found.marks.get("questions", {}).items()
    ]


def _fell(found: Candidate) -> dict[str, object]:
    """Where and why it was rejected, in words; empty while it is in."""
    if not found.dropped_at:
        return {}
    hidden = found.reason["params"] and found.job_id in hidden_jobs(found.run)
    return {
        "step": steps.step_name(found.dropped_at),
        "why": steps.key_name(found.dropped_at, found.reason["code"]),
        "detail": WHY if hidden else steps.render_detail(found.dropped_at, found.reason),
    }


@never_cache
@require_safe
@staff_required
def rejected(request: HttpRequest, code: str, step: str) -> HttpResponse:
    """What fell at a step, all or for one reason."""
    run = review_run_or_404(request, code)
    if step not in steps.STEPS:
        raise Http404
    key = request.GET.get("reason", "")[:100]
    rows = candidates_at(run, step, key).select_related("scene__work__series", "job").order_by("pk")
    page = Paginator(rows, ROWS_A_PAGE).get_page(request.GET.get("page"))
    hidden = hidden_jobs(run)  # details quote what was refused
    context = {
        "run": run,
        "step": step,
        "step_name": steps.step_name(step),
        "reason": key,
        "reason_name": steps.key_name(step, key) if key else "",
        "rows": page,
        "shown": [
            {
                "candidate": each,
                "why": steps.key_name(step, each.key),  # type: ignore[attr-defined]
                "detail": WHY if each.job_id in hidden else steps.render_detail(step, each.reason),
                "finished": each.job is not None and each.job.state == "done",
            }
            for each in page
        ],
    }
    return render(request, "training_data/datasets/rejected.html", context)


@require_POST
@staff_required
def filter_again(request: HttpRequest, code: str) -> HttpResponse:
    run = review_run_or_404(request, code, Role.OWNER)
    if ask_filter(run, signed_in(request)):
        messages.success(request, _("Filtered."))
    else:
        messages.info(request, _("A worker is filtering the scenes. Check back in a few minutes."))
    return see_other(reverse("generation-run", args=[run.code]) + "#funnel")


@require_POST
@staff_required
def dismiss_build(request: HttpRequest, code: str) -> HttpResponse:
    """Tell no more why a dataset was not built."""
    run = review_run_or_404(request, code, Role.OWNER)
    asked_for.dismiss(run, request.POST.get("asked", ""), signed_in(request))
    return see_other(reverse("generation-run", args=[run.code]) + "#funnel")


@require_POST
@staff_required
def build(request: HttpRequest, code: str) -> HttpResponse:
    """Build a dataset of what passes, under the name that is given."""
    run = review_run_or_404(request, code, Role.OWNER)
    slug = request.POST.get("name", "").strip()
    without = bool(request.POST.get("without_reviews"))
    asked = {"build": slug[:100], **({"without": "1"} if without else {})}
    form = f"{reverse('generation-run', args=[run.code])}?{urlencode(asked)}#build"  # which says why
    if not_ready(run, slug, without_reviews=without):
        return see_other(form)
    try:
        built = ask_build(run, slug, signed_in(request), without_reviews=without)
    except InputErrors:
        if not_ready(run, slug, without_reviews=without):
            return see_other(form)
        messages.error(request, _("No example passes the filter."))
        return see_other(reverse("generation-run", args=[run.code]) + "#funnel")
    if built is None:
        return see_other(reverse("generation-run", args=[run.code]) + "#funnel")
    dataset = built.dataset
    if built.created:
        count = dataset.examples.count()
        said = ngettext("Built with %(n)d example.", "Built with %(n)d examples.", count)
        messages.success(request, said % {"n": count})
    else:
        messages.info(request, _("Nothing has changed: this version already exists."))
    if built.twin:
        messages.info(request, _("It is identical to %(other)s.") % {"other": built.twin})
    if unsplit := unsplit_said(unsplit_in(dataset)):
        messages.warning(request, unsplit)
    return see_other(reverse("generation-dataset", args=[dataset.slug, dataset.version]))

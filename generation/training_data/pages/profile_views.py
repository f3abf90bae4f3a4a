"""The profiles of a run in the browser: all of them, and one with its scenes, to be changed or rejected."""

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import OuterRef, QuerySet, Subquery
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from evalsite.core.access import signed_in, staff_required
from evalsite.core.errors import InputErrors
from evalsite.core.models import record
from evalsite.core.views import see_other
from generation.models import Job, Run
from generation.screenplay import parse, render_html
from generation.screenplay.text import one_line
from generation.training_data.access import review_run_or_404
from generation.training_data.datasets.adjudication import InvalidReview
from generation.training_data.datasets.filtering import settle_reviewed, unfinished_jobs
from generation.training_data.datasets.profiles import Overtaken, Profile, decide_profile, profiles_of
from generation.training_data.models import ProfileReview, Review
from generation.training_data.models.corpus import person_of
from generation.training_data.pages import dataset_pages
from generation.training_data.pages.review_views import MOST, too_long
from generation.training_data.synthesis.dependencies import hidden_jobs
from generation.training_data.synthesis.job_contents import contents
from generation.training_data.synthesis.texts import PROFILE

ROWS_A_PAGE = 100


def _written(run: Run) -> QuerySet[Job]:
    return Job.objects.filter(run=run, source__person__isnull=False, state=Job.State.DONE)


@never_cache
@require_safe
@staff_required
def profiles(request: HttpRequest, code: str) -> HttpResponse:
    """All profiles that a run has written, with what was decided of them."""
    run = review_run_or_404(request, code)
    latest = ProfileReview.objects.filter(job=OuterRef("pk")).order_by("-pk").values("decision")[:1]
    rows = _written(run).select_related("source__person__series").annotate(decision=Subquery(latest))
    rows = rows.order_by(
        "source__person__series__title", "source__person__series", "source__person__name", "pk"
    )
    page = Paginator(rows, ROWS_A_PAGE).get_page(request.GET.get("page"))
    hidden = hidden_jobs(run)
    shown = [
        {
            "job": job,
            "decision": job.decision,  # type: ignore[attr-defined]
            "said": Review.Decision(job.decision).label if job.decision else "",  # type: ignore[attr-defined]
            "hidden": job.pk in hidden,
            "lang": "zh-Hans" if job.language == "zh" else "en",
        }
        for job in page
    ]
    return render(request, "training_data/datasets/profiles.html", {"run": run, "rows": page, "shown": shown})


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@staff_required
def profile(request: HttpRequest, code: str, job: int) -> HttpResponse:
    """One profile, what it was written from, and a decision."""
    run = review_run_or_404(request, code)
    found = profiles_of(run, [job])
    if not found:
        raise Http404
    if job in hidden_jobs(run):
        person = person_of(found[0].job)
        context = {
            "what": person.name if person else "",
            "back": reverse("generation-profiles", args=[run.code]),
            "back_to": _("All profiles"),
        }
        return render(request, "training_data/datasets/sealed.html", context, status=403)
    if request.method == "POST":
        return _decide(request, run, found[0])
    about = f"{run.code}/{job}"
    record(who=request.user.get_username(), verb="read a profile", about=about)
    return _show(request, run, found[0])


def _decide(request: HttpRequest, run: Run, found: Profile) -> HttpResponse:
    given = {name: request.POST[name] for name in found.fields if name in request.POST}
    decision = "reject" if request.POST.get("decision") == "reject" else "accept"
    if long := {name: too_long(text) for name, text in given.items() if len(text) > MOST}:
        return _show(request, run, found, given=given, faults=long)
    try:
        review = decide_profile(
            job=found.job,
            reviewer=signed_in(request),
            decision=decision,
            words=one_line(request.POST.get("words", ""))[:1000],
            fields=given,
            seen=request.POST.get("seen", ""),
        )
    except InvalidReview as refused:
        return _show(request, run, found, given=given, faults=refused.faults)
    except Overtaken:
        (now,) = profiles_of(run, [found.job.pk])
        return _show(request, run, now, given=given, overtaken=True)
    except InputErrors:
        messages.error(request, _("The run is still in progress. Decide once it has ended."))
        return see_other(reverse("generation-profile", args=[run.code, found.job.pk]))
    settle_reviewed(run)
    said = {"name": _name(found), "decision": review.get_decision_display()}
    messages.success(request, _("Profile of %(name)s: %(decision)s.") % said)
    return see_other(reverse("generation-profiles", args=[run.code]))


def _name(found: Profile) -> str:
    return person_of(found.job).name


def _labels() -> dict[str, str]:
    return PROFILE["zh" if (get_language() or "").startswith("zh") else "en"]


def _show(
    request: HttpRequest,
    run: Run,
    found: Profile,
    *,
    given: dict[str, str] | None = None,
    faults: dict[str, str] | None = None,
    overtaken: bool = False,
) -> HttpResponse:
    faults, labels, written = faults or {}, _labels(), found.fields
    values = {**written, **(given if given is not None else found.edits)}
    language = found.job.language
    scenes = contents(run, [found.job])[found.job.pk]["scenes"]
    context = {
        "run": run,
        "job": found.job,
        "name": _name(found),
        "fields": [
            {
                "name": name,
                "label": labels[name],
                "value": values[name],
                "original": written[name],
                "fault": faults.get(name, ""),
            }
            for name in written
        ],
        "faulty": bool(faults),
        "overtaken": overtaken,
        "seen": found.seen,
        "reason_fault": faults.get("reason", ""),
        "words": request.POST.get("words", ""),
        "may_decide": not unfinished_jobs(run),
        "latest": found.latest,
        "decided": [_decided(found, review, labels) for review in reversed(found.reviews)],
        "scenes": [{**each, "html": render_html(parse(each["text"], language))} for each in scenes],
        "text_lang": "zh-Hans" if language == "zh" else "en",
    }
    status = 409 if overtaken else 422 if faults else 200
    return render(request, "training_data/datasets/profile.html", context, status=status)


def _decided(found: Profile, review: ProfileReview, labels: dict[str, str]) -> dict[str, Any]:
    written, edits = found.fields, review.edits
    shown = [(labels[name], dataset_pages.differences(written[name], text)) for name, text in edits.items()]
    return {"review": review, "edits": shown}

"""The corpus in the browser: works by series, their scenes, one scene beside its likes, deleting a work.

Who belongs to the team may look; its owners delete. Importing is in `intake_views`.
"""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from evalsite.core.access import staff_required
from evalsite.core.models import Role
from evalsite.core.views import see_other
from generation.access import needs, shown_teams
from generation.briefs.services import InUse
from generation.training_data.access import rows_in, scene_or_404, work_or_404
from generation.training_data.corpus.services import delete_work, standing_of
from generation.training_data.corpus.similar_scenes import hidden_scenes
from generation.training_data.models import Intake, Work
from generation.training_data.pages import corpus_pages
from generation.uploads.messages import FORMATS


@never_cache
@require_safe
@needs(Role.WATCHER)
def corpus(request: HttpRequest) -> HttpResponse:
    teams = shown_teams(request)
    page = corpus_pages.work_page(request.GET.get("page"), teams)
    intakes = rows_in(Intake, shown_teams(request, Role.OWNER))
    context = {
        "page": page,
        "groups": corpus_pages.by_series(list(page)),
        "totals": corpus_pages.totals(teams),
        "intakes": intakes.select_related("created_by").prefetch_related("files"),
    }
    return render(request, "training_data/corpus/list.html", context)


@never_cache
@require_safe
@staff_required
def work(request: HttpRequest, work: str) -> HttpResponse:
    found = work_or_404(request, work)
    context = {
        **_about(found),
        "scenes": corpus_pages.scenes_of(found, request.GET.get("page")),
        "standing": standing_of(found),
        "datasets": corpus_pages.datasets_by_work([found.pk]).get(found.pk, []),
        "format": FORMATS.get(found.format, found.format),
        "length": corpus_pages.default_filter().length[found.language],
        "recipe": corpus_pages.RECIPE,
    }
    return render(request, "training_data/corpus/work.html", context)


@never_cache
@require_safe
@staff_required
def scene(request: HttpRequest, work: str, number: int) -> HttpResponse:
    found = scene_or_404(request, work, number)
    numbers = found.work.scenes.order_by("number")
    context = {
        **_about(found.work),
        "scene": found,
        "before": numbers.filter(number__lt=number).values_list("number", flat=True).last(),
        "after": numbers.filter(number__gt=number).values_list("number", flat=True).first(),
        "history": corpus_pages.history_of(found),
    }
    likes = corpus_pages.likes_of(found)
    hidden = hidden_scenes([found.pk, *(each.pk for each, _share in likes)])
    if found.pk in hidden:
        return render(request, "training_data/corpus/scene.html", {**context, "hidden": True}, status=403)
    context["html"] = corpus_pages.scene_html(found)
    context["likes"] = [
        {
            "scene": each,
            "percent": round(100 * share),
            "html": "" if each.pk in hidden else corpus_pages.scene_html(each),
        }
        for each, share in likes
    ]
    return render(request, "training_data/corpus/scene.html", context)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@staff_required
def delete(request: HttpRequest, work: str) -> HttpResponse:
    """Ask, and then delete a work on which nothing hangs."""
    found = work_or_404(request, work, Role.OWNER)
    if request.method == "POST":
        try:
            delete_work(work=found, by=request.user.get_username())
        except InUse:
            messages.error(request, _("This work is in use now and can't be deleted."))
            return see_other(reverse("generation-work", args=[found.slug]))
        messages.success(request, _("Deleted %(title)s.") % {"title": found.title})
        return see_other(reverse("generation-corpus"))
    context = {**_about(found), "standing": standing_of(found), "count": found.scenes.count()}
    return render(request, "training_data/corpus/delete.html", context)


def _about(found: Work) -> dict[str, object]:
    return {"work": found, "text_lang": "zh-Hans" if found.language == "zh" else "en"}

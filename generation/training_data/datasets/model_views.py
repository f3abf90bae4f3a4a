"""Trained models in the browser: all of them, and one with its losses, its data and its systems."""

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from evalsite.core.access import staff_required
from generation.training_data.datasets.model_pages import losses_of, model_shown
from generation.training_data.models import TrainedModel

ROWS_A_PAGE = 50


@never_cache
@require_safe
@staff_required
def models(request: HttpRequest) -> HttpResponse:
    rows = TrainedModel.objects.select_related("dataset").order_by("-registered_at")
    page = Paginator(rows, ROWS_A_PAGE).get_page(request.GET.get("page"))
    context = {"rows": page, "shown": [(row, losses_of(row)) for row in page]}
    return render(request, "training_data/datasets/models.html", context)


@never_cache
@require_safe
@staff_required
def model(request: HttpRequest, model: str) -> HttpResponse:
    row = get_object_or_404(TrainedModel.objects.select_related("dataset__run"), slug=model)
    return render(request, "training_data/datasets/model.html", model_shown(row))

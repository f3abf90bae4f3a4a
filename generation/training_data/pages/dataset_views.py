"""Datasets in the browser: all of them, one with its card and examples, and downloads."""

import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

from django.core.paginator import Paginator
from django.db.models import Count
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from evalsite.core.access import staff_required
from evalsite.core.models import Role, record
from generation.access import needs, shown_teams, team_key
from generation.screenplay import parse, render_html
from generation.training_data.access import dataset_or_404, rows_in
from generation.training_data.datasets.examples import (
    content_of,
    hidden_examples,
    in_story_order,
    rejected_since,
)
from generation.training_data.datasets.exporting import VARIANTS, chat_of, export
from generation.training_data.datasets.rights import Why, withheld_of
from generation.training_data.models import Dataset, Example
from generation.training_data.pages import dataset_pages
from generation.training_data.synthesis.dependencies import hidden_jobs
from generation.training_data.synthesis.recipe import filter_of

ROWS_A_PAGE = 50
_CHUNK = 1 << 16


@never_cache
@require_safe
@needs(Role.WATCHER)
def datasets(request: HttpRequest) -> HttpResponse:
    rows = (
        rows_in(Dataset, shown_teams(request))
        .select_related("run", "created_by")
        .defer("card", "funnel", "recipe")
    )
    rows = rows.annotate(count=Count("examples")).order_by("slug", "-version")
    page = Paginator(rows, ROWS_A_PAGE).get_page(request.GET.get("page"))
    return render(request, "training_data/datasets/list.html", {"rows": page})


@never_cache
@require_safe
@staff_required
def dataset(request: HttpRequest, dataset: str, version: int) -> HttpResponse:
    found = dataset_or_404(request, dataset, version)
    splits = dict(found.examples.order_by().values("split").annotate(n=Count("pk")).values_list("split", "n"))
    bars = dataset_pages.bars_of(found.funnel, filter_of(found.recipe)) if found.recipe.get("filter") else []
    withheld = withheld_of(found)
    context = {
        "dataset": found,
        "splits": [(label, splits.get(value, 0)) for value, label in Example.Split.choices],
        "count": sum(splits.values()),
        "bars": bars,
        "run": found.run,
        "card": dataset_pages.card_html(found.card),
        "models": found.trained_models.all(),
        "rejected": rejected_since(found),
        "withheld": len(withheld),
        "retelling": sum(why is Why.RETELLS for why in withheld.values()),
        "other_versions": rows_in(Dataset, [team_key(found.run)])
        .filter(slug=found.slug)
        .exclude(pk=found.pk)
        .order_by("version"),
    }
    return render(request, "training_data/datasets/dataset.html", context)


@never_cache
@require_safe
@staff_required
def examples(request: HttpRequest, dataset: str, version: int) -> HttpResponse:
    """The examples, one a page: scene, brief, directives and prose, and the chats that are made of it."""
    found = dataset_or_404(request, dataset, version)
    rows = in_story_order(found).filter(candidate__job__isnull=False)
    split = request.GET.get("split", "")
    if split in Example.Split.values:
        rows = rows.filter(split=split)
    page = Paginator(rows, 1).get_page(request.GET.get("page"))
    context = {"dataset": found, "rows": page, "state": "", "split": split, "splits": Example.Split.choices}
    if page.object_list:
        example = page.object_list[0]
        if example.candidate.job_id in hidden_jobs(found.run):
            return _sealed(request, found, {"rows": page, "split": split})
        content = content_of(example)
        record(who=request.user.get_username(), verb="read an example", about=f"{found}/{content['id']}")
        context |= {
            "example": example,
            "content": content,
            "scene_html": render_html(parse(content["script"], content["language"])),
            "directives": dataset_pages.directives_shown(content["directives"]),
            "text_lang": "zh-Hans" if content["language"] == "zh" else "en",
            "chats": [(variant, chat_of(variant, content)["messages"]) for variant in VARIANTS],
        }
    return render(request, "training_data/datasets/examples.html", context)


@never_cache
@require_safe
@staff_required
def download(request: HttpRequest, dataset: str, version: int) -> HttpResponse:
    """The whole folder as a zip, streamed; texts that may not be passed on are left out."""
    found = dataset_or_404(request, dataset, version, Role.RESEARCHER)
    if count := hidden_examples(found):
        return _sealed(request, found, {"count": count})
    record(who=request.user.get_username(), verb="download dataset", about=str(found))
    name = f"{found.slug}-{found.version}.zip"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return StreamingHttpResponse(  # type: ignore[return-value]
        _zipped(found), content_type="application/zip", headers=headers
    )


def _sealed(request: HttpRequest, found: Dataset, more: dict[str, object]) -> HttpResponse:
    """What stands in place of scripts that a study has sealed."""
    back = reverse("generation-dataset", args=[found.slug, found.version])
    context = {"what": str(found), "dataset": found, "back": back, "back_to": str(found), **more}
    return render(request, "training_data/datasets/sealed.html", context, status=403)


class _Pipe:
    """What a zip writes into, to be taken out again: nothing of it stays in memory."""

    def __init__(self) -> None:
        self.parts: list[bytes] = []
        self.at = 0

    def write(self, data: bytes) -> int:
        self.parts.append(bytes(data))
        self.at += len(data)
        return len(data)

    def tell(self) -> int:
        return self.at

    def flush(self) -> None:
        pass

    def take(self) -> bytes:
        taken, self.parts = b"".join(self.parts), []
        return taken


def _zipped(dataset: Dataset) -> Iterator[bytes]:
    """The export written into a folder of its own, then zipped piece by piece."""
    with tempfile.TemporaryDirectory(prefix="dataset-") as place:
        folder = Path(place) / f"{dataset.slug}-{dataset.version}"
        done = export(dataset, folder)
        pipe = _Pipe()
        with zipfile.ZipFile(pipe, "w", zipfile.ZIP_DEFLATED) as out:  # type: ignore[call-overload]
            for name in done.files:
                entry = zipfile.ZipInfo(f"{folder.name}/{name}")  # no times: equal content, equal bytes
                entry.compress_type = zipfile.ZIP_DEFLATED
                with (folder / name).open("rb") as source, out.open(entry, "w") as target:
                    while chunk := source.read(_CHUNK):
                        target.write(chunk)
                        yield pipe.take()
        yield pipe.take()

"""Systems, what they would send, and how a script came to be: for staff.

A text stands here beside the system that wrote it. So the history of a script that a sealed study uses is
not shown to anybody, and who reads any other one is written into the audit trail.
"""

import json

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from evalsite.core.access import staff_required
from evalsite.core.models import record
from generation import extensions
from generation.blinding import is_sealed
from generation.models import Job
from generation.runs import queries
from generation.runs.history import Provenance, find_job, lines_of, measured, provenance_of
from generation.script_metrics.labels import label_metrics
from generation.systems import pages
from generation.systems.pages import SystemRow, preview, shown_message


@never_cache
@require_safe
@staff_required
def systems(request: HttpRequest) -> HttpResponse:
    rows = {"shipped": pages.shipped(), "stored": pages.stored(queries.systems_with_counts())}
    return render(request, "generation/systems.html", rows)


@never_cache
@require_safe
@staff_required
def system_page(request: HttpRequest, source: str, slug: str) -> HttpResponse:
    row = _row_or_404(source, slug)
    context = {
        "row": row,
        "stages": pages.stage_pages(row.spec),
        "trained": extensions.lineage().rows(row.spec),
        "trained_template": extensions.lineage().template,
        "briefs": pages.brief_choices(),
    }
    return render(request, "generation/system.html", context)


@never_cache
@require_safe
@staff_required
def preview_page(request: HttpRequest, source: str, slug: str) -> HttpResponse:
    """The messages that a brief would give; nothing is sent, and nothing is stored."""
    row = _row_or_404(source, slug)
    asked = request.GET.get("brief", "")
    brief = pages.chosen_brief(asked, row.spec.languages)
    if asked and brief is None:
        raise Http404
    context = {
        "row": row,
        "brief": brief,
        "briefs": pages.brief_choices(),
        "stages": preview(row.spec, brief.content()) if brief else [],
    }
    return render(request, "generation/preview.html", context)


@never_cache
@require_safe
@staff_required
def history(request: HttpRequest, code: str, brief: str, system: str, sample: int) -> HttpResponse:
    """How a script came to be, stage by stage beside its brief."""
    job = _job_or_404(code, brief, system, sample)
    if is_sealed(brief, system):
        return render(request, "generation/sealed.html", {"job": job}, status=403)
    _note(request, job)
    provenance = provenance_of(job)
    context = {
        "provenance": provenance,
        "job": job,
        "text_lang": "zh-Hans" if job.language == "zh" else "en",
        "metrics": _metrics(provenance),
        "stages": shown_stages(provenance),
        "trained": extensions.lineage().rows(provenance.spec),
        "trained_template": extensions.lineage().template,
        "tests": _tests(provenance),
        "software": software_of(job),
    }
    return render(request, "generation/history.html", context)


@never_cache
@require_safe
@staff_required
def history_lines(request: HttpRequest, code: str, brief: str, system: str, sample: int) -> HttpResponse:
    """The same as JSON lines."""
    job = _job_or_404(code, brief, system, sample)
    if is_sealed(brief, system):
        return render(request, "generation/sealed.html", {"job": job}, status=403)
    _note(request, job)
    lines = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines_of(provenance_of(job)))
    name = f"history-{job.run.code}-{brief}-{system}-{sample}.jsonl"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return HttpResponse(lines, content_type="application/jsonl; charset=utf-8", headers=headers)


def _row_or_404(source: str, slug: str) -> SystemRow:
    row = pages.find(source, slug)
    if row is None:
        raise Http404
    return row


def _job_or_404(code: str, brief: str, system: str, sample: int) -> Job:
    job = find_job(code, brief, system, sample)
    if job is None:
        raise Http404
    return job


def _note(request: HttpRequest, job: Job) -> None:
    record(
        who=request.user.get_username(),
        verb="read how a script came to be",
        about=job.about,
        run=job.run.code,
        system=job.system.slug,
        sample=job.sample,
    )


def shown_stages(provenance: Provenance) -> list[dict[str, object]]:
    """The stages with their messages in the form of the preview."""
    return [
        {
            "provenance": stage,
            "attempts": [
                {"provenance": each, "messages": [shown_message(*message) for message in each.messages]}
                for each in stage.attempts
            ],
        }
        for stage in provenance.stages
    ]


def _metrics(provenance: Provenance) -> dict[str, object] | None:
    """What was measured of the script, made now if no worker has come to it."""
    if provenance.script is None:
        return None
    values = measured(provenance.script)
    return {"labels": label_metrics(values), "compared_with": values["compared_with"]}


def software_of(job: Job) -> list[tuple[str, str]]:
    """Versions by what they are of; of a server all that were met."""
    known = job.run.software.items()
    return [(name, ", ".join(each) if isinstance(each, list) else str(each)) for name, each in known]


def _tests(provenance: Provenance) -> list[dict[str, object]]:
    """What the contract test of each server saw of the same seed, for the models that were asked."""
    found = []
    for stage in provenance.stages:
        address = provenance.address.get(stage.stage.name, "")
        check = provenance.checks.get(address)
        same = check.result.get("same_seed_same_text", {}) if check else {}
        told = {
            "model": stage.stage.asks,
            "address": address,
            "same": same.get(stage.stage.asks),
            "at": check.created_at if check else None,
        }
        if check and told not in found:
            found.append(told)
    return found

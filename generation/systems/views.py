"""Systems, new versions of them, what they would send, and how a script was written: for staff.

A text stands here beside the system that wrote it. So the history of a script that a sealed study uses is
not shown to anybody, and who reads any other one is written into the audit trail.
"""

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from evalsite.core.access import staff_required
from evalsite.core.errors import InputError, InputErrors
from evalsite.core.models import Role, record
from evalsite.core.views import see_other
from generation import extensions
from generation.access import job_or_404, needs, shown_teams, system_or_404, team_key, team_of_new, teams_of
from generation.blinding import is_sealed
from generation.models import Job
from generation.pipelines import system_yaml
from generation.runs import queries
from generation.runs.history import Provenance, lines_of, measured, provenance_of
from generation.runs.new_form import key_choices
from generation.script_metrics.labels import label_metrics
from generation.systems import editing, pages
from generation.systems.pages import SystemRow, preview, shown_message


@never_cache
@require_safe
@needs(Role.WATCHER)
def systems(request: HttpRequest) -> HttpResponse:
    search = " ".join(request.GET.get("q", "").split())[:100]
    rows = {
        "shipped": pages.shipped(),
        "stored": pages.stored(queries.systems_with_counts(shown_teams(request))),
    }
    found = {name: [row for row in each if row.matches(search)] for name, each in rows.items()}
    context = {**found, "search": search, "any_stored": bool(rows["stored"])}
    return render(request, "generation/systems.html", context)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@needs(Role.OWNER)
def new_system(request: HttpRequest) -> HttpResponse:
    """A new system, a new version of one, or a copy: by form, or as the text of a file."""
    asked = request.POST if request.method == "POST" else request.GET
    source, _colon, slug = asked.get("from", "").partition(":")
    before = _row_or_404(request, source, slug, Role.OWNER) if slug else None
    version = before is not None and asked.get("version") == "1"
    context = {"before": before, "version": version, "no_keys": not key_choices()}
    if request.method == "POST":
        return _add_system(request, context, before)
    if before is None:
        if asked.get("mode") != "text":
            return render(request, "generation/new_system.html", {**context, "form": editing.SystemForm()})
        return _as_text(request, context, editing.EXAMPLE)
    free = editing.suggested_slug(before.spec, teams_of(request), version=version)
    values = editing.initial_of(before.spec, free) if asked.get("mode") != "text" else None
    if values is None:
        return _as_text(request, context, system_yaml(replace(before.spec, slug=free, family="")))
    form = editing.SystemForm(initial=values)
    return render(request, "generation/new_system.html", {**context, "form": form})


def _as_text(
    request: HttpRequest, context: dict[str, Any], text: str, faults: Sequence[InputError] = ()
) -> HttpResponse:
    context = {**context, "text": text, "faults": faults[:50], "rows": min(40, max(14, text.count("\n") + 2))}
    return render(request, "generation/new_system.html", context, status=422 if faults else 200)


def _add_system(request: HttpRequest, context: dict[str, Any], before: SystemRow | None) -> HttpResponse:
    text = request.POST.get("text")
    form = None
    if text is None:
        form = editing.SystemForm(
            request.POST,
            before=before.spec if before else None,
            version=context["version"],
            teams=teams_of(request),
        )
    if form is not None:
        valid = form.is_valid()
        if request.POST.get("step") == "text":
            return _as_text(request, context, form.text())
        if not valid:
            return render(request, "generation/new_system.html", {**context, "form": form}, status=422)
        text = form.text()
    assert text is not None
    try:
        family = (before.spec.family or before.spec.slug) if before and context["version"] else ""
        by, team = request.user.get_username(), team_of_new(request)
        system = editing.add_system(spec=editing.read_text(text, team), family=family, by=by, team=team)
    except InputErrors as refused:
        return _as_text(request, context, text, refused.errors)
    messages.success(request, _("System saved."))
    return see_other(reverse("generation-system", args=[pages.STORED, system.slug]))


@never_cache
@require_safe
@needs(Role.RESEARCHER)
def system_file(request: HttpRequest, source: str, slug: str) -> HttpResponse:
    """A system as the YAML file that `load_systems` and the form take."""
    row = _row_or_404(request, source, slug, Role.RESEARCHER)
    headers = {"Content-Disposition": f'attachment; filename="{slug}.yaml"'}
    return HttpResponse(
        system_yaml(row.spec), content_type="application/yaml; charset=utf-8", headers=headers
    )


@never_cache
@require_safe
@needs(Role.WATCHER)
def system_page(request: HttpRequest, source: str, slug: str) -> HttpResponse:
    row, teams = _row_or_404(request, source, slug), teams_of(request)
    versions = editing.versions_of(row.spec.family or row.spec.slug, teams)
    context = {
        "row": row,
        "versions": versions if len(versions) > 1 else [],
        "stages": [pages.stage_page(row.spec, stage) for stage in row.spec.stages],
        "trained": extensions.lineage().rows(row.spec, teams),
        "trained_template": extensions.lineage().template,
        "briefs": pages.brief_choices(teams),
    }
    return render(request, "generation/system.html", context)


@never_cache
@require_safe
@needs(Role.WATCHER)
def preview_page(request: HttpRequest, source: str, slug: str) -> HttpResponse:
    """The messages that a brief would give; nothing is sent, and nothing is stored."""
    row, teams = _row_or_404(request, source, slug), teams_of(request)
    asked = request.GET.get("brief", "")
    brief = pages.chosen_brief(asked, row.spec.languages, teams)
    if asked and brief is None:
        raise Http404
    context = {
        "row": row,
        "brief": brief,
        "briefs": pages.brief_choices(teams),
        "stages": preview(row.spec, brief.content()) if brief else [],
    }
    return render(request, "generation/preview.html", context)


@never_cache
@require_safe
@staff_required
def history(request: HttpRequest, code: str, brief: str, system: str, sample: int) -> HttpResponse:
    """How a script came to be, stage by stage beside its brief."""
    job = _job_or_404(request, code, brief, system, sample)
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
        "trained": extensions.lineage().rows(provenance.spec, [team_key(job.run)]),
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
    job = _job_or_404(request, code, brief, system, sample, Role.RESEARCHER)
    if is_sealed(brief, system):
        return render(request, "generation/sealed.html", {"job": job}, status=403)
    _note(request, job)
    lines = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines_of(provenance_of(job)))
    name = f"history-{job.run.code}-{brief}-{system}-{sample}.jsonl"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return HttpResponse(lines, content_type="application/jsonl; charset=utf-8", headers=headers)


def _row_or_404(request: HttpRequest, source: str, slug: str, role: str = Role.WATCHER) -> SystemRow:
    """A shipped system, or a stored one that is shared or of a team where the person has a role."""
    if source == pages.STORED:
        system_or_404(request, slug, role)
    row = pages.find(source, slug, teams_of(request, role))
    if row is None:
        raise Http404
    return row


def _job_or_404(
    request: HttpRequest, code: str, brief: str, system: str, sample: int, role: str | None = None
) -> Job:
    which = {"run__code": code, "brief__slug": brief, "system__slug": system, "sample": sample}
    return job_or_404(request, role, **which)


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

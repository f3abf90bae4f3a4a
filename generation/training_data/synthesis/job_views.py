"""One job of synthesis: the scene or the scenes it was made from, and every stage, request and refusal."""

import json

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from evalsite.core.access import staff_required
from evalsite.core.models import record
from generation.history import lines_of, provenance_of
from generation.models import Job
from generation.screenplay import parse, render_html
from generation.system_views import shown_stages, software_of
from generation.training_data.synthesis.reach import hidden_jobs
from generation.training_data.synthesis.subjects import SOURCE


def _job_or_404(code: str, key: int) -> Job:
    jobs = Job.objects.select_related("run", "system", *SOURCE)
    job = jobs.filter(run__code=code, brief=None, pk=key).first()
    if job is None:
        raise Http404
    return job


def _note(request: HttpRequest, job: Job) -> None:
    who = request.user.get_username()
    record(who=who, verb="read how training data came to be", about=job.about, run=job.run.code)


def _hidden(request: HttpRequest, job: Job) -> HttpResponse:
    """What stands in place of a job that shows a scene which a study has sealed."""
    context = {"job": job, "text_lang": "zh-Hans" if job.language == "zh" else "en", "hidden": True}
    return render(request, "training_data/synthesis/job.html", context, status=403)


@never_cache
@require_safe
@staff_required
def job_page(request: HttpRequest, code: str, key: int) -> HttpResponse:
    """How a scene's training data, or a person's profile, came to be."""
    job = _job_or_404(code, key)
    if job.pk in hidden_jobs(job.run):
        return _hidden(request, job)
    _note(request, job)
    provenance = provenance_of(job)
    scenes = [provenance.content] if job.subject_kind == "scene" else provenance.content["scenes"]
    language = job.language
    context = {
        "job": job,
        "provenance": provenance,
        "stages": shown_stages(provenance),
        "software": software_of(job),
        "text_lang": "zh-Hans" if language == "zh" else "en",
        "scenes": [{**each, "html": render_html(parse(each["text"], language))} for each in scenes],
    }
    return render(request, "training_data/synthesis/job.html", context)


@never_cache
@require_safe
@staff_required
def job_lines(request: HttpRequest, code: str, key: int) -> HttpResponse:
    """The same as JSON lines."""
    job = _job_or_404(code, key)
    if job.pk in hidden_jobs(job.run):
        return _hidden(request, job)
    _note(request, job)
    lines = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines_of(provenance_of(job)))
    headers = {"Content-Disposition": f'attachment; filename="history-{job.run.code}-{job.pk}.jsonl"'}
    return HttpResponse(lines, content_type="application/jsonl; charset=utf-8", headers=headers)

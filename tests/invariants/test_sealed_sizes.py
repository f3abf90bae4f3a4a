"""Whole site: how long a sealed script is, and what it has cost, tells who wrote it, so no page says it.

Every size in the tables is a sentinel number. Every address of the project is tried, as in test_doors.py.
"""

import re
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.utils import timezone

from annotations.models import Entry
from evalsite.core.digests import text_digest
from evalsite.core.reason_codes import Reason
from generation.models import Attempt, Job, Run, Script, StageOutput
from tests.invariants import test_doors as doors
from tests.invariants.test_doors import people, studies  # noqa: F401

pytestmark = pytest.mark.django_db
LENGTH, PROMPT, COMPLETION, COST, SECONDS = 71_234, 81_235, 91_236, 61_237_000_000, 51_238
SIZES = {
    *(str(number) for number in (LENGTH, PROMPT, COMPLETION, PROMPT + COMPLETION, SECONDS)),
    str(COST // 1_000_000),
}
REASON = Reason("limit-tokens", limit=f"{LENGTH:,}")
_GROUPED = re.compile("(?<=[0-9])[,' \u00a0\u202f\u2009](?=[0-9]{3})")


@pytest.fixture
def sized(studies):  # noqa: F811
    """A run of one system and one brief for each study, whose every size is a sentinel."""
    runs = {}
    for state, study in studies.items():
        script = Script.objects.filter(brief__slug=study.briefs.first().slug).first()
        runs[state] = _run_of(script)
    Script.objects.update(length=LENGTH)
    Entry.objects.update(length=LENGTH)
    return runs


def _run_of(script: Script) -> Run:
    settings = {
        "systems": {}, "addresses": {script.system.slug: {}}, "prompts": {}, "briefs": {},
        "samples": 2, "seed": 1,
    }  # fmt: skip
    estimate = {"expected": {"prompt_tokens": 1, "completion_tokens": 2, "cost": 0}}
    now = timezone.now() - timedelta(hours=1)
    run = Run.objects.create(frozen_settings=settings, digest="0" * 64, estimate=estimate, state="done")
    job = Job.objects.create(run=run, system=script.system, brief=script.brief, sample=1, state="done")
    late = Job.objects.create(
        run=run, system=script.system, brief=script.brief, sample=2, state="failed", error=REASON
    )
    spent = {
        "prompt_tokens": PROMPT,
        "completion_tokens": COMPLETION,
        "cost": COST,
        "prompt_digest": "0" * 64,
    }
    attempt = Attempt.objects.create(
        job=job,
        run=run,
        stage="script",
        number=1,
        outcome="ok",
        request={},
        answer={},
        finished_at=now,
        estimated=False,
        **spent,
    )
    Attempt.objects.filter(pk=attempt.pk).update(started_at=now - timedelta(seconds=SECONDS))
    Attempt.objects.create(
        job=late, run=run, stage="script", number=1, outcome="refused", request={}, reason=REASON,
        answer={"text": script.text}, prompt_digest="0" * 64,
    )  # fmt: skip
    StageOutput.objects.create(
        job=job, stage="script", attempt=attempt, text=script.text, digest=text_digest(script.text),
        model_asked="m", model_answered="m", sampling={}, finish_reason="stop",
    )  # fmt: skip
    Script.objects.filter(pk=script.pk).update(job=job)
    return run


def sizes_in(answer) -> set[str]:
    body = b"".join(answer.streaming_content) if answer.streaming else answer.content
    text = _GROUPED.sub("", body.decode("utf-8", "replace") + str(answer.headers))
    return {size for size in SIZES if re.search(rf"(?<![0-9]){size}(?![0-9])", text)}


@pytest.mark.parametrize("who", ["researcher", "root"])
def test_no_page_tells_a_size_of_a_sealed_script(studies, sized, people, who):  # noqa: F811
    """Before, the page of a run of one system and one brief gave its tokens, costs and reasons."""
    told, tried = {}, set()
    for study in studies.values():
        for path in [*doors.addresses(study), *_run_pages(sized)]:
            if path not in tried:
                tried.add(path)
                told[path] = sizes_in(people[who].get(path))
    assert {path: found for path, found in told.items() if found} == {}
    assert len(tried) > 100


def _run_pages(sized):
    for run in sized.values():
        job = run.jobs.first()
        yield from (f"/generation/{run.code}/{page}" for page in ("", "live/", "jobs/", "texts/", "limits/"))
        yield f"/generation/{run.code}/{job.brief.slug}/{job.system.slug}/1/"
        yield f"/generation/fitness/?run={run.code}"
        yield f"/api/v1/runs/{run.code}/"
        yield f"/api/v1/scripts/{job.brief.slug}/{job.system.slug}/1/"
        yield f"/generation/fitness/{job.system.slug}/?run={run.code}"


def test_the_admin_tells_no_size(sized, people):  # noqa: F811
    assert [path for path in doors.admin_addresses() if sizes_in(people["root"].get(path))] == []


def test_an_export_of_scripts_leaves_sealed_ones_out(sized, tmp_path, capsys):
    with pytest.raises(CommandError) as refused:
        call_command("export_scripts", "fountain", str(tmp_path / "out"))
    said = capsys.readouterr()
    assert "sealed in a study" in said.err + str(refused.value)
    written = " ".join(path.read_text() for path in tmp_path.rglob("*") if path.is_file())
    assert [size for size in SIZES if size in said.out + said.err + written] == []


def test_without_a_seal_the_run_s_page_has_them(studies, sized, people, monkeypatch):  # noqa: F811
    monkeypatch.setattr("generation.runs.kinds.sealed_pairs", lambda pairs: set())
    found = sizes_in(people["researcher"].get(f"/generation/{sized['open'].code}/"))
    assert {str(PROMPT), str(COMPLETION), str(LENGTH)} <= found

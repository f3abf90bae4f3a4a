"""What a run has left in the database, looked at as a researcher would: histories, texts, tokens."""

import io
import json
from collections import Counter
from pathlib import Path
from typing import Any

from django.core.management import CommandError, call_command

from evalsite.core.reason_codes import Reason
from generation.backends import Request
from generation.models import Attempt, Brief, Job, Run
from generation.pipelines import prompt_digest
from generation.runs.history import lines_of, provenance_of
from tests.vllm.scenes import writers_of

SYSTEMS = ("dsr", "dsr-no-directives", "direct", "end-to-end", "plan-then-write")


def command(*words: object) -> tuple[str, str, int]:
    """What `manage.py` with these words prints, on both outputs, and its exit code."""
    told, faults = io.StringIO(), io.StringIO()
    try:
        call_command(*map(str, words), stdout=told, stderr=faults)
    except CommandError as error:
        return told.getvalue(), f"{faults.getvalue()}{error}", error.returncode
    return told.getvalue(), faults.getvalue(), 0


def histories(run: Run, path: Path | None = None) -> list[list[dict[str, Any]]]:
    """The history of every job, as its page gives it for download; also written to a file."""
    jobs = run.jobs.select_related("run", "system", "brief__series").order_by("pk")
    told = [list(lines_of(provenance_of(job))) for job in jobs]
    if path:
        with path.open("a", encoding="utf-8") as file:
            file.writelines(json.dumps(line, ensure_ascii=False) + "\n" for lines in told for line in lines)
    return told


def of_kind(lines: list[dict[str, Any]], kind: str) -> list[dict[str, Any]]:
    return [line for line in lines if line["kind"] == kind]


def codes_of(reason: str) -> list[str]:
    """The codes of a stored reason and of the reasons inside it, the outermost first."""
    if not isinstance(reason, Reason):
        return []
    return [reason.code, *(code for each in reason.params.values() for code in codes_of(each))]


def said_by_server(reason: str) -> str:
    """What another program said, from the innermost reason."""
    while isinstance(reason, Reason):
        reason = reason.params.get("reason") or reason.params["said"]
    return reason


def tokens(run: Run) -> dict[str, int]:
    """What a run has counted, as a server's own totals name it."""
    rows = Attempt.objects.filter(run=run)
    return {
        "prompt": sum(row.prompt_tokens for row in rows),
        "generation": sum(row.completion_tokens for row in rows),
    }


def require_right(run: Run, briefs: list[Brief], path: Path) -> Counter[str]:
    """Every job of a run of the shipped systems is done, and its history says just what happened.

    Gives how many requests each model or adapter was sent.
    """
    assert run.state == Run.State.DONE
    assert set(run.jobs.values_list("state", flat=True)) == {Job.State.DONE}, list(
        run.jobs.values_list("system__slug", "brief__slug", "error")
    )
    asked = Counter[str]()
    ids: list[str] = []
    for lines in histories(run, path):
        (job,), (brief,), scripts = (of_kind(lines, kind) for kind in ("job", "brief", "script"))
        attempts, outputs = of_kind(lines, "attempt"), of_kind(lines, "output")
        stages = [stage["name"] for stage in job["spec"]["stages"]]
        assert [output["stage"] for output in outputs] == stages
        for stage, output in zip(job["spec"]["stages"], outputs, strict=True):
            name = stage["adapter"] or stage["model"]
            assert writers_of(output["text"]) == {name}, (name, output["text"])
            assert (output["model_asked"], output["model_answered"]) == (name, name)
            assert output["finish_reason"] == "stop"
            assert output["sampling"] == {
                "temperature": 0.7,
                "top_p": 0.9,
                "max_tokens": stage["max_tokens"],
            }
        if not scripts:  # The first sample gave the same words already.
            assert job["reason_code"] == "equal"
        for script in scripts:
            assert script["text"].strip() == outputs[-1]["text"].strip()
            assert script["redraws"] == len([each for each in attempts if each["outcome"] == "refused"])
            names = [each["name"] for each in brief["characters"]]
            assert any(name.casefold() in script["text"].casefold() for name in names)
        for attempt in attempts:
            assert attempt["outcome"] in ("ok", "refused"), attempt["reason"]
            assert attempt["messages_from"] == "stored"
            messages = tuple((each["role"], each["content"]) for each in attempt["messages"])
            assert prompt_digest(Request("", messages)) == attempt["messages_digest"]
            assert brief["outline"].strip() in messages[-1][1]
            assert attempt["model_answered"] == attempt["model_asked"]
            assert attempt["usage"]["prompt_tokens"] == attempt["prompt_tokens"]
            assert attempt["usage"]["completion_tokens"] == attempt["completion_tokens"]
            assert not attempt["estimated"]
            asked[attempt["model_asked"]] += 1
            ids.append(attempt["response_id"])
    assert len(set(ids)) == len(ids)
    assert all(ids)
    assert set(run.jobs.values_list("brief__slug", flat=True)) == {brief.slug for brief in briefs}
    return asked

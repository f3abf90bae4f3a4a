"""How a script came to be: every stage and every attempt, from what was asked to what came back.

Messages are those that were stored when they were sent. Where a row from before that was done has none, they
are made again from the brief, the prompt and the earlier outputs, and displayed only if their digest is
the recorded one.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from generation import extensions, pipelines
from generation.access import team_key
from generation.models import Attempt, BackendCheck, Job, Prompt, Script, StageOutput
from generation.pipelines import StageSpec, SystemSpec
from generation.prompts import PromptError
from generation.runs.kinds import kind_of
from generation.script_metrics.measuring import measure_script

STORED, REBUILT, GONE = "stored", "rebuilt", "gone"


@dataclass(frozen=True, slots=True)
class AttemptProvenance:
    """One request. `messages` are role and text; `messages_from` says how they are known."""

    attempt: Attempt
    messages: list[tuple[str, str]]
    messages_from: str

    @property
    def request(self) -> dict[str, Any]:
        return dict(self.attempt.request)

    @property
    def answer(self) -> dict[str, Any]:
        return dict(self.attempt.answer)

    @property
    def seconds(self) -> float | None:
        if "seconds" in self.attempt.answer:
            return float(self.attempt.answer["seconds"])
        if self.attempt.finished_at is None:
            return None
        return round((self.attempt.finished_at - self.attempt.started_at).total_seconds(), 3)


@dataclass(frozen=True, slots=True)
class StageProvenance:
    """One stage of a job: how it was set, what was tried, and what it returned, if it did."""

    stage: StageSpec
    template: dict[str, str]
    attempts: list[AttemptProvenance]
    output: StageOutput | None = None
    parts: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Provenance:
    """A whole job. `script` is None where there is none, or where an equal text was there already."""

    job: Job
    spec: SystemSpec
    content: dict[str, Any]
    stages: list[StageProvenance]
    script: Script | None
    address: dict[str, str]
    checks: dict[str, BackendCheck] = field(default_factory=dict)
    """By address: the contract test at the time of the request, or the first one after."""

    @property
    def changed_brief(self) -> bool:
        """Whether the brief is not the one that the run was planned with."""
        if self.job.brief is None:
            return False
        frozen = self.job.run.frozen_settings["briefs"].get(self.job.brief.slug)
        return bool(frozen != self.job.brief.digest)


def provenance_of(job: Job) -> Provenance:
    """The history of a job, whose run, system and brief (with its series) are loaded."""
    frozen = job.run.frozen_settings
    spec = SystemSpec.from_record(frozen["systems"][job.system.slug])
    content = kind_of(job.run).contents(job.run, [job])[job.pk]
    outputs = {output.stage: output for output in job.outputs.select_related("attempt")}
    attempts = list(job.attempts.order_by("pk"))
    stored = Prompt.objects.in_bulk([each.prompt_digest for each in attempts])
    stages = []
    for stage in spec.stages:
        own = [each for each in attempts if each.stage == stage.name]
        stages.append(_stage(job, content, spec, stage, own, outputs, stored))
    addresses = frozen["addresses"].get(job.system.slug, "")
    each_stage = {stage.name: addresses for stage in spec.stages} if isinstance(addresses, str) else addresses
    each_stage = {**each_stage, **{each.stage: each.address for each in attempts if each.address}}  # may move
    script = Script.objects.filter(job=job).first()
    checks = _checks(attempts, each_stage)
    return Provenance(job, spec, content, stages, script, each_stage, checks)


def _checks(attempts: list[Attempt], addresses: dict[str, str]) -> dict[str, BackendCheck]:
    """A later test says nothing of the server as it was when it wrote this: builds and adapters change."""
    asked = {addresses.get(each.stage, ""): each.started_at for each in attempts}
    found = {}
    for address, at in asked.items():
        checks = BackendCheck.objects.filter(address=address)
        if check := checks.filter(created_at__lte=at).first() or checks.last():
            found[address] = check
    return found


def _stage(
    job: Job,
    content: dict[str, Any],
    spec: SystemSpec,
    stage: StageSpec,
    attempts: list[Attempt],
    outputs: dict[str, StageOutput],
    stored: dict[str, Prompt],
) -> StageProvenance:
    told: list[str] = []
    stories = []
    for attempt in attempts:
        if prompt := stored.get(attempt.prompt_digest):
            messages, source = [(role, text) for role, text in prompt.messages], STORED
        else:
            messages, source = _rebuilt(content, spec, stage, attempt, outputs, told)
        stories.append(AttemptProvenance(attempt, messages, source))
        if attempt.outcome == Attempt.Outcome.REFUSED:
            told.append(attempt.answer.get("why", ""))
    output = outputs.get(stage.name)
    parts = pipelines.split(stage, output.text).parts if output else {}
    return StageProvenance(stage, _template(job, stage), stories, output, parts)


def _rebuilt(
    content: dict[str, Any],
    spec: SystemSpec,
    stage: StageSpec,
    attempt: Attempt,
    outputs: dict[str, StageOutput],
    told: list[str],
) -> tuple[list[tuple[str, str]], str]:
    """The messages made again; none where they would not be those that were sent."""
    before = {each.name: outputs[each.name].text for each in spec.stages if each.name in outputs}
    before.pop(stage.name, None)
    try:
        answers = pipelines.answers_of(spec.stages, before, content["language"])
        request = pipelines.prepare(stage, content, answers, None, told)
    except PromptError:
        return [], GONE
    if pipelines.prompt_digest(request) != attempt.prompt_digest:
        return [], GONE
    return list(request.messages), REBUILT


def _template(job: Job, stage: StageSpec) -> dict[str, str]:
    """The prompt's name, language and digest, as the run froze it."""
    language = job.language
    digest = job.run.frozen_settings["prompts"].get(f"{stage.prompt}.{language}", "")
    return {"name": stage.prompt, "language": language, "digest": digest}


def lines_of(provenance: Provenance) -> Iterator[dict[str, Any]]:
    """The same as plain data, a line each: the brief (or scene, or person), the job, what its models were
    trained on, every attempt, every output, the script.
    """
    job = provenance.job
    if job.brief is not None:
        yield {
            "kind": "brief",
            "digest": job.brief.digest,
            "changed": provenance.changed_brief,
            **provenance.content,
        }
    else:
        yield provenance.content
    yield {
        "kind": "job",
        "run": job.run.code,
        "run_digest": job.run.digest,
        "system": job.system.slug,
        job.subject_kind: job.about,
        "sample": job.sample,
        "state": job.state,
        "reason": job.error,
        "reason_code": getattr(job.error, "code", ""),
        "software": job.run.software,
        "spec": provenance.spec.as_record(),
    }
    yield from extensions.lineage().lines(provenance.spec, [team_key(job.run)])
    for address, check in provenance.checks.items():
        yield {
            "kind": "check",
            "address": address,
            "at": check.created_at.isoformat(),
            "models": check.names,
            "passed": check.passed,
            "mixes_adapters": check.mixes,
            **check.result,
        }
    for stage in provenance.stages:
        yield from (_attempt_line(provenance, stage, each) for each in stage.attempts)
        if stage.output:
            yield _output_line(stage, stage.output)
    if provenance.script:
        yield {
            "kind": "script",
            "digest": provenance.script.digest,
            "sample": provenance.script.sample,
            "length": provenance.script.length,
            "redraws": provenance.script.redraws,
            "text": provenance.script.text,
        }
        yield {"kind": "fitness", **measured(provenance.script)}


def measured(script: Script) -> dict[str, Any]:
    """The measures of a script by name, with their version; made now if there are none."""
    measurement = measure_script(script)
    return {"version": measurement.version, **measurement.values}


def _attempt_line(provenance: Provenance, stage: StageProvenance, each: AttemptProvenance) -> dict[str, Any]:
    attempt, answer = each.attempt, each.answer
    return {
        "kind": "attempt",
        "stage": attempt.stage,
        "number": attempt.number,
        "outcome": attempt.outcome,
        "reason": attempt.reason,
        "reason_code": getattr(attempt.reason, "code", ""),
        "template": stage.template,
        "messages": [{"role": role, "content": text} for role, text in each.messages],
        "messages_from": each.messages_from,
        "messages_digest": attempt.prompt_digest,
        "address": attempt.address or provenance.address.get(attempt.stage, ""),
        "adapter": stage.stage.adapter,
        "request": attempt.request,
        "model_asked": attempt.request.get("model", ""),
        "model_answered": answer.get("model", ""),
        "response_id": answer.get("id", ""),
        "usage": answer.get("usage", {}),
        "prompt_tokens": attempt.prompt_tokens,
        "completion_tokens": attempt.completion_tokens,
        "cost_millionths": attempt.cost,
        "estimated": attempt.estimated,
        "finish_reason": answer.get("finish_reason", ""),
        "fingerprint": answer.get("fingerprint", ""),
        "started_at": attempt.started_at.isoformat(),
        "finished_at": attempt.finished_at.isoformat() if attempt.finished_at else None,
        "seconds": each.seconds,
        "refused_text": answer.get("text"),
        "told_again": answer.get("why"),
    }


def _output_line(stage: StageProvenance, output: StageOutput) -> dict[str, Any]:
    return {
        "kind": "output",
        "stage": output.stage,
        "attempt": output.attempt.number,
        "digest": output.digest,
        "text": output.text,
        "parts": stage.parts,
        "model_asked": output.model_asked,
        "model_answered": output.model_answered,
        "sampling": output.sampling,
        "sent": output.sent,
        "ignored": output.ignored,
        "seed": output.seed,
        "usage": output.usage,
        "finish_reason": output.finish_reason,
        "created_at": output.created_at.isoformat(),
    }

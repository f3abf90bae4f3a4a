"""Whole site: invariant 1: before unblinding every door is closed, for staff too.

Systems are sentinel words. They may occur where a study's plan or a system itself is shown, and nowhere else.
No code of an entry or an assignment, no nonce, digest, text or size of a script and no word of a rater may
occur anywhere: how long a sealed script is, and what it has cost, tells who wrote it. Every address of the
project is tried, so that a new address is covered as soon as it exists.
"""

import itertools
import random
import re
from collections.abc import Iterable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import yaml
from django.contrib import admin
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection
from django.test import Client
from django.utils import timezone

from analysis.cases.queries import case_code
from analysis.reports import services as reports
from analysis.tables import frames
from annotations import freezing, models
from annotations.blinding.seal import SealedDraw, SealedEntry
from annotations.desk import seats, services
from annotations.desk.services import Submission, SubmissionMark
from annotations.findings import review
from annotations.models import Assignment, Entry, Rater, Study
from annotations.staff.studies import study_states
from annotations.staff.studies.loading import load_study_text
from evalsite.core.digests import text_digest
from evalsite.core.models import Role, Team, User
from evalsite.core.reason_codes import Reason
from evalsite.webhooks.endpoints import add_endpoint
from evalsite.webhooks.models import Delivery, Endpoint, EventType
from generation.models import Attempt, Job, Run, Script, StageOutput
from tests import factories
from tests.invariants.crawler import Crawler
from tests.invariants.permissions import routes
from tests.staff_cast import signed_in

pytestmark = pytest.mark.django_db
SYSTEMS = ("zarquonic", "brimfold", "ostlerine")
WORDS = ("wobblefish", "quagmirel")
TEXT = "One more. One more."
"""Stands in every script; see tests/factories.py."""
STATES = ("frozen", "open", "closed")
# Where a plan, or a system as such, is shown: it says what is compared, and nothing of who wrote which entry.
PLAN = re.compile(
    r"^/studies/[\w-]+/(freeze/|amend/)?$"
    r"|^/api/v1/studies/([\w-]+/)?$"
    r"|^/generation/"
    r"|^/api/v1/(briefs|series|systems|included-systems|scripts|runs)/"
    r"|^/admin/core/auditevent/"
    r"|^/admin/r/"
)


LENGTH, PROMPT, COMPLETION, COST, SECONDS = 71_234, 81_235, 91_236, 61_237_000_000, 51_238
SIZES = {
    *(str(number) for number in (LENGTH, PROMPT, COMPLETION, PROMPT + COMPLETION, SECONDS)),
    str(COST // 1_000_000),
}
REASON = Reason("limit-tokens", limit=f"{LENGTH:,}")
_GROUPED = re.compile("(?<=[0-9])[,' \u00a0\u202f\u2009](?=[0-9]{3})")


@pytest.fixture
def studies(tmp_path) -> dict[str, Study]:
    """One study in each sealed state; two with judgments."""
    made = {
        state: factories.make_study(
            tmp_path / state, slug=f"{state}-study", systems=SYSTEMS, state="frozen", briefs=2
        )
        for state in STATES
    }
    add_endpoint(
        team=made["open"].team_id, url="https://hooks.example.org/", events=EventType.values, by="test"
    )
    for state in ("open", "closed"):
        study_states.transition(study=made[state], verb="open", by="test")
        judge_with_words(made[state])
    study_states.transition(study=made["closed"], verb="close", by="test")
    return made


def judge_with_words(study: Study) -> None:
    rng = random.Random(5)
    for _seat in range(4):
        rater = services.enrol(study=study, languages=["en"], by="test").rater
        assignment = services.lease_next_assignment(rater=rater)
        services.submit(
            assignment=assignment,
            submission=Submission(
                judgments={"overall": (rng.choice(["left", "right"]), 2), "dialogue": ("tie", None)},
                scores={"left": 11, "right": 3},
                marks=[SubmissionMark("left", "plot", note=WORDS[0])],
                reason=WORDS[1],
            ),
        )
        services.lease_next_assignment(rater=rater)


@pytest.fixture
def sized(studies) -> dict[str, Run]:
    """A run of one system and one brief for each study, whose every size is a sentinel.

    Its second job has an attempt whose answer was refused: a text of a sealed script beside its system.
    """
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


@pytest.fixture
def people(db) -> dict[str, Client]:
    found = {"stranger": Client()}
    for name, role in (("root", User.Role.ADMIN), ("researcher", User.Role.RESEARCHER)):
        found[name] = Client()
        user = factories.person(name, role=role)
        found[name].force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return found


def values(study: Study) -> dict[str, list[str]]:
    """What may stand for each part of an address. A part that is not here fails the test."""
    raters = list(Rater.objects.filter(study=study).values_list("code", flat=True)[:1])
    held = Assignment.objects.filter(rater__study=study)
    entries = list(Entry.objects.filter(study_brief__study=study).values_list("code", flat=True)[:1])
    pairing = models.Pairing.objects.select_related("first", "second").get(
        pk=models.Pairing.objects.filter(study_brief__study=study).values("pk")[:1]
    )
    assignments = list(held.values_list("code", flat=True)[:1])
    runs = list(Run.objects.values_list("code", flat=True))
    webhooks = list(Endpoint.objects.values_list("code", flat=True))
    return {
        "slug": [study.slug],
        "code": [*raters, *assignments, *entries, case_code(pairing), *runs, *webhooks, "zzz"],
        "message": [*Delivery.objects.values_list("code", flat=True), "zzz"],
        "name": [*frames.TABLES, "report.json", "plots/overview.svg"],
        "form": ["csv", "jsonl", "parquet"],
        "kind": ["docx", "invitation"],
        "key": [str(key) for key in Script.objects.values_list("pk", flat=True)[:2]],
        "door": [seats.shared_link_key(study)],
        "secret": ["a" * 43],
        "offer": ["1"],
        "lang": ["en"],
        "source": ["file", "stored"],
        "sample": ["1"],
        "dataset": ["sample"],
        "version": ["1"],
        "candidate": ["1"],
        "job": ["1"],
        "model": ["my-novel-0a1b2c3d"],
        "step": ["rules"],
        "number": ["1"],
        "brief": ["scene-en-1"],
        "series": ["pier-en"],
        "page": ["raters"],
        "path": ["report-en-1440.webp"],
        "work": ["pier-work"],
        "system": [SYSTEMS[0]],
        "account": [str(key) for key in User.objects.values_list("pk", flat=True)[:2]],
        "team": ["team"],
        "action": ["deactivate", "second-factor"],
        "pk": ["1"],
        "provider_id": ["oidc"],
        "uidb64": ["MQ"],
        "token": ["set-password", "c0ffee-0123456789abcdef0123456789abcdef"],
        "rest": ["r/go/consent/", "r/go/break/"],
    }


def addresses(study: Study) -> Iterator[str]:
    known = values(study)
    for route in routes():
        if route.startswith("admin/"):
            continue
        plain = (
            re.sub(r"\(\?P<(\w+)>[^)]*\)", r"<\1>", route).replace("^", "").replace("$", "").replace("\\", "")
        )
        parts = re.findall(r"<(?:\w+:)?(\w+)>", plain)
        assert set(parts) <= known.keys(), f"{route}: say in values() what {set(parts) - known.keys()} may be"
        for combination in _each_value_once([known[part] for part in parts]):
            filled = plain
            for value in combination:
                filled = re.sub(r"<[^>]+>", value, filled, count=1)
            yield f"/{filled}"


def _each_value_once(choices: list[list[str]]) -> Iterator[list[str]]:
    """Combinations in which each value occurs: one part at a time, the others at their first value."""
    first = [values[0] for values in choices]
    yield first
    for place, values in enumerate(choices):
        for value in values[1:]:
            yield [*first[:place], value, *first[place + 1 :]]


def admin_addresses() -> Iterator[str]:
    for model in admin.site._registry:
        base = f"/admin/{model._meta.app_label}/{model._meta.model_name}/"
        yield base
        yield f"{base}?q=e"
        yield f"{base}add/"
        for pk in list(model._default_manager.values_list("pk", flat=True)[:8]):
            yield from (f"{base}{pk}/{page}/" for page in ("change", "history", "delete"))
    yield from ("/admin/", "/admin/jsi18n/", "/admin/autocomplete/")


def secrets_of(studies: Iterable[Study]) -> set[str]:
    """What no answer may hold."""
    entries = Entry.objects.filter(study_brief__study__in=studies).values_list("code", "digest")
    codes = Assignment.objects.filter(rater__study__in=studies).values_list("code", flat=True)
    nonces = SealedDraw.objects.values_list("nonce", flat=True)
    scripts = Script.objects.values_list("digest", flat=True)
    return {*itertools.chain.from_iterable(entries), *codes, *nonces, *scripts, *WORDS, TEXT}


def sizes_in(text: str) -> set[str]:
    text = _GROUPED.sub("", text)
    return {size for size in SIZES if re.search(rf"(?<![0-9]){size}(?![0-9])", text)}


def check(client: Client, path: str, secrets: set[str]) -> int:
    answer = client.get(path)
    body = b"".join(answer.streaming_content) if answer.streaming else answer.content
    said = body.decode("utf-8", "replace") + str(answer.headers)
    told = [secret for secret in secrets if secret in said and secret not in path]
    assert told == [], f"{path} tells {told}"
    assert sizes_in(said) == set(), f"{path} tells a size"
    if not PLAN.match(path):
        named = [system for system in SYSTEMS if system in said and system not in path]
        assert named == [], f"{path} names {named}"
    return answer.status_code


@pytest.mark.slow
@pytest.mark.parametrize("who", ["researcher", "root"])
def test_every_address_keeps_the_seal(studies, sized, people, who):
    secrets = secrets_of(studies.values())
    # Many addresses are of no study, and one look at them is enough.
    found: dict[str, int] = {}
    for study in studies.values():
        tried = dict.fromkeys([*addresses(study), *run_pages(sized)], 0)
        for path in tried:
            tried[path] = found[path] if path in found else check(people[who], path, secrets)
        found |= tried
        assert len(tried) > 60
        assert 500 not in tried.values()
        sealed = [path for path in tried if re.search("/(report|reports|tables)/", path)]
        assert {tried[path] for path in sealed} <= {403, 404, 405}
        assert tried[f"/studies/{study.slug}/report/"] == 403
        cases = [path for path in tried if f"/{study.slug}/report/cases" in path]
        assert len(cases) > 8
        assert {tried[path] for path in cases} == {403}


@pytest.mark.slow
@pytest.mark.parametrize("role", [Role.OWNER, Role.RESEARCHER, Role.WATCHER])
def test_studies_with_the_same_scripts_keep_the_seal(tmp_path, role):
    """Two open studies and two drafts compare other systems; the drafts practise with a sealed script."""
    speech = "".join(f"\n\nORLA\nUp to floor {n}.\n\nMIRA\nOne more, floor {n}, and on." for n in range(12))
    first = factories.make_study(
        tmp_path, slug="study-0", systems=SYSTEMS, state="open", briefs=2, extra=speech
    )
    file = yaml.safe_load((tmp_path / "study-0.yaml").read_text())
    del file["scripts"]
    practice = {"briefs": ["scene-en-1"], "system": SYSTEMS[0], "pass": 1, "tries": 1}
    for slug, systems in (("study-1", SYSTEMS[:2]), ("draft-0", SYSTEMS), ("draft-1", SYSTEMS[1:])):
        file |= {"slug": slug, "briefs": ["scene-en-2"], "practice": practice}
        file |= {"systems": [each for each in first.spec["systems"] if each["slug"] in systems]}
        file |= {"aliases": {"writers": ["One more"]}} if slug != "study-1" else {}
        study = load_study_text(yaml.safe_dump(file), "a.yaml", by="test").study
        review.request_scan(study=study, by="test")
        if slug == "study-1":
            freezing.freeze(study=study, by="test")
            study_states.transition(study=study, verb="open", by="test")
    crawler = Crawler(signed_in(factories.member("pat", Team.objects.get(), role)))
    for start in ("/studies/", "/generation/", "/api/v1/studies/", "/api/v1/scripts/"):
        crawler.follow_all(start)
    for study in Study.objects.exclude(state="draft"):
        secrets = secrets_of([study])
        assert 500 not in {check(crawler.client, path, secrets) for path in addresses(study)}
    for study in Study.objects.filter(state="draft"):
        for page in ("findings", "warnings", "freeze"):
            crawler.ask("GET", f"/api/v1/studies/{study.slug}/{page}/")
    echo = "/studies/new/file/"  # the form of the study file has what its author looks for
    leaks = [each.asked for each in crawler.answers if "One more" in each.body and echo not in each.asked]
    assert leaks == []
    digests = set(Script.objects.values_list("digest", flat=True))
    assert [each.asked for each in crawler.answers if any(digest in each.body for digest in digests)] == []


@pytest.mark.slow
def test_every_page_of_the_admin_keeps_the_seal(studies, sized, people):
    assert TEXT in Script.objects.first().text
    secrets = secrets_of(studies.values())
    tried = {path: check(people["root"], path, secrets) for path in admin_addresses()}
    assert set(tried.values()) <= {200, 302, 403, 404}
    assert tried["/admin/core/auditevent/"] == 200


def run_pages(runs: dict[str, Run]) -> Iterator[str]:
    for run in runs.values():
        job = run.jobs.first()
        yield from (f"/generation/{run.code}/{page}" for page in ("", "live/", "jobs/", "texts/", "limits/"))
        yield f"/generation/{run.code}/{job.brief.slug}/{job.system.slug}/1/"
        yield f"/generation/fitness/?run={run.code}"
        yield f"/api/v1/runs/{run.code}/"
        yield f"/api/v1/scripts/{job.brief.slug}/{job.system.slug}/1/"
        yield f"/generation/fitness/{job.system.slug}/?run={run.code}"


@pytest.mark.slow
def test_the_keys_of_scripts_tell_no_system(tmp_path):
    """60 scripts: by key they come neither in the order of the files nor, by and large, system by system."""
    factories.make_study(tmp_path, systems=SYSTEMS, briefs=20)
    names = list(Script.objects.order_by("pk").values_list("system__slug", flat=True))
    same = sum(names[at : at + 3] == list(SYSTEMS) for at in range(0, 60, 3))
    assert same < 12  # by chance each in 27; 12 of 20 is one in 10^12


def test_nothing_sealed_is_registered_in_the_admin():
    sealed = {
        models.Entry,
        models.Pairing,
        models.Slot,
        models.Assignment,
        models.Answer,
        models.AnswerChange,
        models.Judgment,
        models.Score,
        models.Mark,
        models.RevealedEntry,
        SealedEntry,
        SealedDraw,
    }
    assert sealed & admin.site._registry.keys() == set()


@pytest.mark.slow
def test_every_command_refuses_and_writes_nothing(studies, tmp_path, capsys):
    out: Path = tmp_path / "out"
    for state, command in itertools.product(STATES, ("report", "export_study", "bundle")):
        with pytest.raises(CommandError, match=f"study {state}-study is {state}") as stop:
            call_command(command, f"{state}-study", "--out", str(out))
        assert stop.value.returncode == 1
        assert not out.exists()
        said = capsys.readouterr()
        assert not [system for system in SYSTEMS if system in said.out + said.err + str(stop.value)]


def test_no_table_is_built_of_a_sealed_study(studies):
    for study, build in itertools.product(studies.values(), frames.TABLES.values()):
        with pytest.raises(frames.Sealed):
            build(study)


def test_asking_for_a_report_is_refused(studies, people):
    for study in studies.values():
        assert people["root"].post(f"/studies/{study.slug}/report/compute/").status_code == 403
        assert people["root"].post(f"/studies/{study.slug}/report/zzz/full-pdf/").status_code == 403
        with pytest.raises(frames.Sealed):
            reports.request(study=study, by=None)


def test_no_chain_of_foreign_keys_leads_to_the_seal():
    """By the database's own account: nothing points at the sealed table and it points at nothing."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_constraint WHERE contype = 'f' AND %s IN (conrelid::regclass::text, "
            "confrelid::regclass::text)",
            [SealedEntry._meta.db_table],
        )
        assert cursor.fetchone() == (0,)


def test_revealed_entries_are_written_by_unblinding_alone(studies):
    assert not models.RevealedEntry.objects.exists()
    assert SealedEntry.objects.count() == 3 * 2 * len(SYSTEMS)


def test_an_export_of_scripts_leaves_sealed_ones_out(sized, tmp_path, capsys):
    with pytest.raises(CommandError) as refused:
        call_command("export_scripts", "fountain", str(tmp_path / "out"))
    said = capsys.readouterr()
    assert "sealed in a study" in said.err + str(refused.value)
    written = " ".join(path.read_text() for path in tmp_path.rglob("*") if path.is_file())
    assert [size for size in SIZES if size in said.out + said.err + written] == []


def test_without_a_seal_the_run_s_page_has_them(sized, people, monkeypatch):
    monkeypatch.setattr("generation.runs.kinds.sealed_pairs", lambda pairs: set())
    found = sizes_in(people["researcher"].get(f"/generation/{sized['open'].code}/").content.decode())
    assert {str(PROMPT), str(COMPLETION), str(LENGTH)} <= found

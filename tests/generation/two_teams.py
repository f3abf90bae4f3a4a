"""A site with two teams: rows of every kind that belong to the first, with a word planted in all their texts,
and people of each role in both.

    site = build_site()
    site.people["first owner"].get(site.address("generation/briefs/<slug:brief>/"))
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from django.db import connection, models
from django.db.models import Value
from django.db.models.functions import Concat
from django.test import Client

from evalsite.core.models import Membership, Role, Team, User, only_team
from generation.briefs.files import BriefSpec, CharacterSpec
from generation.models import Brief, Job, Run, Script, Series, Source, System, Upload
from generation.pipelines import find_system
from generation.runs.services import plan_run
from generation.runs.worker import Worker
from generation.services import store_briefs
from generation.systems.editing import add_system
from generation.training_data.corpus import intake as intakes
from generation.training_data.datasets.building import build
from generation.training_data.models import Candidate, Dataset, Intake, Scene, TrainedModel, Work
from generation.uploads import services as uploads
from tests.factories import person
from tests.generation.training_data.finished import finished_run
from tests.staff_cast import signed_in

WORD = "zarquonic"
"""Part of all texts of the first team."""
TEXTS = {
    Series: ("title",),
    Brief: ("outline", "previous_context", "guideline"),
    System: ("name",),
    Run: ("name",),
    Script: ("text", "writer"),
    Upload: ("file_name",),
    Source: ("file_name", "credit", "knew", "imported_by"),
    Work: ("title", "credit", "file_name", "imported_by"),
    Scene: ("text", "heading"),
    Dataset: ("card",),
    TrainedModel: ("name", "registered_by"),
}
SCENE = "INT. DEPOT - NIGHT\n\nMARGUERITE\nYou came back.\n\nRain on the roof of the depot.\n"
NOBODY, STRANGER = "nobody", "stranger"


def brief_of(slug: str, series: str, title: str, person: str = "Marguerite") -> BriefSpec:
    return BriefSpec(
        slug=slug,
        series_slug=series,
        series_title=title,
        series_aliases=(f"{title} again",),
        language="en",
        order=1,
        target_length=60,
        outline=f"{person} comes back.",
        previous_context="",
        characters=(CharacterSpec(person, "Waits."),),
        guideline="",
    )


@dataclass(frozen=True)
class Site:
    """`people` are clients by `first owner`, `second reviewer` and so on, `nobody` and `stranger`."""

    first: int
    second: int
    people: dict[str, Client]
    values: dict[str, dict[str, Any]]
    """The values for the parts of an address, by the beginning of the address; `` for all others."""
    names: set[str]
    """Slugs, codes and the like of the first team's rows."""

    def address(self, route: str, **other: Any) -> str:
        given = {**self.values[""], **other}
        for beginning, values in self.values.items():
            if beginning and route.startswith((f"generation/{beginning}", f"api/v1/{beginning}")):
                given |= values
        given |= other
        return "/" + re.sub(r"<(?:\w+:)?(\w+)>", lambda part: str(given[part[1]]), route)


def build_site() -> Site:
    first = only_team()
    boss = person("first-owner", role=User.Role.ADMIN)
    made = finished_run(share=1.0, twice=0.0, filtered=True)
    built = build(made, "sample", boss, without_reviews=True).dataset
    model = TrainedModel.objects.create(
        slug="my-novel-0a1b2c3d", name="my-novel", digest="0" * 64, dataset=built, variant="dsr", card={}
    )
    brief = store_briefs([brief_of("depot-one", "depot-line", "The Depot")])[0].brief
    Series.objects.filter(pk=brief.series_id).update(names=[{"from": "Marguerite", "to": f"Ida {WORD}"}])
    system = add_system(spec=replace(find_system("fake-direct"), slug="depot-writer"), team=first)
    run = plan_run(
        specs=[find_system("fake-direct")], briefs=[brief], wake=False, by=boss, name="Depot", team=first
    ).run
    Worker(run).work()
    waiting = plan_run(specs=[find_system("fake-direct")], briefs=[brief], seed=2, wake=False, by=boss).run
    uploads.import_upload(_upload("depot-taken.fountain", SCENE, brief, boss), by=boss)
    upload = _upload("depot.fountain", SCENE.replace("Rain", "Hail"), brief, boss)
    told = {"series": "depot-films", "series_title": f"Films {WORD}", "language": "en", "rights": "train"}
    told |= {"credit": f"by {WORD}", "genre": "", "origin": "", "version": ""}
    intake = intakes.receive(told=told, files=[(f"1-{WORD}.fountain", SCENE.encode())], by=boss)
    _plant()
    names = {run.code, waiting.code, made.code, upload.code, intake.code, model.slug, system.slug, "sample@1"}
    names |= {"depot-one", "depot-line", "depot-films", "Marguerite"}
    second = Team.objects.create(slug="second", name="Second").pk
    store_briefs([brief_of("pier-one", "pier-line", "The Pier", "Sam")], team=second)
    values = _values(brief, system, waiting, made, upload, intake, built, model)
    return Site(first, second, dict(_people(first, second, boss)), values, names)


def _upload(name: str, text: str, brief: Brief, boss: User) -> Upload:
    upload = uploads.receive(content=text.encode(), name=name, by=boss).upload
    uploads.save_scene_briefs(upload, {1: brief.slug})
    uploads.save_metadata(upload, {"system": "human", "writer": "w07", "rights": "redistribute"})
    return Upload.objects.get(pk=upload.pk)


def _values(
    brief: Brief,
    system: System,
    run: Run,
    made: Run,
    upload: Upload,
    intake: Intake,
    built: Dataset,
    model: TrainedModel,
) -> dict[str, dict[str, Any]]:
    job = made.jobs.filter(source__scene__isnull=False, state=Job.State.DONE).first()
    profile = made.jobs.filter(source__person__isnull=False, state=Job.State.DONE).first()
    candidate = Candidate.objects.filter(run=made, readers__gt=0).first()
    script = Script.objects.get(brief=brief, system__slug="human")
    assert job
    assert profile
    assert candidate
    work = job.source.scene.work
    done = {"brief": brief.slug, "system": "fake-direct", "sample": 1}
    return {
        "": {"code": run.code, "series": brief.series.slug, "key": script.pk, "kind": "fountain", **done},
        "corpus/": {"work": work.slug, "number": job.source.scene.number},
        "corpus/new/": {"code": intake.code},
        "scripts/<": {"system": "human"},
        "scripts/uploads/": {"code": upload.code},
        "systems/": {"source": "stored", "slug": system.slug, "system": system.slug},
        "fitness/": {"system": system.slug},
        "review/": {"code": made.code, "job": profile.pk, "step": "people", "candidate": candidate.pk},
        "datasets/": {"dataset": built.slug, "version": built.version},
        "models/": {"model": model.slug},
        "<slug:code>/jobs/": {"code": made.code, "key": job.pk},
        "<slug:code>/<": {"code": Run.objects.get(name__startswith="Depot").code},
    }


def _plant() -> None:
    """Append the word to every text, past the triggers that keep some of them."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        for model, fields in TEXTS.items():
            rows: models.QuerySet[Any] = model.objects.all()
            rows.update(**{field: Concat(field, Value(f" {WORD}")) for field in fields})
        cursor.execute("SET LOCAL session_replication_role = origin")


def _people(first: int, second: int, boss: User) -> Iterator[tuple[str, Client]]:
    yield STRANGER, Client()
    yield NOBODY, signed_in(person("root", role=User.Role.ADMIN))
    for name, team in (("first", first), ("second", second)):
        for role in Role.values:
            user = boss if (name, role) == ("first", Role.OWNER) else person(f"{name}-{role}")
            Membership.objects.update_or_create(user=user, team_id=team, defaults={"role": role})
            yield f"{name} {role}", signed_in(user)

"""A site with three teams and twelve studies in all states, with a word planted in all that each team wrote.

site = build_site(tmp_path)
site.teams[0].people["owner"].get("/studies/")
"""

from dataclasses import dataclass, field, replace
from datetime import timedelta
from itertools import chain
from pathlib import Path
from typing import Any

from django.db import connection
from django.db.models import Value
from django.db.models.functions import Concat, Replace
from django.test import Client

from analysis.reports import services as reports
from analysis.reports.report_links import create_report_link
from annotations.blinding.seal import SealedDraw, SealedEntry
from annotations.desk import services
from annotations.mailing.invitation_list import read_text
from annotations.mailing.inviting import invite
from annotations.models import (
    AcceptedWarning,
    Assignment,
    Entry,
    LeakFinding,
    MailSettings,
    Mark,
    Rater,
    Rejection,
    Study,
    UnfinishedForm,
)
from annotations.staff.studies import study_states
from annotations.staff.studies.exclusions import set_excluded
from evalsite.api.scopes import SCOPES
from evalsite.api.tokens import create_token
from evalsite.core.clock import database_now
from evalsite.core.codes import random_code
from evalsite.core.models import Role, Team, User
from evalsite.webhooks.endpoints import add_endpoint
from evalsite.webhooks.models import EventType
from generation.models import Brief
from generation.pipelines import find_system
from generation.runs.services import plan_run
from generation.runs.worker import Worker
from generation.systems.editing import add_system
from generation.training_data.corpus import intake as intakes
from generation.training_data.models import Scene, TrainedModel
from generation.uploads import services as uploads
from tests import factories
from tests.generation import two_teams
from tests.staff_cast import signed_in

STATES = (
    ("draft", "frozen", "closed", "unblinded"),
    ("draft", "open", "paused", "unblinded"),
    ("frozen", "open", "paused", "closed"),
)
"""Of the studies of each team. The raters of the third team's open study are simulated."""
SEALED = {"frozen", "open", "paused", "closed"}
WORDS = (two_teams.WORD, "kestrelish", "ottermark")
NAMES = ("marlowfolk", "birchfolk", "cobblefolk")
"""In the names of people and teams. Admins of the site see these."""


@dataclass
class TeamRows:
    team: Team
    word: str
    name: str
    users: dict[str, User]
    studies: dict[str, Study] = field(default_factory=dict)
    rows: set[str] = field(default_factory=set)
    """Slugs and codes of rows in which the word does not occur."""
    people: dict[str, Client] = field(default_factory=dict)
    token: str = ""
    """Of the owner, with every scope."""

    def markers(self, *, names: bool = True) -> set[str]:
        return {self.word, *self.rows, *([self.name] if names else [])}


@dataclass
class Site:
    teams: list[TeamRows]
    admin: Client
    """An admin of the site who is in no team."""
    secrets: set[str]
    """Codes, digests and texts of entries of sealed studies: with any of them one could find out more."""
    sealed: dict[str, set[str]]
    """The systems of each sealed study, by its slug."""
    given: dict[tuple[str, str], list[Any]] = field(default_factory=dict)
    """What each person was given so far."""


def build_site(folder: Path) -> Site:
    first = two_teams.build_site()
    take_word_from_scenes()
    third = Team.objects.create(slug="third", name="Third").pk
    User.objects.exclude(username="root").update(is_active=False)  # others come in their place
    teams = []
    for key, word, name, states in zip((first.first, first.second, third), WORDS, NAMES, STATES, strict=True):
        team = Team.objects.get(pk=key)
        Team.objects.filter(pk=team.pk).update(name=f"Team {name}", slug=f"{name}-team")
        rows = TeamRows(team, word, name, people_of(team, name))
        make_access_rows(rows)
        for state in states:
            rows.studies[state] = make_study(folder / word / state, rows, state)
        if word != two_teams.WORD:
            make_generation_rows(rows)
        rows.people = {role: signed_in(user) for role, user in rows.users.items()}
        teams.append(rows)
    teams[0].rows |= first.names - {"sample@1"}
    secrets: set[str] = set()
    sealed: dict[str, set[str]] = {}
    for rows in teams:
        for state in SEALED & rows.studies.keys():
            study = rows.studies[state]
            secrets |= {*identities(study), text_of(rows, state)}
            sealed[study.slug] = {system["slug"] for system in study.spec["systems"]}
    return Site(teams, first.people[two_teams.NOBODY], secrets, sealed)


def take_word_from_scenes() -> None:
    """A dataset can only be downloaded while its scenes are as they were."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        planted = Value(f" {two_teams.WORD}")
        Scene.objects.update(text=Replace("text", planted), heading=Replace("heading", planted))
        cursor.execute("SET LOCAL session_replication_role = origin")


def people_of(team: Team, name: str) -> dict[str, User]:
    return {
        role: factories.member(
            f"{name}-{role}", team, role=role, first_name=f"Pat {name}", email=f"{role}@{name}.example"
        )
        for role in Role.values
    }


def make_access_rows(rows: TeamRows) -> None:
    """What programs of the team use: a token, and a webhook that gets every event from now on."""
    owner, word = rows.users[Role.OWNER], rows.word
    _token, rows.token = create_token(user=owner, team=rows.team, name=word, scopes=SCOPES, by=word)
    url = f"https://{word}.example/{word}"
    add_endpoint(team=rows.team.pk, url=url, events=EventType.values, by=word)


# Studies


def make_study(folder: Path, rows: TeamRows, state: str) -> Study:
    simulated = rows.word == WORDS[2] and state == "open"
    study = factories.make_study(
        folder,
        state=state if state in ("draft", "frozen") else "open",
        team=rows.team,
        slug=state,
        word=rows.word,
        systems=(f"{state}-quillon", f"{state}-people"),
        briefs=1,
        seats=3,
        extra=text_of(rows, state),
    )
    plant_in_draft(study, rows)
    if state != "draft":
        study_states.amend(study=study, by=rows.users["owner"].username, text=f"Because of {rows.word}")
    if study.state == Study.State.OPEN:
        fill(study, rows, simulated=simulated)
    if state == "paused":
        study_states.transition(study=study, verb="pause", by=rows.users["owner"].username)
    if state == "closed":
        study_states.transition(study=study, verb="close", by=rows.users["owner"].username)
    if state == "unblinded":
        unblind(study, rows)
    study.refresh_from_db()
    assert study.state == state
    return study


def text_of(rows: TeamRows, state: str) -> str:
    """A line that all scripts of the study's only scene have."""
    return f"Nine {rows.word} lamps were {state}."


def plant_in_draft(study: Study, rows: TeamRows) -> None:
    word, by = rows.word, rows.users["owner"]
    found = {"study": study, "brief_slug": f"{word}-scene-en-1"}
    LeakFinding.objects.create(
        study=study, brief_slug="study:title", kind="model", excerpt=word, cleared_by=by, cleared_reason=word
    )
    MailSettings.objects.create(
        study=study,
        sender=f"{word} <{word}@team.example>",
        reply_to=f"{word}@team.example",
        texts={"reminder": {"en": {"subject": word, "body": word}}},
    )
    UnfinishedForm.objects.create(user=by, study=study, content={"title_en": [word]})
    if study.state == Study.State.DRAFT:
        length = {"brief": "a", "number": 1, "length": 900, "target": 300, "language": "en"}
        AcceptedWarning.objects.create(study=study, code="length", params=length, reason=word, accepted_by=by)
        Rejection.objects.create(
            **found, script_digest=random_code(), found=[], reason=word, rejected_by=by.username
        )


def fill(study: Study, rows: TeamRows, *, simulated: bool) -> None:
    """Two raters judge; a third is invited by mail."""
    by = rows.users["owner"]
    kind = Rater.Kind.SIMULATED if simulated else Rater.Kind.PERSON
    for _number in range(2):
        rater = services.enrol(study=study, languages=["en"], kind=kind, by=by.username).rater
        factories.judge(rater, rng=factories.random.Random(3))
    line = f"{rows.word} Rater,{rows.word}.{study.state}@people.example,en"
    read = read_text(f"label,mail,languages\n{line}").rows
    invite(study=study, rows=read, code=random_code(16), by=by.username, send=not simulated)
    judged = Assignment.objects.filter(rater__study=study, state=Assignment.State.SUBMITTED)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        judged.update(reason=Concat("reason", Value(f" {rows.word}")))
        Mark.objects.filter(assignment__in=judged).update(note=rows.word)
        cursor.execute("SET LOCAL session_replication_role = origin")
    set_excluded(assignment=judged[0], excluded=True, by=by, reason=f"seen by {rows.word}")


def unblind(study: Study, rows: TeamRows) -> None:
    factories.unblind(study, [rows.users["owner"], rows.users["researcher"]])
    report = reports.request(study=study, by=rows.users["owner"])
    reports.build(report.code)
    until = (database_now() + timedelta(days=3)).date()
    create_report_link(report=report, until=until, note=rows.word, by=rows.users["owner"])


# Rows below /generation/


def make_generation_rows(rows: TeamRows) -> None:
    """What the first team has from `two_teams`, without datasets."""
    word, by, team = rows.word, rows.users["owner"], rows.team.pk
    system = add_system(spec=replace(find_system("fake-direct"), slug=f"{word}-writer"), team=team)
    brief = Brief.objects.filter(series__team=team).earliest("pk")
    specs = [find_system("fake-direct")]
    run = plan_run(specs=specs, briefs=[brief], wake=False, by=by, name=f"Run {word}", team=team).run
    Worker(run).work()
    content = two_teams.SCENE.replace("Rain", word).encode()
    upload = uploads.receive(content=content, name=f"{word}.fountain", by=by, team=team).upload
    told = {"series": f"{word}-films", "series_title": word, "language": "en", "rights": "train"}
    told |= {"credit": word, "genre": "", "origin": "", "version": ""}
    intake = intakes.receive(told=told, files=[(f"1-{word}.fountain", content)], by=by, team=team)
    TrainedModel.objects.create(
        team=rows.team, slug=f"{word}-0a1b2c3d", name=word, digest=random_code(64), variant="dsr", card={}
    )
    rows.rows |= {run.code, upload.code, intake.code, system.slug}


# The seal


def identities(study: Study) -> set[str]:
    """What would lead from the entries of a sealed study to its scripts, and so to its systems."""
    entries = Entry.objects.filter(study_brief__study=study).values_list("code", "digest")
    sealed = SealedEntry.objects.filter(study_slug=study.slug).values_list("script_digest", "nonce")
    return {
        *chain.from_iterable(entries),
        *chain.from_iterable(sealed),
        *Assignment.objects.filter(rater__study=study).values_list("code", flat=True),
        *SealedDraw.objects.filter(study_slug=study.slug).values_list("nonce", flat=True),
    }

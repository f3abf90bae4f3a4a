"""Training data of two teams: nothing is compared, told, used or changed across them."""

from pathlib import Path
from types import SimpleNamespace

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.core.management.base import CommandError
from django.test import Client
from django.urls import reverse

from annotations.freezing import training_overlap
from evalsite.core.errors import InputErrors
from evalsite.core.models import Membership, Role, Team, only_team
from generation import blinding
from generation.models import Run, Series, System
from generation.services import store_briefs, store_system
from generation.training_data.corpus.services import import_folder, known_titles
from generation.training_data.corpus.similar_scenes import hidden_scenes, hides, scenes_like, shares_near
from generation.training_data.datasets.building import not_ready
from generation.training_data.datasets.lineage import trainings, unregistered
from generation.training_data.datasets.reviewing import lack_of, queue_of
from generation.training_data.models import Intake, Review, Scene, Work
from generation.training_data.pages.synthesis_pages import had_before, recipes
from generation.training_data.synthesis.choosing import reserved_scenes, works_of
from generation.training_data.synthesis.corpus_index import build_corpus_index
from generation.training_data.synthesis.planning import plan_of, plan_synthesis
from tests.factories import add_script, person
from tests.generation.training_data.finished import finished_run
from tests.generation.training_data.material import fake_recipe
from tests.generation.training_data.test_corpus_import import folder_of, scene
from tests.generation.training_data.trained_models import spec_with, train_on
from tests.generation.two_teams import brief_of

pytestmark = pytest.mark.django_db
WORDS = " ".join(
    f"At step {at} she counts {at * at + 3} boats and chalks the sum on a door." for at in range(12)
)


def corpus(path: Path, series: str, *, team: int, title: str = "The Quay", more: str = "") -> list[Scene]:
    path.mkdir()
    (path / "1.fountain").write_text(scene(1, WORDS) + more)
    import_folder(folder_of(path, {"file": "1.fountain", "series": series, "title": title}), team=team)
    return list(Scene.objects.filter(work__series__slug=series))


@pytest.fixture
def teams() -> tuple[int, int]:
    first = only_team()
    return first, Team.objects.create(slug="second", name="Second").pk


def member(client: Client, team: int, role: str) -> Client:
    user = person(f"sam-{role}")
    Membership.objects.create(user=user, team_id=team, role=role)
    client.force_login(user)
    return client


def test_an_import_changes_no_work_of_another_team(teams, tmp_path):
    first, second = teams
    corpus(tmp_path / "one", "quay", team=first)
    before = list(Work.objects.values())
    (tmp_path / "two").mkdir()
    (tmp_path / "two" / "1.fountain").write_text(scene(1, WORDS.replace("boats", "gulls")))
    folder = folder_of(tmp_path / "two", {"file": "1.fountain", "title": "Not The Quay"})
    for options in ({}, {"replace": True, "change_rights": True}, {"dry_run": True}):
        with pytest.raises(InputErrors) as refused:
            import_folder(folder, team=second, **options)
        lines = refused.value.lines()
        assert all("taken on this site" in line for line in lines), lines
        assert all(str(folder / "corpus.yaml:2:") in line for line in lines), lines
        assert "The Quay'" not in str(refused.value)
    assert list(Work.objects.values()) == before
    with pytest.raises(CommandError, match="several teams"):
        call_command("import_corpus", str(folder))
    with pytest.raises(CommandError, match="several teams"):
        call_command("synthesize", str(folder), estimate=True)
    with pytest.raises(CommandError, match="several teams"):
        call_command("dataset", "build", "latest", "mine")


def test_an_equal_screenplay_of_another_team_is_not_noticed(teams, tmp_path):
    first, second = teams
    (one,) = corpus(tmp_path / "one", "quay", team=first)
    (two,) = corpus(tmp_path / "two", "shore", team=second)
    assert one.text == two.text
    assert (two.like, scenes_like([one.pk])) == (None, set())
    assert known_titles("The Quay", second, but="new") == ["shore"]
    (three,) = corpus(tmp_path / "three", "strand", team=first, more="Rain.\n")
    assert three.like == one, "within the team it is"
    assert scenes_like([one.pk]) == {three.pk}


def test_a_study_of_one_team_hides_and_holds_back_nothing_of_another(teams, tmp_path, monkeypatch):
    first, second = teams
    (one,) = corpus(tmp_path / "one", "quay", team=first)
    (two,) = corpus(tmp_path / "two", "shore", team=second)
    brief = store_briefs([brief_of("depot-one", "depot-line", "The Depot")], team=first)[0].brief
    human = store_system(slug="human", name="human", kind=System.Kind.HUMAN)
    script = add_script(brief=brief, system=human, text=one.text).script
    monkeypatch.setattr(blinding, "_rules", [lambda pairs: {("depot-one", "human")}])
    assert hidden_scenes([one.pk, two.pk]) == {one.pk}
    assert hides(one.text, "en", first)
    assert not hides(one.text, "en", second)
    assert set(shares_near(type(script).objects.all())[script.pk]) == {one.pk}
    assert reserved_scenes(second) == set()


def test_a_run_takes_works_of_one_team(teams, tmp_path, client):
    first, second = teams
    corpus(tmp_path / "one", "quay", team=first)
    corpus(tmp_path / "two", "shore", team=second)
    with pytest.raises(InputErrors, match="nothing here has the slug"):
        plan_synthesis(recipe=fake_recipe(), works=works_of([]), wake=False)
    assert [work.slug for work in works_of([], second)] == ["shore-1"]
    assert works_of(["quay-1"], second) == []
    run = plan_synthesis(recipe=fake_recipe(), works=works_of([], first), wake=False).run
    assert run.team_id == first
    Run.objects.update(frozen_settings={**run.frozen_settings, "recipe": {"slug": "secret-recipe"}})
    assert set(recipes(second)) == {"dsr-data"}
    works = works_of([], second)
    survey = build_corpus_index(works)
    assert had_before(plan_of(fake_recipe(), works, survey), survey, second) is None
    owner = member(client, second, Role.OWNER)
    page = reverse("generation-synthesis-new")
    for given in (
        {"works": "work:quay-1", "recipe_slug": "dsr-data"},
        {"works": "work:shore-1", "recipe_slug": "secret-recipe"},
    ):
        answer = owner.post(page, {"step": "start", "seed": 1, **given})
        assert answer.status_code == 422
        assert "quay" not in answer.content.decode().replace("work:quay-1", "")
    assert Run.objects.count() == 1


def test_files_handed_in_join_series_of_the_own_team(teams, tmp_path, client):
    first, second = teams
    corpus(tmp_path / "one", "quay", team=first, title="A Secret Quay")
    owner = member(client, second, Role.OWNER)
    told = {"series": "quay", "series_title": "Mine", "language": "en", "rights": "train", "credit": "ours"}
    page = reverse("generation-corpus-new")

    def send(**other: str) -> object:
        file = SimpleUploadedFile("1.fountain", scene(1, WORDS).encode())
        return owner.post(page, {**told, **other, "scripts": file})

    refused = send()
    assert refused.status_code == 400
    assert "This slug is taken" in refused.content.decode()
    assert "A Secret Quay" not in refused.content.decode()
    assert send(series="shore").status_code == 303
    intake = Intake.objects.get()
    assert intake.team_id == second
    html = owner.get(reverse("generation-corpus-intake", args=[intake.code])).content.decode()
    assert "quay" not in html
    assert "repeat" not in html, "an equal scene of another team is not told of"
    assert owner.post(reverse("generation-corpus-intake", args=[intake.code]), {
        f"f{intake.files.get().pk}-title": "One", f"f{intake.files.get().pk}-order": 1,
    }).status_code == 303  # fmt: skip
    assert Series.objects.get(slug="shore").team_id == second


def test_names_of_datasets_and_models_of_another_team(teams, tmp_path):
    first, second = teams
    (one,) = corpus(tmp_path / "one", "quay", team=first)
    Team.objects.filter(pk=second).delete()  # one team while rows join it by themselves
    model = train_on([one])
    second = Team.objects.create(slug="second", name="Second").pk
    run = Run.objects.create(kind=Run.Kind.SYNTHESIZE, frozen_settings={}, digest="2", team_id=second)
    assert "taken on this site" in not_ready(run, "sample", without_reviews=True)
    spec = spec_with(model.slug)
    assert [each.model for each in trainings(spec, [first])] == [model]
    assert trainings(spec, [second]) == []
    assert unregistered(spec, [first]) == []
    (fault,) = unregistered(spec, [second])
    assert "not registered" in str(fault)
    asking = spec_with("", adapter=model.name)
    assert unregistered(asking, [second]) == [], "what another team's model is called is not told"
    assert unregistered(asking, [first]) != []


def test_a_study_is_not_compared_with_what_another_team_trained(teams, tmp_path):
    first, second = teams
    (one,) = corpus(tmp_path / "one", "quay", team=first)
    Team.objects.filter(pk=second).delete()  # one team while rows join it by themselves
    model = train_on([one])
    second = Team.objects.create(slug="second", name="Second").pk
    system = System(slug="wren", kind="pipeline", spec=spec_with(model.slug).as_record(), team_id=first)
    system.save()
    study = SimpleNamespace(systems=[system])
    overlap = training_overlap.series_faults(study, {"scene-1": "quay"}, "study.yaml")
    assert ["quay" in each.message for each in overlap] == [True]
    System.objects.update(team_id=second)
    (fault,) = training_overlap.series_faults(study, {"scene-1": "quay"}, "study.yaml")
    assert "not registered" in fault.message
    System.objects.update(spec=spec_with("", adapter=model.name).as_record())
    assert training_overlap.series_faults(study, {"scene-1": "quay"}, "study.yaml") == []


@pytest.mark.slow
def test_a_reviewer_reviews_and_is_led_nowhere_else(client):
    """A screenwriter hired to review data: as a researcher the same account took datasets and unblinded
    studies."""
    run = finished_run(share=0.2, twice=0.0, filtered=True)
    first = only_team()
    Team.objects.create(slug="second", name="Second")
    reviewer = member(client, first, Role.REVIEWER)
    listed = reviewer.get(reverse("generation-reviews")).content.decode()
    queue = reverse("generation-review", args=[run.code])
    assert queue in listed
    assert "2 scenes to review" in listed
    user = Membership.objects.get(role=Role.REVIEWER).user
    for _each in range(2):
        key = queue_of(run, user).waiting[0]
        page = reverse("generation-candidate", args=[run.code, key])
        html = reviewer.get(page).content.decode()
        assert f'href="/generation/{run.code}/' not in html, "nor is a link to what it cannot open"
        assert reviewer.post(page, {"decision": "reject", "reason": "flat"}).status_code == 303
    assert Review.objects.filter(reviewer=user).count() == 2
    for address in (queue, reverse("generation-profiles", args=[run.code])):
        assert f'href="/generation/{run.code}/' not in reviewer.get(address).content.decode()


def test_people_of_another_team_are_no_reviewers_of_a_run():
    run = finished_run(share=1.0, twice=0.0, filtered=True)
    second = Team.objects.create(slug="second", name="Second").pk
    for name in ("sam", "pat"):
        Membership.objects.create(user=person(name), team_id=second, role=Role.REVIEWER)
    assert lack_of(run).people == 1, "who could review is in another team"
    Membership.objects.create(user=person("rae"), team_id=only_first(), role=Role.WATCHER)
    assert lack_of(run).people == 1, "a watcher does not review"
    Membership.objects.create(user=person("una"), team_id=only_first(), role=Role.REVIEWER)
    assert lack_of(run).people == 0


def only_first() -> int:
    return Team.objects.exclude(slug="second").get().pk

"""Taking briefs, systems and scripts in."""

from dataclasses import replace

import pytest

from evalsite.core.errors import InputErrors
from generation.models import Brief, Script, Series, System
from generation.services import store_briefs, store_system
from tests.factories import add_script
from tests.generation.conftest import fake, planned
from tests.generation.two_teams import brief_of

SPEC = replace(brief_of("first-out", "harbour", "The Harbour", "Kestrel"), path="first-out.yaml")
SCENE = "INT. LOFT - DAY\n\nDust.\n\nKESTREL\nYou can't.\n"


def outcomes(specs):
    return [stored.outcome for stored in store_briefs(specs)]


@pytest.fixture
def brief(db):
    return store_briefs([SPEC])[0].brief


@pytest.fixture
def system(db):
    return store_system(slug="direct", name="Direct", kind=System.Kind.IMPORTED)


@pytest.mark.django_db
def test_loading_twice_changes_nothing():
    assert outcomes([SPEC]) == ["created"]
    assert outcomes([SPEC]) == ["unchanged"]
    assert outcomes([replace(SPEC, outline="They part.")]) == ["changed"]
    assert Brief.objects.get().outline == "They part."


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("other", "message"),
    [
        ({}, "the slug first-out is also used in first-out.yaml"),
        ({"slug": "b", "series_title": "A Harbour"}, "series harbour is called"),
        ({"slug": "b", "language": "zh"}, "series harbour is in en, this brief in zh"),
    ],
)
def test_briefs_that_do_not_agree_are_refused_and_none_is_kept(other, message):
    with pytest.raises(InputErrors, match=message):
        store_briefs([SPEC, replace(SPEC, **other)])
    assert Brief.objects.count() == Series.objects.count() == 0


def test_a_brief_that_a_run_was_planned_for_cannot_change(brief):
    planned(brief, fake())
    assert outcomes([SPEC]) == ["unchanged"]
    with pytest.raises(InputErrors, match="runs use it"):
        store_briefs([replace(SPEC, outline="They part.")])


def test_a_script_is_known_by_its_text(brief, system):
    first = add_script(brief=brief, system=system, text=SCENE)
    again = add_script(brief=brief, system=system, text="\ufeff\n" + SCENE.replace("\n", "\r\n") + "\n\n")
    assert (first.created, again.created, again.script) == (True, False, first.script)
    assert (first.script.sample, first.script.length, first.script.language) == (1, 7, "en")


def test_another_text_is_another_sample(brief, system):
    samples = [
        add_script(brief=brief, system=system, text=SCENE + f"\nRain {n}.\n").script.sample for n in range(3)
    ]
    assert samples == [1, 2, 3]


@pytest.mark.parametrize("text", ["", " \n\u200b\n", "[[only a note]]"])
def test_nothing_to_print_is_no_script(brief, system, text):
    with pytest.raises(InputErrors, match="this text contains no script"):
        add_script(brief=brief, system=system, text=text)
    assert Script.objects.count() == 0


def test_people_and_pipelines_stay_what_they_are(system):
    store_system(slug="human", name="People", kind=System.Kind.HUMAN)
    with pytest.raises(InputErrors, match="is of kind human"):
        store_system(slug="human", name="x", kind=System.Kind.PIPELINE, spec=fake())


def test_an_imported_system_that_has_written_does_not_become_a_pipeline(brief, system):
    """One that a study has only named does: it stands for nothing yet."""
    named = store_system(slug="named", name="named", kind=System.Kind.IMPORTED)
    store_system(slug="named", name="Now a pipeline", kind=System.Kind.PIPELINE, spec=fake())
    named.refresh_from_db()
    assert (named.name, named.kind, named.spec) == ("Now a pipeline", "pipeline", fake().as_record())
    add_script(brief=brief, system=system, text=SCENE)
    with pytest.raises(InputErrors, match=r"is imported, not a pipeline\. Fix: .* --as my-direct"):
        store_system(slug="direct", name="Direct, again", kind=System.Kind.PIPELINE, spec=fake())
    system.refresh_from_db()
    assert (system.name, system.kind, system.spec) == ("Direct", "imported", {})


def test_a_pipeline_takes_new_stages_until_it_has_worked(brief):
    spec = fake()
    first, second, third = (
        replace(spec, stages=(replace(spec.stages[0], temperature=heat),)) for heat in (0.1, 0.2, 0.3)
    )
    for spec in (first, second):
        system = store_system(slug=spec.slug, name=spec.name, kind=System.Kind.PIPELINE, spec=spec)
    assert system.spec == second.as_record()
    add_script(brief=brief, system=system, text=SCENE)
    patient = replace(second, tries=9)
    store_system(slug=patient.slug, name="Patient", kind=System.Kind.PIPELINE, spec=patient)
    others = replace(second, backend=replace(second.backend, model_path="/models/another"))
    for other in (third, others):
        with pytest.raises(InputErrors, match="other stages or weights and can't change"):
            store_system(slug=other.slug, name=other.name, kind=System.Kind.PIPELINE, spec=other)
    system.refresh_from_db()
    assert (system.name, system.spec) == ("Patient", patient.as_record())

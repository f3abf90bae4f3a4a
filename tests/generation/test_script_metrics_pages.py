"""Quality check: measured once, shown per script and per system, closed where a study is sealed."""

import pytest
from django.core.management import call_command
from django.urls import reverse

from evalsite.core.models import only_team
from generation import blinding
from generation.models import Measurement, Script, System
from generation.script_metrics import measuring
from generation.script_metrics.labels import BY_NAME, label_metrics
from generation.script_metrics.queries import ScriptFilter, script_rows, system_rows
from generation.tasks import measure
from tests.factories import add_script
from tests.generation.test_system_pages import text_of

GOOD = "INT. HARBOUR - DAY\n\nRain on the boats.\n\n{who}\nYou came back, and nobody asked you to.\n"


@pytest.fixture
def scripts(en_brief):
    """`tidy`; `loud` with a stranger and Markdown; `people`, with the words of `tidy` and one line more."""
    kinds = {"tidy": System.Kind.IMPORTED, "loud": System.Kind.IMPORTED, "people": System.Kind.HUMAN}
    systems = {slug: System.objects.create(slug=slug, name=slug, kind=kind) for slug, kind in kinds.items()}
    known = en_brief.characters[0]["name"].upper()
    long = "\n".join(f"Rain falls on boat number {n} of the harbour." for n in range(30))
    texts = {
        "tidy": GOOD.format(who=known) + "\n" + long + "\n",
        "loud": GOOD.format(who="ZORBLAX") + "\n```\n**Notes** and __more__ of it.\n```\n",
        "people": GOOD.format(who=known) + "\n" + long + "\n\nThe tide turns.\n",
    }
    return {
        slug: add_script(brief=en_brief, system=systems[slug], text=text).script
        for slug, text in texts.items()
    }


def test_every_script_is_measured_once(scripts):
    measure()
    found = {each.script_id: each for each in Measurement.objects.all()}
    assert found.keys() == {script.pk for script in scripts.values()}
    loud = found[scripts["loud"].pk].values
    assert loud["strangers"] == ["ZORBLAX"]
    assert loud["markup"] >= 2
    tidy = found[scripts["tidy"].pk].values
    assert tidy["human_overlap"] == pytest.approx(1, abs=0.05)
    assert tidy["nearest_other"] == tidy["human_overlap"]
    assert found[scripts["people"].pk].values["human_overlap"] is None
    before = {key: each.measured_at for key, each in found.items()}
    measure()
    assert {each.script_id: each.measured_at for each in Measurement.objects.all()} == before


def test_a_new_script_changes_what_its_neighbours_share(scripts, en_brief):
    measuring.measure_brief(en_brief.pk)
    add_script(brief=en_brief, system=scripts["loud"].system, text=scripts["loud"].text + "\nA gull.\n")
    assert measuring.waiting().count() == 1
    measuring.measure_brief(en_brief.pk)
    loud = Measurement.objects.get(script=scripts["loud"])
    assert loud.values["nearest_other"] > 0.5
    assert loud.values["compared_with"] == 3


def test_a_brief_with_many_scripts_has_the_new_ones_measured(scripts, en_brief, monkeypatch):
    monkeypatch.setattr(measuring, "MOST_OTHERS", 2)
    one = measuring.measure_script(scripts["tidy"])
    add_script(brief=en_brief, system=scripts["loud"].system, text=scripts["loud"].text + "\nA gull.\n")
    assert measuring.measure_brief(en_brief.pk) == 3
    assert Measurement.objects.get(script=scripts["tidy"]).measured_at == one.measured_at
    assert not measuring.waiting().exists()


def test_the_command_measures_old_ones(scripts, capsys):
    call_command("measure_scripts")
    assert "3 of 3 scripts measured." in capsys.readouterr().out
    Measurement.objects.update(version=0)
    call_command("measure_scripts")
    assert set(Measurement.objects.values_list("version", flat=True)) == {measuring.VERSION}


def test_the_database_counts_as_the_words_do(scripts):
    measure()
    rows = {row.system: row for row in system_rows(ScriptFilter((only_team(),)))}
    assert {slug: row.n for slug, row in rows.items()} == {"tidy": 1, "loud": 1, "people": 1}
    assert rows["loud"].shares["strangers"] == rows["loud"].shares["markup"] == 1
    assert rows["tidy"].shares["strangers"] == rows["tidy"].shares["markup"] == 0
    assert rows["tidy"].length == Script.objects.get(system__slug="tidy").length
    for slug, row in rows.items():
        values = Measurement.objects.get(script__system__slug=slug).values
        (script,) = script_rows(ScriptFilter((only_team(),), system=slug), 0, 9)
        assert [each.shown for each in script.labels] == [each.shown for each in label_metrics(values)]
        assert row.means["repetition"] == pytest.approx(values["repetition"])
        assert row.shares["out"] == float(bool(script.out))
    assert system_rows(ScriptFilter((only_team(),), language="zh")) == []


def test_the_pages_name_what_stands_out(researcher, scripts):
    measure()
    page = text_of(researcher.get(reverse("generation-script-metrics")))
    assert "loud" in page
    assert str(BY_NAME["nearest_other"].meaning) in page
    page = text_of(
        researcher.get(reverse("generation-script-metrics-system", args=["loud"]) + "?language=en")
    )
    assert "ZORBLAX" in page
    assert researcher.get(reverse("generation-script-metrics-system", args=["nobody"])).status_code == 404


def test_what_is_sealed_is_left_out_and_counted(researcher, scripts, en_brief, monkeypatch):
    measure()
    monkeypatch.setattr(blinding, "_rules", [lambda pairs: {(en_brief.slug, "loud")}])
    (row,) = system_rows(ScriptFilter((only_team(),), system="loud"))
    assert (row.scripts, row.left_out, row.n, row.waiting) == (1, 1, 0, 0)
    assert row.means["repetition"] is None
    assert script_rows(ScriptFilter((only_team(),), system="loud"), 0, 9) == []
    page = text_of(researcher.get(reverse("generation-script-metrics-system", args=["loud"])))
    assert "ZORBLAX" not in page
    assert "1 script is sealed in a study" in page

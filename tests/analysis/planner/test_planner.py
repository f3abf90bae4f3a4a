"""Report pages: /planning/: how many raters, answered at once and then simulated in parts."""

import re
import xml.etree.ElementTree as ET
from urllib.parse import urlencode

import pytest
from django.test import Client

from analysis.planner import answer as planner_answer

pytestmark = pytest.mark.django_db

PLAN = {
    "win_rate": 65, "claim": "different", "margin": "", "wanted": 80,
    "raters": 12, "scenes": 16, "series": "", "systems": 2, "design": "incomplete", "per_pairing": 3,
    "sd_raters": 10, "sd_scenes": 20, "sd_series": 10, "ties": 15,
}  # fmt: skip


@pytest.fixture(autouse=True)
def small_parts(monkeypatch):
    """Five studies in one request are as good as twenty-five."""
    monkeypatch.setattr(planner_answer, "MOST_AT_A_TIME", 5)


def address(path="/planning/", **changes):
    return f"{path}?{urlencode(PLAN | changes)}"


def simulated(staff, token="", **changes):
    """One part, as the page's script asks for it."""
    answer = staff.post(
        address("/planning/simulate/", **changes), {"token": token}, headers={"Accept": "application/json"}
    )
    assert answer.status_code == 200
    return answer.json()


def test_it_works(staff):
    page = staff.get(address()).content.decode()
    assert "Power to distinguish 65% from 50%" in page
    assert "12 raters, 16 scenes: 48 judgments for the comparison, 4 pairs per rater" in page
    assert 'alt="Power in percent' in page


@pytest.mark.slow
@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({}, "This size is not enough. Even 200 raters would not be enough. Use more scenes."),
        ({"raters": 20, "scenes": 96, "series": 24}, "scenes from 24 series: "),
        ({"raters": 20, "scenes": 96, "series": 24}, "This size is enough."),
        ({"raters": 8, "scenes": 64}, "With this many scenes, you need 11 raters."),
        (
            {"raters": "", "scenes": ""},
            "For example, these sizes would be enough: 18 raters, 48 scenes (8 pairs per rater); or ",
        ),
        ({"raters": "", "scenes": "8"}, "None of these sizes is enough"),
        ({"win_rate": 50}, "There is no difference to detect"),
    ],
)
def test_the_answer_begins_with_a_sentence(staff, changes, told):
    assert told in staff.get(address(**changes)).content.decode()


def test_the_form_alone_answers_nothing(staff):
    page = staff.get("/planning/").content.decode()
    assert "How many raters?" in page
    assert "planner-chart" not in page


def test_the_list_of_studies_leads_there(staff):
    assert 'href="/planning/"' in staff.get("/studies/").content.decode()


def test_a_stranger_is_sent_to_sign_in(db):
    assert Client().get("/planning/").status_code == 302
    assert Client().get(address("/planning/chart.svg")).status_code == 302
    assert Client().post(address("/planning/simulate/")).status_code == 302


def test_without_raters_the_numbers_are_a_table_that_leads_on(staff):
    page = staff.get(address(raters="", scenes="")).content.decode()
    assert "With this many scenes, no number of raters is enough. Use more scenes." in page
    [first, *_] = re.findall(r'href="(\?[^"]*raters=\d+[^"]*)"', page)
    shown = staff.get("/planning/" + first.replace("&amp;", "&")).content.decode()
    assert "Power to distinguish 65% from 50%" in shown


def test_it_speaks_chinese(staff):
    page = staff.get(address(), headers={"Accept-Language": "zh-hans"}).content.decode()
    assert "估算样本量" in page
    assert "How many raters" not in page
    assert "Chance" not in page
    missing = staff.get(address(raters="", series=4), headers={"Accept-Language": "zh-hans"}).content.decode()
    assert "Use more" not in missing


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"claim": "equivalent"}, "This goal needs a margin."),
        ({"win_rate": 50, "raters": ""}, "there is no difference to detect."),
        ({"series": 20}, "outnumber scenes."),
        ({"ties": 80}, "This win rate is impossible with this share of ties."),
        ({"sd_raters": 45, "sd_scenes": 45}, "differ this much."),
        ({"raters": 1}, "greater than or equal to 2"),
        ({"win_rate": "x"}, "Enter a number."),
    ],
)
def test_what_cannot_be_is_said_beside_its_field(staff, changes, told):
    page = staff.get(address(**changes)).content.decode()
    assert told in page
    assert 'role="alert"' in page
    assert 'id="answer"' not in page


def test_a_simulation_goes_on_from_part_to_part(staff):
    first = simulated(staff)
    assert 0 < first["done"] < first["of"]
    second = simulated(staff, first["token"])
    assert second["done"] == 2 * first["done"]
    assert f"{second['done']} simulated studies" in second["html"]
    assert simulated(staff)["html"] == first["html"]  # the same studies again


def test_the_last_part_ends_it(staff, monkeypatch):
    monkeypatch.setattr("analysis.planner.forms.STUDIES", 3)
    found = simulated(staff)
    assert (found["done"], found["of"]) == (3, 3)
    assert simulated(staff, found["token"])["done"] == 3


def test_without_its_script_the_button_simulates_some(staff):
    page = staff.post(address("/planning/simulate/"), {"token": ""}).content.decode()
    assert "simulated studies" in page
    assert "Simulate more" in page
    assert "<form" in page


def test_a_token_serves_its_own_question_only(staff):
    token = simulated(staff)["token"]
    assert simulated(staff, token, win_rate=70)["done"] == simulated(staff, "forged", win_rate=70)["done"]


def test_the_chart_shows_the_simulated_point(staff):
    plain = staff.get(address("/planning/chart.svg"))
    assert plain["Content-Type"] == "image/svg+xml"
    token = simulated(staff)["token"]
    drawn = staff.get(address("/planning/chart.svg", token=token)).content.decode()
    ET.fromstring(drawn)
    assert drawn.count("<polygon") == plain.content.decode().count("<polygon") + 1


def test_what_is_too_large_is_left_to_the_command_line(staff):
    large = {"raters": 1000, "scenes": 1000, "design": "crossed"}
    assert "size on the command line" in staff.get(address(**large)).content.decode()
    assert staff.post(address("/planning/simulate/", **large)).status_code == 404
    assert staff.post("/planning/simulate/?win_rate=x").status_code == 404

"""Systems as files, and the verdict on an answer."""

from dataclasses import replace

import pytest

from generation.backends import Completion
from generation.faults import Faults
from generation.pipelines import SHIPPED, SystemSpec, find_system, judge, prepare, read_system, seed_of, taken

SCENE = "INT. LOFT - DAY\n\nDust everywhere, and no one.\n\nKESTREL\nYou can't do that here.\n"
NOVEL = find_system("dsr").stages[0]
SCREENPLAY = find_system("dsr").stages[1]


def answer(text=SCENE, model="screenwriter", finish="stop"):
    return Completion(text, model, finish, {}, 0.1)


@pytest.mark.parametrize("path", sorted(SHIPPED.glob("*.yaml")), ids=lambda path: path.stem)
def test_shipped(path):
    spec = read_system(path)
    assert spec.slug == path.stem
    assert SystemSpec.from_record(spec.as_record()) == spec
    assert {(stage.temperature, stage.top_p) for stage in spec.stages} == {(0.7, 0.9)}  # the paper's decoding


def test_dsr_has_its_two_stages():
    spec = find_system("dsr")
    assert [(stage.name, stage.prompt, stage.form) for stage in spec.stages] == [
        ("novel", "dsr/stage1", "prose"),
        ("screenplay", "dsr/stage2", "screenplay"),
    ]


@pytest.mark.parametrize(
    ("old", "new", "line", "column", "message"),
    [
        ("slug: dsr", "slug: DSR", 3, 7, "is no slug"),
        ("kind: openai", "kind: magic", 6, 9, "kind is magic"),
        ("tries: 3", "trys: 3", 10, 1, "trys is no field"),
        ("prompt: dsr/stage1", "prompt: dsr/stage9", 13, 13, "there is no prompt 'dsr/stage9'"),
        ("- name: novel", "- name: prose", 21, 13, "asks for novel"),
        ("form: prose", "form: screenplay", 15, 11, "cannot stand here"),
        ("temperature: 0.7", "temperature: hot", 17, 18, "must be a number"),
        ("name: screenplay", "name: novel", 20, 11, "is taken"),
        ("base_url: http://127.0.0.1:8001/v1", "base_url: localhost", 8, 13, "is no address"),
        ("timeout: 600", "timeout: 0", 9, 12, "must be a number"),
    ],
)
def test_refused_with_its_place(tmp_path, old, new, line, column, message):
    text = (SHIPPED / "dsr.yaml").read_text()
    assert old in text
    path = tmp_path / "dsr.yaml"
    path.write_text(text.replace(old, new, 1))
    with pytest.raises(Faults) as refused:
        read_system(path)
    places = [(fault.line, fault.column) for fault in refused.value.faults if message in fault.message]
    assert places[0] == (line, column)


def test_an_unknown_name_says_what_there_is():
    with pytest.raises(Faults, match="shipped are direct, dsr"):
        find_system("dsrr")


def test_a_good_answer_goes_on():
    assert judge(SCREENPLAY, answer(), "en").ok


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        (answer(model="somebody-else"), "another model answered: somebody-else"),
        (answer(model=""), "another model answered: none named"),
        (answer(finish="length"), "cut off at 4096 tokens"),
        (answer(finish="content_filter"), "finish reason content_filter"),
        (answer(finish=""), "finish reason not given"),
        (answer(text=" \n "), "the answer is empty"),
        (answer(text="阁楼　日　内\n△灰尘落了一地。\n林晓：不行，你不能。\n"), "reads as zh, not en"),
        (answer(text="qwx zzrp 17 ++ vlk " * 20), "no screenplay: neither heading nor speech in it"),
        (answer(text="x" * 1_000_001), "longer than 1,000,000 bytes"),
        (answer(text="<think>only thoughts</think>"), "the answer is empty"),
    ],
)
def test_what_never_becomes_a_script(given, reason):
    verdict = judge(SCREENPLAY, given, "en")
    assert not verdict.ok
    assert reason in verdict.reason


def test_a_model_may_answer_under_names_that_the_system_lists():
    stage = replace(SCREENPLAY, answers_as=("screenwriter-2026",))
    assert judge(stage, answer(model="screenwriter-2026"), "en").ok


def test_the_novel_is_taken_from_its_tags():
    text = "<directives>\nSlow.\n</directives>\n<novel>\nShe came in from the rain.\n</novel>"
    assert judge(NOVEL, answer(text=text, model="dsr-novel"), "en").text == "She came in from the rain.\n"
    verdict = judge(NOVEL, answer(text="She came in.", model="dsr-novel"), "en")
    assert verdict.reason == "no part <novel>...</novel> in the answer"


def test_thoughts_in_front_are_left_out():
    assert taken(SCREENPLAY, f"<think>\nHm.\n</think>\n\n{SCENE}") == (SCENE, "")


def test_a_stage_gets_what_earlier_ones_gave():
    content = {
        "series": {"title": "S"}, "language": "en", "outline": "o", "previous_context": "", "guideline": "",
        "characters": [], "target_length": 500,
    }  # fmt: skip
    request = prepare(SCREENPLAY, content, {"novel": "She came in."}, 7)
    assert "<novel>\nShe came in.\n</novel>" in request.messages[-1][1]
    assert (request.model, request.sampling.seed, request.sampling.temperature) == ("screenwriter", 7, 0.7)


def test_seeds_follow_from_what_is_asked():
    assert seed_of("run", "dsr", "brief", 1, "novel", 1) == seed_of("run", "dsr", "brief", 1, "novel", 1)
    seeds = {
        seed_of("run", "dsr", "brief", sample, "novel", draw) for sample in range(9) for draw in range(9)
    }
    assert len(seeds) == 81
    assert all(0 <= seed < 2**31 for seed in seeds)

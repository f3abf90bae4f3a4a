"""Systems as files, and the verdict on an answer."""

import re
import time
from dataclasses import replace
from pathlib import Path

import pytest

from evalsite.core.errors import InputErrors
from generation.backends import Completion
from generation.backends.spec import BackendSpec
from generation.pipelines import (
    RULES,
    SHIPPED,
    CheckSpec,
    PartSpec,
    SystemSpec,
    answers_of,
    extract_part,
    find_system,
    judge,
    prepare,
    read_system,
    read_system_text,
    refusals,
    seed_of,
    split,
    system_yaml,
)

SCENE = "INT. LOFT - DAY\n\nDust everywhere, and no one.\n\nKESTREL\nYou can't do that here.\n"
CONTENT = {
    "series": {"title": "S"}, "language": "en", "outline": "o", "previous_context": "", "guideline": "",
    "characters": [{"name": "Kestrel", "profile": "A pilot."}], "target_length": 500,
}  # fmt: skip
NOVEL = find_system("dsr").stages[0]
SCREENPLAY = find_system("dsr").stages[1]


def answer(text=SCENE, model="screenwriter", finish="stop"):
    return Completion(text, model, finish, {}, 0.1)


@pytest.mark.parametrize("path", sorted(SHIPPED.glob("*.yaml")), ids=lambda path: path.stem)
def test_shipped(path):
    spec = read_system(path)
    assert spec.slug == path.stem
    assert SystemSpec.from_record(spec.as_record()) == spec
    assert read_system_text(system_yaml(spec)) == spec, "the same after it was written and read"


@pytest.mark.parametrize("slug", [path.stem.removeprefix("fake-") for path in SHIPPED.glob("fake-*.yaml")])
def test_a_fake_twin_has_the_same_stages(slug):
    assert find_system(f"fake-{slug}").stages == find_system(slug).stages
    assert find_system(f"fake-{slug}").backend.kind == "fake"


def test_a_record_from_before_prompts_were_kept_still_loads():
    """As it stands in rows of runs that were planned before stages carried their prompts."""
    stage = {
        "name": "novel", "prompt": "dsr/stage1", "model": "dsr-novel", "form": "prose", "take": "novel",
        "temperature": 0.7, "top_p": 0.9, "max_tokens": 6000, "answers_as": [],
    }  # fmt: skip
    backend = {
        "kind": "fake", "base_url": "", "base_url_env": "", "key_env": "", "timeout": 300.0,
        "behaviour": "ok", "every": 1,
    }  # fmt: skip
    record = {
        "slug": "dsr", "name": "DSR", "backend": backend, "stages": [stage], "tries": 3, "retries": 6,
        "in_flight": 4,
    }  # fmt: skip
    spec = SystemSpec.from_record(record)
    assert spec.stages[0].asks == "dsr-novel"
    assert set(spec.prompt_digests()) == {"dsr/stage1.en", "dsr/stage1.zh"}
    text = "<directives>\nSlow.\n</directives>\n<novel>\nShe came in from the rain.\n</novel>"
    verdict = judge(spec.stages[0], answer(text=text, model="dsr-novel"), "en")
    assert (verdict.ok, verdict.text) == (True, "She came in from the rain.\n")


def test_a_stage_can_have_another_model_and_server(tmp_path):
    path = tmp_path / "large.yaml"
    head = "slug: dsr\nname: {en: Dual-stage refinement, zh: 两步写作}\nlike: dsr\nstage_models:\n"
    server = "{kind: openai, base_url: 'http://127.0.0.1:8002/v1'}"
    huge = f"{{model: huge, max_completion_tokens: 9, backend: {server}}}"
    path.write_text(f"{head}  novel: {{model: large}}\n  screenplay: {huge}\n")
    novel, screenplay = find_system("dsr").stages
    backend = BackendSpec(kind="openai", base_url="http://127.0.0.1:8002/v1")
    spec = read_system(path)
    assert spec.stages == (
        replace(novel, model="large", adapter=""),
        replace(screenplay, model="huge", max_tokens=None, max_completion_tokens=9, backend=backend),
    )
    assert read_system_text(system_yaml(spec)) == spec
    path.write_text(f"{head}  screen: {{model: huge}}\n")
    with pytest.raises(InputErrors, match="stage_models has no field screen"):
        read_system(path)


PLACES = [
    ("slug: dsr", "slug: DSR", "slug: ", "isn't a valid slug"),
    ("kind: openai", "kind: magic", "kind: ", "kind is magic"),
    ("tries: 3", "trys: 3", "", "has no field trys"),
    ("prompt: dsr/stage1", "prompt: dsr/stage9", "prompt: ", "there is no prompt dsr/stage9"),
    ("prompt: dsr/stage1", "prompt: ./stage9", "prompt: ", "there is no prompt ./stage9"),
    ("prompt: dsr/stage2", "prompt: plan-then-write/script", "prompt: ", "needs plan"),
    ("form: prose", "form: screenplay", "form: ", "isn't allowed here."),
    ("temperature: 0.7", "temperature: hot", "temperature: ", "must be a number"),
    ("name: screenplay", "name: novel", "name: ", "is taken"),
    ("base_url: http://127.0.0.1:8001/v1", "base_url: localhost", "base_url: ", "isn't a server address"),
    ("timeout: 600", "timeout: 0", "timeout: ", "must be a number"),
    ("take: novel", "take: tale", "take: ", "which isn't one of the parts"),
    ("split: tags", "split: lines", "split: ", "split is lines"),
    ("split: tags", "", "parts: ", "parts need split"),
    ("checks: [no-layout", "checks: [no-leyout", "checks: [", "is no-leyout"),
    ("[no-layout", "[length", "[", "length needs bounds"),
    ("{from: 0.1, to: 4}", "{from: 5, to: 4}", "length: ", "is more than"),
    ("say_why: true", "say_why: maybe", "say_why: ", "must be true or false"),
    ("input: brief", "input: novel", "input: ", "input is novel"),
    ("take: novel", "take: novel\n    reads: {tale: outlines}", "", "outlines isn't available"),
    ("take: novel", "take: novel\n    reads: {tale: outline}", "", "doesn't use tale"),
    ("take: novel", "take: novel\n    schema: {type: object}", "", "schema must be a mapping"),
]


@pytest.mark.parametrize(("old", "new", "before", "message"), PLACES)
def test_refused_with_its_place(tmp_path, old, new, before, message):
    """Every fault is told at the line that was changed, where its value begins, with a mend."""
    text = (SHIPPED / "dsr.yaml").read_text()
    assert old in text
    path = tmp_path / "dsr.yaml"
    path.write_text(text.replace(old, new, 1))
    line = text[: text.index(old)].count("\n") + 1
    with pytest.raises(InputErrors) as refused:
        read_system(path)
    (fault,) = [fault for fault in refused.value.errors if message in fault.message][:1]
    assert fault.fix
    wrong = path.read_text().split("\n")
    if before:
        assert wrong[fault.line - 1][: fault.column - 1].endswith(before)
    assert line <= fault.line <= line + 1


def test_an_unknown_name_says_what_there_is():
    with pytest.raises(InputErrors, match=r"use one of claude-sonnet, .*, direct, dsr"):
        find_system("dsrr")


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        (answer(model="somebody-else"), "another model answered: somebody-else"),
        (answer(model=""), "another model answered: none named"),
        (answer(finish="length"), "cut off at 4096 tokens"),
        (answer(finish="content_filter"), "finish reason content_filter"),
        (answer(finish=""), "finish reason not given"),
        (answer(text=" \n "), "the answer is empty"),
        (answer(text="阁楼　日　内\n△灰尘落了一地。\n林晓：不行，你不能。\n"), "is in zh, not en"),
        (answer(text="qwx zzrp 17 ++ vlk " * 20), "not a screenplay: no scene heading or dialogue"),
        (answer(text="x" * 1_000_001), "characters for a limit of"),
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


def told(novel="She comes in from the rain.", **parts):
    names = ("exposition", "pacing", "action", "emotion")
    kinds = "\n".join(f"<{name}>\n{parts.get(name, 'A stone.')}\n</{name}>" for name in names)
    return f"<directives>\n{kinds}\n</directives>\n<novel>\n{novel}\n</novel>"


def test_an_answer_is_split_into_its_parts():
    verdict = judge(NOVEL, answer(text=told(pacing="Slow."), model="dsr-novel"), "en")
    assert verdict.text == "She comes in from the rain.\n"
    assert verdict.parts["pacing"] == "Slow.\n"
    assert verdict.parts["directives"].startswith("<exposition>\nA stone.")
    verdict = judge(NOVEL, answer(text="She came in.", model="dsr-novel"), "en")
    assert verdict.reason == "the answer has no <directives>...</directives>"
    verdict = judge(NOVEL, answer(text=told(emotion=" "), model="dsr-novel"), "en")
    assert verdict.reason == "the answer has no <emotion>...</emotion>"


def test_an_answer_of_nothing_but_tags_is_refused_at_once():
    began = time.process_time()
    given = answer("<novel>" * 100_000, NOVEL.asks)
    assert (
        judge(replace(NOVEL, max_tokens=50_000), given, "en", CONTENT).reason
        == "the answer has no <directives>...</directives>"
    )
    assert time.process_time() - began < 2  # by a pattern it took more than half a minute


def parted(kind, *parts, take=""):
    named = tuple(PartSpec(name=part) if isinstance(part, str) else part for part in parts)
    return replace(NOVEL, split=kind, parts=named, take=take, checks=())


def test_headings_split_an_answer():
    stage = parted("headings", PartSpec(name="beats", heads=("Beats", "节拍")), PartSpec(name="end"))
    for text in ("# Beats\n1. Rain.\n\n## End\nDark.", "**Beats:**\n1. Rain.\n\n2. End:\nDark."):
        found = split(stage, text)
        assert found.parts == {"beats": "1. Rain.\n", "end": "Dark.\n"}
    assert split(stage, "【节拍】\n下雨。\nend\n黑。").parts["beats"] == "下雨。\n"
    assert split(stage, "# Beats\nRain.").missing == ("end",)


def test_json_splits_an_answer():
    stage = parted("json", "beats", "end", take="end")
    found = split(stage, '```json\n{"beats": ["Rain.", "Dark."], "end": "Dawn."}\n```')
    assert (found.text, found.parts["beats"]) == ("Dawn.\n", "1. Rain.\n2. Dark.\n")
    assert split(stage, '{"beats": []}').missing == ("beats", "end")
    assert split(stage, "beats: none").fault == "the answer is not JSON"
    assert split(stage, "[1]").fault == "the answer is not a JSON object"
    verdict = judge(stage, answer(text="[1]", model="dsr-novel"), "en")
    assert (verdict.ok, verdict.why) == (False, "it did not have the form that was asked for")


def test_a_schema_leads_the_server(tmp_path):
    path = tmp_path / "dsr.yaml"
    schema = "{type: object, required: [novel], properties: {novel: {type: string, minLength: 1}}}"
    text = (SHIPPED / "dsr.yaml").read_text().replace("split: tags", f"split: json\n    schema: {schema}")
    path.write_text(re.sub(r"parts: .*", "parts: [novel]", text))
    request = prepare(read_system(path).stages[0], CONTENT, {}, 7)
    led = request.structured["response_format"]["json_schema"]["schema"]
    assert led["properties"] == {"novel": {"type": "string", "minLength": 1}}


# Rules by name


def checked(text, *rules, stage=SCREENPLAY, language="en", **content):
    checks = tuple(rule if isinstance(rule, CheckSpec) else CheckSpec(rule=rule) for rule in rules)
    stage = replace(stage, checks=checks, split="", parts=(), take="")
    content = {**CONTENT, "language": language, **content}
    return judge(stage, answer(text=text, model=stage.asks), language, content).reason


BAND = CheckSpec(rule="length", low=0.5, high=2)


@pytest.mark.parametrize(
    ("text", "rule", "reason"),
    [
        (SCENE, BAND, "too short: 14, expected 250 to 1000"),
        (SCENE + "\nDust. " * 2000, BAND, "too long"),
        (SCENE, "speakers", ""),
        (SCENE.replace("KESTREL", "THE POSTMAN"), "speakers", ""),
        (SCENE.replace("KESTREL", "KESTREL and MOODY"), "speakers", ""),
        (SCENE.replace("KESTREL", "ALL"), "speakers", ""),
        (SCENE.replace("KESTREL", "ODETTE"), "speakers", "speakers not in the brief: ODETTE"),
        (SCENE, "bare", ""),
        (f"Here is the scene:\n\n{SCENE}", "bare", "text besides the script: Here is the scene:"),
        (f"{SCENE}\nLet me know what you think!", "bare", "text besides the script: Let me know"),
        (f"```\n{SCENE}```", "bare", "text besides the script: ```"),
        (f"# The Loft\n\n{SCENE}", "bare", "text besides the script: # The Loft"),
    ],
)
def test_rules_for_a_screenplay(text, rule, reason):
    found = checked(
        text, rule, outline="The postman comes.", characters=[{"name": "Kestrel"}, {"name": "Moody"}]
    )
    assert found == reason or (reason and found.startswith(reason))


@pytest.mark.parametrize(
    ("text", "language", "refused"),
    [
        ('She comes in. "You can\'t do that here," says Kestrel, and shuts the tin.', "en", False),
        ("INT. LOFT - DAY\n\nShe comes in from the rain and waits.", "en", True),
        ("She comes in.\n\nKESTREL\nWell?\n\nMOODY\nWell.\n\nKESTREL\nGood.", "en", True),
        ("她从雨里进来。林晓说：“这里不行。”她把铁盒盖上了。", "zh", False),
        ("林晓说：“这里不行。”\n她把铁盒盖上，没有回头，雨还在下。", "zh", False),
        ("△她从雨里进来，湿外套也不脱。", "zh", True),
        ("阁楼里下着雨。\n林晓：这里不行。\n老耿：那就走。\n林晓：走。", "zh", True),
    ],
)
def test_prose_has_no_layout(text, language, refused):
    assert (
        checked(text, "no-layout", stage=NOVEL, language=language).startswith("screenplay layout") == refused
    )


def test_every_refusal_says_why_in_both_languages():
    for code, (reason, english, chinese) in refusals._TEXTS.items():
        assert reason
        assert bool(english) == bool(chinese), code


def test_thoughts_in_front_are_left_out():
    assert extract_part(SCREENPLAY, f"<think>\nHm.\n</think>\n\n{SCENE}") == (SCENE, "")


def test_a_stage_gets_what_earlier_ones_gave():
    request = prepare(SCREENPLAY, CONTENT, {"novel": "She came in."}, 7)
    assert "<novel>\nShe came in.\n</novel>" in request.messages[-1][1]
    assert (request.model, request.sampling.seed, request.sampling.temperature) == ("screenwriter", 7, 0.7)


def test_a_later_stage_may_read_a_part(tmp_path):
    path = write_system(
        tmp_path, reads="reads: {how: told.pacing}", prompt="%% user\nHow: $how. ${told.pacing} $told"
    )
    spec = read_system(path)
    answers = answers_of(spec.stages, {"told": "<pacing>Slow.</pacing><novel>She came in.</novel>"})
    assert answers == {"told": "She came in.\n", "told.pacing": "Slow.\n", "told.novel": "She came in.\n"}
    request = prepare(spec.stages[1], CONTENT, answers, 7)
    assert request.messages == (("user", "How: Slow.. Slow. She came in."),)


def write_system(folder, *, reads, prompt):
    """A system with a prompt of its own beside it, in English alone."""
    (folder / "mine.en.md").write_text(prompt)
    (folder / "mine.yaml").write_text(f"""
slug: mine
name: Mine
languages: [en]
backend: {{kind: fake}}
stages:
  - name: told
    prompt: dsr/stage1-plain
    model: a
    form: prose
    split: tags
    parts: [pacing, novel]
  - name: screenplay
    prompt: ./mine
    model: b
    form: screenplay
    {reads}
""")
    return folder / "mine.yaml"


def test_a_stage_is_asked_again_with_the_reasons():
    plain = prepare(SCREENPLAY, CONTENT, {"novel": "x"}, 7)
    why = judge(SCREENPLAY, answer(text="# Scene\n\n" + SCENE), "en", CONTENT | {"target_length": 20}).why
    again = prepare(SCREENPLAY, CONTENT, {"novel": "x"}, 8, ["", why, why])
    assert [role for role, _ in again.messages] == ["system", "user"]
    added = again.messages[-1][1].removeprefix(plain.messages[-1][1])
    assert added.count("it held more than the text itself: a remark, a title or Markdown") == 1
    assert "Write it again, whole" in added
    assert prepare(replace(SCREENPLAY, say_why=False), CONTENT, {"novel": "x"}, 7, [why]) == plain
    assert judge(SCREENPLAY, answer(model="other"), "en").why == ""


def test_seeds_follow_from_what_is_asked():
    assert seed_of("run", "dsr", "brief", 1, "novel", 1) == seed_of("run", "dsr", "brief", 1, "novel", 1)
    seeds = {
        seed_of("run", "dsr", "brief", sample, "novel", draw) for sample in range(9) for draw in range(9)
    }
    assert len(seeds) == 81
    assert all(0 <= seed < 2**31 for seed in seeds)


def test_the_example_of_the_docs_is_a_system(tmp_path):
    docs = (Path(__file__).parents[2] / "docs/systems.md").read_text()
    of_a_system = docs.split("## A system of your own")[1]
    found = re.findall(r"```(yaml|text)\n(.*?)```", of_a_system, re.DOTALL)
    blocks = dict(reversed(found))  # the first of each
    (tmp_path / "mine.yaml").write_text(blocks["yaml"])
    (tmp_path / "tell.en.md").write_text(blocks["text"])
    spec = read_system(tmp_path / "mine.yaml")
    answers = answers_of(spec.stages, {"room": "<objects>A tin.</objects>\n<order>1. The tin.</order>"})
    request = prepare(spec.stages[1], CONTENT, answers, 7)
    assert "<plan>\n1. The tin.\n</plan>" in request.messages[-1][1]
    assert (request.model, request.sampling.stop) == ("my-adapter", ("THE END",))
    for rule in RULES:
        assert f"`{rule}" in docs or rule in ("language", "screenplay")

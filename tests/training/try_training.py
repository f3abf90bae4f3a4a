"""From an exported dataset to an adapter that vLLM serves: masks, training, killing, serving, history.

Tests that need the database run first (pytest-django sorts them so), each group in the order of this file:
the export is written, an adapter is trained and served; then masks, refusals, kills, two processes, and what
the recipes for GPUs say beside that.
"""

import json
import os
import re
import shlex
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from generation.models import Attempt, Job, Run, StageOutput
from generation.pipelines import SystemSpec, find_system
from generation.runs.services import plan_run
from generation.runs.worker import Worker
from generation.training_data.datasets.exporting import sha256_of
from generation.training_data.models import Example, TrainedModel
from tests.noted import note
from tests.training.documented import blocks
from tests.training.lessons import NAMES
from tests.training.material import export_dataset
from tests.training.plugin import (
    EXPORT,
    HOME,
    LAST,
    MODEL,
    REPOSITORY,
    VLLM_PYTHON,
    asked,
    command,
    environment,
    recipe_file,
    training,
)
from tests.vllm.scenes import BASE, writers_of
from tests.vllm.seen import command as manage
from tests.vllm.seen import histories, of_kind
from tests.vllm.server import Server

NAME = "dsr-novel"
END = "<|im_end|>"
LEARNT = (
    "on the table before we learn", "Slow at first, tighter in the middle", "nobody has sat down",
    "looks for the lid",
    "观众先看见桌上的东西", "慢起，中段收紧", "先把门带上", "找着杯盖",
)  # fmt: skip
"""What many answers in the dataset say, and nothing that the base was taught to write uncalled."""


def test_the_export_is_written_by_the_project(dataset):
    shutil.rmtree(EXPORT, ignore_errors=True)
    done = export_dataset(dataset, EXPORT)
    splits = {split: dataset.examples.filter(split=split).count() for split in ("train", "validation")}
    assert all(splits.values())
    languages = {row["language"] for row in chats("train")}
    assert languages == {"en", "zh"}
    note(f"export: {done.examples} examples of the sample corpus, {splits}; digest {dataset.digest[:12]}")


def chats(split: str) -> list[dict]:
    lines = (EXPORT / f"chat/dsr/{split}.jsonl").read_text("utf-8").splitlines()
    return [json.loads(line) for line in lines]


def test_loss_is_on_directives_and_prose_only():
    """As the trainer's own batches have it: padded, two examples at once."""
    recipe = recipe_file(LAST / "masks.yaml", output=str(LAST / "masks"), batch_size="4", per_device="2")
    told = json.loads(asked("probe", recipe))
    wanted = {row["messages"][-1]["content"]: row for row in chats("train")}
    assert len(told["rows"]) == len(wanted) == len(chats("train"))
    for row in told["rows"]:
        assert row["bearing"].endswith(END)
        answer = row["bearing"].removesuffix(END)
        chat = wanted.pop(answer)  # To the letter: nothing more, nothing less, in either language.
        assert answer.startswith("<directives>")
        assert answer.endswith("</novel>")
        assert row["in_a_row"]
        assert row["same_as_input"]
        assert not row["padding_bears"]
        turns = "".join(f"<|im_start|>{each['role']}\n{each['content']}{END}\n" for each in chat["messages"])
        assert row["whole"] == turns  # Whole: no token is cut off, none is added.
    assert not wanted
    padded = [row["padding"] for row in told["rows"] if row["padding"]]
    assert padded, "no batch was padded, so padding was not tried"
    note(
        f"masks: {len(told['rows'])} examples in the trainer's batches, {len(padded)} of them padded; loss "
        "on the answer and its end token alone, every example whole"
    )
    families(told["families"])


def families(told: dict) -> None:
    """Other models' templates: the tokens are those of TRL's marked ones, and so is the mask, but for what
    the server's prompt holds already or nobody writes: line breaks, an empty thought, a second end."""
    assert "enable_thinking: false" in told.pop("thinking")
    for name, found in told.items():
        assert isinstance(found, dict), (name, found)
        assert found["same_tokens"], name
        assert not re.sub(r"</?think>|<\|end\|>|\s", "", found["differs"]), (name, found)
        (first, last), (theirs_first, theirs_last) = found["mine"], found["theirs"]
        assert theirs_first <= first < last <= theirs_last, (name, found)
    note(f"masks: alike for the templates of {', '.join(told)}, held against TRL's own marked ones")


def test_check_shows_the_tokens_and_refuses_what_is_too_long():
    recipe = recipe_file(LAST / "check.yaml")
    done = training("check", recipe)
    assert done.returncode == 0, done.stderr
    assert "⟦<directives>" in done.stdout
    assert f"</novel>{END}⟧" in done.stdout
    longest = json.loads((LAST / NAME / "adapter/card.json").read_text())["examples"]["train"]["longest"]
    assert f"{longest:,}" in done.stdout
    short = recipe_file(LAST / "short.yaml", max_length=str(longest - 1), output=str(LAST / "short"))
    done = training("train", short)
    assert done.returncode == 1
    assert f"{longest - 1:,}" in done.stderr
    assert f"({longest:,})" in done.stderr
    assert not (LAST / "short" / "adapter").exists()
    told = json.loads((EXPORT / "manifest.json").read_text())
    broken = LAST / "broken"
    shutil.copytree(EXPORT, broken)
    path = broken / "chat/dsr/train.jsonl"
    row = chats("train")[0]
    row["messages"][-1]["content"] += f"{END} and on it goes"
    path.write_text(json.dumps(row) + "\n")
    done = training("check", recipe, "--data", broken)
    assert done.returncode == 1
    assert "manifest.json" in done.stderr
    told["files"]["chat/dsr/train.jsonl"] = sha256_of(path)
    (broken / "manifest.json").write_text(json.dumps(told))
    done = training("check", recipe, "--data", broken)
    assert done.returncode == 3
    assert f"{path}:1:1" in done.stdout
    note(
        f"check: longest {longest:,} tokens; one token less is refused with its id, a wrong mask exits with 3"
    )


def test_killed_and_resumed_it_ends_as_if_it_had_not_been():
    changes = {
        "max_length": "3200",
        "too_long": "drop",
        "save_steps": "1",
        "epochs": "1",
        "eval_steps": "100",
    }
    whole = recipe_file(LAST / "whole.yaml", output=str(LAST / "whole"), **changes)
    parts = recipe_file(LAST / "parts.yaml", output=str(LAST / "parts"), **changes)
    for path in (whole, parts):
        path.write_text(path.read_text() + "  most_steps: 4\n")
    done = training("train", whole)
    assert done.returncode == 0, done.stderr[-3000:]
    kill_after_step_two(parts)
    saved = sorted(each.parent.name for each in (LAST / "parts/checkpoints").glob("checkpoint-*/whole.json"))
    torn = LAST / "parts/checkpoints/checkpoint-9"
    torn.mkdir()  # As if it had been killed in the middle of writing one.
    (torn / "trainer_state.json").write_text("{")
    done = training("train", parts)
    assert done.returncode == 0, done.stderr[-3000:]
    assert not torn.exists()
    assert saved[-1] in done.stdout
    one, two = (json.loads((LAST / name / "adapter/card.json").read_text()) for name in ("whole", "parts"))
    assert (one["starts"], two["starts"]) == (1, 2)
    assert [step for step, _ in two["losses"]["train"]] == [1, 2, 3, 4]
    for (_, loss), (_, again) in zip(one["losses"]["train"], two["losses"]["train"], strict=True):
        # Each batch has a loss of its own: the same ones in the same order.
        assert again == pytest.approx(loss, abs=2e-3)
    assert two["losses"]["validation"][-1][1] == pytest.approx(one["losses"]["validation"][-1][1], abs=2e-3)
    left_out = one["examples"]["train"]["left_out_too_long"]
    assert left_out, "nothing was too long, so dropping was not tried"
    kept = one["examples"]["train"]["examples"]
    assert kept + sum(left_out.values()) == len(chats("train"))
    same = one["weights_sha256"] == two["weights_sha256"]
    losses = [round(loss, 4) for _, loss in two["losses"]["train"]]
    note(
        f"killed after {', '.join(saved)} and resumed: losses {losses}, "
        f"weights {'the same to the last bit' if same else 'not the same bits'}; left out: {left_out}"
    )
    (LAST / "parts/adapter/card.json").unlink()  # As if it had been killed after its last step.
    assert training("train", parts).returncode == 0
    assert (
        json.loads((LAST / "parts/adapter/card.json").read_text())["weights_sha256"] == two["weights_sha256"]
    )
    changed = recipe_file(LAST / "other.yaml", output=str(LAST / "parts"), **changes, lr="4e-3")
    done = training("train", changed)
    assert done.returncode == 1
    assert "training.lr" in done.stderr


def kill_after_step_two(recipe: Path) -> None:
    """Start it, and kill it with all its children as soon as its second checkpoint is whole."""
    process = subprocess.Popen(
        command("train", recipe), env=environment(), cwd=REPOSITORY, start_new_session=True,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    mark = LAST / "parts/checkpoints/checkpoint-2/whole.json"
    deadline = time.monotonic() + 900
    while not mark.exists() and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.02)
    assert mark.exists()
    os.killpg(process.pid, signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL, "it had ended before it could be killed"


def test_trains_on_the_export_and_the_loss_falls(dataset):
    began = time.monotonic()
    done = training("train", "small-cpu")
    assert done.returncode == 0, done.stderr[-3000:]
    folder = LAST / NAME / "adapter"
    card = json.loads((folder / "card.json").read_text())
    train, held_out = (dict(card["losses"][name]) for name in ("train", "validation"))
    losses = list(train.values())
    first, last = (sum(some) / 5 for some in (losses[:5], losses[-5:]))  # Single batches differ much.
    assert last < 0.85 * first, train
    speakers = dataset.examples.filter(split="validation").values_list("scene__speakers", flat=True)
    known = {name.casefold() for names in NAMES.values() for name in names}
    assert not known & {name.casefold() for each in speakers for name in each}, "the base knows them already"
    steps = sorted(held_out)
    assert held_out[steps[-1]] < held_out[steps[0]], held_out
    assert card["dataset"] == {"slug": "sample", "version": 1, "digest": dataset.digest}
    assert list((LAST / NAME / "tensorboard").glob("events.out.tfevents.*"))
    assert (folder / "adapter_config.json").exists()
    readme = (folder / "README.md").read_text()
    assert dataset.digest in readme
    assert card["weights_sha256"] in readme
    assert training("train", "small-cpu").returncode == 0  # It is finished: nothing starts again.
    assert json.loads((LAST / NAME / "started.json").read_text())["starts"] == 1
    note(
        f"training: loss {first:.3f} to {last:.3f} over {len(train)} steps, on held-out series "
        f"{held_out[steps[0]]:.3f} to {held_out[steps[-1]]:.3f}, {time.monotonic() - began:.0f} s"
    )


@pytest.fixture(scope="session")
def few() -> Path:
    """Eight of the chats to train on and two to validate with, their prompts short: for what depends on
    settings and not on texts."""
    folder, digests = LAST / "few", {}
    for split, most in (("train", 8), ("validation", 2)):
        rows = chats(split)[:most]
        for row in rows:
            row["messages"][0]["content"] = "Tell it."
            row["messages"][1]["content"] = row["messages"][1]["content"][-300:]
        path = folder / f"chat/dsr/{split}.jsonl"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("".join(json.dumps(row) + "\n" for row in rows))
        digests[f"chat/dsr/{split}.jsonl"] = sha256_of(path)
    told = json.loads((EXPORT / "manifest.json").read_text())
    (folder / "manifest.json").write_text(json.dumps({**told, "files": digests}))
    return folder


def test_two_processes_share_each_batch_and_lose_what_one_does(tiny: Path, few: Path):
    """Data-parallel training: the same examples in each step, the same movement. Without dropout, for which
    every process has dice of its own."""
    steps = 4
    cards = []
    for name in ("one", "two"):
        recipe = recipe_file(
            LAST / f"{name}.yaml",
            path=str(tiny), export=str(few), output=str(LAST / name), dropout="0.0", lr="4e-3",
        )  # fmt: skip
        recipe.write_text(recipe.read_text() + f"  most_steps: {steps}\n")
        if name == "one":
            done = training("train", recipe)
        else:
            done = launched("torchrun", "--standalone", "--nproc_per_node", "2", recipe=recipe)
        assert done.returncode == 0, done.stderr[-3000:]
        cards.append(json.loads((LAST / name / "adapter/card.json").read_text()))
    shared = [[card["settings"][key] for key in ("devices", "per_device", "accumulation")] for card in cards]
    assert shared == [[1, 1, 2], [2, 1, 1]]
    assert [card["settings"]["launcher"] for card in cards] == ["single", "ddp"]
    one, two = (dict(card["losses"]["train"]) for card in cards)
    assert list(one) == list(two) == list(range(1, steps + 1))
    assert list(two.values()) == pytest.approx(list(one.values()), abs=1e-3)
    assert one[steps] < one[1] - 0.05, "nothing had moved, so nothing was compared"
    held_out = [dict(card["losses"]["validation"])[steps] for card in cards]
    assert held_out[1] == pytest.approx(held_out[0], abs=1e-3)
    told = [[round(loss, 4) for loss in each.values()] for each in (one, two)]
    note(f"two processes (gloo) share {steps} steps, 2 x 1 x 1: losses {told[1]}, of one process {told[0]}")


def launched(tool: str, *options: str, recipe: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(HOME / "env/bin" / tool), *options, "-m", "generation.training", "train", str(recipe)],
        env=environment() | {"OMP_NUM_THREADS": "1"}, cwd=REPOSITORY, timeout=900,
        capture_output=True, text=True,
    )  # fmt: skip


@pytest.mark.parametrize(("shipped", "weights"), [("dsr-lora", "adapter"), ("dsr-full", "model")])
def test_the_recipes_for_gpus_train_as_they_are_given(tiny: Path, few: Path, shipped: str, weights: str):
    """By the options of the documents, with activations computed again, in bfloat16, an adapter and all
    weights: on a model that knows nothing, four epochs for one, since the first step of a warm-up is none."""
    output = LAST / shipped
    given = ("--model", tiny, "--data", few, "--output", output, "--name", "my-novel")
    done = training("check", shipped, *given)
    assert done.returncode == 0, done.stderr[-3000:]
    assert "⟦<directives>" in done.stdout
    recipe = recipe_file(LAST / f"{shipped}.yaml", shipped, epochs="4")
    done = training("train", recipe, *given)
    assert done.returncode == 0, done.stderr[-3000:]
    card = json.loads((output / weights / "card.json").read_text())
    settings = card["settings"]
    assert (card["name"], card["base_model"]) == ("my-novel", str(tiny))
    assert settings["method"] == ("full" if weights == "model" else "lora")
    assert settings["model"]["dtype"] == "bfloat16"
    assert settings["training"]["checkpointing"]
    assert (settings["per_device"], settings["accumulation"]) == (1, 32)
    moved = json.loads(asked("moved", tiny, output / weights))
    assert moved["dtypes"] == ["float32"]  # Steps of this size would be lost in 16 bits.
    assert moved["moved"] == moved["weights"], moved
    losses = [round(loss, 4) for _, loss in card["losses"]["train"]]
    assert len(losses) == 4
    note(
        f"{shipped} on a model that knows nothing: losses {losses}; {moved['moved']} of {moved['weights']} "
        f"tensors moved, {card['seconds']:.0f} s"
    )


def test_the_files_and_commands_for_many_gpus_are_read_by_accelerate():
    """As far as one can go without GPUs; neither way of sharing a model has been run."""
    code = (
        "import json, sys; from accelerate.commands.config.config_args import load_config_from_file as load; "
        "from accelerate.commands.launch import launch_command_parser as parser; "
        "files, commands = json.load(sys.stdin); "
        "print(json.dumps([[load(each).distributed_type.value for each in files], "
        "[parser().parse_args(each).training_script_args for each in commands]]))"
    )
    files = [
        str(REPOSITORY / f"generation/training/accelerate/{each}.yaml") for each in ("fsdp", "deepspeed")
    ]
    commands = [
        words[2:]
        for block in blocks(REPOSITORY / "docs/training.md")
        for words in map(shlex.split, block.text.splitlines())
        if words[:2] == [".training/env/bin/accelerate", "launch"]
    ]
    done = subprocess.run(
        [str(HOME / "env/bin/python"), "-c", code], input=json.dumps([files, commands]),
        env=environment(), cwd=REPOSITORY, timeout=300, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    kinds, scripts = json.loads(done.stdout)
    assert kinds == ["FSDP", "DEEPSPEED"]
    assert [each[:2] for each in scripts] == [["train", "dsr-lora"]] * 2


@contextmanager
def serving(adapter: Path) -> Iterator[Server]:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    server = Server(str(VLLM_PYTHON), MODEL, LAST / "server.log", port, {NAME: adapter})
    try:
        server.start("float32")
        note(f"vLLM {server.version()} serves base and adapter, ready after {server.ready_s:.0f} s")
        yield server
    finally:
        server.kill()


def written(server: Server, spec: SystemSpec, briefs: list) -> Run:
    run = plan_run(specs=[spec], briefs=briefs, base_url=server.url, wake=False).run
    while Worker(run).work().wait_s is not None:
        Job.objects.filter(run=run).update(not_before=None)
    run.refresh_from_db()
    return run


def test_served_it_writes_other_text_and_its_history_leads_to_its_scenes(dataset, briefs):
    adapter = LAST / NAME / "adapter"
    said, faults, code = manage("register_model", adapter / "card.json")
    assert code == 0, faults
    model = TrainedModel.objects.get()
    assert f"trained_model: {model.slug}" in said
    assert model.dataset == dataset
    shipped = find_system("dsr")
    # So small a model often slips, and has not learned what a remark on that below its prompt may mean.
    first = replace(shipped.stages[0], max_tokens=2000, tries=400, say_why=False)
    plain = replace(shipped, slug="dsr-untrained", stages=(replace(first, adapter=""), *shipped.stages[1:]))
    trained = replace(shipped, stages=(replace(first, trained_model=model.slug), *shipped.stages[1:]))
    with serving(adapter) as server:
        without, with_it = (written(server, each, briefs) for each in (plain, trained))
    for run in (without, with_it):
        states = list(run.jobs.values_list("state", "system__slug", "brief__slug", "error"))
        refused = run.attempts.filter(outcome="refused").count()
        note(f"{states[0][1]}: {refused} of {run.attempts.count()} answers refused")
        assert {state for state, *_ in states} == {Job.State.DONE}, states
    for brief in briefs:
        one, two = (
            StageOutput.objects.get(job__run=run, job__brief=brief, stage="novel").text
            for run in (without, with_it)
        )
        assert writers_of(one) == {NAME}  # The lines that the base was taught for this stage.
        assert not [line for line in LEARNT if line in one]
        # Which words so small a model takes over differs by machine; that it learns, the loss has shown.
        assert one != two
        note(f"{brief.slug}: {sum(line in two for line in LEARNT)} of the adapter's lines")
    names = set(Attempt.objects.filter(run=with_it).values_list("answer__model", flat=True))
    assert names == {BASE, NAME}
    trained_scenes(with_it, model)
    for language, run in (("en", without), ("en", with_it), ("zh", with_it)):
        text = StageOutput.objects.get(job__run=run, job__brief__language=language, stage="novel").text
        note(f"{'with' if run == with_it else 'without'} the adapter, {language}: {text[:160]!r}")


def trained_scenes(run: Run, model: TrainedModel) -> None:
    """From any script of the run to the very scenes of the dataset."""
    examples = Example.objects.filter(dataset=model.dataset, split__in=("train", "validation"))
    wanted = set(examples.values_list("scene__work__slug", "scene__number"))
    for lines in histories(run, LAST / "history.jsonl"):
        (told,) = of_kind(lines, "trained model")
        assert (told["model"], told["weights"], told["dataset"]) == (model.slug, model.digest, "sample@1")
        found = {
            (work["work"], number) for work in told["works"] for number in work["train"] + work["validation"]
        }
        assert found == wanted
        assert of_kind(lines, "script")
    series = sorted(set(examples.values_list("scene__work__series__slug", flat=True)))
    note(f"history: from each script to {len(wanted)} scenes of {', '.join(series)}")

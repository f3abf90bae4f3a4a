"""Training: reading recipes and arithmetic of batches: what needs neither torch nor a model."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from generation.training import card, checkpoints, models
from generation.training.errors import InputErrors
from generation.training.exports import read_export
from generation.training.recipe import SHIPPED, batches_of, find_recipe, recipe_of

GOOD = (SHIPPED / "small-cpu.yaml").read_text(encoding="utf-8")


def faults(text: str) -> list[str]:
    with pytest.raises(InputErrors) as caught:
        recipe_of(text, "mine.yaml")
    return [str(each) for each in caught.value.errors]


def test_the_shipped_recipes_keep_the_settings_of_the_paper():
    full, lora = find_recipe("dsr-full"), find_recipe("dsr-lora")
    assert full.training.lr == 5e-6
    for each in (full, lora):  # Section on training: cosine, 10 % warm-up, one epoch, batch 32.
        plan = each.training
        assert (plan.scheduler, plan.warmup, plan.epochs, plan.batch_size) == ("cosine", 0.1, 1, 32)
    assert 5e-5 <= lora.training.lr <= 2e-4
    assert find_recipe("dsr-lora", model="/srv/base", data="/srv/export").model.path == "/srv/base"


def test_every_fault_is_told_with_its_place_and_a_remedy():
    text = GOOD.replace("dtype: float32", "dtype: int4").replace("alpha: 32", "alhpa: 32")
    text = text.replace("per_device: 1", "per_device: 3").replace("lr: 2e-3", "lr: fast")
    line = {name: n for n, row in enumerate(text.splitlines(), 1) for name in [row.strip().split(":")[0]]}
    told = faults(text)
    assert [each.split(": ")[0] for each in told] == [
        f"mine.yaml:{line['dtype']}:10",
        f"mine.yaml:{line['alhpa']}:3",
        f"mine.yaml:{line['lr']}:7",
        f"mine.yaml:{line['per_device']}:15",
    ]
    assert "Give one of: bfloat16, float16, float32." in told[0]
    assert told[1].endswith("alhpa is no field of lora. Did you mean alpha?")
    assert "batch_size 2 is no multiple of per_device 3." in told[3]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("name: a\nname: b\n", "mine.yaml:2:1: this is not YAML: name is given twice."),
        ("", "the file is empty."),
        ("- 1\n", "the recipe must be a mapping of fields."),
        ("name: [\n", "this is not YAML"),
        (GOOD.replace("method: lora", "method: full"), "a full training has no adapter."),
        (GOOD.replace("  keep: 2", "") + "  keep: 1\n", "keep must be a whole number from 2 to 1,000."),
    ],
)
def test_what_is_no_recipe(text, said):
    assert any(said in each for each in faults(text))


def test_a_recipe_that_is_not_there():
    with pytest.raises(InputErrors, match="dsr-full, dsr-lora, small-cpu"):
        find_recipe("dsr-lroa")
    with pytest.raises(InputErrors, match="cannot be read"):
        find_recipe("nowhere/recipe.yaml")


@pytest.mark.parametrize(
    ("batch", "per_device", "devices", "accumulation", "steps"),
    # By hand: 100 examples on 8 devices are 13 each, so 13 batches, 4 in turn: 4 steps an epoch, 8 in two.
    [(32, 1, 8, 4, 8), (32, 4, 1, 8, 8), (32, 2, 1, 16, 8), (4, 4, 1, 1, 50)],
)
def test_the_batch_is_the_recipes_on_any_number_of_devices(batch, per_device, devices, accumulation, steps):
    found = batches_of(batch, per_device, devices)
    assert (found.accumulation, found.effective) == (accumulation, batch)
    assert found.steps(100, 2) == steps


def test_a_batch_that_cannot_be_shared_is_refused_with_what_would_do():
    with pytest.raises(
        InputErrors, match=r"shared evenly by 3 devices. Start it on 1, 2, 4, 8, 16, 32 devices"
    ):
        batches_of(32, 1, 3)
    with pytest.raises(
        InputErrors, match=r"no multiple of per_device 3. Set per_device to one of: 1, 2, 4\."
    ):
        batches_of(32, 3, 8)


def test_another_recipe_does_not_go_on_in_the_same_folder(tmp_path):
    recipe = recipe_of(GOOD, "mine.yaml")
    checkpoints.require_same(tmp_path, recipe, "d1")
    checkpoints.require_same(tmp_path, recipe, "d1")
    often = replace(recipe, training=replace(recipe.training, save_steps=1, per_device=4))
    checkpoints.require_same(tmp_path, often, "d1")  # Neither changes what comes out.
    other = replace(recipe, training=replace(recipe.training, lr=4e-3))
    with pytest.raises(InputErrors, match=r"different: training\.lr, the dataset's digest\."):
        checkpoints.require_same(tmp_path, other, "d2")
    with pytest.raises(InputErrors, match="resume: false"):
        checkpoints.require_same(
            tmp_path, replace(recipe, training=replace(recipe.training, resume=False)), "d1"
        )


def test_only_whole_checkpoints_count_and_parts_are_taken_away(tmp_path):
    for step in (5, 10, 15):
        (tmp_path / f"checkpoint-{step}").mkdir()
        (tmp_path / f"checkpoint-{step}" / "model.safetensors").write_bytes(b"x")
    for step in (5, 10):
        checkpoints.write_json(tmp_path / f"checkpoint-{step}" / checkpoints.WHOLE, {"seconds": step})
    last = checkpoints.latest(tmp_path)
    assert (last.name, checkpoints.elapsed(last)) == ("checkpoint-10", 10)
    assert checkpoints.drop_parts(tmp_path) == ["checkpoint-15"]
    assert checkpoints.latest(tmp_path) == last


def write_export(folder: Path, rows: list[dict], **manifest: object) -> Path:
    path = folder / "chat" / "dsr" / "train.jsonl"
    path.parent.mkdir(parents=True)
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    told = {
        "dataset": {"slug": "sample", "version": 2, "digest": "d" * 64},
        "files": {"chat/dsr/train.jsonl": card.file_digest(path)},
        "examples": [{"id": "a-1"}, {"id": "a-2", "withheld": True}],
        **manifest,
    }
    (folder / "manifest.json").write_text(json.dumps(told), encoding="utf-8")
    return path


ROW = {"id": "a-1", "series": "a", "messages": [{"role": "user", "content": "?"}]}


def test_an_export_is_read_by_its_manifest_and_held_against_it(tmp_path):
    path = write_export(tmp_path, [ROW])
    export = read_export(str(tmp_path), "dsr")
    export.require_whole()
    assert (export.slug, export.version, export.withheld) == ("sample", 2, 1)
    assert export.lack.startswith("1 of its examples is not in this export")
    assert replace(export, withheld=0).lack == ""
    assert [(row.id, row.series, row.line) for row in export.rows("train")] == [("a-1", "a", 1)]
    assert list(export.rows("validation")) == []
    path.write_text(path.read_text() + json.dumps({"id": "b"}) + "\n")
    with pytest.raises(InputErrors, match=r"the train split is not what manifest\.json tells"):
        export.require_whole()
    with pytest.raises(InputErrors, match=r"train\.jsonl:2:1: this is no example \(KeyError: 'messages'\)"):
        list(export.rows("train"))


def test_what_is_no_export(tmp_path):
    with pytest.raises(InputErrors, match="there is no export here"):
        read_export(str(tmp_path), "dsr")
    write_export(tmp_path, [ROW])
    with pytest.raises(InputErrors, match="--variant end-to-end --with-texts"):
        read_export(str(tmp_path), "end-to-end")
    (tmp_path / "manifest.json").write_text('{"files": {}}')
    with pytest.raises(InputErrors, match="tells no dataset and files"):
        read_export(str(tmp_path), "dsr")


FACTS = {
    "name": "dsr-novel",
    "base_model": "/srv/base",
    "dataset": {"slug": "sample", "version": 1, "digest": "d" * 64},
    "variant": "dsr",
    "settings": {
        **recipe_of(GOOD, "").settings(),
        "devices": 1, "per_device": 2, "accumulation": 2, "launcher": "single",
    },
    "examples": {
        "train": {
            "examples": 22, "tokens": 40_000, "tokens_with_loss": 12_000, "longest": 2_100,
            "left_out_too_long": {"salt-road": 3},
        },
    },
    "withheld": 0,
    "versions": {"python": "3.13", "torch": "2.15.0"},
    "losses": {
        "train": [[step, 3 - step / 10] for step in range(1, 21)], "validation": [[0, 3.2], [20, 1.5]],
    },
    "hardware": {"kind": "cpu", "processes": 1, "here": ["2 processors"]},
    "seconds": 61.2,
    "starts": 2,
    "seed": 7,
}  # fmt: skip


def test_the_card_has_the_digest_of_the_weights_and_tells_people_what_was_left_out(tmp_path):
    weights = tmp_path / "adapter_model.safetensors"
    weights.write_bytes(b"abc")
    (tmp_path / "training_args.bin").write_bytes(b"pickle")
    card.write(tmp_path, FACTS)
    told = json.loads((tmp_path / card.CARD).read_text())
    # SHA-256 of "abc", FIPS 180-2, appendix B.1.
    abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    assert (told["weights_sha256"], told["dataset"]["digest"]) == (abc, "d" * 64)
    assert not (tmp_path / "training_args.bin").exists()
    readme = (tmp_path / "README.md").read_text()
    for said in (
        "3 of series salt-road left out",
        "| 20 | 1.0000 | 1.5000 |",
        "no validation split",
        "2 examples in a step (1 x 2 x 2; single)",
        "started 2 times",
        "--max-lora-rank 16",
    ):
        assert said in readme, said
    assert readme.startswith('---\nbase_model: "/srv/base"\nlibrary_name: peft\n')


def test_weights_in_several_files_have_one_digest_that_depends_on_each(tmp_path):
    for name in ("one", "two"):
        (tmp_path / f"{name}.safetensors").write_bytes(name.encode())
    first = card.weights_digest(tmp_path)
    (tmp_path / "two.safetensors").write_bytes(b"three")
    assert card.weights_digest(tmp_path) != first


def test_a_base_that_was_trained_here_is_told_by_its_weights(tmp_path):
    assert card.base_weights(str(tmp_path)) == ""
    assert card.base_weights("Someone/Base-7B") == ""
    (tmp_path / "model.safetensors").write_bytes(b"abc")
    card.write(tmp_path, FACTS)
    assert card.base_weights(str(tmp_path)) == card.weights_digest(tmp_path)
    (tmp_path / card.CARD).write_text('["not a card"]')
    assert card.base_weights(str(tmp_path)) == ""


def test_losses_are_told_by_step_once():
    log = [{"step": 0, "eval_loss": 3.0}, {"step": 1, "loss": 2.5}, {"step": 1, "loss": 2.5}, {"step": 2}]
    assert card.losses(log) == {"train": [[1, 2.5]], "validation": [[0, 3.0]]}


def test_a_model_that_is_not_there_is_told_as_a_folder_that_is_missing(tmp_path):
    recipe = find_recipe("dsr-lora", model=str(tmp_path / "gone"), data="/srv/export")
    told = str(models._missing(recipe, OSError("Repo id must be in the form 'name'")))
    assert "there is no such folder" in told
    assert "Repo id" not in told

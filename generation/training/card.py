"""The card of what was trained: `card.json` for `manage.py register_model`, README.md for people."""

import hashlib
import importlib.metadata
import json
import os
import platform
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from generation.training.exports import Export, file_digest
from generation.training.recipe import Batches, Recipe
from generation.training.tokens import Counted

CARD, FACTS = "card.json", "facts.json"
LIBRARIES = (
    "torch", "transformers", "trl", "peft", "accelerate", "datasets", "tokenizers", "safetensors", "numpy",
    "pyarrow", "deepspeed",
)  # fmt: skip
ASKED = {
    "dsr": "from the brief of a scene to narrative directives and prose (stage one of `dsr`)",
    "prose-only": "from the brief of a scene to prose, without directives (stage one of `dsr-no-directives`)",
    "end-to-end": "from the brief of a scene straight to its screenplay (`end-to-end`)",
    "reverse-only": "from the brief of a scene to directives and the source's own script",
}


@dataclass(frozen=True)
class Facts:
    """What is known at the end of a training. `log` is the trainer's history, `starts` how often it began."""

    recipe: Recipe
    export: Export
    counted: Mapping[str, Counted]
    batches: Batches
    log: Sequence[Mapping[str, Any]]
    seconds: float
    starts: int
    revision: str
    template: str
    shared: str

    def plain(self) -> dict[str, Any]:
        """The card, all but the digest of the weights."""
        return {
            "name": self.recipe.name,
            "base_model": self.recipe.model.path,
            "base_revision": self.recipe.model.revision or self.revision,
            "base_weights": base_weights(self.recipe.model.path),
            "dataset": {
                "slug": self.export.slug, "version": self.export.version, "digest": self.export.digest,
            },
            "variant": self.recipe.data.variant,
            "settings": {
                **self.recipe.settings(),
                "devices": self.batches.devices,
                "per_device": self.batches.per_device,
                "accumulation": self.batches.accumulation,
                "launcher": SHARED.get(self.shared, "ddp"),
                "chat_template_sha256": hashlib.sha256(self.template.encode()).hexdigest(),
            },
            "examples": {name: _examples(each) for name, each in self.counted.items()},
            "withheld": self.export.withheld,
            "versions": versions(),
            "losses": losses(self.log),
            "hardware": hardware(self.batches.devices),
            "seconds": round(self.seconds, 1),
            "starts": self.starts,
            "seed": self.recipe.training.seed,
            "created": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        }  # fmt: skip


def _examples(counted: Counted) -> dict[str, Any]:
    return {
        "examples": counted.examples,
        "tokens": counted.tokens,
        "tokens_with_loss": counted.bearing,
        "longest": counted.longest,
        "left_out_too_long": dict(sorted(counted.dropped.items())),
    }


def losses(log: Sequence[Mapping[str, Any]]) -> dict[str, list[list[float]]]:
    """Losses as [step, loss]; of training over its batches, of validation over the whole split."""
    told = {
        name: {int(each["step"]): float(each[key]) for each in log if key in each}
        for name, key in (("train", "loss"), ("validation", "eval_loss"))
    }
    return {name: [[step, steps[step]] for step in sorted(steps)] for name, steps in told.items()}


def versions() -> dict[str, str]:
    """Python and every library that took part."""
    found = {"python": platform.python_version()}
    for name in LIBRARIES:
        try:
            found[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue
    return found


SHARED = {"NO": "single", "FSDP": "fsdp", "DEEPSPEED": "deepspeed"}
"""How the processes shared the model, by accelerate's name for it; each has all of it in the others."""


def hardware(devices: int) -> dict[str, Any]:
    """What it ran on, as this process sees it."""
    import torch

    if torch.cuda.is_available():
        names = [torch.cuda.get_device_name(each) for each in range(torch.cuda.device_count())]
        return {"kind": "gpu", "processes": devices, "here": names}
    return {
        "kind": "cpu",
        "processes": devices,
        "here": [f"{platform.machine()}, {os.cpu_count()} processors"],
    }


def weights_digest(folder: Path) -> str:
    """SHA-256 of a folder's safetensors: of the file where there is one, else of their digests and names."""
    files = sorted(folder.glob("*.safetensors"))
    if not files:
        raise FileNotFoundError(f"{folder} holds no weights (*.safetensors)")
    if len(files) == 1:
        return file_digest(files[0])
    lines = [f"{file_digest(each)}  {each.name}\n" for each in files]
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def base_weights(path: str) -> str:
    """The digest of a base that was trained here, by the card in its folder; empty for any other."""
    try:
        told = json.loads((Path(path) / CARD).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return ""
    return str(told.get("weights_sha256", "")) if isinstance(told, dict) else ""


def write(folder: Path, facts: Mapping[str, Any]) -> None:
    """README.md and then `card.json`, which says that all is there."""
    # A pickle of this machine's paths, which no one should have to load.
    (folder / "training_args.bin").unlink(missing_ok=True)
    told = {"name": facts["name"], "weights_sha256": weights_digest(folder), **facts}
    (folder / "README.md").write_text(readme(told), encoding="utf-8")
    part = folder / f"{CARD}.part"
    part.write_text(json.dumps(told, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    part.replace(folder / CARD)


def readme(card: Mapping[str, Any]) -> str:
    """The model card."""
    settings, dataset = card["settings"], card["dataset"]
    adapter = settings["method"] == "lora"
    kind = "An adapter (LoRA)" if adapter else "A model (all weights)"
    return f"""---
base_model: {json.dumps(card["base_model"], ensure_ascii=False)}
library_name: {"peft" if adapter else "transformers"}
pipeline_tag: text-generation
language: [en, zh]
tags: [screenwriting{", lora" if adapter else ""}, trl, sft]
---

# {card["name"]}

{kind} for {card["base_model"]}, trained to write {ASKED[card["variant"]]}.

## Data

Dataset {dataset["slug"]}, version {dataset["version"]}, digest `{dataset["digest"]}`, variant
`{card["variant"]}`.

{_data_lines(card)}

The texts are not part of this folder. Series of the validation split were held back from training, and
its loss was measured on them; do not judge the model on any series of the dataset.

## How it was trained

{_how(card)}

| step | loss in training | loss on held-out series |
| --- | --- | --- |
{_loss_lines(card["losses"])}

Versions: {", ".join(f"{name} {version}" for name, version in card["versions"].items())}.

## Use

Weights: SHA-256 `{card["weights_sha256"]}`. {_use(card, adapter)}

## Limits

It writes one scene from its brief, in the languages of its data and in their manner. What it writes is
invented, may repeat what it was trained on, and has been judged by nobody yet.
"""


def _how(card: Mapping[str, Any]) -> str:
    settings = card["settings"]
    plan = settings["training"]
    batch = " x ".join(str(settings[name]) for name in ("devices", "per_device", "accumulation"))
    epochs = f"{plan['epochs']:g} {'epoch' if plan['epochs'] == 1 else 'epochs'}"
    starts = "once" if card["starts"] == 1 else f"{card['starts']} times"
    here = ", ".join(sorted(set(card["hardware"]["here"])))
    return (
        f"{_lora_line(settings)}Peak rate {plan['lr']:g}, {plan['scheduler']}, warm-up {plan['warmup']:.0%} "
        f"of the steps, {epochs}, {plan['batch_size']} examples in a step ({batch}; "
        f"{settings['launcher']}), seed {card['seed']}, examples of up to "
        f"{settings['data']['max_length']:,} tokens, none of them cut. Loss on the answer and its end token "
        f"alone. {card['seconds']:,.0f} seconds of work on {here}; started {starts}."
    )


def _data_lines(card: Mapping[str, Any]) -> str:
    lines = []
    for name, each in card["examples"].items():
        lines.append(
            f"- {name}: {each['examples']:,} examples, {each['tokens']:,} tokens, "
            f"{each['tokens_with_loss']:,} of them with loss; the longest has {each['longest']:,}."
        )
        for series, number in each["left_out_too_long"].items():
            lines.append(f"  - {number} of series {series} left out, longer than the limit.")
    if card["withheld"]:
        lines.append(
            f"- {card['withheld']} examples of the dataset were not in the export, by the rights of the "
            "works that they are made from."
        )
    if "validation" not in card["examples"]:
        lines.append("- There was no validation split, so nothing is known of other series.")
    return "\n".join(lines)


def _lora_line(settings: Mapping[str, Any]) -> str:
    if settings["method"] != "lora":
        return "All weights, in 32 bits. "
    lora = settings["lora"]
    targets = ", ".join(lora["targets"])
    return f"Rank {lora['r']}, alpha {lora['alpha']}, dropout {lora['dropout']:g}, on {targets}. "


def _loss_lines(told: Mapping[str, Sequence[Sequence[float]]]) -> str:
    """At most a dozen steps, the first and the last among them."""
    by_step = {name: {int(step): loss for step, loss in told[name]} for name in ("train", "validation")}
    steps = sorted({*by_step["train"], *by_step["validation"]})
    if len(steps) > 12:
        steps = sorted(
            {steps[round(n * (len(steps) - 1) / 11)] for n in range(12)} | set(by_step["validation"])
        )
    rows = []
    for step in steps:
        cells = [f"{by_step[n][step]:.4f}" if step in by_step[n] else "" for n in ("train", "validation")]
        rows.append(f"| {step} | {' | '.join(cells)} |")
    return "\n".join(rows)


def _use(card: Mapping[str, Any], adapter: bool) -> str:
    if not adapter:
        return "Serve it with vLLM as any model of its kind."
    rank = card["settings"]["lora"]["r"]
    return (
        f"Served by vLLM with `--enable-lora --max-lora-rank {_rank(rank)} --lora-modules "
        f"{card['name']}=THIS_FOLDER` on the base model, with the base's own chat template."
    )


def _rank(rank: int) -> int:
    """The least of the ranks that vLLM takes."""
    return next((each for each in (8, 16, 32, 64, 128, 256, 320, 512) if each >= rank), 512)

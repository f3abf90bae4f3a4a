"""What a trainer gets to see of an export, printed as JSON: run in the training environment.

python -m tests.training.probe RECIPE
"""

import json
import sys
from contextlib import redirect_stdout
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import trl
from jinja2 import TemplateError
from transformers import AutoTokenizer

from generation.training import models, work
from generation.training.exports import read_export
from generation.training.masks import IGNORED, Unmasked, masked, stops_of
from generation.training.recipe import batches_of, find_recipe
from generation.training.tokens import stored

TEMPLATES = Path(trl.__file__).with_name("chat_templates")
FAMILIES = {
    # Templates of other models, as TRL ships them: with what each is asked, and TRL's own marked counterpart.
    "qwen2_5": {},
    "qwen3": {"enable_thinking": False},
    "qwen3_instruct_2507": {},
    "llama3": {},
    "phi3": {},
    "gemma3": {},
}


def seen(recipe: Any, folder: Path) -> list[dict[str, Any]]:
    """Every example as the trainer's own loader gives it in batches: what bears loss, and padding."""
    tokenizer = models.tokenizer_of(recipe)
    export = read_export(recipe.data.export, recipe.data.variant)
    files, _ = stored(export, recipe, tokenizer, models.stops(recipe, tokenizer), folder / "tokens", True)
    batches = batches_of(recipe.training.batch_size, recipe.training.per_device, 1)
    trainer, _ = work._trainer(recipe, tokenizer, files, batches, folder)
    rows = []
    for batch in trainer.get_train_dataloader():
        for ids, labels, there in zip(
            batch["input_ids"], batch["labels"], batch["attention_mask"], strict=True
        ):
            real = int(there.sum())
            bearing = [n for n, label in enumerate(labels.tolist()) if label != IGNORED]
            rows.append(
                {
                    "bearing": tokenizer.decode([int(labels[n]) for n in bearing], skip_special_tokens=False),
                    "whole": tokenizer.decode(ids[:real].tolist(), skip_special_tokens=False),
                    "in_a_row": bearing == list(range(bearing[0], bearing[-1] + 1)),
                    "padding": len(ids) - real,
                    "padding_bears": any(n >= real for n in bearing),
                    "same_as_input": all(int(labels[n]) == int(ids[n]) for n in bearing),
                }
            )
    return rows


def families(recipe: Any) -> dict[str, Any]:
    """For other models' templates: whether the mask is that of TRL's marked template, but for the line break
    that some of these put under loss after the end of a turn."""
    export = read_export(recipe.data.export, recipe.data.variant)
    messages = next(iter(export.rows("train"))).messages
    told = {}
    for name, template in FAMILIES.items():
        tokenizer = AutoTokenizer.from_pretrained(recipe.model.path)
        ends = {"llama3": "<|eot_id|>", "phi3": "<|end|>", "gemma3": "<end_of_turn>"}
        if name in ends:
            tokenizer.add_special_tokens({"eos_token": ends[name]})
        tokenizer.add_special_tokens({"bos_token": "<s>"})
        tokenizer.chat_template = (TEMPLATES / f"{name}.jinja").read_text()
        marked = (TEMPLATES / f"{name}_training.jinja").read_text()
        try:
            found = masked(tokenizer, messages, stops_of(tokenizer), template)
            theirs = tokenizer.apply_chat_template(
                messages,
                chat_template=marked,
                return_dict=True,
                return_assistant_tokens_mask=True,
                **template,
            )
        except (Unmasked, TemplateError) as error:
            told[name] = str(error)
            continue
        mask = theirs["assistant_masks"]
        mine = [int(label != IGNORED) for label in found.labels]
        start, end = mask.index(1), len(mask) - mask[::-1].index(1)
        extra = tokenizer.decode([i for i, a, b in zip(found.ids, mine, mask, strict=False) if a != b])
        told[name] = {
            "same_tokens": found.ids == list(theirs["input_ids"]),
            "differs": extra,
            "theirs": [start, end],
            "mine": [found.start, found.end + 1],
        }
    thinking = AutoTokenizer.from_pretrained(recipe.model.path)
    thinking.chat_template = (TEMPLATES / "qwen3.jinja").read_text()
    try:
        masked(thinking, messages, stops_of(thinking))
    except Unmasked as error:
        told["thinking"] = str(error)
    return told


def main() -> None:
    recipe = find_recipe(sys.argv[1])
    with TemporaryDirectory() as folder, redirect_stdout(sys.stderr):  # The trainer prints, too.
        found = {"rows": seen(recipe, Path(folder)), "families": families(recipe)}
    print(json.dumps(found))


if __name__ == "__main__":
    main()

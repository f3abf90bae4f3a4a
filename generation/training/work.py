"""A training from its start, or from its last whole checkpoint, to an adapter with its card."""

import os
import time
from pathlib import Path
from typing import Any

from generation.training import card, checkpoints, models, tokens
from generation.training.errors import refused
from generation.training.exports import read_export
from generation.training.recipe import Batches, Recipe, batches_of

WEIGHTS = {"lora": "adapter", "full": "model"}
"""The folder of what came out, by method."""


def train(recipe: Recipe) -> Path:
    """Train, and give the folder of weights and card; a finished one is left as it is.

    Raises `InputErrors`.
    """
    output = Path(recipe.output)
    result = output / WEIGHTS[recipe.method]
    export = read_export(recipe.data.export, recipe.data.variant)
    first = tokens.rank() == 0
    if first:
        checkpoints.require_same(output, recipe, export.digest)
    if (result / card.CARD).exists():
        _say(f"{result} is finished already.")
        return result
    models.require_room(recipe)
    tokenizer = models.tokenizer_of(recipe)
    stops = models.stops(recipe, tokenizer)
    files, counted = tokens.stored(export, recipe, tokenizer, stops, output / "tokens", first)
    if first:
        for name in checkpoints.drop_parts(output / "checkpoints"):
            _say(f"{name} was not whole and is taken away.")
    devices = int(os.environ.get("WORLD_SIZE", "1"))
    batches = batches_of(
        recipe.training.batch_size, recipe.training.per_device, devices, recipe.file or "the recipe"
    )
    _tell(counted, batches, recipe)
    trainer, clock = _trainer(recipe, tokenizer, files, batches, output)
    start = checkpoints.latest(output / "checkpoints")
    if start is not None:
        _say(f"Going on from {start.name}.")
    starts = checkpoints.note_start(output) if first else 0
    trainer.train(resume_from_checkpoint=str(start) if start else None)
    if "validation" in files and not _evaluated(trainer):
        trainer.evaluate()
    trainer.save_model(str(result))
    if first:
        facts = card.Facts(
            recipe, export, counted, batches, trainer.state.log_history, clock.seconds(), starts,
            getattr(trainer.model.config, "_commit_hash", None) or "", str(tokenizer.chat_template),
            str(trainer.accelerator.distributed_type.value),
        )  # fmt: skip
        checkpoints.write_json(output / card.FACTS, facts.plain())
        card.write(result, checkpoints.read_json(output / card.FACTS))
        _say(f"{result} holds the weights, {card.CARD} and README.md.")
    return result


def _trainer(
    recipe: Recipe, tokenizer: Any, files: dict[str, Path], batches: Batches, output: Path
) -> tuple[Any, "Clock"]:
    from datasets import Dataset
    from transformers import set_seed
    from trl import SFTTrainer

    set_seed(recipe.training.seed)
    data = {name: Dataset.from_file(str(path)).remove_columns("id") for name, path in files.items()}
    clock = Clock(output / "checkpoints")
    # Before the model: its loading asks whether ZeRO-3 or FSDP is on, and only these switch them on.
    plan = arguments(recipe, batches, output, evaluate="validation" in data)
    trainer = SFTTrainer(
        model=models.model_of(recipe),
        args=plan,
        train_dataset=data["train"],
        eval_dataset=data.get("validation"),
        processing_class=tokenizer,
        peft_config=models.adapter_of(recipe),
        callbacks=[clock.callback()],
    )
    return trainer, clock


def arguments(recipe: Recipe, batches: Batches, output: Path, evaluate: bool) -> Any:
    """The recipe as TRL takes it. Rows are in tokens and masked already: nothing is cut or packed there."""
    import torch
    from trl import SFTConfig

    os.environ["TENSORBOARD_LOGGING_DIR"] = str(output / "tensorboard")
    plan = recipe.training
    if not torch.cuda.is_available():
        _say("PyTorch finds no GPU here, so training runs on the CPU.")
    held_out = {"eval_strategy": "steps", "eval_steps": plan.eval_steps} if evaluate else {}
    fresh = checkpoints.latest(output / "checkpoints") is None
    return SFTConfig(
        output_dir=str(output / "checkpoints"),
        max_length=None,
        packing=False,
        learning_rate=plan.lr,
        lr_scheduler_type=plan.scheduler,
        warmup_steps=plan.warmup,  # Below 1 it is a share of all steps.
        num_train_epochs=plan.epochs,
        max_steps=plan.most_steps or -1,
        per_device_train_batch_size=batches.per_device,
        per_device_eval_batch_size=batches.per_device,
        gradient_accumulation_steps=batches.accumulation,
        weight_decay=plan.weight_decay,
        max_grad_norm=plan.max_grad_norm,
        seed=plan.seed,
        data_seed=plan.seed,
        bf16=recipe.model.dtype == "bfloat16",
        fp16=recipe.model.dtype == "float16",
        use_cpu=not torch.cuda.is_available(),
        activation_checkpointing=plan.checkpointing,
        eval_on_start=evaluate and fresh,
        logging_steps=plan.log_steps,
        logging_first_step=True,
        save_strategy="steps",
        save_steps=plan.save_steps,
        save_total_limit=plan.keep,
        report_to=["tensorboard"],
        dataloader_num_workers=0,
        ddp_find_unused_parameters=False,
        disable_tqdm=True,
        **held_out,
    )


class Clock:
    """Seconds of work over all starts, and the mark that makes a checkpoint a whole one."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._before = checkpoints.elapsed(checkpoints.latest(folder))
        self._began = time.monotonic()

    def seconds(self) -> float:
        return self._before + time.monotonic() - self._began

    def callback(self) -> Any:
        import torch.distributed
        from transformers import TrainerCallback

        clock = self

        class Marks(TrainerCallback):
            """Marks a checkpoint as whole once every process has written its part of it."""

            def on_save(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
                if torch.distributed.is_available() and torch.distributed.is_initialized():
                    torch.distributed.barrier()
                if state.is_world_process_zero:
                    folder = clock._folder / f"checkpoint-{state.global_step}"
                    checkpoints.write_json(folder / checkpoints.WHOLE, {"seconds": clock.seconds()})

        return Marks()


def _evaluated(trainer: Any) -> bool:
    """Whether the loss on held-out series is known for the last step."""
    return any(
        "eval_loss" in each and each.get("step") == trainer.state.global_step
        for each in trainer.state.log_history
    )


def _tell(counted: dict[str, tokens.Counted], batches: Batches, recipe: Recipe) -> None:
    for each in counted.values():
        _say(
            f"{each.split}: {each.examples:,} examples, {each.tokens:,} tokens, {each.bearing:,} of them "
            f"bear loss; the longest has {each.longest:,}."
        )
        for series, number in sorted(each.dropped.items()):
            _say(f"{each.split}: {number} of series {series} left out whole, longer than max_length.")
    if "validation" not in counted or not counted["validation"].examples:
        _say("There is no validation split: no loss on held-out series will be known.")
    steps = recipe.training.most_steps or batches.steps(counted["train"].examples, recipe.training.epochs)
    _say(
        f"{steps:,} steps of {batches.effective} examples: {batches.devices} "
        f"{'process' if batches.devices == 1 else 'processes'} x {batches.per_device} x "
        f"{batches.accumulation} in turn."
    )


def _say(line: str) -> None:
    if tokens.rank() == 0:
        print(line, flush=True)


def rewrite_card(recipe: Recipe) -> Path:
    """Write card and README again from what a finished training has left. Raises `InputErrors`."""
    output = Path(recipe.output)
    result = output / WEIGHTS[recipe.method]
    if not (output / card.FACTS).exists():
        raise refused(output, "no finished training lies here.", "train first; it goes on where it was left.")
    card.write(result, checkpoints.read_json(output / card.FACTS))
    return result

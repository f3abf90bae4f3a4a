"""A recipe: all that decides a training but the number of devices. Read with every fault at its place.

`batches_of` makes up its batch of what devices take at once.
"""

import hashlib
import json
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from generation.training.errors import InputErrors, refused
from generation.training.yaml_values import YamlValue, read_yaml

SHIPPED = Path(__file__).with_name("recipes")
METHODS = ("lora", "full")
VARIANTS = ("dsr", "prose-only", "end-to-end", "reverse-only")
DTYPES = ("bfloat16", "float16", "float32")
SCHEDULERS = ("cosine", "linear", "constant", "constant_with_warmup")


@dataclass(frozen=True, kw_only=True)
class Model:
    """What is trained. `template` are the arguments that its chat template gets in training as in serving;
    `chat_template` is a file for a model that brings none."""

    path: str
    revision: str = ""
    dtype: str = "bfloat16"
    template: Mapping[str, Any] = field(default_factory=dict)
    chat_template: str = ""


@dataclass(frozen=True, kw_only=True)
class Data:
    """What it is trained on: an export's folder, the variant in it, and the longest example in tokens."""

    export: str
    variant: str = "dsr"
    max_length: int = 8192
    too_long: str = "refuse"


@dataclass(frozen=True, kw_only=True)
class Lora:
    """The adapter. `targets` are names of layers, or the one word for all linear layers but the output's."""

    r: int = 32
    alpha: int = 64
    dropout: float = 0.05
    targets: tuple[str, ...] = ("all-linear",)


@dataclass(frozen=True, kw_only=True)
class Schedule:
    """How. `warmup` is a share of the steps, `batch_size` counts examples over all devices in one step of the
    optimizer, `per_device` those that one device takes at once; `most_steps` ends it early, 0 never."""

    lr: float
    scheduler: str = "cosine"
    warmup: float = 0.1
    epochs: float = 1.0
    batch_size: int = 32
    per_device: int = 1
    weight_decay: float = 0.0
    max_grad_norm: float = 1.0
    seed: int = 7
    log_steps: int = 1
    eval_steps: int = 50
    save_steps: int = 50
    keep: int = 2
    most_steps: int = 0
    checkpointing: bool = True
    resume: bool = True


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """One training. `file` is where it was read, and decides nothing."""

    name: str
    method: str
    model: Model
    data: Data
    output: str
    training: Schedule
    lora: Lora = field(default_factory=Lora)
    file: str = ""

    def settings(self) -> dict[str, Any]:
        """What decides the result, as plain data for the card and for the question whether to go on."""
        told = asdict(self)
        del told["file"], told["output"], told["training"]["resume"], told["training"]["keep"]
        del told["training"]["log_steps"], told["training"]["eval_steps"], told["training"]["save_steps"]
        del told["training"]["per_device"]
        if self.method != "lora":
            del told["lora"]
        plain: dict[str, Any] = json.loads(json.dumps(told))
        return plain

    def digest(self) -> str:
        """SHA-256 of the settings."""
        text = json.dumps(self.settings(), sort_keys=True, ensure_ascii=False)
        return hashlib.sha256(text.encode()).hexdigest()


def find_recipe(which: str, /, **given: str) -> Recipe:
    """A shipped recipe by its name, or a file. `given` (model, data, output, name) replace its own.

    Raises `InputErrors` with all faults.
    """
    path = Path(which)
    if not path.suffix and not path.exists():
        path = SHIPPED / f"{which}.yaml"
        if not path.exists():
            shipped = ", ".join(sorted(each.stem for each in SHIPPED.glob("*.yaml")))
            raise refused(which, "there is no such recipe.", f"name a file, or one of: {shipped}.")
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise refused(path, f"the recipe cannot be read ({error}).", "check the name and the file.") from None
    return recipe_of(text, str(path), **given)


def recipe_of(text: str, path: str, /, **given: str) -> Recipe:
    """A recipe from its text; `path` names it in faults."""
    root = read_yaml(text, path)
    fields = root.fields(("name", "model", "data", "output", "training"), ("method", "lora"))
    method = fields["method"].choice(METHODS) if "method" in fields else "lora"
    if "lora" in fields and method != "lora":
        fields["lora"].fault("a full training has no adapter.", "take lora out, or set method: lora.")
    read: dict[str, Any] = {
        "name": given.get("name") or _text(fields, "name"),
        "output": given.get("output") or _text(fields, "output"),
        "model": _model(fields["model"], given.get("model", "")) if "model" in fields else None,
        "data": _data(fields["data"], given.get("data", "")) if "data" in fields else None,
        "training": _schedule(fields["training"]) if "training" in fields else None,
        "lora": _lora(fields["lora"]) if "lora" in fields else Lora(),
    }
    if root.faults:
        raise InputErrors(sorted(root.faults, key=lambda each: (each.line, each.column)))
    return Recipe(method=method, file=path, **read)


def _text(fields: Mapping[str, YamlValue], key: str) -> str:
    return fields[key].text() if key in fields else ""


def _model(place: YamlValue, given: str) -> Model:
    fields = place.fields(("path",), ("revision", "dtype", "template", "chat_template"))
    return Model(
        path=given or _text(fields, "path"),
        revision="" if given else _text(fields, "revision"),
        dtype=fields["dtype"].choice(DTYPES) if "dtype" in fields else Model.dtype,
        template=fields["template"].plain() if "template" in fields else {},
        chat_template=_text(fields, "chat_template"),
    )


def _data(place: YamlValue, given: str) -> Data:
    fields = place.fields(("export",), ("variant", "max_length", "too_long"))
    return Data(
        export=given or _text(fields, "export"),
        variant=fields["variant"].choice(VARIANTS) if "variant" in fields else Data.variant,
        max_length=fields["max_length"].integer(64, 1 << 20) if "max_length" in fields else Data.max_length,
        too_long=fields["too_long"].choice(("refuse", "drop")) if "too_long" in fields else Data.too_long,
    )


def _lora(place: YamlValue) -> Lora:
    fields = place.fields((), ("r", "alpha", "dropout", "targets"))
    return Lora(
        r=fields["r"].integer(1, 512) if "r" in fields else Lora.r,
        alpha=fields["alpha"].integer(1, 4096) if "alpha" in fields else Lora.alpha,
        dropout=fields["dropout"].number(0, 0.9) if "dropout" in fields else Lora.dropout,
        targets=_targets(fields["targets"]) if "targets" in fields else Lora.targets,
    )


def _targets(place: YamlValue) -> tuple[str, ...]:
    return (place.value,) if place.value == "all-linear" else place.texts()


_WHOLE = {
    "batch_size": (1, 65_536), "per_device": (1, 4096), "seed": (0, (1 << 31) - 1), "keep": (2, 1000),
    "log_steps": (1, 10_000), "eval_steps": (1, 1_000_000), "save_steps": (1, 1_000_000),
    "most_steps": (0, 10_000_000),
}  # fmt: skip
"""At least two checkpoints stay: one that is being written is none yet."""
_NUMBERS = {
    "lr": (1e-9, 1.0), "warmup": (0, 0.9), "epochs": (0.001, 1000), "weight_decay": (0, 1),
    "max_grad_norm": (0.001, 1000),
}  # fmt: skip


def _schedule(place: YamlValue) -> Schedule:
    names = [name for name in Schedule.__dataclass_fields__ if name != "lr"]
    fields = place.fields(("lr",), names)
    read: dict[str, Any] = {"lr": 1.0}
    for name, field_place in fields.items():
        if name in _WHOLE:
            read[name] = field_place.integer(*_WHOLE[name])
        elif name in _NUMBERS:
            read[name] = field_place.number(*_NUMBERS[name])
        elif name == "scheduler":
            read[name] = field_place.choice(SCHEDULERS)
        else:
            read[name] = field_place.truth()
    if read.get("batch_size", 32) % read.get("per_device", 1):
        fields.get("per_device", place).fault(
            f"batch_size {read.get('batch_size', 32)} is no multiple of per_device {read['per_device']}.",
            "choose a per_device that divides it.",
        )
    return Schedule(**read)


@dataclass(frozen=True)
class Batches:
    """One step of the optimizer: `devices` x `per_device` examples, `accumulation` times over."""

    devices: int
    per_device: int
    accumulation: int

    @property
    def effective(self) -> int:
        return self.devices * self.per_device * self.accumulation

    def steps(self, examples: int, epochs: float) -> int:
        """How often the optimizer moves; the last batch of an epoch may be smaller."""
        micro = math.ceil(math.ceil(examples / self.devices) / self.per_device)
        return math.ceil(max(1, math.ceil(micro / self.accumulation)) * epochs)


def batches_of(batch_size: int, per_device: int, devices: int, path: object = "the recipe") -> Batches:
    """The accumulation that gives exactly the recipe's batch; another batch would be another training.

    Raises `InputErrors` where the numbers do not divide, and says which `per_device` would do.
    """
    if batch_size % devices:
        raise refused(
            path,
            f"a batch of {batch_size} cannot be shared evenly by {devices} devices.",
            f"start it on {', '.join(map(str, _divisors(batch_size)))} devices, or change batch_size.",
        )
    share = batch_size // devices
    if share % per_device:
        raise refused(
            path,
            f"a batch of {batch_size} on {devices} {'device' if devices == 1 else 'devices'} leaves each "
            f"{share} examples, which is no multiple of per_device {per_device}.",
            f"set per_device to one of: {', '.join(map(str, _divisors(share)))}.",
        )
    return Batches(devices, per_device, share // per_device)


def _divisors(number: int) -> list[int]:
    return [each for each in range(1, number + 1) if number % each == 0]

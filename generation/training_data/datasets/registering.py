"""Taking in the card of a model that was trained on a dataset, as `generation.training` writes it.

Where the weights lie beside the card, they must be those that it tells of. A card may come without them.
"""

import json
import re
from pathlib import Path
from typing import Any

from django.db import transaction
from django.utils.text import slugify

from evalsite.core.errors import InputError, InputErrors
from evalsite.core.models import record
from generation.training.card import weights_digest
from generation.training_data.models import Dataset, TrainedModel

REQUIRED = ("name", "weights_sha256", "base_model", "dataset", "variant", "settings", "versions")
_SHA256 = re.compile(r"^[0-9a-f]{64}$")
_MOST = 5_000_000
_LARGEST = 10**15
"""No count of tokens and no loss comes near this."""


def read_card(path: Path) -> dict[str, Any]:
    """A model card from its file. Raises `InputErrors` with all that is wrong."""
    try:
        text = path.read_text(encoding="utf-8")
        card = json.loads(text) if len(text) <= _MOST else None
    except OSError as error:
        raise InputErrors([_fault(path, f"can't read it ({error.strerror}).", "check the name.")]) from error
    except ValueError as error:
        raise InputErrors(
            [_fault(path, "this is not JSON.", "use the card written by the training.")]
        ) from error
    if not isinstance(card, dict):
        raise InputErrors(
            [_fault(path, "this is not a model card.", "use the card written by the training.")]
        )
    if faults := _faults(path, card) or _weights_faults(path, card["weights_sha256"]):
        raise InputErrors(faults)
    return card


def _weights_faults(path: Path, told: str) -> list[InputError]:
    try:
        found = weights_digest(path.parent)
    except FileNotFoundError:
        return []
    if found == told:
        return []
    message = f"the weights beside it have digest {found[:12]}..., and it tells of {told[:12]}..."
    return [
        _fault(path, message, "let training write the card again, or put the weights there that it is of.")
    ]


def _fault(path: Path, message: str, fix: str) -> InputError:
    return InputError(str(path), 1, 1, message, fix)


def _faults(path: Path, card: dict[str, Any]) -> list[InputError]:
    again = "train again to rewrite the card."
    faults = [_fault(path, f"{key} is missing.", again) for key in REQUIRED if not card.get(key)]
    name, weights, dataset = card.get("name"), card.get("weights_sha256"), card.get("dataset")
    if name and not (isinstance(name, str) and len(name) <= 200 and slugify(name)):
        faults.append(_fault(path, "name is none that a server could be asked for.", "use a short name."))
    if weights and not (isinstance(weights, str) and _SHA256.match(weights)):
        faults.append(_fault(path, "weights_sha256 is not a SHA-256 digest.", again))
    if card.get("variant") and card["variant"] not in TrainedModel.Variant.values:
        fix = f"use one of {', '.join(TrainedModel.Variant.values)}."
        faults.append(_fault(path, f"variant {card['variant']} is unknown.", fix))
    if dataset and not (isinstance(dataset, dict) and isinstance(dataset.get("digest"), str)):
        faults.append(_fault(path, "dataset has no digest.", again))
    if not _losses_are_numbers(card.get("losses")):
        faults.append(_fault(path, "losses must be lists of a step and a number.", again))
    if not _examples_are_counted(card.get("examples")):
        faults.append(_fault(path, "examples are not counted by split.", again))
    told = {key: card.get(key) for key in ("settings", "versions")}
    faults += [
        _fault(path, f"{key} is not an object.", again)
        for key, value in told.items()
        if not (value is None or isinstance(value, dict))
    ]
    return faults


def _losses_are_numbers(losses: Any) -> bool:
    """Whether the losses are as pages draw them: by name, lists of (step, loss)."""
    if losses is None:
        return True
    if not isinstance(losses, dict) or not all(isinstance(each, list) for each in losses.values()):
        return False
    pairs = [pair for each in losses.values() for pair in each]
    return all(
        isinstance(pair, list)
        and len(pair) == 2
        and all(isinstance(each, int | float) and abs(each) < _LARGEST for each in pair)
        for pair in pairs
    )


def _examples_are_counted(examples: Any) -> bool:
    """Whether the examples are as pages tell them: by split, numbers and how many are left out by series."""
    if examples is None:
        return True
    if not isinstance(examples, dict) or not all(isinstance(each, dict) for each in examples.values()):
        return False
    left_out = [each.get("left_out_too_long") or {} for each in examples.values()]
    if not all(isinstance(each, dict) for each in left_out):
        return False
    counts = [each.get(name, 0) for each in examples.values() for name in ("examples", "tokens")]
    counts += [count for each in left_out for count in each.values()]
    return all(isinstance(each, int) and 0 <= each < _LARGEST for each in counts)


@transaction.atomic
def register_model(path: Path) -> tuple[TrainedModel, bool]:
    """Register a model by its card; the same weights once more are the model that is there, and False.

    It belongs to the team of its dataset. Raises `InputErrors` where the card is none, or where its dataset
    is not known here.
    """
    card = read_card(path)
    there = TrainedModel.objects.select_for_update().filter(digest=card["weights_sha256"]).first()
    if there is not None:
        return there, False
    digest = card["dataset"]["digest"]
    datasets = Dataset.objects.select_related("run").filter(digest=digest).order_by("slug", "version")
    dataset = datasets.first()
    if dataset is None:
        message = f"no dataset here has digest {digest[:64]}."
        raise InputErrors(
            [_fault(path, message, "build or import that dataset where the model is registered.")]
        )
    slug = f"{slugify(card['name'])[:70]}-{card['weights_sha256'][:8]}"
    model = TrainedModel.objects.create(
        team_id=dataset.run.team_id,
        slug=slug,
        name=card["name"],
        digest=card["weights_sha256"],
        dataset=dataset,
        variant=card["variant"],
        card=card,
        registered_by="console",
    )
    record(who="console", verb="register model", about=model.slug, digest=model.digest, dataset=str(dataset))
    return model, True

"""The model and its tokenizer, as a recipe names them."""

from pathlib import Path
from typing import Any

from generation.training.errors import refused
from generation.training.masks import stops_of
from generation.training.recipe import Recipe


def tokenizer_of(recipe: Recipe) -> Any:
    """The model's tokenizer, with the recipe's chat template where it gives one. Raises `InputErrors`."""
    from transformers import AutoTokenizer

    try:
        tokenizer = AutoTokenizer.from_pretrained(recipe.model.path, **_revision(recipe))
    except (OSError, ValueError) as error:
        raise _missing(recipe, error) from None
    if recipe.model.chat_template:
        path = Path(recipe.model.chat_template)
        try:
            tokenizer.chat_template = path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise refused(
                path, f"the chat template cannot be read ({error}).", "check model.chat_template."
            ) from None
    return tokenizer


def stops(recipe: Recipe, tokenizer: Any) -> tuple[int, ...]:
    """The tokens that end a turn in serving: of the tokenizer, and of the model's generation settings."""
    from transformers import GenerationConfig

    try:
        told = GenerationConfig.from_pretrained(recipe.model.path, **_revision(recipe)).eos_token_id
    except OSError:
        told = None
    return stops_of(tokenizer, told)


def require_room(recipe: Recipe) -> None:
    """The model can see as far as the recipe's longest example. Raises `InputErrors`."""
    from transformers import AutoConfig

    try:
        config = AutoConfig.from_pretrained(recipe.model.path, **_revision(recipe)).get_text_config()
    except (OSError, ValueError) as error:
        raise _missing(recipe, error) from None
    room = getattr(config, "max_position_embeddings", None)
    if room and recipe.data.max_length > room:
        raise refused(
            recipe.file,
            f"data.max_length is {recipe.data.max_length:,}, and the model sees {room:,} tokens.",
            f"set it to {room:,} or less.",
        )


def model_of(recipe: Recipe) -> Any:
    """The model, ready to be trained.

    An adapter is stored in 32 bits on a base in the recipe's type. Where all weights are trained they are
    in 32 bits themselves: a step of 5e-6 of a weight would be lost in 16.
    """
    import torch
    from transformers import AutoModelForCausalLM

    dtype = getattr(torch, recipe.model.dtype) if recipe.method == "lora" else torch.float32
    try:
        return AutoModelForCausalLM.from_pretrained(recipe.model.path, dtype=dtype, **_revision(recipe))
    except (OSError, ValueError) as error:
        raise _missing(recipe, error) from None


def adapter_of(recipe: Recipe) -> Any:
    """PEFT's settings of the adapter; nothing where all weights are trained."""
    from peft import LoraConfig

    if recipe.method != "lora":
        return None
    targets = recipe.lora.targets
    return LoraConfig(
        r=recipe.lora.r,
        lora_alpha=recipe.lora.alpha,
        lora_dropout=recipe.lora.dropout,
        target_modules="all-linear" if targets == ("all-linear",) else list(targets),
        task_type="CAUSAL_LM",
        bias="none",
    )


def _revision(recipe: Recipe) -> dict[str, str]:
    return {"revision": recipe.model.revision} if recipe.model.revision else {}


def _missing(recipe: Recipe, error: Exception) -> Exception:
    if Path(recipe.model.path).is_absolute() and not Path(recipe.model.path).exists():
        return refused(
            recipe.file or recipe.model.path,
            f"model {recipe.model.path}: there is no such folder.",
            "name the folder with its files.",
        )
    said = (str(error).splitlines() or [""])[0]
    return refused(
        recipe.file or recipe.model.path,
        f"model {recipe.model.path} cannot be loaded ({said:.200}).",
        "name a folder with its files, or a model that this machine can fetch.",
    )

"""Check a recipe without training: display the tokens that bear loss, and list all faults of its data."""

from collections.abc import Iterator
from itertools import islice
from typing import Any, TextIO

from generation.training import models, tokens
from generation.training.exports import Row, read_export
from generation.training.masks import Masked
from generation.training.recipe import Recipe

WRONG = 3
"""The exit code where masks would be wrong."""
MOST_SHOWN = 1500
BEGIN, END = "⟦", "⟧"


def check(recipe: Recipe, out: TextIO, *, examples: int = 2) -> int:
    """Print what a training would see. The exit code: 0, 1 if something is too long, 3 if masks are wrong."""
    export = read_export(recipe.data.export, recipe.data.variant)
    export.require_whole()
    models.require_room(recipe)
    tokenizer = models.tokenizer_of(recipe)
    stops = models.stops(recipe, tokenizer)
    tokenize = tokens.tokenizing(tokenizer, recipe, stops)
    print(
        f"Dataset {export.slug}@{export.version}, variant {export.variant}, {export.digest[:12]}.", file=out
    )
    print(f"Model {recipe.model.path}; a turn ends with {_names(tokenizer, stops)}.", file=out)
    print(f"Loss is on what stands between {BEGIN} and {END}.", file=out)
    wrong = refused = False
    for split in ("train", "validation"):
        if split not in export.files:
            print(f"\n{split}: there is none.", file=out)
            continue
        counted = tokens.Counted(split)
        fitting = tokens.fitting(export.rows(split), tokenize, recipe.data.max_length, counted)
        for row, found in islice(fitting, examples):
            print(f"\n{render_masked_example(tokenizer, row, found)}", file=out)
        for _ in fitting:
            pass
        _totals(counted, recipe, out)
        for fault in tokens.faults_of(counted, export, recipe):
            print(fault, file=out)
            refused = True
        wrong |= bool(counted.unmasked)
    if export.lack:
        print(f"\nDataset {export.slug}@{export.version}: {export.lack}", file=out)
    return WRONG if wrong else int(refused)


def render_masked_example(tokenizer: Any, row: Row, found: Masked) -> str:
    """An example as its tokens say it, those that bear loss marked; long stretches lose their middle."""
    parts = "".join(
        f"{BEGIN}{_short(text)}{END}" if bears else _short(text)
        for bears, text in stretches(tokenizer, found)
    )
    series = f" ({row.series})" if row.series else ""
    return f"--- {row.id}{series}: {len(found.ids):,} tokens, {found.bearing:,} bear loss\n{parts}"


def stretches(tokenizer: Any, found: Masked) -> Iterator[tuple[bool, str]]:
    """The text of an example in stretches that bear loss or not, from the labels alone."""
    labels, start = found.labels, 0
    for place in range(1, len(labels) + 1):
        if place == len(labels) or (labels[place] >= 0) != (labels[start] >= 0):
            text = tokenizer.decode(
                found.ids[start:place], skip_special_tokens=False, clean_up_tokenization_spaces=False
            )
            yield labels[start] >= 0, text
            start = place


def _short(text: str) -> str:
    if len(text) <= MOST_SHOWN:
        return text
    half = MOST_SHOWN // 2
    return f"{text[:half]} [... {len(text) - 2 * half:,} characters ...] {text[-half:]}"


def _names(tokenizer: Any, stops: tuple[int, ...]) -> str:
    return " or ".join(str(each) for each in tokenizer.convert_ids_to_tokens(list(stops))) or "nothing"


def _totals(counted: tokens.Counted, recipe: Recipe, out: TextIO) -> None:
    print(
        f"\n{counted.split}: {counted.examples:,} examples would be trained on whole, "
        f"{counted.tokens:,} tokens, {counted.bearing:,} of them bear loss. The longest "
        f"is {counted.longest_id or 'none'} with {counted.longest:,} tokens; the limit is "
        f"{recipe.data.max_length:,}.",
        file=out,
    )
    if counted.too_long:
        what = "refused" if recipe.data.too_long == "refuse" else "left out"
        print(f"{counted.split}: {len(counted.too_long)} too long, {what}; by series:", file=out)
        for series, number in sorted(counted.dropped.items()):
            print(f"  {series}: {number}", file=out)
        if recipe.data.too_long == "drop":
            for name, length in counted.too_long:
                print(f"  {name}: {length:,} tokens", file=out)

"""The command line of training. Exit codes: 0 done, 1 refused, 2 wrong usage, 3 masks would be wrong."""

import argparse
import os
import sys
from collections.abc import Sequence

from generation.training.errors import InputErrors
from generation.training.recipe import find_recipe

QUIET = {
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "DO_NOT_TRACK": "1",
    "TOKENIZERS_PARALLELISM": "false",
    "TRL_EXPERIMENTAL_SILENCE": "1",
}


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; gives the exit code."""
    given = _parser().parse_args(argv)
    for name, value in QUIET.items():
        os.environ.setdefault(name, value)
    over = {key: getattr(given, key) for key in ("model", "data", "output", "name") if getattr(given, key)}
    try:
        recipe = find_recipe(given.recipe, **over)
        if given.command == "check":
            from generation.training.checking import check

            return check(recipe, sys.stdout, examples=given.examples)
        from generation.training import work

        print(work.train(recipe) if given.command == "train" else work.rewrite_card(recipe))
    except InputErrors as refusal:
        for fault in refusal.errors:
            print(fault, file=sys.stderr)
        return refusal.code
    except ModuleNotFoundError as error:
        print(
            f"{error.name} is not installed here: see docs/training.md, `make training-env`.", file=sys.stderr
        )
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m generation.training", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    for name, about in (
        ("train", "train, or go on from the last checkpoint"),
        ("check", "show which tokens bear loss and what would be refused"),
        ("card", "write card.json and README.md anew"),
    ):
        command = commands.add_parser(name, help=about)
        command.add_argument("recipe", help="a file, or the name of a shipped recipe")
        for option in ("model", "data", "output", "name"):
            command.add_argument(f"--{option}", help=f"instead of the recipe's {option}")
        if name == "check":
            command.add_argument("--examples", type=int, default=2, help="so many of each split are shown")
    return parser


if __name__ == "__main__":
    sys.exit(main())

"""`python -m analysis.stats.coverage`: the coverage of nominal 95% intervals, as Markdown tables."""

import argparse
import sys
import time
from collections.abc import Sequence

from analysis.stats.console import whole
from analysis.stats.coverage.cases import cases
from analysis.stats.coverage.table import markdown, run

SEED = 20_260_301
STUDIES = 2000
MOST_STUDIES, MOST_WORKERS = 1_000_000, 64
QUIET = 2.0  # seconds between two words of progress


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m analysis.stats.coverage",
        description="Simulate studies whose truth is known, and print how often each interval holds it.",
    )
    parser.add_argument("--studies", type=whole(1, MOST_STUDIES), default=STUDIES, help="of each kind")
    parser.add_argument("--seed", type=whole(0, 2**32 - 1), default=SEED)
    parser.add_argument(
        "--only", metavar="NAME", action="append", help="a table, or table/column; may be given again"
    )
    parser.add_argument("--workers", type=whole(1, MOST_WORKERS), default=1, help="processes at once")
    parser.add_argument("--list", action="store_true", help="print the names that --only takes, and no more")
    options = parser.parse_args(arguments)
    if options.list:
        print(*cases(), sep="\n")
        return 0
    names = _chosen(parser, options.only)
    print(
        f"Coverage of nominal 95% intervals in percent of {options.studies} simulated studies each,"
        f" seed {options.seed}.\n"
    )
    columns = list(run(names, options.studies, options.seed, options.workers, _Progress(options.studies)))
    print(markdown(columns), end="")
    return 0


def _chosen(parser: argparse.ArgumentParser, only: list[str] | None) -> list[str]:
    known = cases()
    tables = dict.fromkeys(case.table for case in known.values())
    for name in only or ():
        if name not in known and name not in tables:
            parser.error(f"there is no table or case {name!r}: use one of {', '.join(tables)}, or see --list")
    return [name for name, case in known.items() if not only or name in only or case.table in only]


class _Progress:
    """A line to standard error at most every two seconds."""

    def __init__(self, studies: int) -> None:
        self.studies, self.last = studies, time.monotonic()

    def __call__(self, name: str, done: int) -> None:
        now = time.monotonic()
        if now - self.last >= QUIET:
            self.last = now
            print(f"{name}: {done} of {self.studies} studies", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())

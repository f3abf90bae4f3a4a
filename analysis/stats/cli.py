"""The command line: the analysis of anybody's tables, without Django and without a database.

Exit codes: 0 done, 1 input refused (with the faults on standard error and nothing written), 2 wrong usage.
"""

import argparse
import os
import sys
import threading
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from analysis.stats.analyse import analyse
from analysis.stats.faults import Fault, PlanError, Refusal
from analysis.stats.files import report_files
from analysis.stats.plan import Plan
from analysis.stats.power import Components, power_lines
from analysis.stats.tables import Tables, read_tables

DONE, REFUSED = 0, 1
QUIET_SECONDS = 2.0
MOST_REPLICATES = 100_000


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code; wrong usage leaves through `SystemExit(2)`."""
    parser = _parser()
    options = parser.parse_args(arguments)
    try:
        return int(options.run(parser, options))
    except Refusal as refusal:
        for fault in refusal.faults:
            print(" ".join(str(fault).split("\n")), file=sys.stderr)
        return REFUSED
    except KeyboardInterrupt:
        print("interrupted: nothing was written", file=sys.stderr)
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m analysis.stats", description="Analyse tables of a blinded comparison of scripts."
    )
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")
    report = commands.add_parser("report", help="analyse tables and write the report")
    _table_options(report)
    report.add_argument("--plan", metavar="FILE", help="plan.json: what was decided before the data")
    report.add_argument(
        "--primary", metavar="CRITERION", help="the primary criterion, where there is no plan"
    )
    report.add_argument(
        "--human", action="append", default=[], metavar="NAME", help="a system that is people"
    )
    report.add_argument("--replicates", type=_whole(1, MOST_REPLICATES), help="bootstrap replicates (2000)")
    report.add_argument("--seed", type=_whole(0, 2**63 - 1), default=1, help="seed of the bootstrap (1)")
    report.add_argument("--lang", choices=("en", "zh-hans"), default="en", help="language of the pages (en)")
    report.add_argument("--no-plots", action="store_true", help="write no charts")
    report.add_argument("--out", type=Path, required=True, metavar="DIR", help="folder to write into")
    report.set_defaults(run=_report)
    check = commands.add_parser("check", help="say what is wrong with tables, line by line")
    _table_options(check)
    check.add_argument("--plan", metavar="FILE", help="plan.json, checked against the tables")
    check.set_defaults(run=_check)
    _power_options(commands.add_parser("power", help="what a number of raters and scenes can show"))
    return parser


def _table_options(parser: argparse.ArgumentParser) -> None:
    for table in ("judgments", "scores", "marks"):
        parser.add_argument(f"--{table}", metavar="FILE", help=f"{table}.csv")


def _power_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--difference", type=_share, default=0.1, help="distance of the win rate from 0.5 (0.1)"
    )
    parser.add_argument("--raters", type=_whole(2, 10**6), required=True)
    parser.add_argument("--scenes", type=_whole(2, 10**6), required=True)
    parser.add_argument("--series", type=_whole(2, 10**6), help="cluster by series, this many")
    parser.add_argument("--judgments", type=_whole(2, 10**9), help="of this contrast (raters x scenes)")
    parser.add_argument("--sd-raters", type=_share, default=0.1, help="between raters, of the win rate (0.1)")
    parser.add_argument("--sd-scenes", type=_share, default=0.2, help="between scenes, of the win rate (0.2)")
    parser.add_argument("--sd-series", type=_share, default=0.0, help="between series, of the win rate (0)")
    parser.add_argument("--ties", type=_share, default=0.15, help="share of ties (0.15)")
    parser.set_defaults(run=_power)


def _whole(low: int, high: int) -> Any:
    def whole(text: str) -> int:
        try:
            number = int(text)
        except ValueError:
            raise argparse.ArgumentTypeError(f"{text!r} is not a whole number") from None
        if not low <= number <= high:
            raise argparse.ArgumentTypeError(f"{text} is not between {low} and {high}")
        return number

    return whole


def _share(text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number") from None
    if not 0 <= number < 0.5:
        raise argparse.ArgumentTypeError(f"{text} is not between 0 and 0.5")
    return number


def _read(parser: argparse.ArgumentParser, options: argparse.Namespace) -> Tables:
    if options.judgments is None and options.scores is None:
        parser.error("give --judgments or --scores or both")
    tables = read_tables(options.judgments, options.scores, options.marks)
    given = {Path(path).name: path for path in (options.judgments, options.scores, options.marks) if path}
    for warning in tables.warnings:
        where = f"{given.get(warning.where, warning.where)}: " if warning.where else ""
        print(f"{where}warning: {warning.text}", file=sys.stderr)
    return tables


def _plan(parser: argparse.ArgumentParser, options: argparse.Namespace, tables: Tables) -> Plan:
    if options.plan is None:
        return Plan.default(tables, primary=options.primary, human=options.human)
    plan = _read_plan(options.plan)
    if options.primary and plan.primary_criterion not in (None, options.primary):
        parser.error(f"--primary {options.primary}: the plan names {plan.primary_criterion}")
    if options.human and plan.human and set(plan.human) != set(options.human):
        parser.error(f"--human {' '.join(options.human)}: the plan names {', '.join(plan.human)}")
    plan = replace(
        plan,
        primary_criterion=options.primary or plan.primary_criterion,
        human=tuple(options.human) or plan.human,
    )
    plan.check(tables, name=options.plan)
    return plan


def _read_plan(path: str) -> Plan:
    try:
        text = Path(path).read_text("utf-8-sig")
    except OSError as error:
        message = f"the file cannot be read ({error.strerror})"
        raise PlanError([Fault(path, 1, 1, message, "give the path of a plan.json")]) from error
    except UnicodeDecodeError as error:
        raise PlanError([Fault(path, 1, 1, "the file is not UTF-8", "save it as UTF-8")]) from error
    return Plan.from_json(text, path)


def _report(parser: argparse.ArgumentParser, options: argparse.Namespace) -> int:
    if options.out.exists() and not options.out.is_dir():
        parser.error(f"--out {options.out}: this is a file; name a folder")
    with Progress() as progress:
        tables = _read(parser, options)
        plan = _plan(parser, options, tables)
        report = analyse(
            tables, plan, seed=options.seed, replicates=options.replicates, progress=progress.tell
        )
        files = report_files(report, plots=not options.no_plots, lang=options.lang, progress=progress.tell)
    try:
        write_folder(options.out, files)
    except OSError as error:
        fault = Fault(
            str(options.out),
            1,
            1,
            f"it cannot be written ({error.strerror})",
            "make room, or name another folder",
        )
        raise Refusal([fault]) from error
    warned = _counted(len(report.warnings), "warning")
    print(f"{options.out / 'report.html'}: {warned}, {_counted(len(files), 'file')}")
    return DONE


def _check(parser: argparse.ArgumentParser, options: argparse.Namespace) -> int:
    tables = _read(parser, options)
    if options.plan is not None:
        _read_plan(options.plan).check(tables, name=options.plan)
    for source in tables.sources:
        left = "".join(f"; {count} left out: {why}" for why, count in sorted(source.left_out.items()))
        print(f"{source.name}: {_counted(source.rows, 'row')}, {source.used} used{left}")
    return DONE


def _power(parser: argparse.ArgumentParser, options: argparse.Namespace) -> int:
    components = Components(options.sd_raters, options.sd_scenes, options.sd_series, options.ties)
    if components.rest is None:
        parser.error(
            "the standard deviations between are larger than any win rate can have; give smaller ones"
        )
    if options.judgments and options.judgments < max(options.raters, options.scenes):
        parser.error("--judgments: each rater and each scene has at least one")
    lines = power_lines(
        components,
        difference=options.difference,
        raters=options.raters,
        scenes=options.scenes,
        series=options.series,
        judgments=options.judgments or options.raters * options.scenes,
    )
    print("\n".join(lines))
    return DONE


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}" + ("" if count == 1 else "s")


def write_folder(folder: Path, files: dict[str, bytes]) -> None:
    """Write files whole or not at all: beside the folder first, then moved into place.

    Where the folder is new one rename makes it; in one that was there each file is replaced by a
    rename, and charts of an earlier report that this one does not have go away.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    beside = folder.parent / f".{folder.name}.{os.getpid()}.partial"
    try:
        for name, content in files.items():
            target = beside / name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content)
        if not folder.exists():
            beside.rename(folder)
            return
        for name in files:
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (beside / name).replace(folder / name)
        for chart in (folder / "plots").glob("*.svg"):
            if f"plots/{chart.name}" not in files:
                chart.unlink()
    finally:
        _remove(beside)


def _remove(folder: Path) -> None:
    for root, folders, names in folder.walk(top_down=False) if folder.exists() else ():
        for name in names:
            (root / name).unlink()
        for name in folders:
            (root / name).rmdir()
    if folder.exists():
        folder.rmdir()


class Progress:
    """A bar on a terminal's standard error, once the work has lasted two seconds; silence anywhere else."""

    def __init__(self) -> None:
        self._bar: Any = None
        self._task: Any = None
        self._state = ("reading", 0.0)
        self._lock = threading.Lock()
        self._timer = threading.Timer(QUIET_SECONDS, self._show)
        self._timer.daemon = True

    def __enter__(self) -> Self:
        if sys.stderr.isatty():
            self._timer.start()
        return self

    def tell(self, what: str, share: float) -> None:
        with self._lock:
            self._state = (what, share)
            if self._bar is not None:
                self._bar.update(self._task, description=what, completed=share)

    def _show(self) -> None:
        from rich.console import Console
        from rich.progress import Progress as Bar

        with self._lock:
            self._bar = Bar(console=Console(stderr=True), transient=True)
            self._task = self._bar.add_task(self._state[0], total=1.0, completed=self._state[1])
            self._bar.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._timer.cancel()
        with self._lock:
            if self._bar is not None:
                self._bar.stop()

"""The command line: the analysis of anybody's tables, without Django and without a database.

Exit codes: 0 done, 1 input refused (with the faults on standard error and nothing written), 2 wrong usage.
"""

import argparse
import os
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from analysis.stats.analyse import analyse
from analysis.stats.console import Progress, counted, whole, write_or_refuse
from analysis.stats.faults import Fault, PlanError, Refusal
from analysis.stats.files import report_files
from analysis.stats.plan import Plan
from analysis.stats.power_cli import add_power
from analysis.stats.summary import summary
from analysis.stats.tables import Tables, read_tables

DONE, REFUSED = 0, 1
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
    except BrokenPipeError:
        # Whoever read the output has seen enough; Python would complain once more at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return DONE
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
    report.add_argument("--replicates", type=whole(1, MOST_REPLICATES), help="bootstrap replicates (2000)")
    report.add_argument("--seed", type=whole(0, 2**63 - 1), default=1, help="seed of the bootstrap (1)")
    report.add_argument("--lang", choices=("en", "zh-hans"), default="en", help="language of the pages (en)")
    report.add_argument("--no-plots", action="store_true", help="write no charts")
    report.add_argument("--out", type=Path, required=True, metavar="DIR", help="folder to write into")
    report.set_defaults(run=_report)
    check = commands.add_parser("check", help="say what is wrong with tables, line by line")
    _table_options(check)
    check.add_argument("--plan", metavar="FILE", help="plan.json, checked against the tables")
    check.set_defaults(run=_check)
    add_power(commands.add_parser("power", help="how many raters, scenes and series for a difference"))
    return parser


def _table_options(parser: argparse.ArgumentParser) -> None:
    for table in ("judgments", "scores", "marks"):
        parser.add_argument(f"--{table}", metavar="FILE", help=f"{table}.csv")


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
    write_or_refuse(options.out, files)
    warned = counted(len(report.warnings), "warning")
    print(f"{options.out / 'report.html'}: {warned}, {counted(len(files), 'file')}")
    return DONE


def _check(parser: argparse.ArgumentParser, options: argparse.Namespace) -> int:
    tables = _read(parser, options)
    if options.plan is not None:
        _read_plan(options.plan).check(tables, name=options.plan)
    print("\n".join(summary(tables)))
    return DONE

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
from analysis.stats.console import Parser, Progress, whole, write_or_refuse
from analysis.stats.faults import Fault, PlanError, Refusal, counted, list_names
from analysis.stats.files import report_files
from analysis.stats.plan import Plan
from analysis.stats.power_cli import add_power
from analysis.stats.tables import Tables, read_tables
from analysis.stats.tables.summary import summary

DONE, REFUSED = 0, 1
MOST_REPLICATES = 100_000
HELD = {
    "judgments": "one row per judgment of a pair",
    "scores": "one row per score of a script",
    "marks": "one row per mark of an error, beside one of the others",
}
# Warnings of the report that another call would answer: printed here too.
TOLD = ("no_human", "one_rater", "one_system")
# What a table must have; docs/statistics.md and the refusals name the rest.
TABLES_NEEDED = """\
a table is a CSV file in UTF-8 with a header row; other columns are optional
  judgments  item, rater, criterion, left_system, right_system,
             choice (left, right, tie or neither)
  scores     item, rater, system, score, scale_min, scale_max
"""
REPORT_EXAMPLE = """
example
  python -m analysis.stats report --judgments judgments.csv --primary overall --out report
  then open report/report.html
"""
CHECK_EXAMPLE = """
example
  python -m analysis.stats check --judgments judgments.csv --scores scores.csv
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code; wrong usage leaves through `SystemExit(2)`."""
    parser = _parser()
    options, unknown = parser.parse_known_args(arguments)
    if unknown:
        options.parser.error(_unknown(unknown))
    try:
        return int(options.run(options.parser, options))
    except Refusal as refusal:
        print("\n".join(refusal.lines()), file=sys.stderr)
        return REFUSED
    except BrokenPipeError:
        # Whoever read the output has seen enough; Python would complain once more at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return DONE
    except KeyboardInterrupt:
        print("interrupted: nothing was written", file=sys.stderr)
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = Parser(
        prog="python -m analysis.stats", description="Analyse tables of a blinded comparison of scripts."
    )
    commands = parser.add_subparsers(title="commands", required=True, metavar="report|check|power")
    about = "Analyse tables and write the report: report.html, .md, .pdf and .json, and its charts."
    epilog = TABLES_NEEDED + REPORT_EXAMPLE
    report = commands.add_parser(
        "report", help="analyse tables and write the report", description=about, epilog=epilog
    )
    _table_options(report)
    report.add_argument("--plan", metavar="FILE", help="plan.json: what was decided before the data")
    report.add_argument(
        "--primary", metavar="CRITERION", help="the primary criterion, where there is no plan"
    )
    report.add_argument(
        "--human",
        action="append",
        default=[],
        metavar="NAME",
        help="a system that is people; may be repeated (human, if there is one)",
    )
    report.add_argument(
        "--replicates", type=whole(1, MOST_REPLICATES), metavar="N", help="bootstrap replicates (2000)"
    )
    report.add_argument(
        "--seed", type=whole(0, 2**63 - 1), default=1, metavar="N", help="seed of the bootstrap (1)"
    )
    report.add_argument("--lang", choices=("en", "zh-hans"), default="en", help="language of the pages (en)")
    report.add_argument("--no-plots", action="store_true", help="write no charts")
    report.add_argument("--out", type=Path, required=True, metavar="DIR", help="folder to write into")
    report.set_defaults(run=_report, parser=report)
    about = "Say what is wrong with tables, line by line; else what is in them and what they cannot tell."
    check = commands.add_parser(
        "check",
        help="say what is wrong with tables, line by line",
        description=about,
        epilog=TABLES_NEEDED + CHECK_EXAMPLE,
    )
    _table_options(check)
    check.add_argument("--plan", metavar="FILE", help="plan.json, checked against the tables")
    check.set_defaults(run=_check, parser=check)
    power = commands.add_parser("power", help="how many raters, scenes and series for a difference")
    add_power(power)
    power.set_defaults(parser=power)
    return parser


def _unknown(words: Sequence[str]) -> str:
    """What is not understood, and what was probably meant."""
    told = f"not understood: {' '.join(words)}"
    if all(word.endswith(".csv") for word in words):
        return f"{told}; say which table it is, as in --judgments {words[0]}"
    return told


def _table_options(parser: argparse.ArgumentParser) -> None:
    for table in ("judgments", "scores", "marks"):
        parser.add_argument(f"--{table}", metavar="FILE", help=HELD[table])


def _read(parser: argparse.ArgumentParser, options: argparse.Namespace) -> Tables:
    if options.judgments is None and options.scores is None:
        alone = "" if options.marks is None else "; --marks counts beside one of them"
        parser.error(f"give --judgments or --scores or both{alone}")
    tables = read_tables(options.judgments, options.scores, options.marks)
    given = {Path(path).name: path for path in (options.judgments, options.scores, options.marks) if path}
    for warning in tables.warnings:
        where = f"{given.get(warning.where, warning.where)}: " if warning.where else ""
        print(f"{where}warning: {warning.text}", file=sys.stderr)
    return tables


def _plan(parser: argparse.ArgumentParser, options: argparse.Namespace, tables: Tables) -> Plan:
    if options.plan is None:
        try:
            return Plan.default(tables, primary=options.primary, human=options.human)
        except PlanError as error:
            # There is no plan to name: it was an option.
            faults = [replace(fault, file=_option(options, fault)) for fault in error.faults]
            raise PlanError(faults, error.more) from error
    plan = _read_plan(options.plan)
    if options.primary and plan.primary_criterion not in (None, options.primary):
        parser.error(f"--primary {options.primary}: the plan names {plan.primary_criterion}")
    if options.human and plan.human and set(plan.human) != set(options.human):
        parser.error(f"--human {list_names(options.human)}: the plan names {list_names(plan.human)}")
    plan = replace(
        plan,
        primary_criterion=options.primary or plan.primary_criterion,
        human=tuple(options.human) or plan.human,
    )
    plan.check(tables, name=options.plan)
    return plan


def _option(options: argparse.Namespace, fault: Fault) -> str:
    return "--primary" if options.primary and repr(options.primary) in fault.message else "--human"


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
    for warning in report.warnings:
        if warning.code in TOLD:
            print(f"warning: {warning.text}", file=sys.stderr)
    warned = counted(len(report.warnings), "warning")
    print(f"{options.out / 'report.html'}: {warned}, {counted(len(files), 'file')}")
    return DONE


def _check(parser: argparse.ArgumentParser, options: argparse.Namespace) -> int:
    tables = _read(parser, options)
    if options.plan is not None:
        _read_plan(options.plan).check(tables, name=options.plan)
    print("\n".join(summary(tables)))
    used = any(source.used for source in tables.sources)
    print("nothing is wrong with this" if used else "nothing is wrong, but there is no row to analyse")
    return DONE

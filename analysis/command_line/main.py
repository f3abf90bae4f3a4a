"""The command line: the analysis of anybody's tables, without Django and without a database.

Exit codes: 0 done, 1 input refused (with the faults on standard error and nothing written), 2 wrong usage,
4 a recomputation differs.
"""

import argparse
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import combinations, islice
from pathlib import Path

import pandas as pd

from analysis.command_line.power import add_power
from analysis.command_line.verify import EXAMPLE as VERIFY_EXAMPLE
from analysis.command_line.verify import add_verify
from analysis.messages import counts_by_sentence
from analysis.render.report_files import report_files
from analysis.stats.analyse import analyse
from analysis.stats.console import Parser, Progress, whole, write_or_refuse
from analysis.stats.errors import InputError, InputErrors, counted, list_names, quote
from analysis.stats.plan import Plan
from analysis.stats.tables import TABLES, Source, Tables, read_tables

MOST_NAMES, MOST_PAIRS = 8, 3
UNBALANCED = 0.1  # a system that stands left in less or more than half by more than this
COUNTED: Mapping[str, tuple[str, ...]] = {
    "raters": ("rater",),
    "items": ("item",),
    "series": ("series",),
    "languages": ("language",),
    "criteria": ("criterion",),
    "systems": ("system", "left_system", "right_system"),
}
NEEDED: Mapping[str, Mapping[str, str]] = {
    "judgments": {
        "series": "no results by series, and no intervals clustered by series",
        "language": "all rows count as one language",
        "position": "no drift over a rater's work",
        "strength": "no mean strength of preference",
        "seconds": "no judging times",
        "left_length": "no length bias, and no marked errors per 1,000 words or characters",
        "guess_left": "no check of the blinding",
        "knew_left": "no check without scripts known to the rater",
    },
    "scores": {
        "series": "no results by series, and no intervals clustered by series",
        "language": "all rows count as one language",
    },
    "marks": {},
    "raters": {},
}
DONE, REFUSED = 0, 1
MOST_REPLICATES = 100_000
TABLE_CONTENTS = {
    "judgments": "one row per judgment of a pair",
    "scores": "one row per score of a script",
    "marks": "one row per marked error; needs judgments or scores",
    "raters": "one row per rater, with groups such as profile_years",
}
# Warnings of the report that another call would answer: printed here too.
PRINTED_WARNINGS = ("no_human", "one_rater", "one_system")
# What a table must have; docs/statistics.md and the refusals name the rest.
TABLES_NEEDED = """\
tables are CSV files in UTF-8 with a header row; other columns are optional
  judgments  item, rater, criterion, left_system, right_system,
             choice (left, right, tie or neither)
  scores     item, rater, system, score, scale_min, scale_max
  raters     code, and groups: group or any column that starts with profile_
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


def summary(tables: Tables) -> Iterator[str]:
    """Lines of text: each table, then what concerns them together."""
    frames = {name: getattr(tables, name) for name in TABLES}
    for source in tables.sources:
        yield from _summary_of_table(source, frames[source.table])
    if tables.judgments is not None and len(tables.judgments):
        yield from _summary_of_pairs(tables.judgments)


def _summary_of_table(source: Source, frame: pd.DataFrame | None) -> Iterator[str]:
    yield f"{source.name}: {counted(source.rows, 'row')}, {source.used:,} included"
    for why, count in counts_by_sentence(source.left_out).items():
        yield _summary_line("excluded", f"{count:,}  {why}")
    if frame is None:
        return
    for what, columns in COUNTED.items():
        names = sorted(set().union(*(_used_names(frame[column]) for column in columns if column in frame)))
        if names:
            yield _summary_line(what, f"{len(names):,}  {_list_quoted(names)}")
    if source.table == "raters":
        for column in frame.columns.drop("code"):
            groups = sorted(_used_names(frame[column]))
            yield _summary_line("groups", f"{len(groups):,}  {column}: {_list_quoted(groups)}")
    for column, lost in NEEDED[source.table].items():
        if len(frame) and (frame[column] == "").all():
            yield _summary_line("missing", f"{column}: {lost}")


def _summary_of_pairs(frame: pd.DataFrame) -> Iterator[str]:
    """Pairs of systems that never met, and systems that stand too often on one side; by criterion."""
    for criterion in sorted(frame["criterion"].unique()):
        rows = frame.loc[frame["criterion"] == criterion, ["left_system", "right_system"]]
        counts = rows.groupby(["left_system", "right_system"], observed=True).size()
        sides: dict[str, list[int]] = {}
        met: set[frozenset[str]] = set()
        for (left, right), count in counts.items():
            met.add(frozenset((left, right)))
            sides.setdefault(left, [0, 0])[0] += int(count)
            sides.setdefault(right, [0, 0])[1] += int(count)
        names = sorted(sides)
        if unmet := len(names) * (len(names) - 1) // 2 - len(met):
            apart = (pair for pair in combinations(names, 2) if frozenset(pair) not in met)
            some = ", ".join(f"{quote(one)} and {quote(two)}" for one, two in islice(apart, MOST_PAIRS))
            more = " and others" if unmet > MOST_PAIRS else ""
            yield _summary_line(
                "unpaired", f"{counted(unmet, 'pair')} of systems on {quote(criterion)}: {some}{more}"
            )
        shares = {name: left / (left + right) for name, (left, right) in sides.items()}
        uneven = [name for name in names if abs(shares[name] - 0.5) > UNBALANCED]
        if uneven:
            listed = [f"{quote(name)} {100 * shares[name]:.0f}% left" for name in uneven[:MOST_NAMES]]
            more = f" and {len(uneven) - MOST_NAMES:,} more" if len(uneven) > MOST_NAMES else ""
            yield _summary_line("sides", f"uneven on {quote(criterion)}: {', '.join(listed)}{more}")


def _used_names(values: pd.Series) -> set[str]:
    return set(values.unique()) - {""}


def _list_quoted(names: list[str]) -> str:
    more = f" and {len(names) - MOST_NAMES:,} more" if len(names) > MOST_NAMES else ""
    return ", ".join(map(quote, names[:MOST_NAMES])) + more


def _summary_line(what: str, listed: str) -> str:
    return f"  {what:<10} {' '.join(listed.splitlines())}"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code; wrong usage leaves through `SystemExit(2)`."""
    parser = _parser()
    options, unknown = parser.parse_known_args(arguments)
    if unknown:
        options.parser.error(_unknown_arguments(unknown))
    try:
        return int(options.run(options.parser, options))
    except InputErrors as refusal:
        print("\n".join(refusal.lines()), file=sys.stderr)
        return REFUSED
    except BrokenPipeError:
        # Whoever read the output has seen enough; Python would complain once more at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return DONE
    except KeyboardInterrupt:
        print("Interrupted. Nothing was written.", file=sys.stderr)
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = Parser(
        prog="python -m analysis.stats", description="Analyse tables of a blinded comparison of scripts."
    )
    commands = parser.add_subparsers(title="commands", required=True, metavar="report|check|power|verify")
    about = "Analyse tables and write the report (report.html, .md, .pdf and .json) and its charts."
    epilog = TABLES_NEEDED + REPORT_EXAMPLE
    report = commands.add_parser(
        "report", help="analyse tables and write the report", description=about, epilog=epilog
    )
    _table_options(report)
    report.add_argument("--plan", metavar="FILE", help="plan.json: the analysis plan")
    report.add_argument("--primary", metavar="CRITERION", help="the primary criterion, if there is no plan")
    report.add_argument(
        "--human",
        action="append",
        default=[],
        metavar="NAME",
        help="a human system; can be repeated (default: human, if it exists)",
    )
    report.add_argument(
        "--replicates",
        type=whole(1, MOST_REPLICATES),
        metavar="N",
        help="bootstrap replicates (default: 2000)",
    )
    report.add_argument(
        "--seed", type=whole(0, 2**63 - 1), default=1, metavar="N", help="seed of the bootstrap (default: 1)"
    )
    report.add_argument(
        "--lang", choices=("en", "zh-hans"), default="en", help="language of the report (default: en)"
    )
    report.add_argument(
        "--full-pdf", action="store_true", help="also write report-full.pdf, with all tables and charts"
    )
    report.add_argument(
        "--full-markdown", action="store_true", help="also write report-full.md, with all tables"
    )
    report.add_argument("--no-plots", action="store_true", help="don't write charts")
    report.add_argument("--out", type=Path, required=True, metavar="DIR", help="output folder")
    report.set_defaults(run=_report, parser=report)
    about = "Check tables line by line. If there are no errors, list their contents and missing columns."
    check = commands.add_parser(
        "check",
        help="check tables line by line",
        description=about,
        epilog=TABLES_NEEDED + CHECK_EXAMPLE,
    )
    _table_options(check)
    check.add_argument("--plan", metavar="FILE", help="plan.json, checked against the tables")
    check.set_defaults(run=_check, parser=check)
    power = commands.add_parser("power", help="calculate the sample size: raters, scenes and series")
    add_power(power)
    power.set_defaults(parser=power)
    about = (
        "Compute the frozen digest and the draw of a study again from its bundle, and check that tables, "
        "plan and report fit them. Exits with 4 and names what differs."
    )
    verify = commands.add_parser(
        "verify", help="check a bundle against what was frozen", description=about, epilog=VERIFY_EXAMPLE
    )
    add_verify(verify)
    verify.set_defaults(parser=verify)
    return parser


def _unknown_arguments(words: Sequence[str]) -> str:
    """What is not understood, and what was probably meant."""
    told = f"unknown arguments: {' '.join(words)}"
    if all(word.endswith(".csv") for word in words):
        return f"{told}; name the table, as in --judgments {words[0]}"
    return told


def _table_options(parser: argparse.ArgumentParser) -> None:
    for table in TABLES:
        parser.add_argument(f"--{table}", metavar="FILE", help=TABLE_CONTENTS[table])


def _read_tables(parser: argparse.ArgumentParser, options: argparse.Namespace) -> Tables:
    if options.judgments is None and options.scores is None:
        others = [f"--{table}" for table in ("marks", "raters") if getattr(options, table) is not None]
        alone = f"; {' and '.join(others)} only go with one of these" if others else ""
        parser.error(f"give --judgments, --scores or both{alone}")
    paths = [getattr(options, table) for table in TABLES]
    tables = read_tables(*paths)
    given = {Path(path).name: path for path in paths if path}
    for warning in tables.warnings:
        where = f"{given.get(warning.where, warning.where)}: " if warning.where else ""
        print(f"{where}warning: {warning.text}", file=sys.stderr)
    return tables


def _plan(parser: argparse.ArgumentParser, options: argparse.Namespace, tables: Tables) -> Plan:
    if options.plan is None:
        try:
            return Plan.default(tables, primary=options.primary, human=options.human)
        except InputErrors as error:
            # There is no plan to name: it was an option.
            faults = [replace(fault, file=_option(options, fault)) for fault in error.errors]
            raise InputErrors(faults, error.more) from error
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


def _option(options: argparse.Namespace, fault: InputError) -> str:
    return "--primary" if options.primary and repr(options.primary) in fault.message else "--human"


def _read_plan(path: str) -> Plan:
    try:
        text = Path(path).read_text("utf-8-sig")
    except OSError as error:
        message = f"can't read the file ({error.strerror})"
        raise InputErrors([InputError(path, 1, 1, message, "give the path of a plan.json")]) from error
    except UnicodeDecodeError as error:
        raise InputErrors([InputError(path, 1, 1, "the file is not UTF-8", "save it as UTF-8")]) from error
    return Plan.from_json(text, path)


def _report(parser: argparse.ArgumentParser, options: argparse.Namespace) -> int:
    if options.out.exists() and not options.out.is_dir():
        parser.error(f"--out {options.out}: this is a file, not a folder")
    with Progress() as progress:
        tables = _read_tables(parser, options)
        plan = _plan(parser, options, tables)
        report = analyse(
            tables, plan, seed=options.seed, replicates=options.replicates, progress=progress.update
        )
        files = report_files(
            report,
            plots=not options.no_plots,
            lang=options.lang,
            full_pdf=options.full_pdf,
            full_markdown=options.full_markdown,
            progress=progress.update,
        )
    write_or_refuse(options.out, files)
    for warning in report.warnings:
        if warning.code in PRINTED_WARNINGS:
            print(f"warning: {warning.text}", file=sys.stderr)
    warned = counted(len(report.warnings), "warning")
    print(f"{options.out / 'report.html'}: {warned}, {counted(len(files), 'file')}")
    return DONE


def _check(parser: argparse.ArgumentParser, options: argparse.Namespace) -> int:
    tables = _read_tables(parser, options)
    if options.plan is not None:
        _read_plan(options.plan).check(tables, name=options.plan)
    print("\n".join(summary(tables)))
    used = any(source.used for source in tables.sources)
    print("No errors found." if used else "No errors found, but there are no rows to analyse.")
    return DONE

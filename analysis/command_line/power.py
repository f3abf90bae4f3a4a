"""The command `power`: how many raters, scenes and series for a given difference."""

import argparse
import json
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from analysis.charts.power import draw_power
from analysis.stats.console import Progress, whole, write_or_refuse
from analysis.stats.power.answer import Answer, Question, answer, simulate
from analysis.stats.power.closed_form import (
    CLAIMS,
    CROSSED,
    DESIGNS,
    DIFFERENT,
    INCOMPLETE,
    LEVEL,
    WANTED,
    Components,
    Logits,
    PlannedTest,
    Sizes,
    logits_of,
)
from analysis.stats.power.output import SVG, markdown, to_dict
from analysis.stats.power.pilot import Pilot
from analysis.stats.simulate import PER_PAIRING

DONE, INTERRUPTED = 0, 130
DIFFERENCE = 0.1
WIN_RATE, LOGIT = SCALES = ("win-rate", "logit")
# What is assumed where nothing is said: on the scale of the win rate, and in logits per system.
ASSUMED = {"raters": 0.1, "scenes": 0.2, "series": 0.1}
ASSUMED_LOGITS = {"raters": 0.4, "scenes": 0.7, "series": 0.4}
TIES, LEFT_BIAS = 0.15, 0.2
MOST_STUDIES = 100_000
MOST_SIZES = 36
EXAMPLES = """\
examples
  How many raters does it take to distinguish a win rate of 65% from 50%?
    python -m analysis.stats power --difference 0.15 --systems 3 --sd-series 0.1
  What is the power with 24 raters and 64 scenes from 8 series?
    python -m analysis.stats power --difference 0.15 --raters 24 --scenes 64 --series 8
See docs/planning.md for details.
"""


def add_power(parser: argparse.ArgumentParser) -> None:
    """The options of the command."""
    parser.description = (
        "With raters and scenes: the power, the half-width of the interval and the smallest detectable\n"
        "difference. Without one of them: the number needed."
    )
    asked = parser.add_argument_group("question")
    far = asked.add_mutually_exclusive_group()
    far.add_argument(
        "--difference",
        type=_number(-0.5, 0.5),
        metavar="D",
        help="true distance of the win rate from 0.5 (default: 0.1)",
    )
    far.add_argument(
        "--parity",
        type=_number(0, 200),
        metavar="P",
        help="the same as human level by parity: 80 means a win rate of 40%%",
    )
    asked.add_argument(
        "--claim", choices=CLAIMS, default=DIFFERENT, help="what the study should show (default: different)"
    )
    asked.add_argument(
        "--margin", type=_number(0, 0.5), metavar="M", help="margin for non-inferiority or equivalence"
    )
    asked.add_argument(
        "--level",
        type=_number(0.5, 1),
        default=LEVEL,
        metavar="L",
        help="level of the intervals (default: 0.95)",
    )
    asked.add_argument(
        "--power", type=_number(0, 1), default=WANTED, metavar="P", help="target power (default: 0.8)"
    )
    size = parser.add_argument_group("sizes (separate several by commas; missing ones are calculated)")
    size.add_argument(
        "--raters", type=_wholes(2, 10**6), default=(), metavar="N[,N]", help="number of raters"
    )
    size.add_argument(
        "--scenes",
        type=_wholes(2, 10**6),
        default=(),
        metavar="N[,N]",
        help="number of scenes, one script per system",
    )
    size.add_argument(
        "--series", type=_wholes(2, 10**6), default=(), metavar="N[,N]",
        help="number of series; intervals are then clustered by series",
    )  # fmt: skip
    size.add_argument(
        "--systems", type=whole(2, 200), default=2, metavar="K", help="systems in the study (default: 2)"
    )
    size.add_argument(
        "--design",
        choices=DESIGNS,
        help="incomplete: some raters per pair; crossed: all raters (default: incomplete)",
    )
    rows = size.add_mutually_exclusive_group()
    rows.add_argument("--per-pairing", type=whole(1, 10**6), metavar="N", help="raters per pair (default: 3)")
    rows.add_argument(
        "--judgments",
        type=whole(2, 10**9),
        metavar="N",
        help="judgments of the contrast, instead of --per-pairing",
    )
    _assumed_options(parser)
    how = parser.add_argument_group("calculation")
    how.add_argument(
        "--studies",
        type=whole(1, MOST_STUDIES),
        default=400,
        metavar="N",
        help="studies to simulate (default: 400)",
    )
    how.add_argument(
        "--seed", type=whole(0, 2**63 - 1), default=1, metavar="N", help="seed of the simulation (default: 1)"
    )
    how.add_argument("--no-simulation", action="store_true", help="closed form only")
    how.add_argument(
        "--out", type=Path, metavar="DIR", help="output folder for power.json, power.md and power.svg"
    )
    parser.epilog = EXAMPLES
    parser.set_defaults(run=_power)


def _assumed_options(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("assumptions")
    group.add_argument(
        "--scale", choices=SCALES, default=WIN_RATE,
        help="scale of the standard deviations: win rate of equal systems, or logits (default: win-rate)",
    )  # fmt: skip
    for name in ASSUMED:
        group.add_argument(
            f"--sd-{name}", type=_number(0, 20, open_low=False), metavar="SD",
            help=f"SD between {name} (default: {ASSUMED[name]}, or {ASSUMED_LOGITS[name]} logits)"
            + (", used only with --series" if name == "series" else ""),
        )  # fmt: skip
    group.add_argument(
        "--ties", type=_number(0, 1, open_low=False), metavar="SHARE", help="share of ties (default: 0.15)"
    )
    group.add_argument(
        "--left-bias",
        type=_number(-10, 10),
        metavar="LOGITS",
        help="advantage of the left script (default: 0.2)",
    )
    group.add_argument(
        "--from", dest="pilot", metavar="FILE", help="estimate these from a pilot's judgments.csv"
    )
    group.add_argument("--primary", metavar="CRITERION", help="criterion of the pilot, if it has several")
    group.add_argument(
        "--contrast",
        nargs=2,
        default=(),
        metavar="SYSTEM",
        help="two systems of the pilot (default: all pairs)",
    )


def _power(parser: argparse.ArgumentParser, options: argparse.Namespace) -> int:
    if options.out is not None and options.out.exists() and not options.out.is_dir():
        parser.error(f"--out {options.out}: this is a file, not a folder")
    if options.pilot is None and (options.primary or options.contrast):
        parser.error("--primary and --contrast need a pilot: add --from")
    with Progress() as progress:
        pilot = _pilot(parser, options)
        try:
            found = answer(_question(options, pilot))
        except ValueError as error:
            parser.error(str(error))
        if not options.no_simulation:
            found = simulate(found, progress.update)
    print(markdown(found, picture=False), end="")
    if options.out is not None:
        # Late: the chart is drawn by a package that needs this one.
        write_or_refuse(options.out, power_files(found))
        print(f"\n{options.out / 'power.md'}: results, with power.json and power.svg")
    if found.interrupted:
        print("Interrupted. The results so far are above.", file=sys.stderr)
        return INTERRUPTED
    return DONE


def _pilot(parser: argparse.ArgumentParser, options: argparse.Namespace) -> Pilot | None:
    if options.pilot is None:
        return None
    if options.scale == LOGIT:
        parser.error(
            "--scale logit can't be used with --from: a pilot's standard deviations are on the win-rate scale"
        )
    from analysis.stats.power.pilot import read_pilot

    return read_pilot(options.pilot, options.primary, tuple(options.contrast))


def _question(options: argparse.Namespace, pilot: Pilot | None) -> Question:
    """The question that the options ask. Raises ValueError, in words for the person who typed them."""
    difference = options.difference
    if options.parity is not None:
        difference = options.parity / 200 - 0.5
    if difference is None:
        difference = DIFFERENCE if options.claim == DIFFERENT else 0.0
    if len(options.raters) * len(options.scenes) * max(1, len(options.series)) > MOST_SIZES:
        raise ValueError(f"at most {MOST_SIZES} combinations of sizes are allowed")
    if options.claim != DIFFERENT and options.margin is None:
        raise ValueError(f"--claim {options.claim} needs --margin, which has no default")
    return Question(
        difference=difference,
        assumed=_assumed(options, pilot),
        raters=options.raters,
        scenes=options.scenes,
        series=options.series,
        systems=options.systems,
        design=_design(options),
        per_pairing=_per_pairing(options),
        test=PlannedTest(options.claim, options.margin, options.level),
        wanted=options.power,
        studies=options.studies,
        seed=options.seed,
        pilot=pilot,
    )


def _design(options: argparse.Namespace) -> str:
    if options.design == CROSSED and (options.judgments or options.per_pairing):
        raise ValueError(
            "--design crossed: every rater judges every scene, so remove --per-pairing or --judgments"
        )
    return str(options.design or INCOMPLETE)


def _per_pairing(options: argparse.Namespace) -> int:
    """Raters of a pairing, also from the judgments of the contrast."""
    if options.judgments is None:
        return options.per_pairing or PER_PAIRING
    if len(options.scenes) != 1 or not options.raters:
        raise ValueError("--judgments needs --raters and a single number of --scenes")
    [scenes] = options.scenes
    each, left = divmod(options.judgments, scenes)
    if left or not each:
        raise ValueError(f"--judgments {options.judgments}: use a multiple of the {scenes} scenes")
    for raters in options.raters:
        most = Sizes(raters, scenes, None, options.systems, INCOMPLETE, each)
        if most.judgments < options.judgments:
            most_each = int(most.judgments // scenes)
            raise ValueError(
                f"--judgments {options.judgments}: {raters} raters make at most {most_each * scenes}, because"
                " each rater judges one pair per scene"
            )
    return each


def _assumed(options: argparse.Namespace, pilot: Pilot | None) -> Logits:
    given = {name: getattr(options, f"sd_{name}") for name in ASSUMED}
    told = {name: value for name, value in given.items() if value is not None}
    left_bias = LEFT_BIAS if options.left_bias is None else options.left_bias
    ties = TIES if options.ties is None else options.ties
    if ties >= 1:
        raise ValueError("--ties must be below 1")
    if pilot is not None:
        return _from_pilot(options, pilot, told)
    defaults = dict(ASSUMED if options.scale == WIN_RATE else ASSUMED_LOGITS)
    if not options.series:
        defaults["series"] = 0.0
    sds = {**defaults, **told}
    if options.scale == LOGIT:
        return Logits(**sds, ties=ties, left_bias=left_bias)
    if max(sds.values()) >= 0.5:
        raise ValueError(
            "standard deviations of a win rate must be below 0.5 (0.1 is 10 percentage points): use smaller"
            " values, or --scale logit"
        )
    return logits_of(Components(**sds, ties=ties), left_bias)


def _from_pilot(options: argparse.Namespace, pilot: Pilot, told: dict[str, float]) -> Logits:
    """The pilot's world, with what is given beside it in place of its own."""
    if not options.series and not told.get("series") and pilot.components.series:
        # Without series in the plan a scene brings its series along.
        scenes = (pilot.components.scenes**2 + pilot.components.series**2) ** 0.5
        told = {"scenes": scenes, "series": 0.0, **told}
    ties = pilot.components.ties if options.ties is None else options.ties
    components = replace(pilot.components, **told, ties=ties)
    left_bias = pilot.logits().left_bias if options.left_bias is None else options.left_bias
    return logits_of(components, left_bias)


def _wholes(low: int, high: int) -> Callable[[str], tuple[int, ...]]:
    """Whole numbers with commas between, in order and each once."""
    one = whole(low, high)

    def read(text: str) -> tuple[int, ...]:
        return tuple(sorted({one(part.strip()) for part in text.split(",")}))

    return read


def _number(low: float, high: float, *, open_low: bool = True) -> Callable[[str], float]:
    """A number between two others, the lower of which may be allowed itself."""

    def read(text: str) -> float:
        try:
            number = float(text)
        except ValueError:
            raise argparse.ArgumentTypeError(f"{text!r} is not a number") from None
        if not (low < number < high or (number == low and not open_low)):
            ends = f"between {low:g} and {high:g}" if open_low else f"from {low:g} to less than {high:g}"
            hint = ""
            if high <= 1 < abs(number) and (percent := number / 100) and low < percent < high:
                hint = f": enter {percent:g} for {number:g}%"
            raise argparse.ArgumentTypeError(f"{text} is not {ends}{hint}")
        return number

    return read


def power_files(found: Answer) -> dict[str, bytes]:
    """File name to content. Nothing here depends on the clock or the machine."""
    data = json.dumps(to_dict(found), ensure_ascii=False, indent=1, allow_nan=False) + "\n"
    files = {"power.json": data, "power.md": markdown(found), SVG: draw_power(found)}
    return {name: text.encode("utf-8") for name, text in files.items()}

"""The planner's chart: the chance against the number of raters, a line for each number of scenes or series,
simulated studies as points with the error of the simulation."""

from collections.abc import Sequence

from analysis.charts.svg import COLOURS, MARKERS, Svg, number
from analysis.render.text_width import SMALL, width
from analysis.stats.power.answer import Answer, PlannedStudy
from analysis.translation import SENTENCE_SEPARATORS, pgettext_lazy
from analysis.translation import gettext_lazy as _

# Narrow enough to be read on a phone.
WIDE, TALL = 480.0, 340.0
LEFT, TOP, BOTTOM = 54.0, 34.0, 52.0
DASHES = ("", "8 4", "2 3", "10 3 2 3")
APART = 17.0  # of two labels
BESIDE = 9.0  # of two points
STEPS = (1, 2, 5, 10, 20, 25, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 100_000, 10**6)
WORDS = {
    "title": _("Power by number of raters"),
    "x": pgettext_lazy("axis", "raters"),
    "y": pgettext_lazy("axis", "power"),
    "wanted": _("target: %(chance)s%%"),
    "scenes": pgettext_lazy("line", "%(scenes)s scenes"),
    "series": pgettext_lazy("line", "%(scenes)s scenes from %(series)s series"),
    "point": _("points: simulated, with simulation error"),
    "about": _("Power in percent, by number of raters. %(lines)s"),
    "line": _("%(name)s: %(low)s%% with %(first)s raters, %(high)s%% with %(last)s."),
    "drawn": _("%(name)s, %(raters)s raters, simulated: %(value)s%% (%(low)s to %(high)s)."),
}


def translate_label(key: str, lang: str, **values: object) -> str:
    return WORDS[key].translate(lang) % values


class Plot(Svg):
    """A drawing with axes: raters across, a chance from 0 to 1 upwards."""

    def __init__(self, found: Answer, lang: str) -> None:
        self.language = lang
        name = "zh-Hans" if lang == "zh-hans" else lang
        super().__init__(WIDE, TALL, translate_label("title", lang), about(found, lang), name)
        labels = [label(line.scenes, line.series, lang) for line in found.lines]
        labels.append(wanted_words(found, lang))
        self.right = WIDE - max([width(text) for text in labels], default=0.0) - 20
        counts = [raters for line in found.lines for raters, _ in line.points]
        counts += [planned.sizes.raters for planned in found.studies]
        self.low, self.high = min(counts), max([*counts, min(counts) + 1])

    def x(self, raters: float) -> float:
        return LEFT + (raters - self.low) / (self.high - self.low) * (self.right - LEFT)

    def y(self, chance: float) -> float:
        return TALL - BOTTOM - chance * (TALL - TOP - BOTTOM)

    def curve(self, points: Sequence[tuple[int, float]], ink: str, dash: str) -> None:
        """One line through all its points, so that its dashes run on."""
        places = " ".join(f"{number(self.x(raters))},{number(self.y(chance))}" for raters, chance in points)
        dashed = f' stroke-dasharray="{dash}"' if dash else ""
        self._parts.append(f'<polyline points="{places}"{self._paint(None, ink, 2.2)}{dashed}/>')


def draw_power(found: Answer, lang: str = "en") -> str:
    """The chart as SVG. Lines are told apart by dash, label and colour; points by shape."""
    plot = Plot(found, lang)
    _axes(plot, lang)
    wanted = plot.y(found.question.wanted)
    plot.line(LEFT, wanted, plot.right, wanted, "ink", 1.1, "5 3")
    looks = {(line.scenes, line.series): at for at, line in enumerate(found.lines)}
    for at, line in enumerate(found.lines):
        plot.curve(line.points, COLOURS[at % len(COLOURS)], DASHES[at % len(DASHES)])
    for planned in found.studies:
        _point(plot, found, planned, looks.get((planned.sizes.scenes, planned.sizes.series)))
    _labels(plot, found)
    if any(planned.simulated for planned in found.studies):
        plot.write(plot.right, 14, translate_label("point", lang), "end", ink="muted", size=SMALL)
    return plot.text()


def about(found: Answer, lang: str) -> str:
    """The numbers of the chart, in words."""
    said = []
    for line in found.lines:
        (first, low), (last, high) = line.points[0], line.points[-1]
        name = label(line.scenes, line.series, lang)
        chances = {"low": round(100 * low), "high": round(100 * high)}
        said.append(translate_label("line", lang, name=name, first=first, last=last, **chances))
    for planned in found.studies:
        share = planned.asked(found.question)
        if share is not None:
            low, high = (round(100 * limit) for limit in share.limits)
            name = label(planned.sizes.scenes, planned.sizes.series, lang)
            shown = {"value": round(100 * share.value), "low": low, "high": high}
            said.append(translate_label("drawn", lang, name=name, raters=planned.sizes.raters, **shown))
    return translate_label("about", lang, lines=SENTENCE_SEPARATORS[lang].join(said))


def label(scenes: int, series: int | None, lang: str) -> str:
    return translate_label("scenes" if series is None else "series", lang, scenes=scenes, series=series)


def wanted_words(found: Answer, lang: str) -> str:
    return translate_label("wanted", lang, chance=f"{100 * found.question.wanted:g}")


def _axes(plot: Plot, lang: str) -> None:
    for tenth in range(0, 11, 2):
        y = plot.y(tenth / 10)
        plot.line(LEFT, y, plot.right, y, "muted" if tenth == 0 else "rule", 1.0)
        plot.write(LEFT - 8, y, f"{10 * tenth}%", "end", ink="muted", size=SMALL)
    step = next(step for step in STEPS if (plot.high - plot.low) / step <= 8)
    first = -(-plot.low // step) * step
    for raters in range(int(first), int(plot.high) + 1, step):
        plot.line(plot.x(raters), plot.y(0), plot.x(raters), plot.y(0) + 4, "muted", 1.0)
        plot.write(plot.x(raters), plot.y(0) + 15, str(raters), "middle", ink="muted", size=SMALL)
    plot.write((LEFT + plot.right) / 2, TALL - 14, translate_label("x", lang), "middle", ink="muted")
    plot.write(10, 14, translate_label("y", lang), ink="muted")


def _point(plot: Plot, found: Answer, planned: PlannedStudy, at: int | None) -> None:
    share = planned.asked(found.question)
    if share is None:
        return
    ink = "ink" if at is None else COLOURS[at % len(COLOURS)]
    shape = MARKERS[(at or 0) % len(MARKERS)]
    # Beside each other, where several lines have a study of as many raters.
    aside = 0.0 if at is None else BESIDE * (at - (len(found.lines) - 1) / 2)
    x, (low, high) = plot.x(planned.sizes.raters) + aside, share.limits
    plot.line(x, plot.y(low), x, plot.y(high), "ink", 1.4)
    for limit in (low, high):
        plot.line(x - 4, plot.y(limit), x + 4, plot.y(limit), "ink", 1.4)
    plot.mark(x, plot.y(share.value), shape, ink, r=5.2)


def _labels(plot: Plot, found: Answer) -> None:
    """The name of each line at its end, moved apart where two ends meet."""
    ends = [
        (plot.y(line.points[-1][1]), label(line.scenes, line.series, plot.language), COLOURS[at])
        for at, line in enumerate(found.lines)
    ]
    ends.append((plot.y(found.question.wanted), wanted_words(found, plot.language), "ink"))
    place = TOP - APART
    for y, text, ink in sorted(ends):
        place = max(y, place + APART)
        plot.line(plot.right + 2, y, plot.right + 10, place, ink, 1.2)
        plot.write(plot.right + 14, place, text)

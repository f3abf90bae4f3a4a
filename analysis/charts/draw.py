"""From a report to its charts, each in a language."""

from analysis.charts import flow, matrix, style
from analysis.charts.rows import Rows
from analysis.charts.svg import FONTS, PRINT_FONTS, Svg
from analysis.render import entries as ask
from analysis.render.entries import Report
from analysis.render.figures import Chart, Said, charts


def draw_all(report: Report, lang: str = "en", fonts: str = FONTS) -> dict[str, str]:
    """Every chart of a report: file name to SVG. Raises ValueError for an unknown language."""
    return {chart.file: draw(report, chart, lang, fonts) for chart in charts(report)}


def draw_for_print(report: Report, lang: str = "en") -> dict[str, str]:
    """The same on white paper, set in the fonts of the PDF."""
    paper = f'"{style.INKS["paper"][0]}"'
    drawn = draw_all(report, lang, PRINT_FONTS)
    return {name: svg.replace(paper, '"#ffffff"') for name, svg in drawn.items()}


def draw(report: Report, chart: Chart, lang: str = "en", fonts: str = FONTS) -> str:
    """One chart as SVG, its words in `lang`, set in the first of `fonts` that the reader has."""
    said = Said(report, chart, lang)
    svg = Svg(chart.width, chart.height, said.title(), said.alt(), said.words.html_lang)
    if chart.kind == "matrix":
        matrix.draw(said, svg)
    elif chart.kind == "flow":
        flow.draw(said, svg)
    else:
        Rows(said, style.looks(ask.systems(report), ask.humans(report)), svg).draw()
    return svg.text(fonts)

"""The files that a report is written as: the same bytes for the command line, the site and a bundle."""

from collections.abc import Callable

from analysis.stats.report import Report

Progress = Callable[[str, float], None]


def report_files(
    report: Report, *, plots: bool = True, lang: str = "en", progress: Progress | None = None
) -> dict[str, bytes]:
    """File name to content: `report.json`, `report.md`, `report.html` and `plots/*.svg`.

    Nothing here depends on the clock or the machine. `progress(what, share)` is told how far the drawing is.
    """
    # Late, so that numbers alone need neither matplotlib nor Jinja2.
    from analysis.render import charts, render_html, render_markdown

    data = report.to_dict()
    plots_url = "plots/" if plots else None
    files = {
        "report.json": report.to_json(),
        "report.md": render_markdown(data, plots_url, lang),
        "report.html": render_html(data, plots_url, lang),
    }
    wanted = charts(data) if plots else []
    if wanted:
        from analysis.charts import draw

        for at, chart in enumerate(wanted):
            files[f"plots/{chart.file}"] = draw(data, chart)
            if progress is not None:
                progress("charts", (at + 1) / len(wanted))
    return {name: text.encode("utf-8") for name, text in files.items()}

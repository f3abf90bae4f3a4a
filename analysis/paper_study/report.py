"""The paper's tables in one report, from the report.json of the two studies. Computes no statistic itself.

Best of four is a choice among four systems, and the study has seven: the same analysis of the rows of these
four (and people) gives it, as a third report beside the other two.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from html import escape
from pathlib import Path
from typing import Any

from analysis import exports, reports
from analysis.command import write_files
from analysis.models import Report
from analysis.paper_study.plan import PaperPlan, TablesPlan
from analysis.paper_study.words import WORDS
from annotations.models import Study

POOLED = "*pooled"
LANGUAGES = (POOLED, "zh", "en")
CLASSES = ("plot", "character", "pacing")
PARTS = ("single", "four", "pairs")
Entry = Mapping[str, Any]


@dataclass(frozen=True)
class Table:
    title: str
    note: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]


def write_report(plan: PaperPlan, single: Study, pairs: Study, out: Path, *, canned: bool) -> None:
    """Write the full reports into folders of `out`, and the paper's tables into report.html and report.md."""
    files = {
        f"{name}/{path}": content
        for name, found in (
            ("single", _stored_files(single)),
            ("four", _four_files(plan.tables, single)),
            ("pairs", _stored_files(pairs)),
        )
        for path, content in found.items()
    }
    results = {name: exports.loads(files[f"{name}/report.json"]) for name in PARTS}
    for lang in ("en", "zh"):
        page = Page(plan.tables, results, lang, canned=canned)
        end = "" if lang == "en" else f".{lang}"
        files[f"report{end}.html"] = page.html().encode()
        files[f"report{end}.md"] = page.markdown().encode()
    write_files(out, files)


def _stored_files(study: Study) -> dict[str, bytes]:
    report = study.reports.filter(state=Report.State.DONE).order_by("pk").last()
    assert report is not None
    return {file.name: bytes(file.content) for file in report.files.all()}


def _four_files(tables: TablesPlan, study: Study) -> dict[str, bytes]:
    """The study's report of the paper's systems and people alone."""
    from analysis.render.report_files import report_files
    from analysis.stats import analyse, tables_from_frames

    kept = [*tables.paper, tables.human]
    frames = {
        name: frame[frame["system"].isin(kept)].reset_index(drop=True) if "system" in frame else frame
        for name, frame in exports.analysed_tables(study).items()
    }
    contents = {name: exports.csv_bytes(frame) for name, frame in frames.items()}
    checked = tables_from_frames(
        **frames, names={name: f"{name}.csv" for name in frames}, digests=exports.digests(contents)
    )
    plan = exports.plan_of(study)
    told = dict(plan.study)
    told["scripts"] = {slug: told["scripts"][slug] for slug in kept if slug in told.get("scripts", {})}
    plan = replace(plan, systems=tuple(slug for slug in plan.systems if slug in kept), study=told)
    return report_files(analyse(checked, plan, seed=reports.SEED, replicates=reports.REPLICATES))


class Page:
    """`results` are the dicts of report.json by PARTS."""

    def __init__(
        self, tables: TablesPlan, results: Mapping[str, Mapping[str, Any]], lang: str, *, canned: bool
    ) -> None:
        self.tables = tables
        self.results = results
        self.lang = lang
        self.words = WORDS[lang]
        codes = {warning["code"] for result in results.values() for warning in result["warnings"]}
        simulated = "simulated_only" in codes
        made_up = (("canned", canned), ("simulated", simulated), ("neither", not (canned or simulated)))
        self.notices = [self.words[name] for name, holds in made_up if holds]

    # The tables

    def contents(self) -> Iterator[Table]:
        paper = (*self.tables.paper, self.tables.human)
        everyone = (*self.tables.paper, *self.tables.ablations, self.tables.human)
        yield self._by_language("means", "single", "mean_scores", paper, {"context": "single"})
        ratio = {"definition": "ratio_of_means", "context": "single", "human": self.tables.human}
        yield self._by_language("ratios", "single", "human_level", self.tables.paper, ratio, unit="%")
        yield self._best_of()
        yield self._errors(everyone)
        yield self._ablations(ratio)
        yield self._pairs()

    def _entry(self, part: str, name: str, **keys: Any) -> Entry | None:
        """The one entry of a list that has these keys."""
        for entry in self.results[part][name]:
            if all(entry.get(key) == value for key, value in keys.items()):
                return dict(entry)
        return None

    def _languages(self, part: str) -> list[str]:
        """Those of LANGUAGES that a report has."""
        found = {
            entry["language"] for name in ("mean_scores", "win_rates") for entry in self.results[part][name]
        }
        return [language for language in LANGUAGES if language in found]

    def _by_language(
        self,
        title: str,
        part: str,
        name: str,
        systems: Sequence[str],
        keys: Mapping[str, Any],
        unit: str = "",
    ) -> Table:
        languages = self._languages(part)
        rows = [
            [
                self._label(slug),
                *(
                    interval(self._entry(part, name, system=slug, language=language, **keys), unit=unit)
                    for language in languages
                ),
            ]
            for slug in systems
        ]
        columns = [self.words["system"], *(self.words[language] for language in languages)]
        return Table(self.words[title], self.words[f"{title}-note"], columns, rows)

    def _best_of(self) -> Table:
        languages = [language for language in self._languages("four") if language != POOLED]
        rows = []
        for slug in self.tables.paper:
            row = [self._label(slug)]
            for language in languages:
                entry = self._entry("four", "best_of_k", system=slug, language=language, by="scores")
                row.append(_share(entry))
            rows.append(row)
        columns = [self.words["system"], *(self.words[language] for language in languages)]
        return Table(self.words["best"], self.words["best-note"], columns, rows)

    def _errors(self, systems: Sequence[str]) -> Table:
        language = self._languages("single")[0]
        rows = []
        for slug in systems:
            row = [self._label(slug)]
            for name in CLASSES:
                found = {"system": slug, "language": language, "class": name}
                entry = self._entry("single", "errors", **found)
                count = f" ({entry['count']})" if entry is not None else ""
                row.append(interval(entry, digits=3) + count)
            rows.append(row)
        columns = [self.words["system"], *(self.words[name] for name in CLASSES)]
        return Table(self.words["errors"], self.words["errors-note"], columns, rows)

    def _ablations(self, ratio: Mapping[str, Any]) -> Table:
        language, full = self._languages("single")[0], self.tables.full
        rows = []
        for slug in (full, *self.tables.ablations):
            mean = self._entry("single", "mean_scores", system=slug, language=language)
            level = self._entry("single", "human_level", system=slug, language=language, **ratio)
            less = "" if slug == full else self._difference(full, slug, language)
            rows.append([self._label(slug), interval(mean), interval(level, unit="%"), less])
        columns = [self.words[name] for name in ("system", "mean", "ratio", "less")]
        return Table(self.words["ablations"], self.words["ablations-note"], columns, rows)

    def _difference(self, first: str, second: str, language: str) -> str:
        """Score of the first less score of the second, whichever way round the report has it."""
        found = {"of": "score", "language": language}
        entry = self._entry("single", "differences", system=first, other=second, **found)
        if entry is not None:
            return interval(entry, digits=2)
        turned = self._entry("single", "differences", system=second, other=first, **found)
        if turned is None or turned["estimate"] is None:
            return "–"
        low, high = (None if turned[end] is None else -turned[end] for end in ("high", "low"))
        return interval({**turned, "estimate": -turned["estimate"], "low": low, "high": high}, digits=2)

    def _pairs(self) -> Table:
        languages = self._languages("pairs")
        labels = self.results["pairs"]["plan"]["labels"]
        order = list(self.results["pairs"]["plan"]["systems"])
        rows = []
        for place, slug in enumerate(order):
            for other in order[place + 1 :]:
                row = [f"{self._label(slug, labels)} : {self._label(other, labels)}"]
                for language in languages:
                    keys = {"system": slug, "opponent": other, "language": language}
                    row.append(interval(self._entry("pairs", "win_rates", **keys), unit="%", times=100))
                rows.append(row)
        columns = [self.words["pair"], *(self.words[language] for language in languages)]
        return Table(self.words["pairs"], self.words["pairs-note"], columns, rows)

    def _label(self, slug: str, labels: Mapping[str, Any] | None = None) -> str:
        label = (labels or self.results["single"]["plan"]["labels"]).get(slug, slug)
        if isinstance(label, str):
            return label
        return str(label.get(self.lang) or label.get("en") or slug)

    # As files

    def markdown(self) -> str:
        words = self.words
        lines = [f"# {words['title']}", "", *(f"> **{notice}**\n>" for notice in self.notices), ""]
        lines += [words["intro"], "", words["full"], ""]
        lines += [f"- [{words[f'full-{part}']}]({part}/report.md)" for part in PARTS]
        for table in self.contents():
            lines += ["", f"## {table.title}", "", table.note, ""]
            lines.append("| " + " | ".join(table.columns) + " |")
            lines.append("| --- " + "| ---: " * (len(table.columns) - 1) + "|")
            lines += ["| " + " | ".join(row) + " |" for row in table.rows]
        return "\n".join([*lines, ""])

    def html(self) -> str:
        words = self.words
        lang = "zh-Hans" if self.lang == "zh" else "en"
        parts = [
            f'<!doctype html><html lang="{lang}"><head><meta charset="utf-8">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            f"<title>{escape(words['title'])}</title><style>{STYLE}</style></head><body>",
            f"<h1>{escape(words['title'])}</h1>",
            *(f'<p class="notice" role="note">{escape(notice)}</p>' for notice in self.notices),
            f"<p>{escape(words['intro'])}</p><p>{escape(words['full'])}</p><ul>",
            *(f'<li><a href="{part}/report.html">{escape(words[f"full-{part}"])}</a></li>' for part in PARTS),
            "</ul>",
            *(_table_html(table) for table in self.contents()),
            "</body></html>\n",
        ]
        return "\n".join(parts)


def interval(entry: Entry | None, *, unit: str = "", digits: int | None = None, times: float = 1) -> str:
    """An estimate with its limits as text; a dash where the report has none."""
    if entry is None or entry["estimate"] is None:
        return "–"
    digits = digits if digits is not None else 1 if unit else 2
    value = f"{times * entry['estimate']:.{digits}f}{unit}"
    if entry["low"] is None or entry["high"] is None:
        return value
    return f"{value} [{times * entry['low']:.{digits}f}, {times * entry['high']:.{digits}f}]"


def _share(entry: Entry | None) -> str:
    """A share of scenes with what it is a share of."""
    if entry is None or entry["estimate"] is None:
        return "–"
    return f"{interval(entry, unit='%', times=100)} ({entry['numerator']:g} / {entry['denominator']})"


def _table_html(table: Table) -> str:
    head = "".join(f'<th scope="col">{escape(each)}</th>' for each in table.columns)
    body = "".join(
        f'<tr><th scope="row">{escape(row[0])}</th>'
        + "".join(f"<td>{escape(cell)}</td>" for cell in row[1:])
        + "</tr>"
        for row in table.rows
    )
    return (
        f"<h2>{escape(table.title)}</h2><p>{escape(table.note)}</p>"
        f'<div class="wide"><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'
    )


STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#1a1a1a}"
    ".notice{border-left:4px solid #b45309;background:#fef3c7;padding:.75rem 1rem}"
    ".wide{overflow-x:auto}table{border-collapse:collapse;font-variant-numeric:tabular-nums}"
    "th,td{padding:.3rem .8rem;border-bottom:1px solid #d4d4d4;text-align:right;white-space:nowrap}"
    "th:first-child{text-align:left}thead th{border-bottom:2px solid #737373}"
)

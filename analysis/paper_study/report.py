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


# ruff: noqa: E501 - sentences stay on their lines

EN = {
    "title": "Reproduction of the paper's study",
    "canned": "All scripts except the human ones are samples from a stand-in server; no model wrote them.",
    "simulated": "All raters are simulated with invented parameters; no human judged. These numbers say nothing "
    "about any model, method or writer.",
    "neither": "The models below wrote the scripts, and human raters judged them.",
    "intro": "The tables of arXiv 2510.23163 with 95% intervals, clustered by rater and scene. The scenes come "
    "from only four series; the full reports also have intervals clustered by series, which are much wider.",
    "full": "All numbers on this page come from report.json of these full reports:",
    "full-single": "One script at a time: all systems",
    "full-four": "The same scores: only the paper's four systems and humans",
    "full-pairs": "Pairs",
    "system": "System",
    "pair": "First : second",
    "*pooled": "Both languages",
    "zh": "Chinese",
    "en": "English",
    "means": "Mean score",
    "means-note": "Scores from 1 to 12, one script at a time.",
    "ratios": "Percentage of human level",
    "ratios-note": "Mean score as a percentage of the mean score of human scripts, for raters and scenes that have "
    "both.",
    "best": "Best of four",
    "best-note": "Share of scenes on which the system has the highest mean score of these four. Human scripts are "
    'excluded, ties are split, and chance is 25%. The paper calls this "win rate". The languages had different '
    "raters and are listed separately.",
    "errors": "Marked errors by kind",
    "errors-note": "Marked errors per reading of a script; total number in brackets.",
    "plot": "Plot coherence",
    "character": "Character development",
    "pacing": "Narrative pacing",
    "ablations": "Ablations",
    "ablations-note": "The effect of removing one part of the method.",
    "mean": "Mean score",
    "ratio": "Percentage of human level",
    "less": "Full method minus this one",
    "pairs": "Pairwise win rates",
    "pairs-note": "How often raters who saw both scripts preferred the first; ties count as half. This is a true "
    "pairwise win rate, which the paper does not report.",
}
ZH = {
    "title": "论文实验复现",
    "canned": "除编剧外，各系统的剧本均为替身服务器提供的预置文本，不是模型所写。",
    "simulated": "评审全部为模拟评审，按虚构参数打分，没有真人参与。这些数字不能说明任何模型、方法或编剧的水平。",
    "neither": "剧本出自下列模型，由真人评审打分。",
    "intro": "arXiv 2510.23163 的各张表，每个数字都附 95% 置信区间（按评审和场次双向聚类）。这些场次只出自四部剧；完整报告另附按剧集聚类的区间，要宽得多。",
    "full": "本页所有数字均取自以下完整报告的 report.json：",
    "full-single": "逐稿评分：全部系统",
    "full-four": "同一批评分：仅论文的四个系统和编剧",
    "full-pairs": "两两比较",
    "system": "系统",
    "pair": "前者 : 后者",
    "*pooled": "两种语言合计",
    "zh": "中文",
    "en": "英文",
    "means": "平均分",
    "means-note": "1 到 12 分，每次只看一稿。",
    "ratios": "人类水平百分比",
    "ratios-note": "平均分占人类剧本平均分的百分比，只计同一评审对同一场戏两者都评过分的情况。",
    "best": "四者最佳",
    "best-note": "在多少场戏里，该系统的平均分在四者中最高？不含编剧剧本，并列平分，随机水平为 25%。论文把它称为“胜率”。两种语言评审不同，分别列出。",
    "errors": "各类硬伤",
    "errors-note": "平均每次阅读标出的硬伤数；括号内为总数。",
    "plot": "情节连贯",
    "character": "人物塑造",
    "pacing": "叙事节奏",
    "ablations": "消融实验",
    "ablations-note": "去掉方法的某一部分后的影响。",
    "mean": "平均分",
    "ratio": "人类水平百分比",
    "less": "完整方法减去该系统",
    "pairs": "两两比较的胜率",
    "pairs-note": "评审同时看到两稿时选择前者的比例，平局各计一半。这是真正的两两胜率，论文没有给出。",
}
WORDS = {"en": EN, "zh": ZH}

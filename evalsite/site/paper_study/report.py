"""The paper's tables in one report, from the report.json of the two studies. Computes no statistic itself.

Best of four is a choice among four systems, and the study has seven: the same analysis of the rows of these
four (and people) gives it, as a third report beside the other two.
"""

from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from html import escape
from itertools import combinations
from pathlib import Path
from typing import Any

from analysis.command import write_files
from analysis.command_line.power import ASSUMED
from analysis.models import Report
from analysis.planner.forms import expected_half_width
from analysis.render.entries import LEAST_CLUSTERS, has_interval, other_limits
from analysis.reports import services as reports
from analysis.tables import exports
from annotations.models import Study
from evalsite.site.paper_study.plan import PaperPlan, TablesPlan

POOLED = "*pooled"
LANGUAGES = (POOLED, "zh", "en")
CLASSES = ("plot", "character", "pacing")
PARTS = ("single", "four", "pairs")
HALF_WIDTH, MOST_SERIES = 0.1, 200  # the page gives the number of series for this half-width of a win rate
Entry = Mapping[str, Any]


@dataclass(frozen=True)
class Table:
    title: str
    note: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]


def write_report(plan: PaperPlan, single: Study, pairs: Study, out: Path, *, canned: bool) -> None:
    """Write the full reports into folders of `out`, and the paper's tables into report.html and report.md."""
    parts = (_stored_files(single), _four_files(plan.tables, single), _stored_files(pairs))
    files = {
        f"{name}/{path}": content
        for name, found in zip(PARTS, parts, strict=True)
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
    scripts = {slug: each for slug, each in plan.study.get("scripts", {}).items() if slug in kept}
    systems = tuple(slug for slug in plan.systems if slug in kept)
    second = plan.secondary_contrasts and tuple(p for p in plan.secondary_contrasts if {*p} <= {*kept})
    plan = replace(
        plan, systems=systems, secondary_contrasts=second, study={**plan.study, "scripts": scripts}
    )
    return report_files(analyse(checked, plan, seed=reports.SEED, replicates=reports.REPLICATES))


class Page:
    """`results` are the dicts of report.json by PARTS."""

    def __init__(
        self, tables: TablesPlan, results: Mapping[str, Mapping[str, Any]], lang: str, *, canned: bool
    ) -> None:
        self.tables = tables
        self.results = results
        self.lang = lang
        count, level = len(tables.paper), results["single"]["plan"]["level"]
        shares = {**ASSUMED, "level": level, "chance": 1 / count, "half": HALF_WIDTH}
        percent = {name: f"{100 * share:.3g}" for name, share in shares.items()}
        facts = {"count": count, "most": MOST_SERIES, "least": LEAST_CLUSTERS, **percent}
        self.words = {name: text.format(**facts) for name, text in WORDS[lang].items()}
        codes = {warning["code"] for result in results.values() for warning in result["warnings"]}
        simulated = "simulated_only" in codes
        made_up = (("canned", canned), ("simulated", simulated), ("neither", not (canned or simulated)))
        self.notices = [self.words[name] for name, holds in made_up if holds]

    # The tables

    def contents(self) -> Iterator[Table]:
        paper = (*self.tables.paper, self.tables.human)
        everyone = (*self.tables.paper, *self.tables.ablations, self.tables.human)
        yield self._by_language("means", "mean_scores", paper, {"context": "single"})
        ratio = {"definition": "ratio_of_means", "context": "single", "human": self.tables.human}
        yield self._by_language("ratios", "human_level", self.tables.paper, ratio, unit="%")
        yield self._best_of()
        yield self._errors(everyone)
        yield self._ablations(ratio)
        yield self._pairs()
        yield self._series()

    def _entry(self, part: str, name: str, **keys: Any) -> Entry | None:
        """The one entry of a list that has these keys."""
        entries = self.results[part][name]
        return next((e for e in entries if all(e.get(key) == keys[key] for key in keys)), None)

    def _languages(self, part: str) -> list[str]:
        """Those of LANGUAGES that a report has."""
        lists = (self.results[part][name] for name in ("mean_scores", "win_rates"))
        found = {entry["language"] for entries in lists for entry in entries}
        return [language for language in LANGUAGES if language in found]

    def _by_language(
        self, title: str, name: str, systems: Sequence[str], keys: Mapping[str, Any], unit: str = ""
    ) -> Table:
        languages = self._languages("single")
        rows = []
        for slug in systems:
            found = [self._entry("single", name, system=slug, language=each, **keys) for each in languages]
            rows.append([self._label(slug), *(interval(entry, unit=unit) for entry in found)])
        columns = [self.words["system"], *(self.words[language] for language in languages)]
        return Table(self.words[title], self.words[f"{title}-note"], columns, rows)

    def _best_of(self) -> Table:
        languages = [language for language in self._languages("four") if language != POOLED]
        rows = []
        for slug in self.tables.paper:
            keys = {"system": slug, "by": "scores"}
            found = [self._entry("four", "best_of_k", language=each, **keys) for each in languages]
            rows.append([self._label(slug), *map(_share, found)])
        columns = [self.words["system"], *(self.words[language] for language in languages)]
        return Table(self.words["best"], self.words["best-note"], columns, rows)

    def _errors(self, systems: Sequence[str]) -> Table:
        language = self._languages("single")[0]
        rows = []
        for slug in systems:
            row = [self._label(slug)]
            for name in CLASSES:
                entry = self._entry("single", "errors", system=slug, language=language, **{"class": name})
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
        columns = [self.words[name] for name in ("system", "means", "ratios", "less")]
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
        ends = {"low": "high", "high": "low", "other_low": "other_high", "other_high": "other_low"}
        limits = {end: None if turned[of] is None else -turned[of] for end, of in ends.items()}
        return interval({**turned, "estimate": -turned["estimate"], **limits}, digits=2)

    def _pairs(self) -> Table:
        languages = self._languages("pairs")
        labels = self.results["pairs"]["plan"]["labels"]
        rows = []
        for slug, other in combinations(self.results["pairs"]["plan"]["systems"], 2):
            keys = {"system": slug, "opponent": other}
            found = [self._entry("pairs", "win_rates", language=each, **keys) for each in languages]
            names = f"{self._label(slug, labels)} : {self._label(other, labels)}"
            rows.append([names, *(interval(entry, unit="%", times=100) for entry in found)])
        columns = [self.words["pair"], *(self.words[language] for language in languages)]
        return Table(self.words["pairs"], self.words["pairs-note"], columns, rows)

    def _series(self) -> Table:
        rows = [self._series_row(language) for language in self._languages("pairs") if language != POOLED]
        columns = [self.words[name] for name in ("language", "series", "sizes", "expected", "needed")]
        return Table(self.words["series"], self.words["series-note"], columns, [row for row in rows if row])

    def _series_row(self, language: str) -> list[str]:
        """The series of a language, and how many the planner wants; empty where the report knows no series."""
        plan = self.results["pairs"]["plan"]
        known = [e for e in self.results["pairs"]["win_rates"] if e["language"] == language and e["series"]]
        if not known:
            return []
        raters, scenes, series = (max(e[name] for e in known) for name in ("raters", "items", "series"))
        design, each = plan["study"]["design"], -(-scenes // series)
        per_pairing = None if design["scheme"] == "crossed" else design["raters_per_pairing"]
        rest = (len(plan["systems"]), per_pairing, plan["level"])

        def width(count: int) -> float:
            return expected_half_width(raters, count * each, count, *rest) or 50.0  # none: all is possible

        needed = bisect_left(range(MOST_SERIES + 1), -100 * HALF_WIDTH, key=lambda count: -width(count))
        row = [self.words[language], str(series), f"{scenes} / {raters}", f"±{width(series):.1f}"]
        return [*row, str(needed) if needed <= MOST_SERIES else self.words["too-many"]]

    def _label(self, slug: str, labels: Mapping[str, Any] | None = None) -> str:
        label = (labels or self.results["single"]["plan"]["labels"]).get(slug, slug)
        return label if isinstance(label, str) else str(label.get(self.lang) or label.get("en") or slug)

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
    """An estimate with its limits by scene in square brackets and by series in braces; a dash for none."""
    if entry is None or entry["estimate"] is None:
        return "–"
    digits = digits if digits is not None else 1 if unit else 2
    parts = [f"{times * entry['estimate']:.{digits}f}{unit}"]
    styles = ("[%s]", "{%s}") if entry["cluster"] == "item" else ("{%s}", "[%s]")
    own = (entry["low"], entry["high"]) if has_interval(entry) else None
    for style, limits in zip(styles, (own, other_limits(entry)), strict=True):
        if limits is not None:
            parts.append(style % ", ".join(f"{times * limit:.{digits}f}" for limit in limits))
    return " ".join(parts)


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
    "title": "A study in the design of the DSR paper",
    "canned": "All scripts except the human ones are samples from a stand-in server; no model wrote them.",
    "simulated": "All raters are simulated with invented parameters; no human judged. These numbers say nothing about any model, method or writer.",
    "neither": "The models below wrote the scripts, and human raters judged them.",
    "intro": "Tables as in arXiv 2510.23163, from the scenes, systems and raters of this study. Square brackets contain the {level}% interval clustered by rater and scene, braces the one clustered by rater and series, which is omitted if there are fewer than {least} series. The last table says for which series the results are.",
    "full": "All estimates on this page come from report.json of these reports:",
    "full-single": "One script at a time: all systems",
    "full-four": "The same scores: only the {count} systems of the main table and humans",
    "full-pairs": "Pairs",
    "system": "System",
    "pair": "First : second",
    "*pooled": "Both languages",
    "zh": "Chinese",
    "en": "English",
    "means": "Mean score",
    "means-note": "Each rater scored one script at a time.",
    "ratios": "Percentage of human level",
    "ratios-note": "Mean score as a percentage of the mean score of human scripts, for raters and scenes that have both.",
    "best": "Best of {count}",
    "best-note": 'Share of scenes on which the system has the highest mean score of these {count}. Human scripts are excluded, ties are split, and chance is {chance}%. The paper calls this "win rate".',
    "errors": "Marked errors by kind",
    "errors-note": "Marked errors per reading of a script; total number in parentheses.",
    "plot": "Plot coherence",
    "character": "Character development",
    "pacing": "Narrative pacing",
    "ablations": "Ablations",
    "ablations-note": "The effect of removing one part of the method.",
    "less": "Full method minus this one",
    "pairs": "Pairwise win rates",
    "pairs-note": "How often raters who saw both scripts preferred the first; ties count as half. This is a true pairwise win rate, which the paper does not report.",
    "series-note": "The results are for the series counted here. For a claim about other series, use the intervals in braces. The planner expects the half-widths below, in points, for a win rate of 50% in pairs. It assumes standard deviations of {raters} points between raters, {scenes} between scenes and {series} between series. The last column is the number of series for a half-width of {half} points, with as many scenes in each and the same raters.",
    "language": "Language",
    "series": "Series",
    "sizes": "Scenes / raters",
    "expected": "Expected half-width by series",
    "needed": "Series for ±{half} points",
    "too-many": "no number up to {most} is enough",
}
ZH = {
    "title": "按 DSR 论文设计开展的实验",
    "canned": "除编剧外，各系统的剧本均为替身服务器提供的预置文本，不是模型所写。",
    "simulated": "评审全部为模拟评审，按虚构参数打分，没有真人参与。这些数字不能说明任何模型、方法或编剧的水平。",
    "neither": "剧本出自下列模型，由真人评审打分。",
    "intro": "表格形式与 arXiv 2510.23163 相同，数据来自本实验的场次、系统和评审。方括号内为按评审和场次双向聚类的 {level}% 置信区间，花括号内为按评审和剧集双向聚类的区间（剧集少于 {least} 部时不列）。结论适用于哪些剧集，见最后一张表。",
    "full": "本页的估计值均取自以下报告的 report.json：",
    "full-single": "逐稿评分：全部系统",
    "full-four": "同一批评分：仅主表的 {count} 个系统和编剧",
    "full-pairs": "两两比较",
    "system": "系统",
    "pair": "前者 : 后者",
    "*pooled": "两种语言合计",
    "zh": "中文",
    "en": "英文",
    "means": "平均分",
    "means-note": "评审每次只看一稿并打分。",
    "ratios": "人类水平百分比",
    "ratios-note": "平均分占人类剧本平均分的百分比，只计同一评审对同一场戏两者都评过分的情况。",
    "best": "{count} 个系统中的最佳",
    "best-note": "在多少场戏里，该系统的平均分在这 {count} 个系统中最高？不含编剧剧本，并列平分，随机水平为 {chance}%。论文把它称为“胜率”。",
    "errors": "各类硬伤",
    "errors-note": "平均每次阅读标出的硬伤数；括号内为总数。",
    "plot": "情节连贯",
    "character": "人物塑造",
    "pacing": "叙事节奏",
    "ablations": "消融实验",
    "ablations-note": "去掉方法的某一部分后的影响。",
    "less": "完整方法减去该系统",
    "pairs": "两两比较的胜率",
    "pairs-note": "评审同时看到两稿时选择前者的比例，平局各计一半。这是真正的两两胜率，论文没有给出。",
    "series-note": "以上结果只针对下列数量的剧集。要推广到其他剧集，请看花括号内的区间。表中的预期半宽由样本量规划工具算出，以百分点计，对应两两比较中胜率为 50% 的情况；假定胜率的标准差在评审之间为 {raters} 个百分点，场次之间为 {scenes} 个，剧集之间为 {series} 个。最后一列是在每部剧场次数和评审不变时，半宽缩小到 {half} 个百分点所需的剧集数。",
    "language": "语言",
    "series": "剧集数",
    "sizes": "场次数 / 评审人数",
    "expected": "按剧集聚类的预期半宽",
    "needed": "半宽 ±{half} 个百分点所需剧集数",
    "too-many": "{most} 部以内均不够",
}
WORDS = {"en": EN, "zh": ZH}

"""Sentences of the analysis (methods, reasons, warnings, causes) in Chinese.

The analysis speaks English in `report.json`, for those are data. Here each form of sentence has its
Chinese form; numbers and names pass through. What is not known here stays as it came.
"""

# ruff: noqa: E501

import re
from functools import cache
from typing import Final

# A `{name}` stands for what differs from case to case; it is looked up in turn.
FORMS: Final[dict[str, str]] = {
    # methods
    "two-way cluster-robust, logit scale, t": "双向聚类稳健，logit 尺度，t 分布",
    "two-way cluster-robust, log scale, t": "双向聚类稳健，对数尺度，t 分布",
    "two-way cluster-robust, t": "双向聚类稳健，t 分布",
    "degrees of freedom of the languages by Satterthwaite": "自由度由各语言按 Satterthwaite 法合并",
    "n of the smallest language": "n 取最小的语言",
    "a language without variation enters by its exact interval": "没有变化的语言以其精确区间计入",
    "Fieller, two-way cluster-robust, t": "Fieller 法，双向聚类稳健，t 分布",
    "Clopper-Pearson, n = min(raters, {clusters}), conservative": (
        "Clopper-Pearson，n = min(评审数, {clusters}数)，偏保守"
    ),
    "Clopper-Pearson, rows of one rater": "Clopper-Pearson，单一评审的各行",
    "Wilson, every row has its own rater and scene": "Wilson 区间，每行有各自的评审和场次",
    "a pair judged more than once counts once": "多次评判的同一对只计一次",
    "bootstrap over scenes, exponential weights, percentiles": "对场次的自助法，指数权重，百分位数",
    "bootstrap over raters and scenes, exponential weights, percentiles": (
        "对评审和场次的自助法，指数权重，百分位数"
    ),
    "Davidson maximum likelihood": "Davidson 模型最大似然",
    "ratio of win rates": "胜率之比",
    "two scores by one rater on one scene compared": "同一评审对同一场次的两个评分相比",
    "ratio of mean scores": "平均分之比",
    "mean of cells": "单元均值",
    "adjusted for rater and item": "按评审和场次调整",
    "marks per reading": "每次阅读的标注数",
    "share of repeated pairs judged alike": "重复对中评判相同的比例",
    "leave-one-out agreement with the majority, tied majorities shared": (
        "与其余评审多数的一致率，多数并列时平分"
    ),
    "F, McGraw & Wong": "F 分布，McGraw & Wong",
    "mean signed strength": "带方向的强度均值",
    "rate ratio over the same raters and scenes": "相同评审与场次上的错误率之比",
    "win rate without scenes or scripts that the rater knew": "去掉评审认识的场次或剧本后的胜率",
    "win rate without guesses of origin made with confidence 2 or 3": (
        "去掉有把握（2 或 3）猜测来源的评判后的胜率"
    ),
    "win rate without what was known and without confident guesses": "去掉认识的内容和有把握的猜测后的胜率",
    "win rate with excluded judgments put back": "放回已排除的评判后的胜率",
    "win rate without pairs that count as lost because a script is missing": (
        "去掉因缺少剧本而计为负的对后的胜率"
    ),
    "this scene only": "仅限本场次",
    "Clopper-Pearson, n = effective number of raters": "Clopper-Pearson，n = 有效评审数",
    "this series only": "仅限本剧集",
    "limits cut at the possible range": "区间端点截于可能取值范围",
    "mean over scripts": "对剧本取均值",
    "t": "t 分布",
    "geometric mean over readings": "各次阅读的几何平均",
    "mean over readings": "各次阅读的均值",
    "later half less earlier half of each rater's positions": "每位评审次序的后半减前半",
    "O'Brien-Fleming, look {look} of {looks}": "O'Brien-Fleming，{looks} 次中的第 {look} 次",
    "none": "无",
    # reasons
    "one rater: nothing is known of how raters differ": "只有一位评审，无从得知评审之间的差异",
    "one scene: nothing is known of how scenes differ": "只有一个场次，无从得知场次之间的差异",
    "one series: nothing is known of how series differ": "只有一部剧集，无从得知剧集之间的差异",
    "one rater or one scene: nothing is known of how they differ": (
        "只有一位评审或一个场次，无从得知其间的差异"
    ),
    "the series of some scenes is not known": "部分场次所属剧集不明",
    "the data do not vary, so that no error can be told": "数据没有变化，无法估计误差",
    "not bounded: the denominator may be zero": "无界：分母可能为零",
    "too many replicates are not defined": "过多的自助样本没有定义",
    "a win rate of 0 or 1 shows no error": "胜率为 0 或 1，看不出误差",
    "the human scripts never won against the baseline": "人类剧本从未胜过基线",
    "the mean of the human scripts is not above zero": "人类剧本的平均分不大于零",
    "no rater scored both scripts of a scene": "没有评审对同一场次的两篇剧本都评了分",
    "one language has no interval: {reason}": "某一语言没有区间：{reason}",
    "one language has no value: {reason}": "某一语言没有数值：{reason}",
    "two scenes say next to nothing of how scenes of the series differ": (
        "两个场次几乎不能说明该剧各场次之间的差异"
    ),
    "not every language has it": "并非每种语言都有此项",
    "one language's ratio needs Fieller's method, which does not pool": (
        "某一语言的比值需用 Fieller 法，无法合并"
    ),
    "not every scene had all {k} candidates judged by the same raters": (
        "并非每个场次的 {k} 个候选都由同一批评审评判"
    ),
    "every judgment is the same, so that agreement cannot be told from chance": (
        "所有评判都相同，无法区分一致与巧合"
    ),
    "nothing was judged by two raters": "没有任何一项由两位评审共同评判",
    "nobody else judged the same pairs": "没有其他评审评判过相同的对",
    "not every rater scored every script": "并非每位评审都对每篇剧本评了分",
    "there are too few scripts or raters for limits": "剧本或评审太少，无法给出区间",
    "the scores do not vary enough": "评分变化不足",
    "no pair was judged again": "没有重复评判的对",
    "no judgment was decided": "没有分出胜负的评判",
    "no judgment was a tie": "没有平局",
    "the sides did not change": "左右没有交换",
    "no row holds the lengths of both scripts": "没有同时含两篇剧本长度的行",
    "the lengths do not vary": "长度没有变化",
    "the lengths differ between systems alone, so that their effect cannot be told apart": (
        "长度只在系统之间不同，无法单独得知其作用"
    ),
    "the likelihood has no maximum": "似然没有最大值",
    "some systems were never compared with the others, not even through third ones": (
        "部分系统与其余系统从未直接或间接比较过"
    ),
    "nobody guessed an origin": "没有人猜测来源",
    "no pair was guessed to be of a human and a machine": "没有一对被猜为一人一机",
    "no mark at all: no error of zero can be told": "没有任何标注：无法估计零的误差",
    "no mark on the human scripts": "人类剧本上没有任何标注",
    "no mark on the system's scripts: the error of a ratio of zero cannot be told": (
        "该系统的剧本上没有任何标注：无法估计比值为零时的误差"
    ),
    "no rater read both scripts of a scene": "没有评审读过同一场次的两篇剧本",
    "the length of some scripts is not known": "部分剧本的长度不明",
    "no length of a script is known": "没有任何剧本的长度已知",
    "one script: nothing is known of how scripts differ": "只有一篇剧本，无从得知剧本之间的差异",
    "no row is left": "没有剩下任何行",
    "the guesses have no confidence": "猜测没有把握程度",
    "no row in one half": "其中一半没有任何行",
    "no judgment of the contrast": "没有该对比的评判",
    "no reading with this number": "没有带此数值的阅读",
    "descriptive": "仅作描述，不给区间",
    "the tables do not say which script of a check is the worse one": "表中未注明检验对中哪一篇更差",
    "descriptive; no check of this criterion came to the rater": "仅作描述，不给区间；该评审没有此标准的检验对",
    "descriptive; it points out, and excludes nobody": "仅作描述：只作提示，不排除任何人",
    "signs by {whose} thresholds (over {words} words or {characters} characters a minute in over {fast} % of the"
    " pairs, under {share} % in view in over {unread} % of the pairs, p of one side below {p} or it"
    " {side_odds} times likelier, one score for over {same} % of the scripts that stood alone, the damaged"
    " script preferred in over {checks} % of the checks, a coin {odds} times likelier)": (
        "按{whose}阈值得出的迹象（超过 {fast}% 的对每分钟超过 {words} 词或 {characters} 字，超过 {unread}% 的对"
        "进入视野不足 {share}%，偏于一侧的 p 低于 {p} 或其可能性达 {side_odds} 倍，"
        "单独阅读时超过 {same}% 的剧本得同一个分，超过 {checks}% 的检验对选中受损剧本，"
        "抛硬币的可能性达 {odds} 倍）"
    ),
    "shipped": "默认",
    "planned": "方案所定",
    "the tables do not tell which of the two scripts stands in the other pairs": (
        "表中未注明两篇剧本中哪一篇也出现在其他对里"
    ),
    "win rate without raters whom signs of attention point out": "去掉专注程度有迹象的评审后的胜率",
    # why rows were left out
    "kind practice": "练习",
    "kind check": "检验对",
    "kind repeat": "重复评判",
    "kind same": "同系统对照",
    "rater_kind simulated": "模拟评审",
    "rater_kind model": "机器评审",
    "rater_kind person": "真人评审",
    "excluded: {reason}": "已排除：{reason}",
    "{count} other reasons": "其他 {count} 种原因",
    "no used row of this rater and script": "该评审对该剧本没有被采用的行",
    # warnings
    "No person judged: every number here is about {who}.": "没有真人评判：这里的所有数字都关于{who}。",
    "simulated raters": "模拟评审",
    "language models as raters": "充当评审的语言模型",
    "Columns that are not known were ignored: {columns}.": "忽略了未知的列：{columns}。",
    "No row could be used: there is nothing to estimate.": "没有可用的行：无可估计。",
    "No system is named as human: human-level percentages are left out.": (
        "没有指定人类系统：不计算人类水平百分比。"
    ),
    "No system is named as human: human-level percentages are left out. If {system} is people, give --human"
    " {name}.": "没有指定人类系统：不计算人类水平百分比。如果 {system} 是真人编剧，请加上 --human {name}。",
    "Only {system} has scores: there is no other system to compare it with.": (
        "只有 {system} 有评分：没有其他系统可供比较。"
    ),
    "Every row is by one rater, so there are no intervals. If it is not known who judged, give each row a code of"
    " its own: intervals then allow for the scenes alone, and may be too narrow.": (
        "所有行都来自同一位评审，因此没有区间。如果不知道评审是谁，请给每一行一个不同的代码："
        "这样的区间只考虑场次之间的差异，可能偏窄。"
    ),
    "Scores by several rubrics ({rubrics}): shares by tier are left out.": (
        "评分依据多个评分标准（{rubrics}）：不计算各档所占比例。"
    ),
    "The tiers of the rubric {rubric} on this scale are not known: shares by tier are left out. Give tiers in the"
    " plan.": "不知道评分标准 {rubric} 在这一量表上的分档：不计算各档所占比例。请在方案中给出分档（tiers）。",
    "No primary criterion is named: every result is exploratory.": (
        "没有指定主要评判标准：所有结果均属探索性。"
    ),
    "Some results rest on {n} raters: below {few} no interval can be relied on.": (
        "部分结果只来自 {n} 位评审：少于 {few} 位时任何区间都不可靠。"
    ),
    "Some results rest on 1 rater: below {few} no interval can be relied on.": (
        "部分结果只来自 1 位评审：少于 {few} 位时任何区间都不可靠。"
    ),
    "Some results rest on 1 scene: below {few} no interval can be relied on.": (
        "部分结果只来自 1 个场次：少于 {few} 个时任何区间都不可靠。"
    ),
    "Some results rest on {n} scenes: below {few} no interval can be relied on.": (
        "部分结果只来自 {n} 个场次：少于 {few} 个时任何区间都不可靠。"
    ),
    "Some results rest on scenes of {n} series: below {few} they hold for these alone.": (
        "部分结果的场次只来自 {n} 部剧集：少于 {few} 部时，结果只对这些剧集成立。"
    ),
    "Scores given beside another script lean on that neighbour: only scores of single scripts compare with"
    " those of studies that showed one script at a time.": (
        "成对阅读时给出的评分会受旁边剧本的影响：只有单独阅读的评分才能与每次只看一篇的研究相比。"
    ),
    "1 of {all} judgments was made by nobody: a system had no script for the scene, which the plan counts as a"
    " loss. It counts in win rates, human level and best of k alone.": (
        "{all} 个评判中有 1 个并非由人作出：某个系统缺少该场的剧本，按方案计为负。它只计入胜率、人类水平和 k 中最佳。"
    ),
    "{n} of {all} judgments were made by nobody: a system had no script for the scene, which the plan counts as a"
    " loss. They count in win rates, human level and best of k alone.": (
        "{all} 个评判中有 {n} 个并非由人作出：某个系统缺少该场的剧本，按方案计为负。它们只计入胜率、人类水平和 k 中最佳。"
    ),
    "Never compared: {pairs}. Win rates over several systems leave out those that were not met.": (
        "从未比较过：{pairs}。对多个系统的胜率不含未交手的系统。"
    ),
    "Rows of several studies are analysed as one: {studies}. Equal codes count as one rater or scene.": (
        "多个研究的行合并分析：{studies}。相同的代码视为同一评审或场次。"
    ),
    "More than {n} pairs of scores can be compared: win rates from scores are left out.": (
        "可比较的评分对超过 {n} 个：略去由评分得出的胜率。"
    ),
    "The likelihood of the abilities has no maximum, as where some system never lost or never won:"
    " {n} wins were added each way and on each side to every pair of systems that met.": (
        "能力值的似然没有最大值（例如某个系统从未输过或从未赢过）："
        "每对交手过的系统双方、两侧各加了 {n} 次胜利。"
    ),
    "Grouped by series, intervals are up to {times} times as wide as grouped by scene, for scenes of one series"
    " may be alike and few series are few samples: rely on the wider of the two.": (
        "按剧集聚类时，区间最多是按场次聚类的 {times} 倍宽，因为同一部剧的场次可能彼此相似，"
        "而剧集少即样本少：请以较宽的为准。"
    ),
    "Scripts of {systems} are longer or shorter than those of {human} by more than 20 %: a preference may be"
    " one for length.": "{systems} 的剧本与 {human} 的剧本长度相差超过 20%：偏好可能只是对长度的偏好。",
    "On average less than 80 % of a script came into view ({system}: {percent} %): some judgments rest on a"
    " part of the text.": (
        "平均而言，一篇剧本只有不到 80% 进入视野（{system}：{percent}%）：部分评判只依据了文本的一部分。"
    ),
    "Which judgments count decides on which side of 50 % the win rate is, or whether its interval includes 50 %,"
    " for {pairs}: see the sensitivity checks.": (
        "采用哪些评判，会决定以下胜率在 50% 的哪一侧，或其区间是否包含 50%：{pairs}。见敏感性分析。"
    ),
    "The win rate in the later half of the raters' work differs from that in the earlier half by more than its"
    " interval allows (which is not adjusted for how many pairs were looked at) for {pairs}.": (
        "以下胜率在评审工作的后半段与前半段之间的差异超出其区间（区间未按所考察的对数校正）：{pairs}。"
    ),
    "This is look {look} of {looks}: only the limits listed under looks allow for the others.": (
        "这是计划中 {looks} 次期中分析的第 {look} 次：只有“计划中的期中分析”所列界限考虑了其他各次。"
    ),
    "{n} pairs of a machine and a human system are too many to list by scene and series: only the planned"
    " contrast is.": "机器与人类系统的组合有 {n} 对，太多而无法逐场逐剧列出：只列出计划的对比。",
    "1 of {of} raters is flagged in the attention section: nobody was left out, and every number includes them.": (
        "{of} 位评审中有 1 位在“专注程度”一节中被标出；没有排除任何人，所有数字都包含他们。"
    ),
    "{n} of {of} raters are flagged in the attention section: nobody was left out, and every number includes them.": (
        "{of} 位评审中有 {n} 位在“专注程度”一节中被标出；没有排除任何人，所有数字都包含他们。"
    ),
    "Of two samples of one system {what} won {share}, where it should be about half: something beside the writing"
    " tells them apart, or the samples do differ.": (
        "同一系统的两个样本中，{what}胜出的比例为 {share}，本应约为一半：写作之外有什么把两者区分开来，"
        "或者两个样本确有差异。"
    ),
    "the script that the study uses": "研究采用的剧本",
    "the left": "左侧的剧本",
    "scenes": "场次",
    "series": "剧集",
}


@cache
def _patterns() -> tuple[tuple[re.Pattern[str], str], ...]:
    """The forms as patterns, the most particular ones (with the longest fixed text) first."""
    found = []
    for form, chinese_form in FORMS.items():
        parts = re.split(r"\{(\w+)\}", form)
        pattern = "".join(f"(?P<{part}>.+?)" if at % 2 else re.escape(part) for at, part in enumerate(parts))
        found.append((len("".join(parts[::2])), re.compile(pattern, re.DOTALL), chinese_form))
    found.sort(key=lambda item: -item[0])
    return tuple((pattern, form) for _, pattern, form in found)


def chinese(text: str) -> str:
    """The sentence in Chinese, or as it came; "A; B" is said part by part."""
    exact = FORMS.get(text)
    if exact is not None and "{" not in exact:
        return exact
    for pattern, form in _patterns():
        found = pattern.fullmatch(text)
        if found:
            return form.format(**{key: _inner(value) for key, value in found.groupdict().items()})
    if "; " in text:
        return "；".join(chinese(part) for part in text.split("; "))
    return text


def _inner(value: str) -> str:
    """What stands in a place of a form: a word that is known, a list of pairs, or a name."""
    if value in FORMS:
        return FORMS[value]
    if value.endswith(" and others"):
        return f"{_inner(value.removesuffix(' and others'))}等"
    for between, said in ((" and ", "与"), (" over ", "对")):
        pairs = [part.split(between) for part in value.split(", ")]
        if all(len(pair) == 2 for pair in pairs):
            return "、".join(said.join(pair) for pair in pairs)
    return value

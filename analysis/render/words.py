"""Every word of a report, in English and Simplified Chinese.

One catalogue for the page, the Markdown and the text alternatives of the charts. A key has both
languages or it does not exist: the pair is the entry.
"""

# ruff: noqa: E501

from typing import Final, Literal

from analysis.messages import Message, detail, sentence
from analysis.render import numbers
from analysis.render.names import clean
from analysis.render.words_attention import ATTENTION_WORDS
from analysis.render.words_report import REPORT_WORDS

Lang = Literal["en", "zh-hans"]
LANGS: Final[tuple[Lang, ...]] = ("en", "zh-hans")

CATALOGUE: Final[dict[str, tuple[str, str]]] = {
    # the page
    "title": ("Evaluation report", "评测报告"),
    "simulated_banner": (
        "Simulated judgments only. No person judged here: nothing here is evidence about the scripts.",
        "全部为模拟评判。没有真人参与：本页任何数字都不能说明剧本的优劣。",
    ),
    "model_banner": (
        "Machine judgments only. No person judged here: these numbers say what a model prefers.",
        "全部为机器评判。没有真人参与：这些数字只说明模型的偏好。",
    ),
    "contents": ("On this page", "本页内容"),
    "digest": ("Study digest", "研究摘要值"),
    "rows_used": ("Judgments used", "采用的评判"),
    "scores_used": ("Scores used", "采用的评分"),
    "systems": ("Systems", "系统"),
    "human_systems": ("Human systems", "人类系统"),
    "languages": ("Languages of the scripts", "剧本语言"),
    "lang_en": ("English", "英文"),
    "lang_zh": ("Chinese", "中文"),
    "pooled": ("pooled", "合并"),
    # sections
    "asked": ("What was asked", "研究问题"),
    "answer": ("The answer", "主要结果"),
    "warnings": ("Warnings", "注意事项"),
    "win_rates": ("Win rates", "胜率"),
    "human_level": ("Human level", "人类水平百分比"),
    "mean_scores": ("Mean scores", "平均分"),
    "best_of_k": ("Best of k", "k 选一最佳率"),
    "errors": ("Error marks", "错误标注"),
    "abilities": ("Abilities", "能力值"),
    "differences": ("Differences", "差异"),
    "agreement": ("Agreement between raters", "评审一致性"),
    "position_bias": ("Side bias", "左右偏差"),
    "length_bias": ("Length bias", "长度偏差"),
    "raters": ("Raters one by one", "逐位评审"),
    "blinding": ("Blinding", "盲法检验"),
    "other_criteria": ("Other criteria", "其他评判标准"),
    "inputs": ("Inputs", "输入数据"),
    "method": ("Method and versions", "方法与版本"),
    # what was asked, and the answer
    "question": ("Question", "问题"),
    "primary_criterion": ("Primary criterion", "主要评判标准"),
    "primary_contrast": ("Primary contrast", "主要对比"),
    "quoted": ("“{name}”", "“{name}”"),
    "contrast": ("{a} against {b}", "{a} 对 {b}"),
    "no_primary": (
        "No primary criterion was named before the analysis, so every number here is exploratory.",
        "分析前没有指定主要评判标准，因此这里的所有数字都属于探索性结果。",
    ),
    "no_primary_contrast": (
        "The plan names no primary contrast; the rows of the primary criterion stand side by side.",
        "分析计划没有指定主要对比；主要评判标准的各项结果并列给出。",
    ),
    "cluster": ("Scenes are grouped by", "聚类单位"),
    "cluster_item": ("scene", "场次"),
    "cluster_series": ("series", "剧集"),
    "margin": ("Margin of the parity claim", "对等界值"),
    "answer_win": (
        "On “{criterion}”{where}, {system} won {estimate} % of its comparisons with {opponent}, a tie"
        " counting half ({level} % interval {low} to {high} %).",
        "在“{criterion}”{where}上，{system} 对 {opponent} 的胜率为 {estimate}%，平局各计一半"
        "（{level}% 置信区间 {low} 至 {high}%）。",
    ),
    "answer_win_bare": (
        "On “{criterion}”{where}, {system} won {estimate} % of its comparisons with {opponent}, a tie"
        " counting half; the interval was not computed: {reason}.",
        "在“{criterion}”{where}上，{system} 对 {opponent} 的胜率为 {estimate}%，平局各计一半；"
        "未能计算置信区间：{reason}。",
    ),
    "answer_none": (
        "On “{criterion}”{where}, {system} against {opponent} was not computed: {reason}.",
        "在“{criterion}”{where}上，{system} 对 {opponent} 的胜率未能计算：{reason}。",
    ),
    "answer_parity": (
        "The win rate comes to {estimate} % of human level by parity, where 100 is parity"
        " ({level} % interval {low} to {high} %).",
        "按对等定义折合人类水平的 {estimate}%，100 即与人类持平（{level}% 置信区间 {low} 至 {high}%）。",
    ),
    "answer_counts": (
        "{sizes}. Method: {method}.",
        "共 {sizes}。方法：{method}。",
    ),
    "no_warnings": ("None.", "无。"),
    "where": ("Where: {where}", "位置：{where}"),
    # roles
    "primary": ("Primary", "主要"),
    "secondary": ("Secondary", "次要"),
    "exploratory": ("Exploratory", "探索性"),
    "role": ("Role", "地位"),
    # columns
    "system": ("System", "系统"),
    "opponent": ("Opponent", "对手"),
    "other": ("Other", "另一方"),
    "criterion": ("Criterion", "评判标准"),
    "win_rate": ("Win rate", "胜率"),
    "estimate": ("Estimate", "估计值"),
    "interval": ("{level} % interval", "{level}% 置信区间"),
    "interval_by": ("by {cluster}", "按{cluster}聚类"),
    "to": ("{low} to {high}", "{low} 至 {high}"),
    "neither": ("Neither usable", "均不可用"),
    "without_ties": ("Without ties", "不计平局"),
    "n_judgments": ("Judgments", "评判数"),
    "n_comparisons": ("Comparisons", "比较数"),
    "n_rows": ("Rows", "行数"),
    "n_scores": ("Scores", "评分数"),
    "n_marks": ("Marks", "标注数"),
    "raters_n": ("Raters", "评审数"),
    "items_n": ("Scenes", "场次数"),
    "series_n": ("Series", "剧集数"),
    "method_col": ("Method", "方法"),
    "human": ("Human", "人类"),
    "definition": ("Definition", "定义"),
    "baseline": ("Baseline", "基线"),
    "level_pct": ("Of human level", "人类水平百分比"),
    "mean": ("Mean score", "平均分"),
    "context": ("Read", "阅读方式"),
    "context_pair": ("in pairs", "成对"),
    "context_single": ("alone", "单独"),
    "sd_raters": ("SD of rater means", "评审均分的标准差"),
    "sd_items": ("SD of scene means", "场次均分的标准差"),
    "best_share": ("Best of k", "最佳率"),
    "k": ("k", "k"),
    "chance": ("Chance", "随机水平"),
    "by_scores": ("mean scores", "平均分"),
    "by_votes": ("votes", "票数"),
    "with_human": ("Human among the k", "k 中含人类"),
    "yes": ("yes", "是"),
    "no": ("no", "否"),
    "class": ("Class", "类别"),
    "class_plot": ("plot coherence", "情节连贯"),
    "class_character": ("character development", "人物塑造"),
    "class_pacing": ("narrative pacing", "叙事节奏"),
    "per_script": ("Per script", "每篇剧本"),
    "per_1000": ("Per 1,000", "每千词（字）"),
    "log_worth": ("Log-worth", "对数能力值"),
    "se": ("Standard error", "标准误"),
    "rank": ("Rank interval", "名次区间"),
    "of_win_rate": ("win rate", "胜率"),
    "of_ability": ("ability", "能力值"),
    "of_score": ("score", "评分"),
    "p": ("p", "p 值"),
    "p_adjusted": ("Adjusted p", "校正 p 值"),
    "measure": ("Measure", "指标"),
    "scope": ("Among", "范围"),
    "scope_all": ("all", "全部"),
    "alpha_nominal": ("Krippendorff's alpha, nominal", "Krippendorff α（名义）"),
    "alpha_ordinal": ("Krippendorff's alpha, ordinal", "Krippendorff α（有序）"),
    "raw": ("Raw agreement", "原始一致率"),
    "ac1": ("Gwet's AC1", "Gwet AC1"),
    "icc_a1": ("ICC(A,1)", "ICC(A,1)"),
    "icc_ak": ("ICC(A,k)", "ICC(A,k)"),
    "intra": ("Same rater, asked again", "同一评审重复评判"),
    "left_share": ("Left share of decided rows", "有胜负评判中选左侧的比例"),
    "order_term": ("Order term, log", "顺序项（对数）"),
    "slope": ("Slope on the log length ratio", "对长度比对数的斜率"),
    "rater": ("Rater", "评审"),
    "left": ("Left share", "选左比例"),
    "seconds": ("Median time", "时间中位数"),
    "leave_one_out": ("With the others' majority", "与其余多数一致"),
    "checks": ("Checks passed", "通过检验对"),
    "accuracy": ("Accuracy, Dawid–Skene", "准确率（Dawid–Skene）"),
    "right_share": ("Origin guessed right", "猜中来源的比例"),
    "human_when_preferred": ("Guessed human when preferred", "偏好者被猜为人类的比例"),
    "scripts": ("Scripts", "剧本"),
    "value": ("Value", "数值"),
    "criterion_score": ("Score", "评分"),
    "criterion_errors": ("Error marks", "错误标注"),
    "pct": ("{value} %", "{value}%"),
    "unit_s": ("s", "秒"),
    "unit_points": ("points", "百分点"),
    # definitions of human level
    "parity": ("Parity", "对等"),
    "ratio_of_means": ("Ratio of means", "均值比"),
    "above_floor": ("Ratio above the floor", "扣除下限的均值比"),
    "common_baseline": ("Common baseline", "共同基线"),
    "parity_note": (
        "Parity is 200 times the win rate against human: 100 is parity, 0 to 200.",
        "对等：对人类胜率的 200 倍；100 即持平，范围 0 至 200。",
    ),
    "ratio_note": (
        "Ratio of means is 100 times the system's mean score over the human mean score, over the same"
        " raters and scenes. It depends on where the scale starts.",
        "均值比：同一批评审和场次上，系统平均分与人类平均分之比的 100 倍。它取决于量表的起点。",
    ),
    "floor_note": (
        "Ratio above the floor subtracts the lowest possible score from both means first.",
        "扣除下限的均值比：先从两个平均分中减去量表最低分，再求比值。",
    ),
    "baseline_note": (
        "Common baseline divides the system's win rate over the baseline by the human one over the same.",
        "共同基线：系统对基线的胜率除以人类对同一基线的胜率。",
    ),
    # opponents
    "opp_all": ("all others", "其余全部"),
    "opp_machines": ("all machines", "全部机器系统"),
    # captions and notes
    "cap_matrix": (
        "How often the system of the row won over the system of the column, in %",
        "行系统对列系统的胜率（%）",
    ),
    "cap_win_rates": ("Win rates", "胜率"),
    "cap_human": (
        "Each system as a percentage of human level",
        "各系统相当于人类水平的百分比",
    ),
    "cap_tiers": ("Shares of scores by tier", "各档评分所占比例"),
    "note_tiers": (
        "Tiers of the rubric {rubric}. The shares are not adjusted for rater and scene.",
        "评分等级依据 {rubric}。所占比例未按评审和场次调整。",
    ),
    "tier": ("Tier", "档"),
    "tier_share": ("Share of scores", "评分比例"),
    "tier_count": ("Scores in tier", "该档评分数"),
    "cap_scores": ("Mean scores", "平均分"),
    "cap_best": (
        "Share of scenes on which a system was the best of k, by {by}",
        "系统在 k 个候选中最佳的场次比例（按{by}）",
    ),
    "cap_errors": ("Marks of errors", "错误标注"),
    "cap_abilities": ("Abilities in Davidson's model", "Davidson 模型的能力值"),
    "cap_human_scores": ("Mean scores as a percentage of human scores", "平均分相当于人类平均分的百分比"),
    "cap_human_baseline": ("Against a common baseline", "以共同基线比较"),
    "by_pair": ("By pair of systems", "按系统对"),
    "by_rater": ("Rater by rater", "逐位评审"),
    "won_tied_lost": ("Won / tied / lost", "胜 / 平 / 负"),
    "system_mean": ("System mean", "系统平均分"),
    "human_mean": ("Human mean", "人类平均分"),
    "best_on": ("Best on", "最佳场次"),
    "of_scenes": ("{won} of {all}", "{all} 中的 {won}"),
    "bias": ("Bootstrap bias", "自助法偏差"),
    "tie_term": ("Tie term, log", "平局项（对数）"),
    "length_term": ("Length term", "长度项"),
    "adjust_holm": ("Holm (primary and secondary)", "Holm（主要与次要）"),
    "adjust_benjamini-hochberg": ("Benjamini–Hochberg (exploratory)", "Benjamini–Hochberg（探索性）"),
    "note_adjusted": (
        "p adjusted by {method}; intervals are not adjusted.",
        "p 值校正方法：{method}；区间未校正。",
    ),
    "note_several_tests": (
        "Some intervals exclude “no difference” although the adjusted p is above {alpha}: an interval is about one"
        " comparison alone, the adjusted p allows for all {tests} tests of its family. Do not report such a row as a finding.",
        "有的区间不含“无差异”，校正 p 值却大于 {alpha}：区间只针对单一比较，校正 p 值则计入同一检验族的全部 {tests} 项检验。"
        "这样的结果不能作为显著发现报告。",
    ),
    "note_behind_primary": (
        "Some intervals exclude “no difference” although the adjusted p is above {alpha}: an interval is about one"
        " contrast alone. The family holds {tests} secondary tests, which come after the primary one, and none of them"
        " can be below the primary p of {primary_p}. Do not report such a row as a finding.",
        "有的区间不含“无差异”，校正 p 值却大于 {alpha}：区间只针对单一对比。该检验族包含 {tests} 项次要检验，排在主要检验之后，"
        "其校正 p 值不会小于主要检验的 p 值 {primary_p}。这样的结果不能作为显著发现报告。",
    ),
    "note_primary_missing": (
        "Secondary tests have no adjusted p: they come after the primary test, which could not be computed.",
        "次要检验没有校正 p 值：它们排在主要检验之后，而主要检验无法计算。",
    ),
    "answer_ratio": (
        "{system} scored {numerator} on average and {human} {denominator} on the same scenes:"
        " {estimate} % of human level by ratio of means ({level} % interval {low} to {high} %).",
        "在相同场次上，{system} 平均得 {numerator} 分，{human} 平均得 {denominator} 分："
        "按均值比折合人类水平的 {estimate}%（{level}% 置信区间 {low} 至 {high}%）。",
    ),
    "answer_ratio_bare": (
        "{system} scored {estimate} % of human level by ratio of means;"
        " the interval was not computed: {reason}.",
        "{system} 按均值比折合人类水平的 {estimate}%；未能计算置信区间：{reason}。",
    ),
    "answer_scores_counts": (
        "{sizes}{read}. Method: {method}.",
        "共 {sizes}{read}。方法：{method}。",
    ),
    "read_pair": ("read in pairs", "成对阅读"),
    "read_single": ("read alone", "单独阅读"),
    "read_how": (", read {context}", "，{context}阅读"),
    "cap_ability_model": ("Tie and order terms of the same model", "同一模型的平局项与顺序项"),
    "cap_differences_of": ("Differences in {of}", "{of}之差"),
    "difference": ("Difference", "差异"),
    "cap_agreement": ("Agreement", "一致性"),
    "cap_position": ("Preference for a side", "对左右侧的偏好"),
    "cap_length": ("Preference for length", "对长度的偏好"),
    "cap_raters": ("Raters, by their codes", "各评审（按代码）"),
    "cap_blinding": ("Guesses of origin", "对来源的猜测"),
    "cap_left_out": ("Rows left out, and why", "未采用的行及原因"),
    "cap_files": ("Files read", "读取的文件"),
    "cap_versions": ("Versions", "版本"),
    "note_ties": (
        "A tie counts half for both. “Neither is usable” is a tie that is counted apart.",
        "平局双方各计一半。“均不可用”按平局处理并单独计数。",
    ),
    "note_all": (
        "Against several opponents, each opponent has equal weight; such rows are not tested.",
        "对多个对手时，每个对手权重相同；这类行不作检验。",
    ),
    "note_chance": (
        "Chance is what a system would reach if all k were equally good.",
        "随机水平：k 个候选同样好时应得的比例。",
    ),
    "note_log_worth": (
        "Natural log of the worth, centred on 0 over the systems. Differences are what is tested.",
        "能力值的自然对数，以各系统均值为 0。检验的是差异。",
    ),
    "note_agreement": (
        "No value is good or bad in itself, for taste differs. Alpha falls when one outcome dominates: read it"
        " beside the raw agreement. The interval is for other scenes and these raters.",
        "品味各异，数值本身没有好坏之分。一种结果占绝大多数时 α 会偏低，应与原始一致率对照阅读。"
        "区间针对其他场次与现有评审。",
    ),
    "note_agreement_few": (
        "With fewer than 8 scenes a bootstrap over scenes gives intervals that are too narrow.",
        "场次少于 8 个时，对场次的自助法给出的区间偏窄。",
    ),
    "note_icc": (
        "ICC(A,1) is the reliability of one rater's score, ICC(A,k) that of the mean of all k raters; each script is"
        " a case of its own.",
        "ICC(A,1) 为单一评审评分的可靠性，ICC(A,k) 为全部 k 位评审平均分的可靠性；每篇剧本为一个独立个案。",
    ),
    "note_difference": (
        "Each system's win rate over all its opponents, the other system among them, each opponent with equal weight;"
        " one less the other.",
        "各系统对其全部对手（包括另一方）的胜率之差，每个对手权重相同。",
    ),
    "note_difference_ability": (
        "Log-worth of the one less that of the other: 0.69 doubles the odds of winning.",
        "两者对数能力值之差：相差 0.69 即胜负比加倍。",
    ),
    "note_slope": (
        "0 is no preference for length. A slope of 1: a script twice as long has twice the odds of winning against"
        " the same opponent; lengths in these data may differ by far less. Length is part of the system: the slope"
        " describes and corrects nothing.",
        "0 即对长度没有偏好。斜率为 1：篇幅加倍时，对同一对手的胜负比也加倍；实际篇幅之差可能小得多。"
        "长度是系统的一部分：斜率只作描述，不作校正。",
    ),
    "note_terms": (
        "Both on the log scale: the lower the tie term, the rarer are ties; an order term above 0 favours the left.",
        "均为对数尺度：平局项越低，平局越少；顺序项大于 0 表示偏向左侧。",
    ),
    "note_order": (
        "The order term is the left script's advantage in the ability model, in log odds; 0 is none.",
        "顺序项为能力值模型中左侧剧本的优势（对数胜负比），0 即没有。",
    ),
    "note_turned": (
        "No further results: win rate and limits are 100 % less those of the pair above, and p is the same test.",
        "并非新的结果：胜率与端点为 100% 减去上表同一对的数值，p 值为同一检验。",
    ),
    "note_over_scenes": (
        "This bootstrap is over scenes, not over the planned series: where scenes of one series are alike, the intervals"
        " are too narrow.",
        "此自助法针对场次而非方案所定的剧集：同一部剧的场次彼此相似时，区间偏窄。",
    ),
    "note_range": (
        "Limits that would leave the possible range are cut at it.",
        "超出可能取值范围的端点截于该范围。",
    ),
    "note_few_series": (
        "Intervals by series are left out where a result has only two series: two say next to nothing of how"
        " series differ.",
        "只有两部剧集的结果不列按剧集聚类的区间：两部几乎不能说明剧集之间的差异。",
    ),
    "note_few_item": (
        "Intervals by scene are left out where a result has only two scenes: two say next to nothing of how"
        " scenes differ.",
        "只有两个场次的结果不列按场次聚类的区间：两个几乎不能说明场次之间的差异。",
    ),
    "note_two_levels": (
        "The two answer different questions, how often a system is preferred and how near its scores are: they need not"
        " agree, and neither is a share of scripts as good as human ones.",
        "两者回答的问题不同：一为被偏好的频率，一为评分的接近程度；二者不必一致，也都不是达到人类水平的剧本所占比例。",
    ),
    "note_over": (
        "> 1 000: bounded in name alone, for the denominator may be near zero.",
        "> 1 000：仅名义上有界，因分母可能接近零。",
    ),
    "note_no_per": ("Per {per}: not computed: {reason}.", "按{per}：未计算：{reason}。"),
    "n_readings": ("Readings", "阅读次数"),
    "n_guesses": ("Guesses", "猜测数"),
    "n_pairs_scores": ("Judgments or scores", "评判或评分数"),
    "note_left": ("Without a preference for a side the share is 50 %.", "没有左右偏好时该比例为 50%。"),
    "note_method": ("Method: {method}.", "方法：{method}。"),
    "note_methods": ("Methods: {methods}.", "方法：{methods}。"),
    "note_cluster": (
        "Intervals hold raters and scenes for samples, both at once; scenes are grouped by {cluster}.",
        "区间同时把评审和场次视为样本；聚类单位：{cluster}。",
    ),
    "note_best_human": (
        "Human scripts are left out of the k unless the table says so.",
        "除非表中注明，k 个候选不含人类剧本。",
    ),
    "alt_pair": ("{a} over {b}: {value}", "{a} 对 {b}：{value}"),
    "alt_one": ("{a}: {value}", "{a}：{value}"),
    "alt_range": ("{estimate} ({low} to {high})", "{estimate}（{low} 至 {high}）"),
    "scroll_table": ("Table, scrolls sideways: {caption}", "表格，可左右滚动：{caption}"),
    "scroll_figure": ("Figure, scrolls sideways: {caption}", "图，可左右滚动：{caption}"),
    # inputs and method
    "file": ("File", "文件"),
    "rows": ("Rows", "行数"),
    "used": ("Used", "采用"),
    "sha256": ("SHA-256", "SHA-256"),
    "reason": ("Reason", "原因"),
    "seed": ("Seed", "随机种子"),
    "replicates": ("Bootstrap replicates", "自助法重复次数"),
    "part": ("Part", "组件"),
    "version": ("Version", "版本"),
    "nothing_left_out": ("No row was left out.", "没有未采用的行。"),
    "not_computed": ("not computed: {reason}", "未计算：{reason}"),
    "no_reason": ("no reason given", "未注明原因"),
    "used_of": ("{used} of {rows}", "{rows}中的 {used} 行"),
    "in_language": (", {language} scripts", "（{language}剧本）"),
    "in_pooled": (", languages pooled with equal weight", "（各语言等权合并）"),
    "note_pooled": (
        "Pooled: the mean of the languages, each with equal weight; no interval where one of them has none.",
        "合并：各语言等权平均；任一语言没有区间时，合并结果也没有区间。",
    ),
    "sep": (": ", "："),
    "full_stop": (".", "。"),
    "sentence_sep": (" ", ""),
    "list_sep": (", ", "、"),
    "count_sep": (", ", "，"),
    # Between names that may hold commas themselves.
    "name_sep": ("; ", "；"),
    "clause_sep": ("; ", "；"),
    "dash": (" – ", " – "),
    **REPORT_WORDS,
    **ATTENTION_WORDS,
}

# A number with its noun: one, several, and in Chinese.
COUNTED: Final[dict[str, tuple[str, str, str]]] = {
    "raters": ("{n} rater", "{n} raters", "{n} 位评审"),
    "items": ("{n} scene", "{n} scenes", "{n} 个场次"),
    "series": ("{n} series", "{n} series", "{n} 部剧集"),
    "judgments": ("{n} judgment", "{n} judgments", "{n} 次评判"),
    "scores": ("{n} score", "{n} scores", "{n} 个评分"),
    "rows": ("{n} row", "{n} rows", "{n} 行"),
    "replicates": ("{n} replicate", "{n} replicates", "重复 {n} 次"),
}


class Words:
    """The catalogue in one language: `words("ties")`, `words("contrast", a=..., b=...)`."""

    def __init__(self, lang: str) -> None:
        """Raise `ValueError` for a language the catalogue does not have."""
        if lang not in LANGS:
            raise ValueError(f"no report in language {lang!r}; there are {', '.join(LANGS)}")
        self.lang = lang
        self.column = LANGS.index(lang)  # type: ignore[arg-type]

    def __call__(self, key: str, /, **values: object) -> str:
        # A number and its percent sign stay on one line.
        text = CATALOGUE[key][self.column].replace(" %", "\N{NO-BREAK SPACE}%")
        return text.format(**values) if values else text

    def counted(self, noun: str, n: float) -> str:
        """A number with its noun, such as "1 rater" or "60 scenes"."""
        one, several, chinese = COUNTED[noun]
        form = chinese if self.lang != "en" else one if n == 1 else several
        return form.format(n=numbers.count(n))

    def known(self, key: str, otherwise: str) -> str:
        """The word for a value that comes from data, or the value itself."""
        return CATALOGUE[key][self.column] if key in CATALOGUE else otherwise

    def sentence(self, message: Message) -> str:
        """A method, reason or warning of the analysis."""
        return clean(sentence(message, self.lang))

    def detail(self, message: Message) -> str:
        """A reason for leaving out rows below a step that says the rest."""
        return clean(detail(message, self.lang))

    @property
    def html_lang(self) -> str:
        return "zh-Hans" if self.lang == "zh-hans" else "en"

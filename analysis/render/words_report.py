"""More words of a report: its parts, the flow, the appendix, and what is taken away."""

# ruff: noqa: E501

from typing import Final

REPORT_WORDS: Final[dict[str, tuple[str, str]]] = {
    # parts
    "part_first": ("Primary: the answer on one page", "主要结果：一页读懂"),
    "part_first_exploratory": ("Exploratory: the results on one page", "探索性结果：一页读懂"),
    "part_first_note": (
        "The primary criterion, “{criterion}”. Each table names the role of its rows: primary is what the plan"
        " asked, secondary what the plan also declared for the primary criterion, exploratory everything else.",
        "主要评判标准：“{criterion}”。每个表都注明各行的地位：主要即分析方案所问，次要为方案就主要评判标准另外声明的结果，"
        "其他均为探索性。",
    ),
    "part_secondary": ("Secondary", "次要结果"),
    "part_secondary_note": (
        "More about the primary criterion: what was planned beside the one question.",
        "主要评判标准的其余结果：主要问题之外的计划内分析。",
    ),
    "part_exploratory": ("Exploratory", "探索性结果"),
    "part_exploratory_note": (
        "Not planned as an answer: these numbers suggest questions for another study and settle none.",
        "并非计划中的答案：这些数字可为下一项研究提出问题，不能作为结论。",
    ),
    "part_methods": ("Methods, for a paper", "方法（可直接用于论文）"),
    "part_appendix": ("Appendix", "附录"),
    "part_appendix_note": (
        "Other definitions, checks and the data behind them; each opens on request.",
        "其他定义、稳健性检查与数据来源；点开查看。",
    ),
    # the views
    "views": ("Scripts shown", "显示的剧本"),
    "view_all": ("All", "全部"),
    # sections
    "strength": ("Strength of preference", "偏好强度"),
    "error_ratios": ("Error rates against human", "与人类的错误率之比"),
    "sensitivity": ("Sensitivity checks", "敏感性分析"),
    "breakdown": ("Scene by scene, series by series", "逐场与逐剧"),
    "lengths": ("Scripts and their lengths", "剧本及其长度"),
    "criterion_length": ("length", "长度"),
    "reading_time": ("Reading time", "阅读时间"),
    "drift": ("Drift with position", "随次序的变化"),
    "looks": ("Planned looks", "计划中的期中分析"),
    "flow": ("From invitation to analysis", "从邀请到分析"),
    "other_levels": ("Human level by other definitions", "人类水平的其他定义"),
    "icc": ("Intraclass correlation of scores", "评分的组内相关"),
    "bootstrap": ("Second opinion: bootstrap intervals", "第二意见：自助法区间"),
    "ability_model": ("Terms of the ability model", "能力值模型的各项"),
    "tests": ("Differences between systems", "系统之间的差异"),
    # the answer
    "answer_above": (
        "The whole interval lies above 50 %: with raters and scenes like these, the preference is for {system} over"
        " {opponent}.",
        "整个区间高于 50%：就这类评审和场次而言，偏好 {system} 而非 {opponent}。",
    ),
    "answer_below": (
        "The whole interval lies below 50 %: with raters and scenes like these, the preference is for {opponent} over"
        " {system}.",
        "整个区间低于 50%：就这类评审和场次而言，偏好 {opponent} 而非 {system}。",
    ),
    "answer_other": (
        "Grouped by {other} instead of {cluster}, the interval is {low} to {high} %.",
        "若按{other}而非{cluster}聚类，区间为 {low} 至 {high}%。",
    ),
    "answer_other_exact": (
        "Every judgment went the same way. Grouped by {other} instead of {cluster}, the exact interval is {low} to {high} %:"
        " it is wide because there are only {count}, not because judgments differ.",
        "所有评判的方向一致。若按{other}而非{cluster}聚类，精确区间为 {low} 至 {high}%：区间宽是因为只有 {count}，"
        "而不是评判之间有分歧。",
    ),
    "answer_other_shut": (
        "Grouped by {other} instead of {cluster}, the interval is {low} to {high} %: it is not the one planned, and"
        " takes each {other} for independent of the others.",
        "若按{other}而非{cluster}聚类，区间为 {low} 至 {high}%：这不是方案所定的区间，且假定各{other}彼此独立。",
    ),
    "answer_equivalent": (
        "The 90 % interval lies between {limit} and {upper} %: by the same margin the two are equivalent.",
        "90% 区间位于 {limit} 至 {upper}% 之间：按同一界值，二者等效。",
    ),
    "answer_not_equivalent": (
        "Equivalence is not shown: the 90 % interval does not lie between {limit} and {upper} %.",
        "未能显示二者等效：90% 区间未完全位于 {limit} 至 {upper}% 之间。",
    ),
    "answer_other_open": (
        "Grouped by {other} instead of {cluster}, the interval is {low} to {high} % and includes 50 %: the preference"
        " may hold for these {others} alone.",
        "若按{other}而非{cluster}聚类，区间为 {low} 至 {high}%，包含 50%：这一偏好可能只对这些{others}成立。",
    ),
    "answer_straddles": (
        "The interval includes 50 %: these data do not say which of the two is preferred, nor that they are alike.",
        "区间包含 50%：现有数据既不能说明哪一方更受偏好，也不能说明二者相当。",
    ),
    "answer_not_inferior": (
        "The lower limit is above {limit} %: by the margin of {margin} points that was fixed in the plan,"
        " {system} is not inferior to {opponent}.",
        "下限高于 {limit}%：按分析方案事先规定的 {margin} 个百分点界值，{system} 不劣于 {opponent}。",
    ),
    "answer_margin_open": (
        "The lower limit is not above {limit} %: by the margin of {margin} points that was fixed in the plan,"
        " non-inferiority of {system} to {opponent} is not shown.",
        "下限未高于 {limit}%：按分析方案事先规定的 {margin} 个百分点界值，未能显示 {system} 不劣于 {opponent}。",
    ),
    "answer_means": (
        "These two means use the {scores} of raters who scored both scripts of a scene. Over all scores{adjusted} the means"
        " are {system_mean} for {system} and {human_mean} for {human} (see Mean scores).",
        "这两个平均分只用同时评过一场两篇剧本的评审的 {scores}。以全部评分计{adjusted}，{system} 的平均分为 {system_mean}，"
        "{human} 为 {human_mean}（见“平均分”）。",
    ),
    "means_adjusted": (", adjusted for rater and scene,", "并按评审和场次调整"),
    "note_means_both": (
        "System mean and human mean use only scores of raters who scored both scripts of a scene. They can differ from the"
        " means under Mean scores, which use all scores of a system.",
        "系统平均分与人类平均分只用同时评过一场两篇剧本的评审的评分，因此可能不同于“平均分”一节中按系统全部评分计算的平均分。",
    ),
    "note_means_all": (
        "Mean scores use all scores of a system. They can differ from the means under Human level, which use only scores of"
        " raters who scored both scripts of a scene.",
        "平均分采用系统的全部评分，因此可能不同于“人类水平百分比”一节的平均分：后者只用同时评过一场两篇剧本的评审的评分。",
    ),
    "note_spread": (
        "SD of rater means is the standard deviation of the raters' mean scores for a system, SD of scene means that of the"
        " scenes' mean scores. The source paper prints a variance of scores without a definition, so it compares with"
        " neither.",
        "评审均分的标准差：各评审给该系统的平均分之间的标准差；场次均分的标准差：各场次平均分之间的标准差。"
        "来源论文给出评分的方差，但没有定义，因此不能与二者比较。",
    ),
    "system_mean_floor": ("System mean above the floor", "系统平均分（扣除下限）"),
    "human_mean_floor": ("Human mean above the floor", "人类平均分（扣除下限）"),
    "best": (
        "{system} was the best of {k} machines on {won} of {scenes}{where}: {estimate} % ({level} % interval {low} to"
        " {high} %).",
        "{system} 在 {scenes}中的 {won} 个上是 {k} 个机器系统中最佳的{where}：{estimate}%（{level}% 置信区间 {low} 至 {high}%）。",
    ),
    "best_bare": (
        "{system} was the best of {k} machines on {won} of {scenes}{where}: {estimate} %; the interval was not"
        " computed: {reason}.",
        "{system} 在 {scenes}中的 {won} 个上是 {k} 个机器系统中最佳的{where}：{estimate}%；未能计算置信区间：{reason}。",
    ),
    "best_of_k_more": ("Best of k, further results", "k 选一最佳率：其他结果"),
    "best_others": ("The others: {others}.", "其余：{others}。"),
    "best_other": ("{system} {won} ({estimate} %)", "{system} {won} 个（{estimate}%）"),
    "best_chance": (
        "Best means the highest mean score over the same raters. Chance is {chance} %.",
        "最佳指同一批评审给出的平均分最高。随机水平为 {chance}%。",
    ),
    "note_best_paper": (
        "The source paper (arXiv 2510.23163) calls this share “win rate”. It is not a win rate in pairwise comparisons.",
        "来源论文（arXiv 2510.23163）把这一比例称为“胜率”。它不是两两比较的胜率。",
    ),
    "answer_by_language": (
        "{role}: {language} scripts {estimate} % ({level} % interval {low} to {high} %).",
        "{role}：{language}剧本 {estimate}%（{level}% 置信区间 {low} 至 {high}%）。",
    ),
    "answer_by_language_bare": (
        "{role}: {language} scripts {estimate} %; the interval was not computed: {reason}.",
        "{role}：{language}剧本 {estimate}%；未能计算置信区间：{reason}。",
    ),
    "answer_by_language_none": (
        "{role}: {language} scripts, not computed: {reason}.",
        "{role}：{language}剧本，未计算：{reason}。",
    ),
    "clusters_item": ("scenes", "场次"),
    "clusters_series": ("series", "剧集"),
    "sizes": ("Sizes", "规模"),
    "margin_points": ("{value} points of win rate", "胜率 {value} 个百分点"),
    "with_reason": ("{said} ({reason})", "{said}（{reason}）"),
    "all_systems": ("all systems", "全部系统"),
    "method_sep": (". ", "。"),
    "where_more": ("and {n} more", "另有 {n} 处"),
    "note_pooled_df": (
        "Pooled: the mean of the languages, each with equal weight, degrees of freedom by Satterthwaite; no interval"
        " where one of them has none.",
        "合并：各语言等权平均，自由度按 Satterthwaite 法；任一语言没有区间时，合并结果也没有区间。",
    ),
    "note_read": ("Scores: {read}.", "评分：{read}。"),
    "note_humans": ("Human: {human}.", "人类：{human}。"),
    "note_no_rank": (
        "Ranks are given in each language, not for pooled values.",
        "名次按各语言给出，合并值不给名次。",
    ),
    "more_warnings": ("{n} more warnings", "其余 {n} 条注意事项"),
    "more_warnings_one": ("{n} more warning", "另有 {n} 条注意事项"),
    # columns
    "interval_boot": ("{level} % interval, bootstrap", "{level}% 置信区间，自助法"),
    "interval_two": ("{level} % interval, main", "{level}% 置信区间，主要方法"),
    "rule": ("Rule", "规则"),
    "main_estimate": ("Main result", "主要分析"),
    "left_out_n": ("Rows changed", "增减行数"),
    "item": ("Scene", "场次"),
    "one_series": ("Series", "剧集"),
    "mean_length": ("Mean length", "平均长度"),
    "median": ("Median", "中位数"),
    "sd": ("SD", "标准差"),
    "unit": ("Unit", "单位"),
    "words": ("words", "词"),
    "characters": ("characters", "字"),
    "n_scripts": ("Number of scripts", "剧本数"),
    "redraws": ("Redraws", "重抽次数"),
    "failures": ("Failures", "失败次数"),
    "refusals": ("Refusals", "拒答次数"),
    "rejected": ("Rejected scripts", "弃用剧本数"),
    "off_format": ("Scripts with faults of format", "格式有误的剧本数"),
    "writers": ("Writers", "作者数"),
    "look": ("Look", "第几次"),
    "look_of": ("{look} of {of}", "{of} 次中的第 {look} 次"),
    "boundary": ("Boundary, z", "界值（z）"),
    "crossed": ("Crossed", "是否越界"),
    "mean_strength": ("Mean strength, −3 to 3", "平均强度（−3 至 3）"),
    "ratio": ("Ratio", "比值"),
    "per": ("Per", "单位"),
    "per_reading": ("reading", "每次阅读"),
    "per_1000_unit": ("1,000 words or characters", "每千词（字）"),
    "class_all": ("all", "合计"),
    "unsure": ("Unsure", "不确定"),
    "note": ("Note", "备注"),
    "early": ("First half", "前一半"),
    "late": ("Second half", "后一半"),
    "left_out_rows": ("Rows left out", "未采用的行"),
    "human_marks": ("Human marks", "人类标注数"),
    "late_minus_early": ("Win rate, second half minus first", "后一半胜率减前一半"),
    "reading_seconds": ("Reading seconds, geometric mean", "阅读秒数（几何平均）"),
    "reading_share_read": ("Share read, mean", "读到的比例（平均）"),
    "reading_words_per_minute": ("Words per minute", "每分钟词数"),
    "reading_characters_per_minute": ("Characters per minute", "每分钟字数"),
    "without_known": ("without scenes that the rater knew", "去掉评审已知的场次"),
    "without_confident_guesses": ("without confident guesses of origin", "去掉有把握猜出来源的评判"),
    "without_either": ("without both", "两者都去掉"),
    "with_excluded": ("with the excluded rows", "计入已排除的行"),
    "without_imputed": ("without pairs lost for want of a script", "去掉因缺剧本而判负的对"),
    # the flow
    "step": ("Step", "步骤"),
    "count": ("Count", "数量"),
    "detail": ("Of these", "其中"),
    "step_invited": ("invited", "受邀"),
    "step_consented": ("consented", "知情同意"),
    "step_passed_practice": ("passed practice", "通过练习"),
    "step_assigned": ("assigned", "分配"),
    "step_submitted": ("submitted", "提交"),
    "step_late": ("late", "逾时提交"),
    "step_skipped": ("skipped", "跳过"),
    "step_expired": ("expired", "到期"),
    "step_rows": ("rows in the tables", "数据行"),
    "step_excluded": ("excluded", "排除"),
    "step_other_kinds": ("of other kinds", "其他类型"),
    "step_other_raters": ("by raters of another kind", "其他类型的评审"),
    "step_unused": ("without a used row", "没有对应的采用行"),
    "step_analysed": ("analysed", "分析"),
    "unit_raters": ("raters", "评审"),
    "unit_assignments": ("assignments", "任务"),
    "unit_rows": ("rows", "行"),
    "table_judgments": ("judgments", "评判"),
    "table_scores": ("scores", "评分"),
    "table_marks": ("error marks", "错误标注"),
    "unit_of": ("{unit}, {table}", "{unit}（{table}）"),
    "note_matrix": (
        "The number of judgments, the interval and the method of each are in the table of pairs.",
        "各项的评判数、区间与方法见成对列出的表。",
    ),
    "cap_flow": ("How many came how far", "各步骤的数量"),
    "detail_one": ("{reason}: {n}", "{reason}：{n}"),
    # captions and notes
    "cap_pairs": ("Win rates, each pair once", "胜率（每对一次）"),
    "cap_pairs_sets": ("Win rates over several opponents at once", "对多个对手合计的胜率"),
    "cap_human_first": (
        "Each system as a percentage of human level, by two definitions",
        "各系统相当于人类水平的百分比（两种定义）",
    ),
    "cap_other_levels": ("Scores measured from the floor of the scale", "从量表下限起算的评分"),
    "cap_pairs_turned": ("The same pairs the other way round", "同样的对，反向列出"),
    "cap_strength": ("Signed strength of preference", "带方向的偏好强度"),
    "cap_error_ratios": ("Error rates as a ratio to human", "错误率与人类之比"),
    "cap_sensitivity": ("Win rates again, with other rows", "以不同的行重新计算的胜率"),
    "cap_breakdown_item": ("Win rate by scene", "逐场胜率"),
    "cap_breakdown_series": ("Win rate by series", "逐剧胜率"),
    "cap_lengths": ("Length of the scripts", "剧本长度"),
    "charts_lengths": ("Charts of the lengths", "长度图"),
    "cap_scripts": ("How the scripts came about", "剧本的产生"),
    "cap_reading": ("Time with the scripts on screen", "剧本在屏幕上的时间"),
    "cap_drift": ("Win rate late in a rater's work against early", "评审后期与前期的胜率之差"),
    "cap_looks": ("Results at this look, with its own limits", "本次期中分析的结果及其界限"),
    "cap_icc": ("Intraclass correlation", "组内相关"),
    "cap_boot": ("{what}, with bootstrap intervals beside", "{what}，附自助法区间"),
    "note_neither": (
        "A tie counts half for both. “Neither usable” counts among the ties.",
        "平局双方各计一半。“均不可用”计入平局。",
    ),
    "note_by_scores": (
        "Derived from scores: two scores by the same rater on the same scene are compared, and equal scores count"
        " half for both. No rater chose between the two scripts.",
        "由评分得出：比较同一评审对同一场次的两个评分，分数相同则双方各计一半。评审并未在两个剧本之间作选择。",
    ),
    "note_strength": (
        "From 3 (clearly the first) over 0 (a tie) to −3 (clearly the second).",
        "3 为明显偏好前者，0 为平局，−3 为明显偏好后者。",
    ),
    "note_unsure": (
        "“Unsure” guesses are counted apart and not among the guesses.",
        "“不确定”的猜测单独计数，不在猜测数之内。",
    ),
    "note_item": (
        "Each interval is for this scene alone, over its raters; many scenes make some stand out by chance.",
        "每个区间只针对该场次，反映其评审之间的差异；场次一多，总有一些因偶然而突出。",
    ),
    "note_series": (
        "Each interval is for this series alone; the series are not tested against each other.",
        "每个区间只针对该剧集；剧集之间未作检验。",
    ),
    "note_lengths": (
        "The interval is over scripts. Length is a part of what a system writes: differences are described,"
        " not corrected.",
        "区间针对剧本。长度是系统写作的一部分：只描述差异，不作校正。",
    ),
    "note_ratio_one": (
        "1 is the human rate; below 1 fewer errors than in the human scripts.",
        "1 即人类的错误率；小于 1 表示错误少于人类剧本。",
    ),
    "note_sensitivity": (
        "Checks of the main result, never a result of their own.",
        "用于检查主要分析，不作为独立结果。",
    ),
    "note_drift": (
        "0 is no drift. Positions are halved for each rater.",
        "0 即无变化。按每位评审自己的次序对半分。",
    ),
    "note_boot": (
        "Pigeonhole bootstrap over raters and {clusters}, percentiles, {replicates}. With few raters or {clusters}"
        " percentiles are too narrow; with many they tend to be wider than need be.",
        "对评审和{clusters}的交叉（pigeonhole）自助法，百分位数，{replicates}。"
        "评审或{clusters}较少时百分位数区间偏窄；较多时往往偏宽。",
    ),
    "note_ranks": (
        "Rank intervals hold for all systems at once.",
        "名次区间对所有系统同时成立。",
    ),
    "note_cut": (
        "The first {shown} of {all} rows; the CSV has all of them.",
        "显示 {all} 行中的前 {shown} 行；CSV 含全部。",
    ),
    "note_reasons": ("No interval: {reasons}.", "不给区间：{reasons}。"),
    "note_accuracy": (
        "Taste has no right answer: accuracy is agreement with the outcome that the model of Dawid and Skene finds most"
        " likely. Low values are no fault, and exclude and weight nobody.",
        "品味没有正确答案：准确率为与 Dawid–Skene 模型认为最可能的结果的一致程度。数值低并非过失，不据此排除任何人或调整权重。",
    ),
    "note_no_change": (
        "Where no row changed, no judgment fell under the rule, and the result is the main one.",
        "增减行数为 0 时，没有评判符合该规则，结果即主要分析的结果。",
    ),
    "note_looks": (
        "Limits by O'Brien–Fleming for this look; at an early look they are wide by design.",
        "按 O'Brien–Fleming 法确定的本次界限；早期分析的界限按设计较宽。",
    ),
    # taking away
    "copy_csv": ("Copy CSV", "复制 CSV"),
    "copy_tex": ("Copy LaTeX", "复制 LaTeX"),
    "copy_txt": ("Copy text", "复制文本"),
    "copy_md": ("Copy Markdown", "复制 Markdown"),
    "save_csv": ("save CSV", "保存 CSV"),
    "save_tex": ("save LaTeX", "保存 LaTeX"),
    "save_txt": ("save text", "保存文本"),
    "save_md": ("save Markdown", "保存 Markdown"),
    "copied": ("Copied.", "已复制。"),
    "copy_failed": ("It could not be copied: use “save”.", "未能复制：请用“保存”。"),
    "of_what": (" of {what}", "：{what}"),
    "take": ("Take this table away", "带走此表"),
    "references": ("References", "参考文献"),
    "methods": ("Methods paragraph", "方法段落"),
}

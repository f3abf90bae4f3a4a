"""The sentences of the methods paragraph, in English and in Simplified Chinese, and what they cite."""

# ruff: noqa: E501

from typing import Final

METHODS_WORDS: Final[dict[str, tuple[str, str]]] = {
    # design
    "m_pairs": (
        "Scripts of the same scene by {systems} systems were compared in pairs.",
        "对 {systems} 个系统就同一场次写出的剧本作成对比较。",
    ),
    "m_scores_single": ("Scripts were scored one at a time.", "剧本逐篇单独评分。"),
    "m_scores_pair": ("The scripts of a pair were also scored.", "对成对剧本另行逐篇评分。"),
    "m_each_pairing": (
        "Each pairing was planned for at least {raters}{scheme}.",
        "每个配对计划由至少 {raters}评判{scheme}。",
    ),
    "m_crossed": (
        ", every rater judging one pair of each scene that they could read",
        "，每位评审对读得懂的每一场各评判一对",
    ),
    "m_drawn": (
        "Raters judged blind to the origin of the scripts; order and sides were drawn before the first"
        " judgment, and the plan was frozen with the study (digest {digest}).",
        "评审不知道剧本出自何处；次序与左右在第一次评判之前抽定，分析方案随研究一并冻结（摘要值 {digest}）。",
    ),
    "m_frozen": (
        "The plan was frozen with the study (digest {digest}).",
        "分析方案随研究一并冻结（摘要值 {digest}）。",
    ),
    "m_simulated": (
        "All raters were simulated; no person judged.",
        "所有评审均为模拟，没有真人参与评判。",
    ),
    "m_model": (
        "All raters were language models; no person judged.",
        "所有评审均为语言模型，没有真人参与评判。",
    ),
    "m_sizes": (
        "The analysis rests on {raters} and {items}{series}{languages}.",
        "分析基于 {raters}和 {items}{series}{languages}。",
    ),
    "m_series": (" from {series}", "（来自 {series}）"),
    "m_languages": (", in {languages}", "，语言为{languages}"),
    "m_used": ("All {rows} of {table} were used.", "{table}共 {rows}，全部采用。"),
    "m_used_one": ("The one row of {table} was used.", "{table}共 1 行，已采用。"),
    "m_used_not": (
        "Of {rows} of {table}, {used} were used; left out: {left}.",
        "{table}共 {rows}，采用 {used} 行；未采用：{left}。",
    ),
    "m_used_not_one": (
        "Of {rows} of {table}, 1 was used; left out: {left}.",
        "{table}共 {rows}，采用 1 行；未采用：{left}。",
    ),
    "m_left_one": ("{n} ({reason})", "{n} 行（{reason}）"),
    # what was asked
    "m_primary": (
        "The primary criterion was “{criterion}”{contrast}.",
        "主要评判标准为“{criterion}”{contrast}。",
    ),
    "m_contrast": (" and the primary contrast “{a}” against “{b}”", "，主要对比为“{a}”对“{b}”"),
    "m_criteria": ("A further {n} criteria were exploratory.", "另有 {n} 项评判标准为探索性。"),
    "m_criteria_one": ("One further criterion was exploratory.", "另有一项评判标准为探索性。"),
    "m_no_primary": (
        "No primary criterion was named, and every result is exploratory.",
        "没有指定主要评判标准，所有结果均属探索性。",
    ),
    "m_margin": (
        "The margin of non-inferiority was {margin} percentage points of win rate{reason}.",
        "非劣效界值为胜率 {margin} 个百分点{reason}。",
    ),
    "m_claims": (
        "A system was to be called non-inferior where the lower limit of the two-sided {level} % interval of its win"
        " rate over the human scripts exceeds {limit} %, and equivalent where the 90 % interval lies between {limit}"
        " and {upper} %.",
        "系统对人类剧本胜率的双侧 {level}% 区间下限高于 {limit}% 时判为非劣效，"
        "90% 区间位于 {limit} 至 {upper}% 之间时判为等效。",
    ),
    "m_reason": (" ({reason})", "（{reason}）"),
    # estimates
    "m_win": (
        "A win rate is the mean of 1 for a win, ½ for a tie and 0 for a loss{neither}.",
        "胜率为胜计 1、平计 ½、负计 0 的平均{neither}。",
    ),
    "m_win_scores": (
        "A win rate compares the scores that one rater gave to two scripts of one scene: 1 where the first is higher,"
        " ½ where they are equal and 0 where it is lower, on average.",
        "胜率比较同一评审对同一场次两个剧本的评分：前者较高计 1，相同计 ½，较低计 0，取平均。",
    ),
    "m_neither": (
        "; “neither is usable” counted as a tie and is reported apart",
        "；“均不可用”按平局计并单独报告",
    ),
    "m_parity": (
        "Human level by parity is 200 times the win rate against the human scripts (100 is parity).",
        "按对等定义的人类水平为对人类剧本胜率的 200 倍（100 即持平）。",
    ),
    "m_ratio": (
        "Human level by ratio of means is 100 times the mean score of a system over the mean score of the human"
        " scripts, over the same raters and scenes.",
        "按均值比定义的人类水平为同一批评审和场次上系统平均分与人类剧本平均分之比的 100 倍。",
    ),
    "m_interval": (
        "Intervals are two-sided at {level} % and rest on a cluster-robust variance by rater and by {cluster}"
        " at once (Cameron, Gelbach & Miller, 2011), with t quantiles on min(raters, {clusters}) − 1 degrees of"
        " freedom{scales}.",
        "区间均为双侧 {level}%，采用同时按评审与{cluster}聚类的稳健方差（Cameron, Gelbach & Miller, 2011），"
        "t 分位数的自由度为 min(评审数, {clusters}数) − 1{scales}。",
    ),
    "m_logit": ("; those of proportions were formed on the logit scale", "；比例的区间在 logit 尺度上计算"),
    "m_log": (", those of ratios and rates on the log scale", "，比值与率的区间在对数尺度上计算"),
    "m_fieller": (
        "Where the denominator of a ratio was too uncertain, Fieller's (1954) method was used.",
        "比值的分母过于不确定时采用 Fieller（1954）法。",
    ),
    "m_exact": (
        "Where a contrast did not vary at all, the interval is Clopper and Pearson's (1934) with n the smaller of"
        " raters and scenes, which is conservative.",
        "对比完全没有变化时采用 Clopper 与 Pearson（1934）区间，n 取评审数与场次数中较小者，偏保守。",
    ),
    "m_other": (
        "Intervals by rater and {other} are reported beside them.",
        "另报告按评审与{other}聚类的区间。",
    ),
    "m_pooled": (
        "Languages were analysed apart and pooled with equal weight{df}.",
        "各语言分别分析，并以等权合并{df}。",
    ),
    "m_satterthwaite": (
        ", with degrees of freedom by Satterthwaite (1946)",
        "，自由度按 Satterthwaite（1946）法",
    ),
    "m_apart": ("Languages were analysed apart and not pooled.", "各语言分别分析，未作合并。"),
    "m_boot": (
        "As a second opinion, intervals by a pigeonhole bootstrap over raters and {clusters} (Owen & Eckles, 2012;"
        " {replicates}, seed {seed}) are reported.",
        "另报告对评审和{clusters}的交叉自助法区间作为第二意见（Owen & Eckles, 2012；{replicates}，种子 {seed}）。",
    ),
    "m_range": (
        "Limits that would leave the range of a quantity were cut at it.",
        "超出指标可能范围的区间端点截于该范围。",
    ),
    "m_boot_some": (
        "Bootstrap intervals use {replicates} with exponential weights (seed {seed}).",
        "自助法区间采用指数权重，{replicates}（种子 {seed}）。",
    ),
    "m_holm": (
        "The primary tests come first; p values of the primary and, behind them, of the secondary tests were adjusted"
        " by Holm's (1979) method, and no secondary adjusted p is smaller than the primary one.",
        "主要检验在先；主要检验及其后的次要检验的 p 值按 Holm（1979）法校正，次要检验的校正 p 值不小于主要检验的校正 p 值。",
    ),
    "m_holm_first": (
        "p values of the primary tests were adjusted by Holm's (1979) method.",
        "主要检验的 p 值按 Holm（1979）法校正。",
    ),
    "m_bh": (
        "p values of the exploratory tests were adjusted by Benjamini and Hochberg's (1995) method.",
        "探索性检验的 p 值按 Benjamini 与 Hochberg（1995）法校正。",
    ),
    "m_families": (
        "Each contrast was tested once, by its win rate or, in a study of scores, by its difference of mean scores; where"
        " languages are pooled it is the pooled one. Sets of opponents were not tested. All other tests are exploratory,"
        " and those of one quantity (win rates and their differences, abilities, scores) form one family.",
        "每个对比只检验一次：检验其胜率，仅有评分的研究则检验其平均分之差；合并语言时检验合并值。对多个对手不作检验。"
        "其余检验均为探索性，同一指标（胜率及其差异、能力值、评分）的检验构成一族。",
    ),
    "m_unadjusted": ("Intervals are not adjusted for multiplicity.", "区间未作多重性校正。"),
    "m_looks": (
        "The plan had {of} looks; this is look {look}, with limits by O'Brien and Fleming (1979).",
        "方案规定 {of} 次分析；本次为第 {look} 次，界限按 O'Brien 与 Fleming（1979）法。",
    ),
    # the rest
    "m_abilities": (
        "Abilities are maximum-likelihood estimates of Davidson's (1970) model for paired comparison with ties{order}.",
        "能力值为含平局的成对比较 Davidson（1970）模型的最大似然估计{order}。",
    ),
    "m_order": (
        ", with a term for the left side (Davidson & Beaver, 1977)",
        "，含左侧顺序项（Davidson & Beaver, 1977）",
    ),
    "m_ranks": (
        "Rank intervals hold for all systems at once.",
        "名次区间对所有系统同时成立。",
    ),
    "m_agreement": (
        "Agreement is given as {measures}, after orienting every judgment to one order of systems{intervals}.",
        "先将每次评判统一到同一系统次序，再以{measures}表示一致性{intervals}。",
    ),
    "m_agreement_boot": ("; bootstrap intervals are over scenes", "；自助法区间针对场次"),
    "m_alpha": ("Krippendorff's (2004) alpha", "Krippendorff（2004）α"),
    "m_raw": ("raw agreement", "原始一致率"),
    "m_ac1": ("Gwet's (2008) AC1", "Gwet（2008）AC1"),
    "m_icc": (
        "intraclass correlation with intervals by F (McGraw & Wong, 1996)",
        "组内相关（区间按 F 分布，McGraw & Wong, 1996）",
    ),
    "m_intra": ("repeated judgments by the same rater", "同一评审的重复评判"),
    "m_accuracy": (
        "Each rater's accuracy was estimated by Dawid and Skene's (1979) model and excluded nobody.",
        "按 Dawid 与 Skene（1979）模型估计每位评审的准确率，不据此排除任何人。",
    ),
    "m_sensitivity": (
        "Sensitivity analyses repeat the win rates {rules}.",
        "敏感性分析重新计算胜率：{rules}。",
    ),
    "m_mean_scores": (
        "A mean score is over the scores of a system, adjusted for rater and scene where not every rater scored the"
        " same scripts.",
        "平均分为系统所得评分的均值；评审所评剧本不同时，按评审和场次调整。",
    ),
    "m_errors": (
        "Error marks are given per reading of a script and, where lengths are known, per 1,000 words or characters;"
        " ratios to the human scripts are over the same raters and scenes.",
        "错误标注按每次阅读计，长度已知时另按每千词（字）计；与人类剧本之比取自相同的评审和场次。",
    ),
    "m_best": (
        "The best-of-k share is the share of scenes on which a system was the best of k, ties split, with percentile"
        " intervals by bootstrap.",
        "k 选一最佳率为系统在 k 个候选中最佳的场次比例，并列时平分，区间为自助法百分位数。",
    ),
    "m_side": (
        "Preference for the left side is the share of decided judgments that chose it; of single raters with an exact"
        " binomial interval.",
        "对左侧的偏好为有胜负的评判中选左侧的比例；单一评审用精确二项区间。",
    ),
    "m_slope": (
        "Preference for length is the slope of the choice on the log ratio of lengths in the same model.",
        "对长度的偏好为同一模型中选择对长度比对数的斜率。",
    ),
    "m_blinding": (
        "Guesses of origin were held against chance, “unsure” left out.",
        "对来源的猜测与随机水平比较，不含“不确定”。",
    ),
    "m_strength": (
        "Strength of preference is the mean of 1 to 3 for a win, 0 for a tie and −1 to −3 for a loss.",
        "偏好强度为胜计 1 至 3、平计 0、负计 −1 至 −3 的平均。",
    ),
    "m_drift": (
        "Drift is the win rate in the later half of each rater's judgments less that in the earlier half.",
        "随次序的变化为每位评审后一半评判中的胜率减前一半中的胜率。",
    ),
    "m_breakdown": (
        "Win rates of single scenes have exact intervals over their raters, which hold for these scenes alone.",
        "单个场次的胜率用对其评审的精确区间，只对该场次成立。",
    ),
    "m_lengths": (
        "Mean lengths have t intervals over scripts, and reading times are geometric means.",
        "平均长度的区间为对剧本的 t 区间，阅读时间取几何平均。",
    ),
    "m_lengths_only": (
        "Mean lengths have t intervals over scripts.",
        "平均长度的区间为对剧本的 t 区间。",
    ),
    "m_software": (
        "The analysis was run with evalsite {version}{others}, seed {seed}.",
        "分析软件为 evalsite {version}{others}，随机种子 {seed}。",
    ),
    "m_others": (" ({others})", "（{others}）"),
    "m_data": ("SHA-256 of the data: {digests}.", "数据的 SHA-256：{digests}。"),
    "m_and": (" and ", "和"),
}

# What a sentence cites, by its key, in the order of names.
REFERENCES: Final[dict[str, str]] = {
    "m_bh": (
        "Benjamini, Y., & Hochberg, Y. (1995). Controlling the false discovery rate: a practical and powerful approach"
        " to multiple testing. Journal of the Royal Statistical Society B, 57(1), 289–300."
    ),
    "m_interval": (
        "Cameron, A. C., Gelbach, J. B., & Miller, D. L. (2011). Robust inference with multiway clustering. Journal of"
        " Business & Economic Statistics, 29(2), 238–249."
    ),
    "m_exact": (
        "Clopper, C. J., & Pearson, E. S. (1934). The use of confidence or fiducial limits illustrated in the case of"
        " the binomial. Biometrika, 26(4), 404–413."
    ),
    "m_abilities": (
        "Davidson, R. R. (1970). On extending the Bradley-Terry model to accommodate ties in paired comparison"
        " experiments. Journal of the American Statistical Association, 65(329), 317–328."
    ),
    "m_order": (
        "Davidson, R. R., & Beaver, R. J. (1977). On extending the Bradley-Terry model to incorporate within-pair"
        " order effects. Biometrics, 33(4), 693–702."
    ),
    "m_accuracy": (
        "Dawid, A. P., & Skene, A. M. (1979). Maximum likelihood estimation of observer error-rates using the EM"
        " algorithm. Applied Statistics, 28(1), 20–28."
    ),
    "m_fieller": (
        "Fieller, E. C. (1954). Some problems in interval estimation. Journal of the Royal Statistical Society B,"
        " 16(2), 175–185."
    ),
    "m_ac1": (
        "Gwet, K. L. (2008). Computing inter-rater reliability and its variance in the presence of high agreement."
        " British Journal of Mathematical and Statistical Psychology, 61(1), 29–48."
    ),
    "m_holm": (
        "Holm, S. (1979). A simple sequentially rejective multiple test procedure. Scandinavian Journal of Statistics,"
        " 6(2), 65–70."
    ),
    "m_alpha": (
        "Krippendorff, K. (2004). Content Analysis: An Introduction to Its Methodology (2nd ed.). Sage."
    ),
    "m_icc": (
        "McGraw, K. O., & Wong, S. P. (1996). Forming inferences about some intraclass correlation coefficients."
        " Psychological Methods, 1(1), 30–46."
    ),
    "m_looks": (
        "O'Brien, P. C., & Fleming, T. R. (1979). A multiple testing procedure for clinical trials. Biometrics, 35(3),"
        " 549–556."
    ),
    "m_boot": (
        "Owen, A. B., & Eckles, D. (2012). Bootstrapping data arrays of arbitrary order. The Annals of Applied"
        " Statistics, 6(3), 895–927."
    ),
    "m_satterthwaite": (
        "Satterthwaite, F. E. (1946). An approximate distribution of estimates of variance components. Biometrics"
        " Bulletin, 2(6), 110–114."
    ),
}

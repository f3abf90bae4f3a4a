"""The words of charts, their captions and their text alternatives, in English and in Simplified Chinese."""

from analysis.render.words import LANGS, Words

CHART_WORDS: dict[str, tuple[str, str]] = {
    # what a chart is
    "alt_forest": ("Forest plot of win rates.", "胜率森林图。"),
    "alt_matrix": ("Matrix of win rates.", "胜率矩阵图。"),
    "alt_human_level": ("Bars of human level.", "人类水平条形图。"),
    "alt_mean_scores": ("Dot plot of mean scores.", "平均分点图。"),
    "alt_abilities": ("Dot plot of abilities.", "能力值点图。"),
    "alt_agreement": ("Dot plot of agreement.", "一致性点图。"),
    "alt_bias": ("Strip of left shares, overall and rater by rater.", "左侧比例点图（总体及逐位评审）。"),
    "alt_reading_time": ("Dot plot of reading time.", "阅读时间点图。"),
    "alt_breakdown": ("Win rate of {a} over {b}, part by part.", "{a} 对 {b} 的胜率，逐项列出。"),
    "alt_lengths": ("Dot plot of mean lengths.", "平均长度点图。"),
    "alt_flow": ("Flow of the study.", "研究流程图。"),
    # captions
    "fig_forest": (
        "Win rate of the first named over the second, in %. The dashed line at 50 % is no preference.",
        "前者对后者的胜率（%）。50% 处虚线为无偏好。",
    ),
    "fig_matrix": (
        "Win rate of the row over the column, in %. Above 50 %: bold, on blue; below: on orange.",
        "行系统对列系统的胜率（%）。高于 50%：粗体、蓝底；低于 50%：橙底。",
    ),
    "fig_human_level": (
        "Percentage of human level. The dashed line at 100 is human level.",
        "人类水平百分比。100 处虚线为人类水平。",
    ),
    "fig_mean_scores": ("Mean scores.", "平均分。"),
    "fig_abilities": (
        "Log-worth in Davidson's model. The dashed line at 0 is the mean of the systems.",
        "Davidson 模型的对数能力值。0 处虚线为各系统的均值。",
    ),
    "fig_ranks": (
        " At the right the ranks that hold for all systems at once.",
        "右侧为对所有系统同时成立的名次区间。",
    ),
    "fig_agreement": (
        "Agreement. 1 is full agreement; for all but raw agreement 0 is chance.",
        "一致性。1 为完全一致；除原始一致率外，0 为随机水平。",
    ),
    "fig_bias": (
        "Share of decided judgments that chose the left script, in %: over all raters, then for each rater."
        " The dashed line at 50 % is no preference.",
        "有胜负评判中选左侧的比例（%）：先为总体，后为逐位评审。50% 处虚线为无偏好。",
    ),
    "fig_reading_time": (
        "Seconds that a script was in view: geometric mean.",
        "剧本可见的秒数：几何均值。",
    ),
    "fig_breakdown_item": (
        "Win rate of {a} over {b} in each scene, in %, grouped by series.",
        "{a} 对 {b} 在各场次的胜率（%），按剧集分组。",
    ),
    "fig_breakdown_series": (
        "Win rate of {a} over {b} in each series, in %.",
        "{a} 对 {b} 在各剧集的胜率（%）。",
    ),
    "fig_breakdown_mean": (
        " The dotted line is {mean} %, the win rate over all.",
        "点线为总体胜率 {mean}%。",
    ),
    "fig_lengths": ("Mean length of the scripts, in {unit}.", "剧本平均长度（{unit}）。"),
    "fig_lengths_human": (" The dashed line is the human mean.", "虚线为人类剧本的均值。"),
    "fig_flow": (
        "From those invited to the rows that the analysis rests on, all criteria together (a judgment has a"
        " row for each).",
        "从受邀者到分析所用的行（各标准合计，每次评判每个标准一行）。",
    ),
    "fig_flow_left": (" At the right what was left out, and why.", "右侧为未采用的部分及原因。"),
    # what a caption adds
    "fig_intervals": (" Error bars: {level} % intervals.", "误差线：{level}% 置信区间。"),
    "fig_intervals_bias": (
        " Error bars: {level} % intervals, exact ones for single raters.",
        "误差线：{level}% 置信区间，单一评审为精确区间。",
    ),
    "fig_intervals_breakdown_item": (
        " Error bars: {level} % intervals, each for its scene only.",
        "误差线：{level}% 置信区间，只对该场次成立。",
    ),
    "fig_intervals_lengths": (
        " Error bars: {level} % intervals over scripts.",
        "误差线：{level}% 置信区间（以剧本为样本）。",
    ),
    "fig_intervals_missing": (
        " Without an error bar: the interval could not be computed.",
        "无误差线者：未能计算区间。",
    ),
    "fig_other": (" Thin lines below them: the same, by {cluster}.", "其下细线：按{cluster}聚类的同一区间。"),
    "fig_margin": (
        " The shaded band is the margin of the parity claim, 50 ± {margin} %.",
        "阴影带为对等界值，50 ± {margin}%。",
    ),
    "fig_parity": (" Filled: parity.", "实心：对等。"),
    "fig_ratio_of_means": (" Hatched: ratio of means.", "斜线：均值比。"),
    "fig_pair": (" Filled: read in pairs.", "实心：成对阅读。"),
    "fig_single": (" Hollow: read alone.", "空心：单独阅读。"),
    "fig_left_out": (
        " Drawn are {drawn} of {all}; the table has all of them.",
        "图中绘出 {all} 项中的 {drawn} 项；表中列有全部。",
    ),
    # in the drawing
    "axis_forest": ("Win rate of the first over the second, %", "前者对后者的胜率，%"),
    "axis_human_level": ("Of human level, %", "人类水平百分比，%"),
    "axis_mean_scores": ("Mean score", "平均分"),
    "axis_abilities": ("Log-worth", "对数能力值"),
    "axis_agreement": ("Agreement", "一致性"),
    "axis_bias": ("Left share of decided judgments, %", "有胜负评判中选左侧的比例，%"),
    "axis_reading_time": ("Seconds per script", "每篇剧本秒数"),
    "axis_breakdown": ("Win rate, %", "胜率，%"),
    "axis_lengths": ("Mean length, {unit}", "平均长度，{unit}"),
    "line_half": ("50 %: no preference", "50%：无偏好"),
    "line_margin": ("50 ± {margin} %: no preference, and the margin", "50 ± {margin}%：无偏好及对等界值"),
    "line_parity": ("100 = human level", "100 = 人类水平"),
    "line_zero": ("0 = mean of the systems", "0 = 各系统均值"),
    "line_chance": ("0 = chance, but for raw agreement", "0 = 随机水平（原始一致率除外）"),
    "line_mean": ("{mean} %: over all", "{mean}%：总体"),
    "line_human": ("human mean: {mean}", "人类均值：{mean}"),
    "col_rank": ("Rank", "名次"),
    "all_raters": ("All raters", "全部评审"),
    "range": ("{estimate} ({low} to {high})", "{estimate}（{low} 至 {high}）"),
    "ranked": ("{value}, rank {rank}", "{value}，名次 {rank}"),
    "no_series": ("Without a series", "未注明剧集"),
    "unit_words": ("words", "词"),
    "unit_characters": ("Han characters", "汉字"),
    "unit_none": ("units unknown", "单位未知"),
    # the flow diagram
    "flow_invited": ("Invited", "受邀"),
    "flow_consented": ("Consented", "同意参加"),
    "flow_passed_practice": ("Passed practice", "通过练习"),
    "flow_assigned": ("Assigned", "已分配"),
    "flow_submitted": ("Submitted", "已提交"),
    "flow_skipped": ("Skipped", "已跳过"),
    "flow_expired": ("Expired", "已过期"),
    "flow_late": ("Late, not taken", "迟交，未采用"),
    "flow_other_raters": ("Other kinds of rater", "其他种类的评审"),
    "flow_unused": ("Not used", "未采用"),
    "flow_rows": ("Read from the tables", "从表格读入"),
    "flow_excluded": ("Excluded", "已排除"),
    "flow_other_kinds": ("Other kinds of row", "其他种类的行"),
    "flow_analysed": ("Analysed", "纳入分析"),
    "flow_kind_practice": ("practice", "练习"),
    "flow_kind_check": ("check", "检验题"),
    "flow_kind_repeat": ("repeat", "重复题"),
    "flow_kind_same": ("same script twice", "同一剧本"),
    "flow_rater_kind_person": ("people", "真人"),
    "flow_rater_kind_simulated": ("simulated", "模拟"),
    "flow_rater_kind_model": ("models", "模型"),
    "flow_others": ("Other reasons", "其他原因"),
    "flow_of_judgments": ("judgments", "评判"),
    "flow_of_scores": ("scores", "评分"),
    "flow_of_marks": ("marks", "标注"),
    "flow_table": ("{table} {n}", "{table} {n}"),
    # the PDF
    "pdf_digest": ("Study digest", "研究摘要值"),
    "pdf_rows": (
        "The first {shown} of {all} rows; report.json and the page have all of them.",
        "仅列前 {shown} 行，共 {all} 行；report.json 与网页列有全部。",
    ),
    "pdf_squares": (
        "Some characters are shown as □, for no font on the machine that made this file has them ({letters})."
        " Install a font that does, such as the package fonts-noto-cjk for Chinese, and make the PDF again.",
        "制作此文件的计算机上没有字体包含某些字符（{letters}），这些字符显示为 □。"
        "请安装相应字体（中文可用软件包 fonts-noto-cjk），然后重新生成 PDF。",
    ),
    "pdf_no_chinese": (
        "The Chinese PDF needs a Chinese font, and this machine has none. Install one, such as the package"
        " fonts-noto-cjk, and make it again; everything else of the report is complete.",
        "中文 PDF 需要中文字体，而本机没有。请安装字体（如软件包 fonts-noto-cjk）后重新生成；"
        "报告的其余部分均已完整。",
    ),
    "flow_raters": ("raters {n}", "评审 {n} 位"),
    "flow_assignments": ("assignments {n}", "任务 {n} 项"),
    "flow_n_rows": ("rows {n}", "{n} 行"),
}


class ChartWords(Words):
    """The catalogue of the page, with the words of charts before it."""

    def __call__(self, key: str, /, **values: object) -> str:
        if key not in CHART_WORDS:
            return super().__call__(key, **values)
        text = CHART_WORDS[key][LANGS.index(self.lang)].replace(" %", "\N{NO-BREAK SPACE}%")  # type: ignore[arg-type]
        return text.format(**values) if values else text

    def known(self, key: str, otherwise: str) -> str:
        return self(key) if key in CHART_WORDS else super().known(key, otherwise)

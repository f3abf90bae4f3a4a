"""The words of the report on the paper's study."""
# ruff: noqa: E501 - sentences stay on their lines

EN = {
    "title": "The paper's study",
    "canned": "The scripts of all systems but the human one are canned: a stand-in server wrote them, no model.",
    "simulated": "All raters are simulated by made-up qualities: no person judged. These numbers say nothing "
    "about any model, method or writer.",
    "neither": "Scripts come from the models named below, and people judged them.",
    "intro": "The tables of arXiv 2510.23163, each number with its 95 % interval, clustered by rater and by "
    "scene. The scenes come from four series: the full reports give the intervals by series too, which are "
    "much wider.",
    "full": "The full reports, from whose report.json every number here is taken:",
    "full-single": "One script at a time: all systems",
    "full-four": "The same scores: the paper's four systems and people alone",
    "full-pairs": "Pairs",
    "system": "System",
    "pair": "First : second",
    "*pooled": "Both languages",
    "zh": "Chinese",
    "en": "English",
    "means": "Mean score",
    "means-note": "From 1 to 12, one script at a time.",
    "ratios": "Share of human level",
    "ratios-note": "The mean score as a percentage of the mean score of people's scripts, over the raters and "
    "scenes that have both.",
    "best": "Best of four",
    "best-note": "On how many scenes is the system the best of these four by mean score? Human scripts are "
    'left out, ties are split, chance is 25 %. The paper calls this "win rate". By language: each has its '
    "own raters.",
    "errors": "Errors by class",
    "errors-note": "Marks per reading of a script; in brackets how many marks there are in all.",
    "plot": "Plot coherence",
    "character": "Character development",
    "pacing": "Narrative pacing",
    "ablations": "Ablations",
    "ablations-note": "What is lost where a part of the method is left out.",
    "mean": "Mean score",
    "ratio": "Share of human level",
    "less": "Full method less this one",
    "pairs": "Win rates in pairs",
    "pairs-note": "How often the first was preferred where raters saw both, a tie counting half. A true "
    "pairwise win rate, which the paper does not have.",
}
ZH = {
    "title": "论文实验复现",
    "canned": "除编剧外，各系统的剧本都是预置文本：由替身服务器给出，并非任何模型所写。",
    "simulated": "评审全部为模拟，按虚构的水平参数打分，没有真人参与。这些数字不能说明任何模型、方法或编剧的水平。",
    "neither": "剧本出自下列模型，由真人评审打分。",
    "intro": "arXiv 2510.23163 的各张表，每个数字都附 95% 置信区间（按评审和场次双向聚类）。这些戏只出自四部剧：完整报告另附按剧聚类的区间，要宽得多。",
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
    "ratios": "达到编剧水平的百分比",
    "ratios-note": "平均分占编剧剧本平均分的百分比，只计同一评审、同一场戏两者都有分数的情况。",
    "best": "四者最佳",
    "best-note": "在多少场戏里，该系统的平均分在四者中最高？不含编剧剧本，并列平分，随机水平为 25%。论文把它称为“胜率”。两种语言评审不同，分别列出。",
    "errors": "各类错误",
    "errors-note": "每读一稿标出的错误数；括号内为标注总数。",
    "plot": "情节连贯",
    "character": "人物塑造",
    "pacing": "叙事节奏",
    "ablations": "消融实验",
    "ablations-note": "去掉方法的某一部分会损失多少。",
    "mean": "平均分",
    "ratio": "达到编剧水平的百分比",
    "less": "完整方法减去该系统",
    "pairs": "两两比较的胜率",
    "pairs-note": "评审同时看到两稿时选择前者的比例，平局各计一半。这是真正的两两胜率，论文没有给出。",
}
WORDS = {"en": EN, "zh": ZH}

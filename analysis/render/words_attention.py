"""Words of a report about attention and negative controls."""

# ruff: noqa: E501

from typing import Final

ATTENTION_WORDS: Final[dict[str, tuple[str, str]]] = {
    "attention": ("Attention", "专注程度"),
    "controls": ("Two samples of one system", "同一系统的两个样本"),
    "cap_attention": ("Signs of attention, by the raters' codes", "专注程度的迹象（按评审代码）"),
    "cap_controls": (
        "Negative control: how often one of two samples of one system won",
        "阴性对照：同一系统的两个样本中某一个胜出的频率",
    ),
    "signs": ("Signs", "迹象"),
    "signs_none": ("none", "无"),
    "sign_fast": ("too fast to have read", "快得不可能读过"),
    "sign_unread": ("mostly never on screen", "大半没有滚到"),
    "sign_one_side": ("one side", "总选一侧"),
    "sign_checks": ("checks failed", "检验对未通过"),
    "sign_random": ("answers at random", "随意作答"),
    "fast_share": ("Pairs too fast", "过快的对"),
    "unread_share": ("Pairs mostly unseen", "大半未看的对"),
    "longest_run": ("Longest run of one side", "同侧最长连选"),
    "checks_wrong": ("Damaged script preferred", "选中受损剧本"),
    "checks_n": ("Checks", "检验对"),
    "repeats_alike": ("Repeated alike", "重复对一致"),
    "answers_along": ("Other answers alike", "其余回答一致"),
    "with_others": ("Others alike", "他人同选"),
    "random_odds": ("Odds of chance", "随意倍数"),
    "note_attention": (
        "Signs point out whose work to look at. They exclude nobody and weigh nobody; raters never see them, and a sign"
        " alone is no proof: reading on paper looks like reading too fast.",
        "这些迹象只提示应当查看哪些评审的工作，不排除任何人，也不改变任何人的权重；评审永远看不到它们。"
        "单凭一个迹象不能证明什么：在纸上阅读，看起来也像读得过快。",
    ),
    "note_untold": (
        "What could not be told of somebody, for want of measurements or questions, counts as no sign: {signs}.",
        "因缺少测量或问题而无法得知的，不算迹象：{signs}。",
    ),
    "note_random": (
        "Odds of chance: how many times likelier the decided answers are as tosses of a coin than as answers like the"
        " others'. Agreement with others counts only beside signs of one's own, at most tenfold.",
        "随意倍数：把有胜负的回答看作抛硬币，其可能性是看作与其他评审相近的回答的多少倍。"
        "与他人的一致只在本人另有迹象时计入，最多十倍。",
    ),
    "note_controls": (
        "About 50 % is what should be found: nothing but chance tells the two apart. These pairs count in no other"
        " number.",
        "应约为 50%：除了偶然，两者没有区别。这些对不计入其他任何数字。",
    ),
    "same_win_rate": ("The script that the study uses", "研究采用的剧本"),
    "same_left_share": ("The left script", "左侧的剧本"),
    "first_read_share": ("Share won by what was read first", "先读的剧本胜出的比例"),
    "note_first_read": (
        "Without an advantage of what is read first its share is 50 %; it is known only where the page measured it.",
        "若先读者并不占优，其比例为 50%；仅在页面有测量时可知。",
    ),
    "without_flagged": (
        "without raters whom signs of attention point out",
        "去掉专注程度有迹象的评审",
    ),
}

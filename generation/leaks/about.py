"""Sentences about the script rather than in it, told by what they combine and not by their wording.

A chat assistant offers to change the text ("let me know if you want another ending"). A note says that the
text keeps to what was asked, that something was left out or refused, or that an earlier answer was wrong.
Each of these takes words of two or three classes at once; words of one class alone are ordinary speech.
"""

import re
from collections.abc import Iterator

from generation.leaks.units import ASIDE, LAST, SENTENCE

_EN = {
    "offer": r"let me know|tell me (?:if|whether|which|what)|(?:happy|glad|ready) to|(?:shall|should|can|could) i"
    r"|i (?:can|could)|(?:do you )?want me to|would you (?:like|prefer)|that helps|feel free"
    r"|if you(?:['’]d| would)? (?:like|prefer|want|need|wish)|hope (?:this|that|it|the|you)"
    r"|which (?:one )?(?:do|would) you",
    "change": r"(?:writ|rewrit|revis|adjust|tweak|chang|edit|expan|shorten|length|continu|trim|polish|refin|draft"
    r"|alternativ|another|different|works|fits?|next|follow)\w*",
    "work": r"scenes?|scripts?|screenplay|drafts?|versions?|dialogue|outline|brief|prompt|guidelines?|tone|pacing"
    r"|endings?|rewrites?",
    "task": r"outline|brief|prompt|guidelines?|(?:character )?profiles?|directives?|draft|version|screenplay"
    r"|dialogue|(?:content|safety|platform) \w+|policy",
    "fidelity": r"follow\w*|match\w*|kept|keep\w*|stick\w*|in (?:line|keeping|accordance)|consistent|faithful"
    r"|true to|per|according|as|here is|here['’]s|supplied|provided|given|requested|revised|rewritten|tightened",
    "omit": r"omitted|left out|not shown|abridged|redacted|for brevity"
    r"|(?:continues?|goes on|proceeds) in the same (?:way|manner|vein)",
    "refuse": r"(?:can['’]?t|cannot|won['’]t(?: be able to)?|(?:unable|not able|will not be able) to)(?: \w+ly)? "
    r"(?:writ|depict|generat|portray|produc)\w*",
    "limits": r"graphic|explicit|violen\w+|sexual|content|detail|polic\w+",
    "choices": r"(?:option|version|choice) (?:1|one|a)\b.*\b(?:2|two|b)|1[).].*(?<!\d)2[).]",
    "ask": r"which|prefer|choose|pick|tell me|let me know",
    "wrong": r"apologies|sorry|correction|corrected|my mistake",
    "answer": r"(?:previous|earlier|last|above) (?:version|reply|response|answer|draft|scene)|fixed below",
}
_ZH = {
    "offer": "如果|若|如需|如有|需要我|要我|要不要|您看|随时|告诉我|告知|可以?再|还可以|我可以|我能|我再|希望|是否|"
    "欢迎|想要",
    "change": "改|写|调整|续|补充|润色|扩|缩|删|展开|合适|满意|喜欢|再来|另|换",
    "work": "[这下]一?场|场戏|剧本|版|稿|结局|结尾|冲突|语气|对白|台词|风格|字数|情节|剧情|大纲|全部内容|节奏",
    "task": "大纲|设定|小传|指令|内容规范|平台|政策|剧本|对白|版本|成稿|内容",
    "fidelity": "符合|按|依|遵照|遵循|严格|根据|一致|贴合|出于|忠于|以下为|以下是|已|修改|精简",
    "omit": "不再赘述|从略|略去|略过|省略|不作(?:具体|详细)?描写|情节同上",
    "refuse": "(?:无法|不能|没有?办法|没法|不便|不宜)(?:再|继续|直接|具体|更)?"
    "(?:写|创作|描写|生成|呈现|展开)",
    "limits": "露骨|血腥|暴力|色情|敏感|细节|内容|规范|政策",
    "choices": r"(?:方案|选项|版本).*(?:方案|选项|版本)|1[)）.、].*(?<!\d)2[)）.、]",
    "ask": "哪一?[种个版]|选择|请选|想要",
    "wrong": "抱歉|更正|纠正|不好意思|对不起",
    "answer": "(?:上|前)一?[版稿]|之前的?回复|上面的|前文|[已应]为?(?:更正|改)|下面已",
}
_PATTERNS = {
    "en": {name: re.compile(rf"(?<!\w)(?:{words})(?!\w)", re.IGNORECASE) for name, words in _EN.items()},
    "zh": {name: re.compile(words) for name, words in _ZH.items()},
}
_OFFER = ("boilerplate", ("offer", "change", "work"))
_REFUSAL = ("boilerplate", ("refuse", "limits"))
_COMBINED = {
    LAST: (_OFFER, _REFUSAL),
    SENTENCE: (
        _OFFER,
        _REFUSAL,
        ("boilerplate", ("choices", "ask")),
        ("boilerplate", ("wrong", "answer")),
        ("note", ("omit",)),
    ),
    ASIDE: (
        _OFFER,
        _REFUSAL,
        ("note", ("omit",)),
        ("note", ("fidelity", "task")),
        ("note", ("limits", "omit")),
    ),
}


def about_the_script(text: str, language: str, unit: str) -> Iterator[str]:
    """The kinds of finding that a sentence of a unit is."""
    patterns = _PATTERNS[language]
    for kind, classes in _COMBINED.get(unit, ()):
        if all(patterns[name].search(text) for name in classes):
            yield kind

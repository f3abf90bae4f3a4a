"""Names of models that are also names of people and things, and which is meant.

`Claude` on a cue, with an age, after "uncle" or before a surname is a person of the story, and so is a name
that the brief gives; `Gemini` near Libra is a sign of the zodiac; `豆包` on a plate is food. Next to a
version, a variant, or as what wrote something, each of them is a product.
"""

import re
from collections.abc import Collection, Iterator

Place = tuple[int, int]

_NO_LETTER_BEFORE, _NO_LETTER_AFTER = r"(?<![A-Za-z0-9_])", r"(?![A-Za-z0-9_])"
_MADE = (
    r"(?:written|generated|created|made|produced|drafted|powered|assisted|composed|rewritten|polished|"
    r"trained|co-written|edited|translated|summari[sz]ed)"
)
_WRITES = (
    r"(?:wrote|writes?|writing|rewrote|generat\w{1,5}|drafted|prompt\w{0,4}|outputs?|"
    r"hallucinat\w{1,4}|answers? in|completion|tokens?|chatbot|model|ai|api|app|assistant)"
)
_PRODUCT_WORDS = (
    r"(?:sonnet|opus|haiku|instant|code|pro|flash|ultra|nano|advanced|ai|api|chat|studio|large|medium|"
    r"small|instruct|turbo|bot|llm|model|mini|max|plus|preview|window|tab|app|interface|subscription|output)"
)

# English: looked for in capitals of a name only.
_PRODUCTS = (
    "Claude",
    "Gemini",
    "Llama",
    "Mistral",
    "Grok",
    "Copilot",
    "Bard",
    "Kimi",
    "Gemma",
    "Ernie",
    "Cohere",
    "Perplexity",
    "Phi",
    "Falcon",
    "Jamba",
    "Nemotron",
    "Granite",
    "Nova",
    "Titan",
    "Bing",
    "Cursor",
    "Jasper",
    "Manus",
    "Sora",
    "Pi",
    "Replika",
)
_SUSPECT = ("Claude", "Gemini", "Grok")
"""Found unless the context says that a person or a thing is meant."""

_BODY = (
    r"(?:looks?|turns?|walks?|sits?|stands?|smiles?|nods?|laughs?|takes?|puts?|enters?|exits?|opens?|"
    r"closes?|pulls?|picks?|leans?|shrugs?|stares?|comes?|goes|runs?|grabs?|pours?|waits?|drops?|"
    r"holds?|lifts?|sets?|reaches|steps?|moves?|stops?|sighs?|says?|knows?|never|always|was|is|and|"
    r"has|had|died|drove|lives?|owes?|called|phoned)"
)
_KIN = (
    r"(?:uncle|aunt|auntie|mr\.?|mrs\.?|ms\.?|monsieur|madame|brother|sister|father|mother|cousin|"
    r"grandpa|granny|doctor|dr\.?|saint|st\.?|jean|jean-|pierre|marie|old|young|little|poor|dear|"
    r"captain|sergeant|king|sir|père|my|our|named|called|name is|name's|son|husband|baby)"
)
_ANSWERS = (
    r"(?:wr[io]te|suggest|generat|output|answer|say|said|think|help|draft|make|made|give|gave|do|did|prefer|use|"
    r"produc|respond|repl|refus|hallucinat|rewr[io]te|edit|polish)"
)
_OF_STORY: dict[str, str] = {
    "Claude": (
        rf"(?:{_KIN}[ -]*Claude|(?:Claude|CLAUDE)(?: (?:in|from|at|and|of) [a-z]| \([^)\n]{{0,30}}\)"
        r"|, (?:a|an|the|his|her|their|my) |,? \d\d\b"
        r"|['’]s (?:\w+ ){0,2}(?:hands?|face|eyes|coat|boots|hat|chair|house|wife|son|daughter|mother|father"
        r"|room|desk|shoulder|voice|phone|keys?|car|boat)"
        rf"| {_BODY}\b| (?!{_ANSWERS})[a-z]{{2,}}(?:s|ed)\b"
        r"| (?!Sonnet|Opus|Haiku|Code|Instant|Pro|AI)[A-Z][a-z]+))"
    ),
    "Gemini": (
        r"(?:\b(?:a|an|the|project|in|under|nasa|hms|ss|all|typical|two|another|i'm|am|he's|she's) gemini\b"
        r"|gemini['’]?s? (?:rising|moon|sun|season|capsule|program|programme|mission|spacecraft|twins?|club"
        r"|hotel|street|theatre|theater|bar)|gemini, (?:a|an|the|his|her|their|my)\b|gemini \("
        r"|castor|pollux|constellation|horoscope|zodiac|astrolog|star sign"
        r"|libra\b|scorpio|sagittarius|capricorn|aquarius|\bvirgo|taurus|twins)"
    ),
    "Grok": r"(?:\b(?:to|you|they|we|i|don't|can't|really) grok\b)",
}
# Chinese: the name next to what makes it a product.
_ZH = (
    "豆包",
    "元宝",
    "文心",
    "通义",
    "混元",
    "盘古",
    "星火",
    "百川",
    "千问",
    "天工",
    "悟道",
    "书生",
    "海螺",
    "可灵",
    "即梦",
    "扣子",
    "秘塔",
    "智谱",
    "星辰",
    "日日新",
    "紫东太初",
    "小冰",
    "克劳德",
    "双子座",
    "羊驼",
    "kimi",
    "claude",
    "gemini",
    "grok",
    "copilot",
    "llama",
    "mistral",
)
_ZH_USE = (
    r"(?:由|用|使用|让|请|靠|拿|借助|通过|调用|问(?:了|过|问)?|喂给|丢给|交给|发给|"
    r"输入|打开|下载|登录|切换到|基于|来自|叫)"
)
_ZH_WRITE = (
    r"(?:AI|人工智能|大?模型|助手|一言|千问|APP|网页版|客户端|对话框|聊天框|界面|\d(?:\.\d)?|生成|写的|写出|写(?:了|一)|创作|改(?:了|写|的|过|一)|"
    r"润色|续写|代写|代笔|起草|辅助|出的|的回答|的回复|回答说|输出|给的(?:版本|答案|建议))"
)


def ambiguous(text: str, language: str, *, cues: Collection[str], known: Collection[str]) -> Iterator[Place]:
    """Where a name that could be innocent is a product. `cues` speak in the text; `known` are of the
    brief."""
    if language == "zh":
        yield from _chinese(text, cues, known)
    story = {name.casefold() for name in (*cues, *known)}
    low = text.casefold()
    for name in _PRODUCTS:
        if name.casefold() not in low:
            continue
        for pattern in _as_product(name):
            yield from ((m.start("name"), m.end("name")) for m in pattern.finditer(text))
    for name in _SUSPECT:
        if name.casefold() not in low or any(name.casefold() in person for person in story):
            continue
        if re.search(_OF_STORY[name], text, re.IGNORECASE if name != "Claude" else 0) or re.search(
            rf"(?i:{_KIN})[ -]{{0,2}}{name}", text
        ):
            continue
        pattern = re.compile(f"{_NO_LETTER_BEFORE}(?:{name}|{name.upper()}){_NO_LETTER_AFTER}")
        yield from (match.span() for match in pattern.finditer(text))


def _as_product(name: str) -> Iterator[re.Pattern[str]]:
    body = f"{_NO_LETTER_BEFORE}(?P<name>{name}|{name.upper()}){_NO_LETTER_AFTER}"
    before = r"(?<!\bthe )(?<!\bThe )(?<!\ba )(?<!\bmy )(?<!\bhis )(?<!\bher )(?<!\bour )(?<!\byour )"
    yield re.compile(
        rf"(?i:\b{_MADE}) (?:\w+ ){{0,2}}?(?i:by|with|using|via|in|through|on) (?:\w+['’]s )?{body}"
    )
    yield re.compile(rf"{body}[ -](?i:{_PRODUCT_WORDS})\b(?! of)")
    if name not in ("Gemini", "Falcon", "Nova", "Titan", "Pi", "Phi"):
        yield re.compile(rf"{body}[ -]?v?\d(?:\.\d)?\b(?!['’:,]|st|nd|rd|th)")
    else:
        yield re.compile(rf"{body}[ -]?v?\d\.\d")
    yield re.compile(
        rf"(?i:\b(?:ask|asked|asking|fed|feed|typed?|prompted|used?|using|let|had|told|via|run|"
        rf"ran|paste[ds]?))\b"
        rf"[^.\n]{{0,40}}?\b{before}{body}[^.\n]{{0,24}}?\b(?i:{_WRITES})\b"
    )
    yield re.compile(
        rf"(?i:\b(?:tab|browser|chatbot|log(?:s|ged)? in(?:to)?|subscri\w+ to))\b\W[^.\n]{{0,24}}?{body}"
    )
    yield re.compile(
        rf"(?i:\b(?:types?|typed|pastes?|pasted|fed|feeds?) )[^.\n]{{0,30}}?(?i:in)?to {before}{body}"
    )
    if name in (
        "Copilot",
        "Gemini",
        "Grok",
        "Llama",
        "Mistral",
        "Bard",
        "Cohere",
        "Perplexity",
        "Replika",
        "Manus",
    ):
        yield re.compile(
            rf"{before}{body} (?i:wrote|writes|generated|suggested|drafted|produced|rewrote|came up with)\b"
        )
    if name in ("Copilot", "Grok", "Perplexity", "Mistral", "Llama"):
        yield re.compile(
            rf"(?i:\b(?:got|get|gets|make|made|let|have|had)) {before}{body} (?i:to )?"
            r"(?i:say|write|do|explain|draft|answer|translate|summari[sz]e|check|tell|help)\b"
        )
    yield re.compile(rf"(?i:\bI(?:'m|’m| am)) {body}, (?i:an?|your|made|built|trained|created|developed)\b")


def _chinese(text: str, cues: Collection[str], known: Collection[str]) -> Iterator[Place]:
    low = text.lower()
    for name in _ZH:
        if name not in low:
            continue
        alone = name.isascii()
        edge = (_NO_LETTER_BEFORE, _NO_LETTER_AFTER) if alone else ("", "")
        body = f"{edge[0]}(?P<name>{name}){edge[1]}"
        person = any(name == each.lower() for each in (*cues, *known))
        after = re.compile(rf"{body}的?\s?{_ZH_WRITE}", re.IGNORECASE)
        before = re.compile(
            rf"{_ZH_USE}\s?{body}[^。\n]{{0,6}}?(?:写|编一?个|编的|答|{_ZH_WRITE})", re.IGNORECASE
        )
        patterns = (
            [before, re.compile(rf"(?:由|用|使用|基于|来自)\s?{body}", re.IGNORECASE)]
            if person
            else [after, before]
        )
        if name in ("豆包", "元宝") and not person:
            patterns.append(re.compile(rf"(?:去问|问问|问过|问了|问一下|卸载|删掉)\s?{body}"))
            patterns.append(re.compile(rf"{body}(?:回复|回答|推荐)"))
        if alone and not person:
            patterns.append(re.compile(body, re.IGNORECASE))
        for pattern in patterns:
            yield from ((m.start("name"), m.end("name")) for m in pattern.finditer(text))

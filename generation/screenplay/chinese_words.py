"""The words of the Chinese layout, in one place to be read and extended."""

import re

TIMES = (
    "日|夜|晨|清晨|早晨|早|上午|中午|正午|午后|下午|黄昏|傍晚|晚上|晚|深夜|"
    "午夜|凌晨|黎明|拂晓|白天|夜晚|日夜|同时|稍后|连续"
)
PLACES = "内|外|内外|外内|内景|外景|内外景|室内|室外|內|內外|內景|室內"
MARKS = "△▲Δ∆▵▴⊿●◆■"
"""All that is typed for the action mark; △ is printed."""

NUMBER = r"[0-9０-９一二三四五六七八九十百零〇两]+"
SEPARATOR = r"[\s　/／,，、·.．|｜—–-]+"

EPISODE_SCENE = re.compile(
    r"^[0-9０-９]{1,3}(?:\s*[-－—–~]\s*[0-9０-９]{1,3}[A-Za-z]?"
    r"(?=$|[\s　、.．:：\u4e00-\u9fff])(?![号楼栋幢层室])|"
    r"[.．][0-9０-９]{1,3}(?=$|[\s　]))"
)
ORDINAL = re.compile(rf"^第\s*{NUMBER}\s*[场場幕集](?:戏|戲)?(?=$|[\s　:：、.．,，(（])")
NUMBERED = re.compile(r"^[0-9０-９]{1,3}\s*[.．、:：]?[\s　]*(?=\S)")
ENGLISH_HEADING = re.compile(r"^(?:INT|EXT|I/E)\s*[./ 　]", re.IGNORECASE)
FIELD = re.compile(r"^(?:场次|场景|场号|场|景|地点|时间|时|日期)\s*[：:]\s*\S")
CAST = re.compile(r"^(?:出场人物|登场人物|出场角色|出场|登场|人物|角色|人)\s*[：:]\s*(?P<names>.+)$")
CAST_IN_HEADING = re.compile(r"[\s　]+(?:出场人物|人物|人)\s*[：:]\s*(?P<names>.+)$")

ACTION = re.compile(rf"^[{MARKS}]\s*(?P<text>.*)$")

LABELS = (
    r"O\.?\s?S\.?|V\.?\s?O\.?|O\.?\s?C\.?|旁白|画外音|画外|内心独白|内心OS|内心|心声|独白|电话里|电话中|电话|话外音|对讲机|广播|"
    r"收音机|电视里|微信语音|语音"
)
LABEL = re.compile(rf"^(?:{LABELS})$", re.IGNORECASE)
BARE_LABEL = re.compile(r"^(?P<name>.*?\S)\s*(?P<label>O\.?S\.?|V\.?O\.?|O\.?C\.?)$", re.IGNORECASE)

SUPER = re.compile(r"^[【（(\[]?(?:字幕|片名|出字幕|屏幕字|人名条)\s*[：:]")
_SHOTS = (
    "空镜头?|特写|大特写|近景|中景|全景|远景|航拍|俯拍|主观镜头|主观视角|慢镜头|镜头|画面|"
    "插入镜头|插入|音效|音乐"
)
SHOT = re.compile(rf"^(?:(?:{_SHOTS})\s*[：:]|【(?:{_SHOTS})】|（(?:{_SHOTS})）)")
_WRAP_OPEN, _WRAP_CLOSE = r"[【\[（(〔]?\s*", r"\s*[】\]）)〕]?\s*[：:。.]?$"
FLASHBACK = re.compile(
    _WRAP_OPEN
    + r"(?:闪回(?:开始|结束|完|毕|出|入)?|(?:回到|切回)(?:现实|现在)|回忆(?:开始|结束|完)?|插叙(?:结束|完)?)"
    + _WRAP_CLOSE
)
TRANSITION = re.compile(
    _WRAP_OPEN
    + r"(?:画面)?(?:叠化|切至|切到|切入|切出|切换|硬切|跳切|"
    + r"切(?=[：:])|CUT TO|FADE (?:IN|OUT)|DISSOLVE TO|"
    + r"淡入|淡出|渐隐|渐显|渐黑|黑场|化入|化出|转场|闪白|闪黑|定格|划像|叠印)"
    + r"(?:[至到：:]?[^。！？!?，,；;：:]{0,12})?"
    + _WRAP_CLOSE
)

NOT_A_NAME = re.compile(
    r"^(?:字幕|片名|注|备注|说明|提示|时间|地点|场景|场次|景|时|人物|角色|出场人物|空镜|特写|镜头|画面|前情提要|本集完|切|音效|音乐)$"
)
REPORTING = re.compile(
    r"(?:说|说道|问|问道|喊|喊道|喊着|写着|写道|显示|显示着|如下|想|念道|答道|叫道|看到|听到|心想|一句话?|铃响|铃声|铃声响起)$"
)
"""A sentence that reports, not a cue: 墙上写着：禁止入内."""

NAME = re.compile(
    r"^(?=.*[^\W\d_])(?:[A-Za-z][A-Za-z .'’-]{0,30}|"
    r"[^\s　：:（）()【】\[\]。！？!?，,；;“”\"'‘’…—△/]{1,10}(?:[A-Za-z0-9]{0,3}))$"
)

CLOCK = re.compile(r"[0-9０-９]\s*[：:∶]\s*[0-5０-５][0-9０-９](?![0-9０-９])")
THE_END = re.compile(r"(?:完|终)[。）)】]?$")
LEADING_LABEL = re.compile(rf"^（(?P<label>{LABELS})）\s*(?P<name>[^（）]+)$", re.IGNORECASE)
SPEECH_NUMBER = re.compile(r"^[0-9０-９]{1,3}[.．、]\s*(?=[^\W\d_])")

"""Lines in another language than the script's, told by its small words.

A word or a greeting in another language is anybody's; a line made of nothing else is a model that has slipped.
English scripts are looked through for Spanish, French, German, Italian and Portuguese, Chinese ones for English.
A speaker who is said to speak another language ("(in French)", 外国游客, （英语）) may.
"""

import re
from collections.abc import Iterator

from generation.leak_lines import Line, Lines

Place = tuple[int, int]

_TONGUES = tuple(
    frozenset(words.split())
    for words in (
        "el la los las un una que de en por para con es está esto eso esta pero muy yo tú usted ella su mi te se lo le sí "
        "cómo qué dónde cuando porque del al hay soy eres estoy tengo tiene nada nunca siempre ya puedo siento quiero",
        "le la les un une des que qui de du en et est dans pour pas ne je tu il elle nous vous ils mon ma mes ton ta son sa "
        "ce cette mais où avec sur au aux c'est n'est j'ai qu'il rien plus jamais personne suis es êtes ont fait peux",
        "der das und ist nicht ich du er sie es wir ihr ein eine einen mit auf für von zu den dem aber wie hat haben wird "
        "kann mich dich mir dir kein keine nur noch schon sich im zum bin bist sind",
        "il lo la gli un una che di per con non è sono io tu lei noi voi mio mia tua dove quando perché del della al nel "
        "questo questa niente mai ti si ho hai ha siamo",
        "os um uma que de em por para com não é eu você ele ela nós meu minha mas onde isso isto estou está foi ser tem "
        "nada nunca do da no na se te",
    )
)
_ENGLISH = frozenset(
    "the and of to is you it that he she was for with my we they this his her at be have has are what who how where "
    "when there not but your their its it's i'm don't can't him them from by said says into out up down a i".split()
)
_CLEARLY_ENGLISH = frozenset(
    "the and of to is you it that he she was for with my we they this his her at be have has are what how where when "
    "there not but your their it's i'm don't can't him them from by into i in on me do".split()
)
_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?")
_SENTENCE = re.compile(r"[^.!?…]{1,2000}[.!?…]{0,9}")
_FOREIGN_VOICE = re.compile(
    r"\((?:in|sings?|singing|reading|reads|quoting)\b[^)\n]{0,30}\)|^~", re.IGNORECASE
)
_HAN = re.compile("[\u3400-\u9fff]")
_QUOTED = re.compile('“[^”\n]{0,400}”|‘[^’\n]{0,200}’|"[^"\n]{0,400}"|《[^》\n]{0,60}》')
_LATIN_RUN = re.compile(r"[A-Za-z][A-Za-z'’]{0,30}(?:[ ,.!?;:-]{1,3}[A-Za-z][A-Za-z'’]{0,30}){3,80}")
_FOREIGNER = re.compile(
    r"外国|老外|洋|外籍|留学|游客|老师|翻译|机长|广播|歌|唱|英语|英文|美国|英国|Mr|Miss|[A-Za-z]{2}|[·•]"
)
_OTHER_LAYOUT = re.compile(
    r"^(?:cut to|smash cut|match cut|dissolve to|fade (?:in|out|to)|cold open|teaser|act (?:one|two|three|four)|"
    r"end of act|montage|intercut|continued|flashback|title card|super)\b[^\u3400-\u9fff]{0,40}$",
    re.IGNORECASE,
)
_LEAST_SAID, _LEAST_SHOWN, _LEAST_ENGLISH = 6, 4, 7


def slipped(lines: Lines) -> Iterator[Place]:
    """Where a whole line, or in Chinese action a run of words, is in another language."""
    yield from _in_chinese(lines) if lines.language == "zh" else _in_english(lines)


def _in_english(lines: Lines) -> Iterator[Place]:
    explained = ""
    for line in lines.lines:
        if line.role == "blank":
            explained = ""
        elif line.role in ("speech", "cue") and _FOREIGN_VOICE.search(line.text):
            explained = line.cue
        if line.role not in ("speech", "other", "listed") or (explained and explained == line.cue):
            continue
        least = _LEAST_SAID if line.role == "speech" else _LEAST_SHOWN
        yield from _stretches(line, least)


def _stretches(line: Line, least: int) -> Iterator[Place]:
    """Neighbouring sentences of a line without an English word that are of another tongue together."""
    start, end, words = 0, 0, list[str]()
    for sentence in [*_SENTENCE.finditer(line.text), None]:
        said = _said(sentence[0]) if sentence else []
        if sentence and not any(word in _ENGLISH for word in said):
            start, end = (start if words else sentence.start()), sentence.end()
            words += said
            continue
        if len(words) >= least and _is_foreign(words):
            yield line.start + start, line.start + end
        words = []


def _is_foreign(words: list[str]) -> bool:
    return max(sum(word in tongue for word in words) for tongue in _TONGUES) >= max(2, len(words) // 4)


def _said(text: str) -> list[str]:
    return [word.lower().replace("’", "'") for word in _WORD.findall(text)]


def _in_chinese(lines: Lines) -> Iterator[Place]:
    for line in lines.lines:
        text = line.text.strip(" 　\t")
        if line.role == "other" and _OTHER_LAYOUT.match(text):
            yield _whole(line)
        elif line.role == "speech" and not _FOREIGNER.search(line.cue) and "语" not in line.text[:24]:
            said = text.partition(":")[2] if text.startswith(line.cue) else text
            words = _WORD.findall(said)
            if not _HAN.search(said) and len(words) >= _LEAST_ENGLISH and _is_english(words, 2):
                yield _whole(line)
        elif line.role == "action" and _HAN.search(text):
            bare = _QUOTED.sub(lambda match: " " * len(match[0]), line.text)
            yield from (
                (line.start + match.start(), line.start + match.end())
                for match in _LATIN_RUN.finditer(bare)
                if _is_english(_WORD.findall(match[0]), 2)
            )


def _is_english(words: list[str], least: int) -> bool:
    return sum(word.lower().replace("’", "'") in _CLEARLY_ENGLISH for word in words) >= least


def _whole(line: Line) -> Place:
    return line.start, line.start + len(line.text)

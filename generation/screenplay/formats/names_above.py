"""Chinese speeches whose speaker's name stands on a line of its own above them.

The house layout says `小满：走。`; many writers, and Fountain, say it in two lines:

    小满
    （低声）
    走。

Nothing marks the upper line, so a short line of action must not be taken for a name. A name is short, has
no punctuation, stands right above what is said and, where blank lines part the paragraphs, below one; and it
is known (from the cast, from `小满：` elsewhere, from Fountain's `@`, from its style in Word), or it recurs.
What looks like a name and is none of that is a doubt.
"""

import re
from collections import Counter
from collections.abc import Collection, Iterator, Sequence, Set
from dataclasses import dataclass, field
from itertools import pairwise

from generation.screenplay import chinese_words as words
from generation.screenplay.chinese import NAME_ALONE, OPEN_END, is_heading, names_in

LONGEST, LONGEST_FOREIGN = 6, 12
SAID = re.compile(r"^(?P<name>[^\s：:（）()]{1,12})\s*(?:[（(][^（）()]{1,20}[）)])*\s*[：:]\s*\S")
_NO_NAME = re.compile(
    rf"^(?:沉默|停顿|静场|安静|寂静|良久|片刻|黑屏|空镜|片头|片尾|序幕|序|尾声|楔子|引子|剧终|全剧终|待续|未完待续|"
    rf"(?:大|暴|阵)?[雨雪风]|同上|同日|次日|翌日|当晚|当天|{words.TIMES}|{words.PLACES}|第.*|.{{0,4}}[年月天日]后)$"
    r"|(?:后|声|镜|场|幕|屏|了|着|起来|过来|过去|出去|进来)$"
)
_ROLE = re.compile(
    r"(?:员|生|人|师|长|妈|爸|叔|姨|婶|伯|爷|奶|哥|姐|弟|妹|甲|乙|丙|丁|老板|警察|孩子|司机|父|母|兵|客|主任|经理|记者|[0-9]|[A-Z])$"
)
_POINT = re.compile(r"[。！？!?，,…—～~、；;.]")  # what is said is written with points
_PART = re.compile(r"^|[△。！？，、；\s]+")
_SPOKEN_OF = "我你您他她它咱这那不没别是有就还"
_ADDRESSED = "，,！!？?…。—、~～"


@dataclass(frozen=True, slots=True)
class Speech:
    """A name at position `cue`, and the positions of the lines that are its speech, in order."""

    cue: int
    said: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class SpeechMatches:
    """Speeches below their names, and positions of lines that look like such a name and are not taken."""

    speeches: tuple[Speech, ...] = ()
    doubts: frozenset[int] = field(default=frozenset())


def find(texts: Sequence[str], cues: Collection[int] = (), *, fountain: bool = False) -> SpeechMatches:
    """The speeches in the lines of a Chinese text, those that are left out being empty.

    `cues` are positions of lines that the file itself calls names. In Fountain a blank line ends a speech,
    and may not part it from its name.
    """
    return _Search(texts, cues, fountain=fountain).found()


def bare(line: str) -> str:
    """A line without the blanks around it and without Fountain's mark of a name."""
    return line.strip(" 　\t").removeprefix("@").removesuffix("^").strip(" 　\t")


def name_of(line: str) -> str:
    """The name in a line that holds nothing but a name (and a manner in brackets); empty for others."""
    match = NAME_ALONE.match(bare(line))
    if match is None:
        return ""
    name = match["name"]
    if (labelled := words.BARE_LABEL.match(name)) is not None:
        name = labelled["name"]
    longest = LONGEST_FOREIGN if re.search(r"[·•A-Za-z]", name) else LONGEST
    parts = re.split(r"[、&＆/／]", name)
    fits = all(words.NAME.match(part) and len(part) <= longest for part in parts)
    wrong = words.NOT_A_NAME.match(name) or words.REPORTING.search(name) or is_layout(bare(line))
    return name if fits and not wrong else ""


def is_layout(line: str) -> bool:
    """Whether a line is an element of the Chinese layout by its own words."""
    patterns = (words.ACTION, words.CAST, words.TRANSITION, words.FLASHBACK, words.SHOT, words.SUPER)
    return is_heading(line) or words.THE_END.search(line) is not None or any(p.match(line) for p in patterns)


class _Search:
    def __init__(self, texts: Sequence[str], cues: Collection[int], *, fountain: bool) -> None:
        self.lines = [line.strip(" 　\t") for line in texts]
        self.filled = [at for at, line in enumerate(self.lines) if line]
        # Where a blank line follows every line, blank lines say nothing.
        touching = sum(1 for at in self.filled[1:] if self.lines[at - 1])
        self.double = not fountain and touching <= 0.03 * len(self.filled)
        self.after = dict(pairwise([*self.filled, -1]))
        self.named = {at: name for at in self.filled if (name := name_of(self.lines[at]))}
        self.forced = {at for at in self.named if at in cues or self.lines[at].startswith("@")}
        self.forced |= {at for at in self.named if _is_labelled(self.lines[at]) and self._speaks(at)}
        self.speakers = Counter(
            match["name"]
            for line in self.lines
            if (match := SAID.match(line)) and not is_layout(line) and name_of(match["name"])
        )
        self.cast: set[str] = set()
        for line in self.lines:
            if (match := words.CAST.match(line)) is not None:
                self.cast.update(
                    names_in(re.sub(r"[（(][^（）()]*[）)]", "、", match["names"] or match["within"]))
                )
        self.places = {
            token for line in self.lines if is_heading(line) for token in re.split(words.SEPARATOR, line)
        }
        self.names = set(self.named.values())
        self.heads = Counter(line[:2] for line in self.lines)
        self.acting = {prefix for line in self.lines for prefix in _beginnings(line)}
        self.candidates = [at for at in self.named if self._speaks(at)]
        parted = sum(1 for at in self.candidates if at == 0 or not self.lines[at - 1])
        self.spaced = not self.double and (fountain or parted >= 0.7 * len(self.candidates))

    def found(self) -> SpeechMatches:
        placed = [at for at in self.candidates if at in self.forced or self._is_placed(at)]
        known = {self.named[at] for at in self.forced} | self.cast | set(self.speakers)
        recurring = self._recurring(placed, known)
        heard = known | recurring
        taken = [at for at in placed if at in self.forced or self._all_in(self.named[at], heard)]
        if len(taken) >= 3 or self.forced:
            sure = set(taken)
            taken = [at for at in placed if at in sure or self._is_once(at)]
        if not taken:
            return SpeechMatches((), self._with_speech(placed if not self.speakers else ()))
        whole = frozenset(taken)
        speeches = tuple(Speech(at, self._said(at, whole)) for at in taken)
        used = {line for speech in speeches for line in (speech.cue, *speech.said)}
        speeches = tuple(each for each in speeches if each.said)
        unused = [at for at in placed if at not in used and not self._is_no_name(at)]
        more = {at for each in speeches if not self.spaced for at in self._after(each)} - used
        return SpeechMatches(speeches, self._with_speech(unused) | more)

    def _with_speech(self, names: Sequence[int]) -> frozenset[int]:
        """Lines that may be names, and the lines below them, which then are speech."""
        return frozenset(names) | {self.after[at] for at in names}

    def _after(self, speech: Speech) -> Iterator[int]:
        """The lines after a speech that nothing parts from it: they may go on with it."""
        at = self._follows(speech.said[-1])
        while at >= 0 and at not in self.named and not self._is_other(at):
            yield at
            at = self._follows(at)

    def _is_other(self, at: int) -> bool:
        return is_layout(self.lines[at]) or SAID.match(self.lines[at]) is not None

    def _follows(self, at: int) -> int:
        """The position of the next line; -1 where none belongs to this one."""
        following = self.after[at]
        return following if following >= 0 and (self.double or following == at + 1) else -1

    def _speaks(self, at: int) -> bool:
        """Whether what stands below a line may be its speech."""
        following = self._follows(at)
        while following >= 0 and is_manner(self.lines[following]):
            following = self._follows(following)
        if following < 0:
            return False
        line = self.lines[following]
        return not (is_layout(line) or SAID.match(line) or line.startswith((".", ">", "!", "@", "#", "=")))

    def _is_placed(self, at: int) -> bool:
        """Whether a name stands where names do: below a blank line, where blank lines part paragraphs.

        Where the house layout is spoken otherwise, always.
        """
        house = sum(self.speakers.values()) >= len(self.candidates) and self.named[at] not in self.cast
        return not (self.spaced or house) or at == 0 or not self.lines[at - 1]

    def _recurring(self, placed: Sequence[int], known: Set[str]) -> set[str]:
        counts = Counter(self.named[at] for at in placed if not self._is_no_name(at))
        if sum(self.speakers.values()) >= sum(counts.values()):
            return set()  # the house layout is spoken here
        names = {name for name, count in counts.items() if count >= 2 and name not in self.places}
        somebody = names | known
        told: Counter[str] = Counter()  # lines below a name that are most likely not said
        for at in placed:
            name, line = self.named[at], self.lines[self.after[at]]
            while is_manner(line):
                at = self.after[at]
                line = self.lines[self.after[at]]
            if not _POINT.search(line) or _tells(line, somebody) or self._tells_of_known(line):
                told[name] += 1
        return {name for name in names if told[name] < 0.5 * counts[name]}

    def _tells_of_known(self, line: str) -> bool:
        """Whether a line begins with a name that many lines begin with, and goes on about it."""
        head = line[:2]
        if len(line) <= 3 or line[0] in _SPOKEN_OF or head in self.names:
            return False
        return self.heads[head] >= 3

    def _is_once(self, at: int) -> bool:
        """Whether somebody speaks once: named elsewhere as one who acts, or by a part that people have."""
        name = self.named[at]
        if self._is_no_name(at) or name in self.places:
            return False
        return bool(_ROLE.search(name)) or name in self.acting

    def _is_no_name(self, at: int) -> bool:
        return at not in self.forced and bool(_NO_NAME.search(self.named[at]))

    @staticmethod
    def _all_in(name: str, names: Collection[str]) -> bool:
        return name in names or all(part in names for part in re.split(r"[、&＆/／]", name))

    def _said(self, cue: int, cues: Collection[int]) -> tuple[int, ...]:
        """The lines of a speech: to the next blank line; where none part paragraphs, one line."""
        said: list[int] = []
        at = self._follows(cue)
        while at >= 0 and at not in cues and not self._is_other(at):
            said.append(at)
            line = self.lines[at]
            if not self.spaced and not is_manner(line) and not OPEN_END.search(line):
                break
            at = self._follows(at)
        return tuple(said)


def _is_labelled(line: str) -> bool:
    """Whether a line ends with how one speaks who is not seen, in brackets: 领航（V.O.）."""
    label = re.search(r"[（(]([^（）()]*)[）)]$", line)
    return label is not None and words.LABEL.match(label[1]) is not None


def is_manner(line: str) -> bool:
    """Whether a line holds nothing but how something is said, in brackets."""
    return re.fullmatch(r"[（(][^（）()]{1,40}[）)]", line) is not None


def _tells(line: str, names: Set[str]) -> bool:
    """Whether a line begins with a name and goes on about it: nobody is addressed."""
    longest = next((end for end in range(min(len(line) - 1, 12), 0, -1) if line[:end] in names), 0)
    return longest > 0 and line[longest] not in _ADDRESSED


def _beginnings(line: str) -> Iterator[str]:
    """What stands where a line or a part of it begins, as far as a name goes, if more Chinese follows."""
    for match in _PART.finditer(line):
        start = match.end()
        for end in range(start + 1, min(start + LONGEST, len(line) - 1) + 1):
            if "\u4e00" <= line[end] <= "\u9fff":
                yield line[start:end]


def joined(lines: Sequence[str]) -> str:
    """Lines of one speech as one: Chinese ones touch, Latin words are parted."""
    text = ""
    for line in lines:
        seam = " " if text and text[-1].isascii() and line[:1].isascii() and text[-1] not in ")）" else ""
        text += seam + line
    return text


def typed(texts: Sequence[str], found: SpeechMatches) -> list[str]:
    """The lines as the house types them: each speech behind its name, and nothing where it stood."""
    lines = list(texts)
    for speech in found.speeches:
        said = joined([texts[at].strip(" 　\t") for at in speech.said])
        lines[speech.cue] = f"{bare(texts[speech.cue])}：{said}"
        for at in speech.said:
            lines[at] = ""
    return lines

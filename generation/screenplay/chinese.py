"""The Chinese television layout (`△` action, `角色：台词` speech) into the scene model, line by line.

Every variant that writers and models use is read; one is printed. A line that is nothing else is action:
the paper's own format lets descriptive text stand without its mark.
"""

import re
from collections.abc import Collection, Sequence

from generation.screenplay import chinese_words as words
from generation.screenplay.chinese_words import house_heading, separated
from generation.screenplay.fountain import is_title_page
from generation.screenplay.model import Builder, Kind, Script

_PAREN = re.compile(
    r"^(?:[（(]\s*(?P<round>[^（）()]{1,60}?)\s*[）)]|[【\[〔]\s*(?P<square>[^【】\[\]〔〕（）()：:]{1,60}?)\s*[】\]〕])\s*"
)
_COLON = re.compile(r"[：:∶﹕︰]")
_WRAPPED = re.compile(r"^(?:#{1,6}\s+)?(\*\*|__)(?P<inner>.+?)\1(?P<after>.*)$|^#{1,6}\s+(?P<title>.+)$")
_BRACKETED = re.compile(r"^[【\[](?P<inner>[^【】\[\]]+)[】\]]$")
_SENTENCE = re.compile(r"[。！？!?；;“”…]")
_MANNER_FIRST = re.compile(r"^(?P<manner>[（(][^（）()：:]{1,20}[）)])\s*(?P<name>[^（）()\s]+)$")
_NAME_IN_BRACKETS = re.compile(r"^(?:【(?P<a>[^【】]{1,12})】|\[(?P<b>[^\[\]]{1,12})\])(?P<rest>.*)$")
_GAP = re.compile(r"[\t　]+| {2,}")
NAME_ALONE = re.compile(r"^(?P<name>[^（()）：:\s]{1,12})\s*(?P<manner>(?:[（(][^（）()]{1,20}[）)])*)$")
OPEN_END = re.compile(r"[，、,；]$")
"""A speech that ends so goes on in the next line."""
_QUOTES = {"“": "”", '"': '"', "「": "」"}


def read_chinese(text: str, cast: Collection[str] = ()) -> Script:
    """Read visible text in the Chinese layout. Never raises. `cast` are names known from elsewhere."""
    return _Reader(cast).read(text)


def names_in(text: str) -> list[str]:
    """The names in a line of people present."""
    return [name.strip() for name in re.split(r"[、，,\s　/；;]+", text) if name.strip()]


class _Reader:
    def __init__(self, cast: Collection[str] = ()) -> None:
        self.builder = Builder("zh", "chinese")
        self.cast = set(cast)
        self.waiting = False  # a cue stood alone; its speech is on the next line
        self.broken = False  # the line before was a speech that ended in a comma
        self.following = ""  # the next line

    def read(self, text: str) -> Script:
        typed = text.split("\n")
        head = keyed_page(typed) + 1
        if head:
            self.builder.problem("title-page", 1, "a title page is not printed")
        lines = [line.strip(" 　\t") if at >= head else "" for at, line in enumerate(typed)]
        for line in lines:
            if (match := words.CAST.match(line)) is not None:
                self._remember(match["names"] or match["within"])
        for number, (line, following) in enumerate(zip(lines, [*lines[1:], ""], strict=True), start=1):
            self.following = following
            self._line(line, number)
        return self.builder.script()

    def _remember(self, names: str) -> None:
        self.cast.update(names_in(names))

    def _line(self, line: str, number: int) -> None:
        broken, self.broken = self.broken, False
        if not line:
            self.waiting = False
            return
        line = self._without_markup(line, number)
        steps = (self._action, self._heading, self._cast, self._transition, self._shot, self._speech)
        for step in (*steps, self._name_alone):
            if step(line, number):
                return
        if self.waiting:
            # A manner alone still waits for the words.
            self.waiting = not self._words(line, number)
        elif broken:
            self.builder.extend(line)
            self.broken = bool(OPEN_END.search(line))
        else:
            self.builder.add(Kind.ACTION, line, number, form="unmarked")

    def _without_markup(self, line: str, number: int) -> str:
        """Take off Markdown around a whole line or a cue; the mark is reported."""
        match = _WRAPPED.match(line)
        if match is None:
            return line
        bare = match["title"] or f"{match['inner']}{match['after'] or ''}"
        self.builder.problem("markup", number, "Markdown around a line of its own")
        return bare.strip()

    def _action(self, line: str, number: int) -> bool:
        match = words.ACTION.match(line)
        if match is None:
            return False
        self.waiting = False
        self.builder.add(Kind.ACTION, match["text"] or match["within"] or "", number)
        return True

    def _heading(self, line: str, number: int) -> bool:
        bracketed = _BRACKETED.match(line)
        bare = bracketed["inner"].strip() if bracketed else line
        if not is_heading(bare):
            return False
        self.waiting = False
        bare = re.sub(r"\s+", "　", bare)
        cast = words.CAST_IN_HEADING.search(bare)
        if cast is None:
            self.builder.add(Kind.HEADING, house_heading(bare), number)
            return True
        self._remember(cast["names"])
        self.builder.add(Kind.HEADING, house_heading(bare[: cast.start()]), number)
        self.builder.add(Kind.CAST, cast["names"], number)
        return True

    def _cast(self, line: str, number: int) -> bool:
        match = words.CAST.match(line)
        if match is None or _SENTENCE.search(line):
            return False
        self.waiting = False
        self.builder.add(Kind.CAST, match["names"] or match["within"], number)
        return True

    def _transition(self, line: str, number: int) -> bool:
        flashback = words.FLASHBACK.match(line)
        if flashback is None and words.TRANSITION.match(line) is None:
            return False
        self.waiting = False
        self.builder.add(Kind.TRANSITION, line, number, form="flashback" if flashback else "")
        return True

    def _shot(self, line: str, number: int) -> bool:
        form = "super" if words.SUPER.match(line) else "shot" if words.SHOT.match(line) else ""
        if not form:
            return False
        self.waiting = False
        self.builder.add(Kind.ACTION, line, number, form=form)
        return True

    def _speech(self, line: str, number: int) -> bool:
        colon = _COLON.search(line)
        if colon is None or _is_clock(line, colon.start()):
            return self._speech_without_colon(line, number)
        cue, rest = line[: colon.start()].strip(), line[colon.end() :].strip()
        return self._said(cue, rest, number)

    def _speech_without_colon(self, line: str, number: int) -> bool:
        """`林晓　　走。` and `【林晓】走。`, where the name is known."""
        if (bracketed := _NAME_IN_BRACKETS.match(line)) is not None:
            name, rest = bracketed["a"] or bracketed["b"], bracketed["rest"]
        elif (gap := _GAP.search(line)) is not None:
            name, rest = line[: gap.start()], line[gap.end() :]
        else:
            return False
        return name in self.cast and bool(rest.strip()) and self._said(name, rest.strip(), number)

    def _name_alone(self, line: str, number: int) -> bool:
        """A known name on a line of its own, right above what is said."""
        match = NAME_ALONE.match(line)
        if match is None or match["name"] not in self.cast or not self.following or self.waiting:
            return False
        return words.ACTION.match(self.following) is None and self._said(line, "", number)

    def _said(self, cue: str, rest: str, number: int) -> bool:
        parsed = self._cue(cue)
        if parsed is None:
            return False
        name, parentheticals = parsed
        self.builder.add(Kind.CHARACTER, name, number)
        for inner in parentheticals:
            self.builder.add(Kind.PARENTHETICAL, inner, number)
        self.waiting = not self._words(rest, number)
        return True

    def _cue(self, cue: str) -> tuple[str, list[str]] | None:
        """A cue's name with its labels in house form, and its parentheticals; None when it is no cue."""
        cue = words.SPEECH_NUMBER.sub("", cue)
        if (bracketed := _NAME_IN_BRACKETS.match(cue)) is not None:
            cue = f"{bracketed['a'] or bracketed['b']}{bracketed['rest']}"
        elif (first := _MANNER_FIRST.match(cue)) is not None:
            cue = first["name"] + first["manner"]
        cue = cue.replace("(", "（").replace(")", "）")
        if not cue.startswith(("【", "[")):
            cue = re.sub(r"[【\[〔]([^【】\[\]〔〕（）：:]+)[】\]〕]", r"（\1）", cue)
        if (label := words.LEADING_LABEL.match(cue)) is not None:
            cue = f"{label['name'].strip()}（{label['label']}）"
        name, _, tail = cue.partition("（")
        insides: list[str] = []
        rest = ("（" + tail) if tail else ""
        while rest:
            match = _PAREN.match(rest)
            if match is None:
                return None
            insides.append(match["round"] or match["square"])
            rest = rest[match.end() :]
        name = name.strip()
        labels = [inside for inside in insides if words.LABEL.match(inside)]
        if (bare := words.BARE_LABEL.match(name)) is not None and re.search(r"[^\x00-\x7f]", bare["name"]):
            name, labels = bare["name"], [bare["label"], *labels]
        if not self._is_name(name):
            return None
        return name + "".join(f"（{label}）" for label in labels), [i for i in insides if i not in labels]

    def _is_name(self, name: str) -> bool:
        if name in self.cast:
            return True
        parts = [part.strip() for part in re.split(r"[、&＆/]", name)]
        if not all(words.NAME.match(part) for part in parts):
            return False
        return not (words.NOT_A_NAME.match(name) or words.REPORTING.search(name))

    def _words(self, text: str, number: int) -> bool:
        """A speech: its parentheticals, then the words without quotation marks around the whole.

        Whether there are words.
        """
        while (match := _PAREN.match(text)) is not None:
            if match.end() == len(text) and not self._after_cue():
                break
            self.builder.add(Kind.PARENTHETICAL, match["round"] or match["square"], number, after_colon=True)
            text = text[match.end() :]
        spoken = _unquoted(text)
        self.builder.add(Kind.DIALOGUE, spoken, number)
        self.broken = bool(OPEN_END.search(text))
        return bool(spoken)

    def _after_cue(self) -> bool:
        return bool(self.builder.elements) and self.builder.elements[-1].kind in (
            Kind.CHARACTER,
            Kind.PARENTHETICAL,
        )


def _is_clock(line: str, colon: int) -> bool:
    """Whether a colon stands between the hours and the minutes."""
    return any(match.start() < colon < match.end() for match in words.CLOCK.finditer(line))


def is_heading(line: str) -> bool:
    """Whether a line opens a scene in one of the forms that are met."""
    if _INSIDE_FIRST.match(line):
        line = line.replace("。", "　")
    if (
        len(line) > 80
        or words.THE_END.search(line)
        or (_SENTENCE.search(line) and not words.FIELD.match(line))
    ):
        return False
    if (
        words.ORDINAL.match(line)
        or words.CALLED.match(line)
        or words.FIELD.match(line)
        or words.ENGLISH_HEADING.match(line)
        or words.INSIDE_FIRST.match(line)
        or separated(line)
    ):
        return True
    numbered = words.EPISODE_SCENE.match(line)
    if numbered:
        rest = line[numbered.end() :].strip(" 　、.．:：")
        return not rest or _when_and_where(rest) >= 1
    plain = words.NUMBERED.match(line) or words.LISTED.match(line)
    rest = line[plain.end() :] if plain else line
    return _when_and_where(rest) >= (1 if plain else 2)


_INSIDE_FIRST = re.compile(rf"^(?:{words.PLACES})[。.．]")
_TOKEN = re.compile(
    rf"^(?:(?P<time>{words.TIMES})|(?P<place>{words.PLACES})|(?P<both>[日夜晨][内內外]|[内內外][日夜晨]))$"
)
_NO_WORDS = str.maketrans("（）【】[]：", "       ")


def _when_and_where(text: str) -> int:
    """How many of the two, time and place, stand as words of their own in a heading."""
    found: set[str] = set()
    for token in re.split(words.SEPARATOR, text.translate(_NO_WORDS)):
        if (match := _TOKEN.match(token)) is not None:
            found |= {"time", "place"} if match["both"] else {"time"} if match["time"] else {"place"}
    return len(found)


def _unquoted(text: str) -> str:
    text = text.strip()
    close = _QUOTES.get(text[:1])
    if (
        close
        and len(text) > 2
        and text.endswith(close)
        and close not in text[1:-1]
        and text[0] not in text[1:-1]
    ):
        return text[1:-1]
    return text


_KEY = re.compile(r"^[A-Za-z][A-Za-z ]{0,24}:")
LONGEST_HEAD = 40


def keyed_page(texts: Sequence[str]) -> int:
    """The last line of Fountain's title page above a Chinese script, whose colons may be wide; -1 for none.

    In Word no blank line need end it: what is neither a key nor indented below one is not of it.
    """
    block: list[str] = []
    first = next((index for index, text in enumerate(texts) if text.strip()), len(texts))
    for text in texts[first : first + LONGEST_HEAD]:
        line = re.sub(r"^(\s*[A-Za-z][A-Za-z ]{0,24})：", r"\1:", text)
        is_value = bool(block) and text[:1] in " \t\u3000"
        if not text.strip() or is_heading(text.strip()) or not (is_value or _KEY.match(line)):
            break
        block.append(line)
    return first + len(block) - 1 if block and is_title_page(block) else -1

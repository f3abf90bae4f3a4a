"""Plain text of any encoding that people use, to lines. Runs in the child process.

A mark at the head of the file decides; then UTF-8; then the old encodings that hold the bytes at all, among
which charset-normalizer chooses. What was chosen is said.
"""

import codecs
import re
from collections.abc import Iterator

from charset_normalizer import from_bytes

from evalsite.core.reason_codes import Reason, sentence
from generation.screenplay.child_side import InvalidInput
from generation.screenplay.formats import rows

BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
CANDIDATES = ("gb18030", "big5", "cp1252")
SAMPLE = 30_000
_LEVEL_ONE = {"gb2312": (0xB0, 0xD7), "big5": (0xA4, 0xC6)}
_PUNCTUATION = {"gb2312": (0xA1, 0xA3), "big5": (0xA1,)}
LONGEST_LINE = 20_000
MOST_LINES = 120_000

_CONTROL = re.compile("[\x00-\x08\x0e-\x1b\x7f]")
# What UTF-8 looks like when it was read as GBK, and when it was read as a Western encoding.
_HIGH = "[\x80-\xbf€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ]"
_MOJIBAKE = re.compile(
    "锟斤拷|烫烫烫|[锛銆鈥][\ue000-\uf8ff\u3400-\u9fff€]|[鐨鏄浠鍦涓鎴][\ue000-\uf8ff\u3400-\u9fff€]|"
    r"(?<=[a-z])Õ(?=[a-z])|Ò[A-Za-z][^\nÒÓ]{0,200}Ó|(?<=[a-z])[Žˆ](?=[\s,.])|"  # Mac Roman
    f"â€{_HIGH}|Ã{_HIGH}|[äåæçèé]{_HIGH}{_HIGH}|(?:[À-ÿ][¡-ÿ]){{4}}"
)


def read_text(content: bytes) -> rows.Sent:
    text, encoding = decode(content)
    text = re.sub("\r\n|[\r\v\f\x1c-\x1e\x85\u2028\u2029]", "\n", text)
    _check_controls(text)
    lines = text.split("\n")
    if len(lines) > MOST_LINES:
        raise InvalidInput(
            rows.refusal(
                sentence("the text has more than %(count)s lines.", count=f"{MOST_LINES:,}"),
                sentence("split it into smaller files."),
            )
        )
    for number, line in enumerate(lines, start=1):
        if len(line) > LONGEST_LINE:
            raise InvalidInput(
                rows.refusal(
                    sentence("the line has %(count)s characters.", count=f"{len(line):,}"),
                    sentence("split it into paragraphs; script lines are short."),
                    number,
                )
            )
    warnings = list(_mojibake(lines))
    if encoding not in ("utf-8", "utf-8-sig"):
        warnings.insert(0, ("encoding", 0, Reason("read as %(what)s", what=encoding.upper())))
    paragraphs = tuple(rows.Paragraph(number, line) for number, line in enumerate(lines, start=1))
    return rows.Sent(encoding=encoding, paragraphs=paragraphs, warnings=tuple(warnings))


def decode(content: bytes) -> tuple[str, str]:
    """The text and the encoding that it was read in. Raises `InvalidInput`."""
    for mark, name in BOMS:
        if content.startswith(mark):
            try:
                return content.decode(name), name
            except UnicodeDecodeError as error:
                raise InvalidInput(
                    rows.refusal(
                        sentence(
                            "the file is marked as %(encoding)s but can't be decoded: %(why)s.",
                            encoding=name.upper(),
                            why=error.reason,
                        ),
                        sentence("save it as UTF-8."),
                    )
                ) from error
    at = content.find(b"\0")
    if at >= 0:
        raise InvalidInput(
            rows.refusal(
                sentence(
                    "the file contains a NUL byte: it isn't text, or it's UTF-16 without a byte-order mark."
                ),
                sentence("save it as UTF-8, or as “Unicode” with a byte-order mark."),
                *_place(content[:at]),
            )
        )
    try:
        return content.decode("utf-8"), "utf-8"
    except UnicodeDecodeError as error:
        return _old(content, error)


def _old(content: bytes, error: UnicodeDecodeError) -> tuple[str, str]:
    viable: dict[str, str] = {}
    for name in CANDIDATES:
        try:
            text = content.decode(name)
        except UnicodeDecodeError:
            continue
        if _plausible(text, name):
            viable[name] = text
    if not viable and (text := _traditional(content)):
        viable["gb18030"] = text
    if not viable:
        raise InvalidInput(
            rows.refusal(
                sentence(
                    "byte %(byte)s isn't valid UTF-8, and the text can't be read as GB18030, Big5 or"
                    " Windows-1252 either.",
                    byte=f"0x{content[error.start]:02x}",
                ),
                sentence("save the file as UTF-8."),
                *_place(content[: error.start]),
            )
        )
    name = _chosen(content, list(viable))
    return viable[name], name


def _plausible(text: str, name: str) -> bool:
    """Whether most letters beyond ASCII are ones that texts in this encoding use."""
    beyond = re.findall(r"[^\x00-\x7f]", text[: 4 * SAMPLE])
    if name == "cp1252":
        # Letters in a Western text are rarely beyond ASCII, and hardly ever two of them in a row.
        return len(beyond) < 0.2 * max(1, len(text[: 4 * SAMPLE]))
    table = "gb2312" if name == "gb18030" else "big5"
    common = sum(1 for each in beyond if _is_common(each, table))
    return common >= 0.8 * len(beyond)


def _traditional(content: bytes) -> str:
    """Traditional characters in GB18030, where they are rare ones; empty where the bytes are not that."""
    try:
        text = content.decode("gb18030")
    except UnicodeDecodeError:
        return ""
    beyond = re.findall(r"[^\x00-\x7f]", text[: 4 * SAMPLE])
    common = sum(1 for each in beyond if _is_common(each, "gb2312") or _is_common(each, "big5"))
    return text if common >= 0.97 * len(beyond) else ""


def _is_common(letter: str, table: str) -> bool:
    """Whether a letter is Chinese punctuation or in the first level of its table: the common characters."""
    try:
        lead = letter.encode(table)[0]
    except UnicodeEncodeError:
        return letter in "—…·“”‘’"
    low, high = _LEVEL_ONE[table]
    return low <= lead <= high or lead in _PUNCTUATION[table]


def _chosen(content: bytes, names: list[str]) -> str:
    if len(names) == 1:
        return names[0]
    # Whole lines only, so that no letter is cut in two.
    end = content.find(b"\n", SAMPLE)
    best = from_bytes(content[: end + 1] if end > 0 else content, cp_isolation=names).best()
    found = codecs.lookup(best.encoding).name if best else ""
    return next((name for name in names if codecs.lookup(name).name == found), names[0])


def _check_controls(text: str) -> None:
    match = _CONTROL.search(text)
    if match:
        before = text[: match.start()]
        raise InvalidInput(
            rows.refusal(
                sentence("control character %(name)s: this isn't text.", name=f"U+{ord(match[0]):04X}"),
                sentence("save the script as plain text, UTF-8."),
                before.count("\n") + 1,
                len(before) - before.rfind("\n"),
            )
        )


def _mojibake(lines: list[str]) -> Iterator[tuple[str, int, str]]:
    """Warn of letters that were decoded wrongly before the file was saved; refuse where they are many."""
    found = [number for number, line in enumerate(lines, start=1) if _MOJIBAKE.search(line)]
    broken = [number for number, line in enumerate(lines, start=1) if "\ufffd" in line]
    filled = sum(1 for line in lines if line.strip())
    if len(found) + len(broken) > max(1, 0.2 * filled):
        raise InvalidInput(
            rows.refusal(
                sentence("the text is garbled; it was saved with the wrong encoding."),
                sentence("open the original, choose its encoding, and save it as UTF-8."),
                min([*found, *broken]),
            )
        )
    for number in [*found, *broken]:
        yield ("mojibake", number, "letters look garbled")


def _place(before: bytes) -> tuple[int, int]:
    return before.count(b"\n") + 1, len(before) - before.rfind(b"\n")

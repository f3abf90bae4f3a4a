"""Tables in scripts: a frame around a heading, or two columns of names and speeches. Runs in the child
process.
"""

import re
from collections.abc import Iterator
from typing import Any

from generation.formats.docx_parts import local

_LABEL = re.compile(r"^(?:场次|场号|场景|场|景|地点|时间|时|日期|内外景|人物|出场人物|角色|人)\s*[：:]?$")
_HEAD = frozenset(
    {"场次", "画面", "内容", "台词", "对白", "角色", "人物", "备注", "序号", "镜号", "景别", "时长", "动作"}
)
_SCENE_COLUMNS = {"场次", "场号", "时间", "地点", "场景", "时", "景", "内外景", "日期"}
_CAST_COLUMNS = {"人物", "出场人物", "角色"}
_SHOT_COLUMNS = {"景别"}
_COUNT_COLUMNS = {"镜号", "序号", "时长", "备注"}
_PICTURE_COLUMNS = {"画面", "动作", "画面内容"}
_SPEECH_COLUMNS = {"台词", "对白", "内容", "剧情", "正文", "情节"}
_COLUMNS = (
    _SCENE_COLUMNS | _CAST_COLUMNS | _SHOT_COLUMNS | _COUNT_COLUMNS | _PICTURE_COLUMNS | _SPEECH_COLUMNS
)
LONGEST_NAME = 12


def table_rows(table: Any) -> Iterator[list[Any]]:
    """The rows of a table as lists of cells."""
    for row in table:
        if local(row) == "tr":
            yield [cell for cell in row if local(cell) == "tc"]


def table_lines(rows: list[list[list[str]]]) -> Iterator[list[str]]:
    """The lines of each row; a first row that names scenes or shots says what the columns hold."""
    head = ["".join(cell).rstrip("：: ") for cell in rows[0]] if rows else []
    named = len(head) > 2 and set(head) <= _COLUMNS and set(head) & (_PICTURE_COLUMNS | _SPEECH_COLUMNS)
    for index, cells in enumerate(rows):
        if not named or len(cells) != len(head):
            yield row_lines(cells)
        elif index:
            yield list(_columns(dict(zip(head, cells, strict=True))))


def _columns(row: dict[str, list[str]]) -> Iterator[str]:
    """A row of a list of scenes or shots: its heading, its people, what is seen, what is said."""
    fields = [f"{name}：{' '.join(cell)}" for name, cell in row.items() if name in _SCENE_COLUMNS and cell]
    if fields:
        yield "　".join(fields)
    for name, cell in row.items():
        if name in _CAST_COLUMNS and cell:
            yield f"人物：{'、'.join(cell)}"
    size = "".join(row.get("景别", []))
    for name, cell in row.items():
        if name in _PICTURE_COLUMNS:
            yield from (f"{size}：{line}" if size else f"△{line.lstrip('△')}" for line in cell)
        elif name in _SPEECH_COLUMNS:
            yield from cell
        elif name == "备注":
            yield from (f"备注：{line}" for line in cell)


def row_lines(cells: list[list[str]]) -> list[str]:
    """A row's cells, each a list of lines, as the lines of a script."""
    filled = [cell for cell in cells if cell]
    flat = ["".join(cell) for cell in filled]
    if len(flat) > 1 and all(text in _HEAD for text in flat):
        return []  # the head of a table names its columns
    if len(flat) > 1 and len(flat) % 2 == 0 and all(_LABEL.match(text) for text in flat[::2]):
        pairs = zip(flat[::2], flat[1::2], strict=True)
        return ["　".join(f"{label.rstrip('：: ')}：{text}" for label, text in pairs)]
    if len(filled) == 2 and len(filled[0]) == 1 and 0 < len(flat[0]) <= LONGEST_NAME and _is_name(flat[0]):
        return [f"{flat[0]}：{filled[1][0]}", *filled[1][1:]]
    return [line for cell in filled for line in cell]


def _is_name(text: str) -> bool:
    return not re.search(r"[：:。！？，,.!?△▲\d]", text)

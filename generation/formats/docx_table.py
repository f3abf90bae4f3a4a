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
LONGEST_NAME = 12


def table_rows(table: Any) -> Iterator[list[Any]]:
    """The rows of a table as lists of cells."""
    for row in table:
        if local(row) == "tr":
            yield [cell for cell in row if local(cell) == "tc"]


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

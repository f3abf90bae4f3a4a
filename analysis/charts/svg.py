"""From matplotlib's SVG to one that any page may show: no style sheet, no metadata, text as text."""

import io
import re
from collections.abc import Mapping
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from matplotlib import rc_context
from matplotlib.figure import Figure

FONTS = (
    "system-ui, 'Segoe UI', Roboto, 'Noto Sans', 'PingFang SC', 'Microsoft YaHei',"
    " 'Noto Sans CJK SC', sans-serif"
)
# Text stays text, so that a browser sets it in its own fonts (Chinese too); ids come from a fixed salt.
SETTINGS: Any = {
    "svg.fonttype": "none",
    "svg.hashsalt": "evalsite",
    "svg.id": None,
    "font.family": ["DejaVu Sans"],
    "path.simplify": False,
}
# What matplotlib would otherwise write: the moment, and its own name and version.
METADATA = {"Date": None, "Creator": None, "Format": None, "Type": None}


def to_svg(figure: Figure, texts: Mapping[str, str]) -> str:
    """The figure as SVG; each token of `texts` that was drawn becomes its text.

    Names come from people. Drawn as they are, a `$` would start a formula and a glyph that the
    drawing font lacks would warn; so tokens are drawn and the names put in afterwards.
    """
    with rc_context(SETTINGS):
        buffer = io.BytesIO()
        figure.savefig(buffer, format="svg", transparent=True, metadata=METADATA)
    svg = buffer.getvalue().decode("utf-8")
    svg = re.sub(r"^.*?(?=<svg)", "", svg, count=1, flags=re.DOTALL)
    svg = re.sub(r"\s*<metadata>.*?</metadata>", "", svg, flags=re.DOTALL)
    svg = re.sub(r"\s*<defs>\s*<style.*?</style>\s*</defs>", "", svg, flags=re.DOTALL)
    svg = re.sub(r"<!--.*?-->\s*", "", svg, flags=re.DOTALL)
    svg = re.sub(r'<svg[^>]*viewBox="([^"]*)"[^>]*>', _root, svg, count=1)
    svg = re.sub(r'\sstyle="([^"]*)"', _attributes, svg)
    svg = re.sub(r'<g id="[^"]*"(?=/?>)', "<g", svg)
    return re.sub(r">(@\d+@)<", lambda found: f">{escape(texts[found[1]])}<", svg)


def _root(found: re.Match[str]) -> str:
    _, _, width, height = found[1].split()
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"'
        f' width="{float(width):g}" height="{float(height):g}" viewBox="{found[1]}"'
        f' stroke-linejoin="round" stroke-linecap="butt" font-family={quoteattr(FONTS)}>'
    )


def _attributes(found: re.Match[str]) -> str:
    """`style="a: b; c: d"` as `a="b" c="d"`: a strict content policy forbids the former."""
    written = []
    for declaration in found[1].split(";"):
        key, _, value = (part.strip() for part in declaration.partition(":"))
        if key == "font":
            size = re.search(r"([\d.]+)px", value)
            weight = re.search(r"\b(bold|[1-9]00)\b", value)
            written += [f'font-size="{size[1]}"'] if size else []
            written += [f'font-weight="{weight[1]}"'] if weight else []
        elif key == "font-size":
            written.append(f'font-size="{value.removesuffix("px")}"')
        elif key and key != "font-family":
            written.append(f'{key}="{value}"')
    return "".join(f" {attribute}" for attribute in written)

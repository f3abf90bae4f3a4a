"""Screenplays as data: read them, typeset them, measure them. Pure: no Django, no clock, no chance.

    from generation.screenplay import parse, render_html

    script = parse(text, "zh")      # never raises, whatever the text holds (up to MAX_BYTES)
    html = render_html(script)      # the one house layout of its language

`canonical_text` and `digest` say what a script's text *is*; `parse` reads it into the scene model of
`model.py`; `render_html` and `plain_text` typeset it; `measure` counts; `check_format` says where the text
leaves its layout; `source_text` types a scene model so that `parse` gives it back; `bare_text` is a text
without marks of force.
"""

from generation.screenplay.measure import check_format, measure
from generation.screenplay.model import Element, Kind, Script
from generation.screenplay.parsing import bare_text, detect, parse, source_text
from generation.screenplay.plain import plain_text
from generation.screenplay.render import render_html
from generation.screenplay.text import MAX_BYTES, TextTooLarge, canonical_text, digest, script_text

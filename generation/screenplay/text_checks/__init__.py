"""Checks of texts that the leak scan, the pipelines and the synthesis rules share. Pure: no Django.

`languages` finds other languages and scripts, `remarks` finds what an assistant adds to a text, and
`look_alikes` finds letters that look like Latin ones.
"""

from generation.screenplay.text_checks.languages import (
    detect_language,
    detect_other_language,
    is_traditional,
)
from generation.screenplay.text_checks.remarks import find_meta_commentary

"""Sentences of the analysis (methods, reasons, warnings, causes) in Chinese.

The analysis speaks English in `report.json`, for those are data. Here each form of sentence has its
Chinese form; numbers and names pass through. What is not known here stays as it came.
"""

import re
from typing import Final

FORMS: Final[tuple[tuple[str, str], ...]] = ()


def chinese(text: str) -> str:
    """The sentence in Chinese, or as it came."""
    for pattern, form in FORMS:
        found = re.fullmatch(pattern, text)
        if found:
            return form.format(**{key: chinese(value or "") for key, value in found.groupdict().items()})
    return text

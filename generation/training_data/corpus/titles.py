"""Titles and names that are the same to whoever reads them."""

import unicodedata


def folded(name: str) -> str:
    """A title or a name without its case, width, spaces and points."""
    plain = unicodedata.normalize("NFKC", name).casefold()
    return "".join(each for each in plain if each.isalnum())

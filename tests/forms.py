"""Pages as a browser would send them on."""

import re


def hidden_fields(page: str) -> dict[str, list[str]]:
    """What a page that asks to confirm would send."""
    found: dict[str, list[str]] = {}
    for name, value in re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', page):
        if name != "csrfmiddlewaretoken":
            found.setdefault(name, []).append(value)
    return found

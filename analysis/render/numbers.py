"""Numbers as they are printed. One place, so that page, Markdown and charts agree to the digit."""

MINUS = "\N{MINUS SIGN}"
DASH = "\N{EN DASH}"


def fixed(value: float, digits: int) -> str:
    """`value` with so many digits after the point; a true minus; never "-0.0"."""
    text = f"{value:.{digits}f}"
    if text.startswith("-"):
        text = text[1:] if not text.strip("-0.") else MINUS + text[1:]
    return text


def rate(value: float) -> str:
    """A rate or ratio with two digits after the point, or more where two significant digits need more."""
    exponent = int(f"{value:.1e}".partition("e")[2])
    return fixed(value, max(2, 1 - exponent))


def percent(share: float) -> str:
    """A proportion from 0 to 1 as percent with one digit, without the sign."""
    return fixed(100 * share, 1)


def count(value: float) -> str:
    """A whole number with thin groups of three; a fractional count keeps one digit."""
    if value == int(value):
        return f"{int(value):,}".replace(",", "\N{NARROW NO-BREAK SPACE}")
    return fixed(value, 1)


def p_value(p: float) -> str:
    """Three digits, and a bound where three digits would say 0."""
    return "< 0.001" if p < 0.001 else fixed(p, 3)


def p_equals(p: float) -> str:
    """p with its sign, on one line: "p = 0.012"."""
    text = p_value(p)
    return f"p {text if text.startswith('<') else f'= {text}'}".replace(" ", "\N{NO-BREAK SPACE}")


def level(share: float) -> str:
    """A confidence level as percent: 0.95 as "95", 0.999 as "99.9", 1 - 0.05 / 3 as "98.33"."""
    return f"{100 * share:.{4 if share < 0.9995 else 10}g}"


MOST = 1000.0  # above it a limit says no more than that the denominator may be near zero


def bounded(value: float, digits: int) -> str:
    """A limit of a ratio; one that is bounded in name alone is told as being above the most."""
    return fixed(value, digits) if value <= MOST else f"> {count(MOST)}"

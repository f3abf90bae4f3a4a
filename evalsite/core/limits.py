"""Limits on how often something can be tried, counted in Django's cache."""

from django.core.cache import cache
from django.utils.crypto import salted_hmac


def is_over_limit(what: str, *, most: int, seconds: int) -> bool:
    """Count one try, and say whether there were more than `most` since the first one in `seconds`.

    Call it outside of a transaction that may be rolled back: the count would go with it.

    Parameters
    ----------
    what : who tries what. It is stored as a keyed hash, because it may hold an address.
    most : how many tries are allowed.
    seconds : how long the tries are counted, from the first one.

    Returns
    -------
    bool
        True from the try after the last allowed one.
    """
    key = f"limit-{salted_hmac('evalsite.core.limits', what, algorithm='sha256').hexdigest()}"
    if cache.add(key, 1, seconds):
        return most < 1
    try:
        return int(cache.incr(key)) > most
    except ValueError:  # It ended between the two calls.
        cache.set(key, 1, seconds)
        return most < 1

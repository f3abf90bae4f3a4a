"""Random codes: what stands in an address or on a page in place of a number that could be counted."""

import hashlib
import secrets

# No vowels, so that no code spells a word; no 0, 1 or l, so that a code can be read aloud.
ALPHABET = "23456789bcdfghjkmnpqrstvwxz"


def random_code(length: int = 12) -> str:
    """A code of `length` letters from the system's own source of chance: 57 bits at 12."""
    return "".join(secrets.choice(ALPHABET) for _ in range(length))


def derived_code(*names: str, length: int = 12) -> str:
    """A code that follows from some names, for what is no secret and has to be the same every time."""
    number = int.from_bytes(hashlib.sha256("\x1f".join(names).encode()).digest(), "big")
    letters = []
    for _ in range(length):
        number, rest = divmod(number, len(ALPHABET))
        letters.append(ALPHABET[rest])
    return "".join(letters)


def assignment_code() -> str:
    return random_code(16)


def entry_code() -> str:
    return random_code(16)


def rater_code() -> str:
    return random_code(8)


def new_secret() -> str:
    """The secret of a personal link: 32 bytes; only its hash is stored."""
    return secrets.token_urlsafe(32)


def hash_secret(secret: str) -> str:
    """SHA-256 of a secret that is already random, so a slow hash would protect nothing more."""
    return hashlib.sha256(secret.encode()).hexdigest()

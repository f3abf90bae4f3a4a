"""The script and the system behind the code of an entry. Pure."""

from dataclasses import dataclass

from evalsite.core.digests import json_digest


@dataclass(frozen=True, slots=True)
class Origin:
    """Sealed at freezing, revealed by unblinding. The nonce keeps the digest from being guessed open."""

    entry: str
    system: str
    script_digest: str
    sample: int
    nonce: str

    @property
    def digest(self) -> str:
        return json_digest([self.entry, self.system, self.script_digest, self.sample, self.nonce])

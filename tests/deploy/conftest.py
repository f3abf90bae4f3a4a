from tests.generation.conftest import en_brief

__all__ = ["en_brief"]

from django.apps import AppConfig
from django.core.checks import CheckMessage, Warning, register


class GenerationConfig(AppConfig):
    name = "generation"

    def ready(self) -> None:
        register(check_api_keys)


def check_api_keys(**_options: object) -> list[CheckMessage]:
    """Report what is wrong with the file of API keys to the operator: browsers only offer no key then."""
    from evalsite.core.errors import InputErrors
    from generation.backends.keys import load_keys

    try:
        load_keys()
    except InputErrors as refused:
        return [Warning(str(each), id="generation.W001") for each in refused.errors]
    return []

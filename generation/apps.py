from django.apps import AppConfig
from django.core.checks import CheckMessage, Warning, register
from django.db.models.signals import post_save


class GenerationConfig(AppConfig):
    name = "generation"

    def ready(self) -> None:
        from evalsite.core.teams import register_names
        from generation.models import Run
        from generation.services import keep_systems

        register(check_api_keys)
        register_names("run", lambda teams: Run.objects.filter(team__in=teams).values("code"))
        post_save.connect(keep_systems, sender="core.Team", dispatch_uid="keep systems")


def check_api_keys(**_options: object) -> list[CheckMessage]:
    """Report what is wrong with the file of API keys to the operator: browsers only offer no key then."""
    from evalsite.core.errors import InputErrors
    from generation.backends.keys import load_keys

    try:
        load_keys()
    except InputErrors as refused:
        return [Warning(str(each), id="generation.W001") for each in refused.errors]
    return []

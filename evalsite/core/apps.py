from django.apps import AppConfig


class CoreConfig(AppConfig):
    name = "evalsite.core"
    label = "core"

    def ready(self) -> None:
        # Every process, the web server's and a command's too, sends tasks through the one application.
        from evalsite import celery  # noqa: F401

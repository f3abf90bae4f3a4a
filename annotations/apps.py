from django.apps import AppConfig


class AnnotationsConfig(AppConfig):
    name = "annotations"

    def ready(self) -> None:
        # Registers the sealed table with Django; apart from this only freezing and unblinding import it.
        from annotations.blinding.sealed_scripts import find_sealed_pairs
        from annotations.staff.queries import studies_of_briefs
        from generation.blinding import register
        from generation.briefs import uses as brief_uses

        register(find_sealed_pairs)
        brief_uses.register(studies_of_briefs)

from django.apps import AppConfig


class AnnotationsConfig(AppConfig):
    name = "annotations"

    def ready(self) -> None:
        # Registers the sealed table with Django; apart from this only freezing and unblinding import it.
        from annotations.models import Study
        from annotations.spec.sealed_scripts import find_sealed_pairs
        from annotations.staff.studies.queries import studies_of_briefs
        from evalsite.core.teams import register_names
        from generation import extensions
        from generation.blinding import register

        register(find_sealed_pairs)
        extensions.register_brief_uses(studies_of_briefs)
        register_names("study", lambda teams: Study.objects.filter(team__in=teams).values("slug"))

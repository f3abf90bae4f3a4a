from django.apps import AppConfig


class AnalysisConfig(AppConfig):
    name = "analysis"

    def ready(self) -> None:
        from annotations.findings.warnings import register_half_width

        register_half_width("analysis.planner.forms.expected_half_width")

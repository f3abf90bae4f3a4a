"""Views get studies, and what belongs to them, through the access functions and in no other way."""

import ast
from pathlib import Path

from django.conf import settings

VIEWS = (
    "annotations/staff/**/*views.py",
    "annotations/staff/api.py",
    "analysis/**/*views.py",
    "analysis/api.py",
)
THROUGH_ACCESS = {
    "Study", "Rater", "Mailing", "Mail", "LeakFinding", "Rejection", "UnblindingRequest", "Report",
    "ReportLink", "ReportFile", "FullPdf", "Assignment", "Pairing", "Entry", "Judgment", "Score", "Mark",
}  # fmt: skip


def views() -> list[Path]:
    return sorted(path for pattern in VIEWS for path in settings.BASE_DIR.glob(pattern))


def managers(path: Path) -> set[str]:
    """The models whose managers a module uses, as in `Study.objects`."""
    return {
        node.value.id
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Attribute)
        and node.attr in ("objects", "_default_manager", "_base_manager")
        and isinstance(node.value, ast.Name)
    }


def test_no_view_queries_rows_of_studies():
    found = {str(path.relative_to(settings.BASE_DIR)): managers(path) & THROUGH_ACCESS for path in views()}
    assert len(found) > 12
    assert {name: models for name, models in found.items() if models} == {}


def test_the_look_finds_a_query(tmp_path):
    view = tmp_path / "views.py"
    view.write_text("def page(request, slug):\n    return Study.objects.filter(slug=slug)\n")
    assert managers(view) == {"Study"}

"""Which rows of this app a page may show. Staff see all runs; what is not there is 404."""

from django.http import Http404

from generation.models import Run


def run_or_404(code: str) -> Run:
    run = Run.objects.select_related("created_by").filter(code=code).first()
    if run is None:
        raise Http404
    return run

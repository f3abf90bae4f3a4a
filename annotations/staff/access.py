"""Which rows of a study the staff may reach. A slug or code that leads nowhere is 404, as for a stranger."""

from django.http import Http404

from annotations.models import LeakFinding, Rater, Rejection, Study, UnblindingRequest


def study_or_404(slug: str) -> Study:
    study = Study.objects.filter(slug=slug).first()
    if study is None:
        raise Http404
    return study


def rater_or_404(slug: str, code: str) -> Rater:
    rater = Rater.objects.select_related("study").filter(study__slug=slug, code=code).first()
    if rater is None:
        raise Http404
    return rater


def finding_or_404(slug: str, code: str) -> LeakFinding:
    finding = LeakFinding.objects.select_related("study").filter(study__slug=slug, code=code).first()
    if finding is None:
        raise Http404
    return finding


def rejection_or_404(slug: str, code: str) -> Rejection:
    rejection = Rejection.objects.select_related("study").filter(study__slug=slug, code=code).first()
    if rejection is None:
        raise Http404
    return rejection


def waiting_request(study: Study) -> UnblindingRequest | None:
    """The one request to open the seal that waits for a second person."""
    waiting = study.unblindings.filter(state=UnblindingRequest.State.WAITING)
    return waiting.select_related("requested_by").first()

"""The address that a recruiting service sends everybody to. A look spends nothing; a button takes a seat."""

from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from annotations.desk import recruiting, services
from annotations.desk.consent import practice_text, study_contact
from annotations.desk.next_page import CLOSED_PAGES, participation_ended
from annotations.desk.rater_views import describe_offer, link_after_leaving
from annotations.desk.recruiting import ProlificIds
from annotations.desk.responses import AGAIN, see_other
from annotations.desk.seats import free_seats
from annotations.desk.sessions import sign_in
from annotations.models import Slot, Study


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def shared(request: HttpRequest, door: str) -> HttpResponse:
    study = recruiting.study_by_link_key(door)
    if study is None:
        return render(request, "rater/unknown_link.html", status=404)
    ids = recruiting.read_prolific_ids(study, request.GET)
    if not isinstance(ids, ProlificIds):
        return render(request, "rater/prolific_broken.html", {"study": study}, status=400)
    rater = recruiting.find_participant(study, ids)
    if rater is not None and rater.withdrawn_at:
        return link_after_leaving(request, rater)
    free = [reads for reads, seats in free_seats(study).items() if seats]
    if request.method == "POST":
        reads = request.POST.get("reads") or (free[0] if len(free) == 1 else "")
        if rater is None and len(free) > 1 and not reads:
            asked = request.get_full_path()
            return HttpResponseRedirect(asked if AGAIN in request.GET else f"{asked}&{AGAIN}=1", status=303)
        return _take_seat(request, study, ids, reads if reads in free else "")
    if rater is None and study.state != Study.State.OPEN:
        return render(request, CLOSED_PAGES[Study.State(study.state)], {"study": study})
    if rater is None and not free:
        return render(request, "rater/no_seat.html", {"study": study})
    context = {
        "study": study,
        "known": rater is not None,
        "over": rater is not None and participation_ended(rater),
        "free": free,
        "unsaid": AGAIN in request.GET,
        "contact": study_contact(study),
        "practice_text": practice_text(study),
        **describe_offer(study, _tasks(study)),
    }
    return render(request, "rater/enter_shared.html", context)


def _tasks(study: Study) -> int:
    """How many pairs, or scripts, a seat has, where all have the same number; else 0."""
    main = Count("slots", filter=Q(slots__phase=Slot.Phase.MAIN))
    numbers = set(study.seats.annotate(tasks=main).values_list("tasks", flat=True))
    return numbers.pop() if len(numbers) == 1 else 0


def _take_seat(request: HttpRequest, study: Study, ids: ProlificIds, reads: str) -> HttpResponse:
    try:
        rater = recruiting.enrol_participant(study=study, ids=ids, languages=reads.split())
    except services.NoFreeSeat:
        return render(request, "rater/no_seat.html", {"study": study}, status=409)
    except services.NotOpen as refusal:
        return render(request, CLOSED_PAGES[Study.State(refusal.state)], {"study": study}, status=409)
    return sign_in(request, see_other("rater-desk"), rater)

"""A bare Django view to measure judging by: it shows two scripts and a form, and stores what is sent.

No session, no middleware, no check of anything: one template, one insert.
"""

from typing import Any

from django.db import connection, models
from django.http import HttpRequest, HttpResponse
from django.template import Context, Engine, Template
from django.urls import path
from django.views.decorators.csrf import csrf_exempt

PAGE = Engine(autoescape=True).from_string("""<!doctype html><title>Pair</title>
<form method="post"><input type="hidden" name="token" value="x">
{% for script in scripts %}<section>{{ script|safe }}</section>{% endfor %}
{% for name, values in questions %}<fieldset><legend>{{ name }}</legend>
{% for value in values %}<label>
<input type="radio" name="{{ name }}" value="{{ value }}">{{ value }}</label>{% endfor %}
</fieldset>{% endfor %}<textarea name="reason"></textarea><button>Send</button></form>""")
CHOICES = ("left", "right", "tie", "neither")
QUESTIONS: list[tuple[str, tuple[str, ...]]] = [
    (f"choice-{name}", CHOICES) for name in ("overall", "dialogue", "character")
]
QUESTIONS += [(f"strength-{name}", ("1", "2", "3")) for name in ("overall", "dialogue", "character")]
QUESTIONS += [(f"score-{side}", tuple(map(str, range(1, 13)))) for side in ("left", "right")]
PAIRS: list[tuple[int, int]] = []
"""Primary keys of the entries of each pair: what stands at /1/, /2/, ..."""


class Sent(models.Model):
    """A form as it came."""

    pair = models.IntegerField()
    content = models.JSONField()
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        app_label = "bench"
        db_table = "bench_sent"


@csrf_exempt
def pair(request: HttpRequest, number: int) -> HttpResponse:
    from annotations.models import Entry

    if request.method == "POST":
        Sent(pair=number, content=request.POST.dict()).save(force_insert=True)
        return HttpResponse(status=303, headers={"Location": f"/{number % len(PAIRS) + 1}/"})
    scripts = list(Entry.objects.filter(pk__in=PAIRS[number - 1]).values_list("html", flat=True))
    template: Template = PAGE
    return HttpResponse(template.render(Context({"scripts": scripts, "questions": QUESTIONS})))


def ready(pairs: list[tuple[int, int]]) -> None:
    """Make the table and say which pairs there are."""
    PAIRS[:] = pairs
    with connection.schema_editor() as editor:
        editor.create_model(Sent)


def application() -> Any:
    from django.core.handlers.wsgi import WSGIHandler

    return WSGIHandler()


urlpatterns = [path("<int:number>/", pair)]

"""The pages of filter, review, datasets and models: what they show, what a decision in the browser does."""

import io
import zipfile

import pytest
from django.test import Client
from django.urls import reverse
from django.utils.html import escape
from django.utils.translation import override

from evalsite.core.errors import InputErrors
from evalsite.core.models import User
from generation.training_data.datasets import steps
from generation.training_data.datasets.building import build
from generation.training_data.datasets.reviewing import (
    Lack,
    decide,
    lack_of,
    load_synthesized_scene,
    queue_of,
)
from generation.training_data.models import Candidate, Dataset, Review, TrainedModel, Work
from tests.factories import person
from tests.generation.training_data.finished import finished_run
from tests.generation.training_data.material import store_works

pytestmark = pytest.mark.django_db


def text(answer: object) -> str:
    assert answer.status_code == 200, answer.status_code  # type: ignore[attr-defined]
    return answer.content.decode()  # type: ignore[attr-defined]


def test_empty_lists_say_what_to_do(researcher: Client) -> None:
    assert "No datasets yet" in text(researcher.get(reverse("generation-datasets")))
    assert "register_model CARD.json" in text(researcher.get(reverse("generation-models")))
    assert researcher.get(reverse("generation-dataset", args=["none", 1])).status_code == 404


@pytest.mark.slow
def test_from_the_run_to_a_decision_to_a_dataset(admin: Client) -> None:
    run = finished_run(share=0.2, twice=0.0)
    page = reverse("generation-run", args=[run.code])
    shown = text(admin.get(page))
    assert "Filtering scenes: 0 of 8." in shown
    assert "Nothing has been filtered yet" not in shown
    queue = reverse("generation-review", args=[run.code])
    assert "Nothing has been filtered yet" in text(admin.get(queue))
    assert admin.post(reverse("generation-filter", args=[run.code])).status_code == 303
    assert "0 of 2 reviews completed" in text(admin.get(page))
    ada = User.objects.get(username="ada")
    first, second = queue_of(run, ada).waiting
    shown = text(admin.get(reverse("generation-candidate", args=[run.code, first])))
    whole = load_synthesized_scene(Candidate.objects.get(pk=first))
    assert "1 of 2" in shown
    assert escape(whole.fields["pacing"]) in shown
    assert "Judge model and rules" not in shown, "marks would lead the reader"
    assert 'class="script script-' in shown, "the house layout"
    address = reverse("generation-candidate", args=[run.code, first])
    refused = admin.post(address, {**whole.fields, "action": "1. one", "decision": "accept"})
    assert refused.status_code == 422
    assert 'aria-describedby="e-action"' in refused.content.decode()
    assert ">1. one</textarea>" in refused.content.decode(), "what was written is not lost"
    assert admin.post(address, {"decision": "reject", "reason": "other"}).status_code == 422
    fields = {**whole.fields, "pacing": whole.fields["pacing"] + " " + whole.fields["pacing"]}
    done = admin.post(address, {**fields, "decision": "accept"})
    assert done["Location"] == reverse("generation-candidate", args=[run.code, second])
    after = text(admin.get(address))
    assert "<ins>" in after
    assert "Judge model and rules" in after
    admin.post(done["Location"], {"decision": "reject", "reason": "flat", "words": "no end"})
    assert list(Review.objects.values_list("decision", "reason", "words")) == [
        ("edit", "", ""),
        ("reject", "flat", "no end"),
    ]
    assert "Nothing to review" in text(admin.get(queue))
    fell = text(admin.get(reverse("generation-rejected", args=[run.code, "people"]) + "?reason=flat"))
    assert "no end" in fell
    refused = admin.post(reverse("generation-build", args=[run.code]), {"name": "My Data!"}, follow=True)
    assert refused.redirect_chain[-1][0].endswith("#build")
    form = text(refused)
    assert '<details id="build" open>' in form
    assert 'value="My Data!" aria-describedby="build-fault"' in form, "the name is not lost"
    assert "Dataset names may contain only" in form
    built = admin.post(reverse("generation-build", args=[run.code]), {"name": "sample"})
    dataset = Dataset.objects.get()
    assert built["Location"] == reverse("generation-dataset", args=["sample", 1])
    assert "Built with " in text(admin.get(built["Location"]))
    assert dataset.digest in text(admin.get(built["Location"]))
    assert "sample@1" in text(admin.get(reverse("generation-datasets")))
    assert "sample@1" in text(admin.get(page))


@pytest.mark.slow
def test_two_readers_do_not_see_each_other_and_a_third_sees_both(researcher: Client) -> None:
    run = finished_run(share=0.1, twice=1.0, filtered=True)
    candidate = Candidate.objects.get(readers=2)
    address = reverse("generation-candidate", args=[run.code, candidate.pk])
    decide(candidate=candidate, reviewer=person("tom"), decision="accept")
    assert "tom" not in text(researcher.get(address))
    decide(candidate=candidate, reviewer=person("ida"), decision="reject", reason="flat", words="dull")
    shown = text(researcher.get(address))
    assert "Two reviewers disagree" in shown
    assert "Decision by tom" in shown
    assert "dull" in shown


@pytest.mark.slow
def test_a_dataset_can_be_leafed_through_and_downloaded(researcher: Client) -> None:
    run = finished_run()
    dataset = build(run, "sample").dataset
    TrainedModel.objects.create(slug="m-1", name="m", digest="1", dataset=dataset, variant="dsr", card={})
    page = text(researcher.get(reverse("generation-dataset", args=["sample", 1])))
    assert "<h3>Known limits</h3>" in page
    assert f'href="{reverse("generation-model", args=["m-1"])}"' in page
    work = dataset.examples.first().scene.work
    assert f'<a href="{reverse("generation-work", args=[work.slug])}">{work.slug}</a>' in page
    leaf = reverse("generation-examples", args=["sample", 1])
    assert "As chat messages" in text(researcher.get(leaf + "?page=3&split=train"))
    assert "No examples in this split" in text(researcher.get(leaf + "?split=test"))
    answer = researcher.get(reverse("generation-dataset-download", args=["sample", 1]))
    content = b"".join(answer.streaming_content)
    with zipfile.ZipFile(io.BytesIO(content)) as found:
        assert found.testzip() is None
        assert "sample-1/manifest.json" in found.namelist()


def test_a_dispute_of_the_only_two_says_that_a_third_is_needed(researcher: Client) -> None:
    run = finished_run(share=0.1, twice=1.0, filtered=True)
    rae, candidate = User.objects.get(username="rae"), Candidate.objects.get(readers=2)
    assert "1 more reviewer is needed" in text(researcher.get(reverse("generation-review", args=[run.code])))
    tom = person("tom")
    assert lack_of(run) == Lack(0, 0), "two can do what two are to read"
    decide(candidate=candidate, reviewer=tom, decision="accept")
    decide(candidate=candidate, reviewer=rae, decision="reject", reason="flat", words="dull")
    assert lack_of(run) == Lack(1, 1)
    for name, args in (
        ("generation-review", [run.code]),
        ("generation-run", [run.code]),
        ("generation-synthesis", []),
    ):
        shown = text(researcher.get(reverse(name, args=args)))
        assert "1 more reviewer is needed" in shown, name
        assert "Others still have reviews to finish" not in shown, name
        assert "review 1 scene" not in shown, "nothing waits for the one who looks"
    with pytest.raises(InputErrors, match="make an account"):
        build(run, "sample")
    person("ida")
    assert lack_of(run) == Lack(0, 0)


def test_why_a_mark_is_too_low_is_said_in_the_readers_language() -> None:
    stored = steps.reason_of("faithfulness", given=2, least=4)
    with override("zh-hans"):
        assert steps.render_detail("judge", stored) == "忠实度 2 分，最低 4 分"
    assert steps.render_detail("judge", stored) == "faithfulness 2, minimum 4"


def test_a_dataset_of_one_series_warns_that_it_has_no_validation_and_names_only_what_it_holds(
    admin: Client,
) -> None:
    works = store_works()
    run = finished_run(works=works[:1], filtered=True)
    warning = "No English examples for validation or test: 1 series is not enough."
    assert warning in text(admin.get(reverse("generation-run", args=[run.code])))
    answer = admin.post(reverse("generation-build", args=[run.code]), {"name": "sample"}, follow=True)
    shown = text(answer)
    assert warning in shown
    assert "No validation or test examples in language en" in shown


@pytest.mark.slow
def test_the_card_names_as_sources_what_gave_examples() -> None:
    run = finished_run(filtered=True)
    last = Work.objects.order_by("slug").last()
    Candidate.objects.filter(run=run, scene__work=last).update(
        dropped_at="rules", reason=steps.reason_of("novel/short"), marks={"rules": False}
    )
    card = build(run, "sample").dataset.card
    table, rest = (
        card.partition("## Sources")[2]
        .partition("## Filter")[0]
        .split("These works were also part of the run")
    )
    assert last.slug not in table
    assert last.slug in rest


def test_signs_that_no_text_has_and_fields_that_are_too_long_are_refused_in_words(researcher: Client) -> None:
    run = finished_run(share=0.1, twice=1.0, filtered=True)
    candidate = Candidate.objects.filter(readers=2).first()
    address = reverse("generation-candidate", args=[run.code, candidate.pk])
    novel = load_synthesized_scene(candidate).novel
    for words, said in (
        (f"{novel} <|im_end|>", 'aria-invalid="true"'),
        ("y" * 40_001, "40001 characters is too long"),
    ):
        answer = researcher.post(address, {"decision": "accept", "novel": words})
        assert answer.status_code == 422
        assert said in answer.content.decode()
    assert not Review.objects.exists(), "nothing was cut and kept"
    answer = researcher.post(address, {"decision": "reject", "reason": "other", "words": "bad\x00\nend"})
    assert answer.status_code == 303
    review = Review.objects.get()
    assert (review.reason, review.words) == ("other", "bad end")
    other = User.objects.create_user(username="zoe", is_staff=True, role=User.Role.RESEARCHER)
    decide(candidate=candidate, reviewer=other, decision="accept")
    closed = text(researcher.get(address))
    assert "neither of you can change your decision" in closed
    assert 'value="accept"' not in closed

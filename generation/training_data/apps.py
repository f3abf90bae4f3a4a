from typing import Any

from django.apps import AppConfig


class TrainingDataConfig(AppConfig):
    """Training data from finished screenplays. Generation does not know this app: it registers here."""

    name = "generation.training_data"
    label = "training_data"
    verbose_name = "Training data"

    def ready(self) -> None:
        from django.db.models.signals import post_save

        from evalsite.core import reason_codes
        from generation import extensions, reasons
        from generation.backends import canned as canned_answers
        from generation.models import Run
        from generation.pipelines import INPUTS, RULES, refusals
        from generation.pipelines.spec import DERIVED
        from generation.runs import kinds
        from generation.training_data import labels as own_labels
        from generation.training_data.synthesis import canned
        from generation.training_data.synthesis import refusals as own_refusals
        from generation.training_data.synthesis.rules.registry import SYNTHESIS_RULES
        from generation.training_data.synthesis.scenes import PERSON, SCENE
        from generation.training_data.synthesis.texts import BEATS

        INPUTS.update({SCENE.name: SCENE, PERSON.name: PERSON})
        RULES.update(SYNTHESIS_RULES)
        DERIVED["beats"] = BEATS
        refusals.register(own_refusals.TEXTS)
        reason_codes.TEXTS.update(own_refusals.REASON_TEXTS)
        reasons.RULE_LABELS.update(own_labels.RULE_LABELS)
        reasons.PART_NAMES.append(own_labels.part_name)
        canned_answers.OTHER_ANSWERS.append(canned.answer)
        post_save.connect(keep_recipes, sender="core.Team", dispatch_uid="keep recipes")
        # Named by path, and imported when they are needed: a command starts without them.
        kinds.register(Run.Kind.SYNTHESIZE, f"{self.name}.run_kind.SynthesisRuns")
        extensions.register_lineage(f"{self.name}.datasets.lineage.RegisteredModels")
        extensions.OVERVIEW_CARDS.append(
            ("training_data/_overview_cards.html", f"{self.name}.pages.dataset_pages.card_values")
        )


def keep_recipes(*, instance: Any, created: bool, raw: bool = False, **_: Any) -> None:
    """When a site gets its second team, leave the recipes that do not ship to the first one."""
    from generation.models import System
    from generation.services import earlier_team
    from generation.training_data.synthesis.recipe import find_recipe, shipped_recipes

    if (earlier := earlier_team(instance, created=created and not raw)) is not None:
        shipped = {spec.slug for name in shipped_recipes() for spec in find_recipe(name).specs}
        own = System.objects.filter(team=None, kind=System.Kind.RECIPE).exclude(slug__in=shipped)
        own.update(team=earlier)

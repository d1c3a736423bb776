"""Values for prose of the recorded studies, and of the present run beside them."""

from collections.abc import Iterable, Mapping
from itertools import pairwise

import numpy as np
import scipy
from numpy.typing import ArrayLike

from mnist_report.common.words import words
from mnist_report.evaluation.statistics import Interval, PowerLaw, mean_difference, power_law
from mnist_report.reporting.values.run import Values, only
from mnist_report.studies import ablation, comparison, scaling
from mnist_report.studies.ablation import AblationStudy, Row
from mnist_report.studies.published_program import FaultStudy
from mnist_report.studies.record import RecipeSummary, Study
from mnist_report.studies.run import Records
from mnist_report.training import Recipe, Run

FALSE_DISCOVERIES = 0.05
NO_CHANGE = "dropout", "logits"  # steps that mathematically change nothing: there is no hypothesis


def of_studies(
    records: Records, run: Run, labels: ArrayLike, language: str | None = None
) -> Values:
    """Gather values for prose, under the name `studies`; names in lists are in the language.

    `own` is the run of the report, with test `labels` (N,), beside a recorded one; `records` says
    when and where each was made.
    """
    recipes = records.recipes
    pairs = {"ours": ("original", "standard"), "close": ("standard", "best")}
    compared = {
        key: Values(
            recipes.between(*names)[0],  # of the first seed
            over_seeds=comparison.pooled(recipes, *names),
        )
        for key, names in pairs.items()
    }
    return Values(
        ablation=of_ablation(records.ablation, language),
        scaling=of_scaling(records.data_size),
        faults=_faults(records.faults),
        pairs=Values(compared),
        own=comparison.compare_with_record(run, labels, recipes),
        records={study.study: study.made for study in records},
    )


def _faults(study: FaultStudy) -> Values:
    peeking, gain = study.peeking, study.peeking.gain
    counts = {"runs": len(peeking.best), "epochs": len(peeking.test[0])}
    images = gain.mean * study.recipes[0].test.images
    shown = only(study, "device", "dropout", "loss", "normalisation")
    return Values(shown, peeking=Values(gain, counts, images=images))


def of_recipe_study(study: Study, chosen: Recipe) -> Values:
    """Gather values for prose, under the name `study`."""
    recipes = {recipe.recipe: _of_recipe(recipe) for recipe in study.recipes}
    # Of these very settings: a recipe of one's own has not been studied.
    same = [r.recipe for r in study.recipes if r.settings == chosen.as_dict()]
    return Values(
        study.made,
        seeds=len(study.seeds),
        threads=[int(number) for number in study.found("threads")],
        recipes=recipes,
        current=recipes[same[0]] if same else None,
        best=max(recipes.values(), key=lambda recipe: recipe.mean),
    )


def _of_recipe(recipe: RecipeSummary) -> Values:
    test = recipe.test
    return Values(
        only(recipe, "runs"),
        only(test, "mean", "deviation", "min", "max", "errors"),
        name=recipe.recipe,
        interval=test.interval or Interval(None, None),
        # What drawing other test images from the same source would do, for one given network.
        sampling_deviation=(test.mean * (1 - test.mean) / test.images) ** 0.5,
        average=only(recipe.average, "accuracy", "errors"),
    )


def of_ablation(study: AblationStudy, language: str | None = None) -> Values:
    """Gather what prose may say of the study, with names of changes and parts in a language."""
    w = words(language)
    first, *steps = ablation.ladder(study)
    whole, *parts = ablation.leave_one_out(study)
    # Which changes count is told by Welch's t-test on the runs of neighbouring steps, for all but
    # `NO_CHANGE` together at a false-discovery rate of 5 % (Benjamini and Hochberg 1995).
    changes = _effects(pair for pair in pairwise(steps) if pair[1].key not in NO_CHANGE)
    removed = _effects((whole, part) for part in parts)

    def names(effects: Mapping[str, float], sign: int) -> list[str]:
        return [w[f"change_{key}"] for key, effect in effects.items() if np.sign(effect) == sign]

    before, after = max(pairwise(steps), key=lambda pair: pair[0].mean - pair[1].mean)
    last = steps[-1]
    return Values(
        passes=study.recipes[0].epochs,
        seeds=len(study.seeds),
        steps=len(steps) - 1,
        false_discoveries=FALSE_DISCOVERIES,
        published=Values(error=first.mean, seconds=first.seconds),
        tensors_seconds=steps[0].seconds,
        standard=Values(error=last.mean, seconds=last.seconds),
        factor=first.mean / last.mean,
        largest=Values(name=w[f"change_{after.key}"], before=before.mean, after=after.mean),
        better=names(changes, -1),
        worse=names(changes, 1),
        unclear=names(changes, 0),
        missed=names(removed, 1),
        not_missed=names(removed, -1),
        unclear_parts=names(removed, 0),
    )


def _effects(pairs: Iterable[tuple[Row, Row]]) -> dict[str, float]:
    """By the second's key, how much larger its error is; 0 where chance may have made that."""
    pairs = list(pairs)
    keys = [after.key for _, after in pairs]
    if any(len(row.errors) < 2 for pair in pairs for row in pair):
        return dict.fromkeys(keys, 0.0)  # nothing can be told from single runs
    tests = [mean_difference(before.errors, after.errors) for before, after in pairs]
    sure = (
        scipy.stats.false_discovery_control([test.p_value for test in tests]) <= FALSE_DISCOVERIES
    )
    return dict(zip(keys, sure * [test.difference for test in tests], strict=True))


def of_scaling(study: Study) -> Values:
    """Gather what prose may say of the study."""
    images, width = scaling.equal_steps(study), scaling.widths(study)
    errors, wide = (runs.groupby("x").error.mean() for runs in (images, width))
    seconds = width.groupby("x").seconds.mean()
    upper = images[images.x >= np.median(errors.index)]
    an_image, fixed = scaling.seconds_line(scaling.one_pass(study))
    law, cost = scaling.error_law(images), _law(power_law(width.x, width.seconds))
    return Values(
        seeds=len(study.seeds),
        fewest=Values(images=errors.index[0], error=errors.iloc[0]),
        most=Values(images=errors.index[-1], error=errors.iloc[-1]),
        law=_law(law),
        upper=Values(_law(scaling.error_law(upper)), images=upper.x.min()),
        microseconds_an_image=1e6 * an_image,
        fixed_seconds=fixed,
        narrowest=Values(width=wide.index[0], error=wide.iloc[0]),
        widest=Values(width=wide.index[-1], error=wide.iloc[-1]),
        width_law=_law(scaling.error_law(width)),
        width_cost=Values(cost, factor=seconds.iloc[-1] / seconds.iloc[0]),
    )


def _law(law: PowerLaw) -> Values:
    return Values(law.interval, exponent=law.exponent)

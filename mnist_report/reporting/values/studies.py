"""Values for prose of the recorded studies, and of the present run beside them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from mnist_report.common.words import words
from mnist_report.evaluation.statistics import Interval, PowerLaw, mean_difference, power_law
from mnist_report.reporting.values.prose import Values
from mnist_report.studies import ablation, comparison, scaling
from mnist_report.studies.ablation import AblationStudy, Row
from mnist_report.studies.comparison import RecipeStudy
from mnist_report.studies.published_program import FaultStudy
from mnist_report.studies.record import RecipeSummary, Study
from mnist_report.studies.run import Records
from mnist_report.training.recipes import Recipe
from mnist_report.training.runs import Run

FALSE_DISCOVERIES = 0.05


def of_studies(
    records: Records, run: Run, labels: ArrayLike, language: str | None = None
) -> Values:
    """Gather values for prose, under the name `studies`.

    Args:
        records: as `studies.load_all` gives them.
        run: the run that the report is about.
        labels: (N,) of the test images.
        language: of the names in lists.

    Returns:
        `ablation`, `scaling`, `faults`, `pairs` (of recorded recipes) and `own` (the run of the
        report beside a recorded one); `records`, when and where each was made.
    """
    recipes = records.recipes
    return Values(
        ablation=of_ablation(records.ablation, language),
        scaling=of_scaling(records.data_size),
        faults=_faults(records.faults),
        pairs=Values(
            ours=_pair(recipes, "original", "standard"), close=_pair(recipes, "standard", "best")
        ),
        own=comparison.compare_with_record(run, labels, recipes),
        records={study.study: study.made for study in records},
    )


def _pair(study: RecipeStudy, first: str, second: str) -> Values:
    """Return the first seed's comparison, and `over_seeds`, all of them."""
    one, together = study.between(first, second)[0], comparison.pooled(study, first, second)
    return Values(**dict(one), over_seeds=together)


def _faults(study: FaultStudy) -> Values:
    peeking, gain = study.peeking, study.peeking.gain
    return Values(
        **{key: getattr(study, key) for key in ("device", "dropout", "loss", "normalisation")},
        peeking=Values(
            runs=len(peeking.best),
            epochs=len(peeking.test[0]),
            mean=gain.mean,
            interval=gain.interval,
            images=gain.mean * study.recipes[0].test.images,
        ),
    )


def of_recipe_study(study: Study, chosen: Recipe) -> Values:
    """Gather values for prose, under the name `study`.

    `study.current` is the chosen recipe's part, if the study holds that recipe with these very
    settings, else None: a recipe of one's own has not been studied.
    """
    recipes = {recipe.recipe: _of_recipe(recipe) for recipe in study.recipes}
    same = [r.recipe for r in study.recipes if r.settings == chosen.as_dict()]
    return Values(
        seeds=len(study.seeds),
        **study.made._asdict(),
        threads=[int(number) for number in study.found("threads")],
        recipes=recipes,
        current=recipes[same[0]] if same else None,
        best=max(recipes.values(), key=lambda recipe: recipe.mean),
    )


def _of_recipe(recipe: RecipeSummary) -> Values:
    test = recipe.test
    return Values(
        name=recipe.recipe,
        runs=recipe.runs,
        **{key: getattr(test, key) for key in ("mean", "deviation", "min", "max", "errors")},
        interval=test.interval or Interval(None, None),
        # What drawing other test images from the same source would do, for one given network.
        sampling_deviation=(test.mean * (1 - test.mean) / test.images) ** 0.5,
        average={"accuracy": recipe.average.accuracy, "errors": recipe.average.errors},
    )


def of_ablation(study: AblationStudy, language: str | None = None) -> Values:
    """Gather what prose may say of the study, with names of changes and parts in a language.

    Which changes count is told by Welch's t-test on the runs of neighbouring steps, for all of
    them together at a false-discovery rate of 5 % (Benjamini and Hochberg 1995).
    """
    w = words(language)
    first, *steps = ablation.ladder(study)
    whole, *parts = ablation.leave_one_out(study)
    effects = _differences(pairwise(steps))
    removed = _differences((whole, part) for part in parts)

    def names(rows: Sequence[Row], differences: Sequence[float], sign: int) -> list[str]:
        pairs = zip(rows, differences, strict=True)
        return [w[f"change_{row.key}"] for row, effect in pairs if np.sign(effect) == sign]

    before, after = max(pairwise(steps), key=lambda pair: pair[0].mean - pair[1].mean)
    last = steps[-1]
    return Values(
        passes=study.recipes[0].epochs,
        seeds=len(study.seeds),
        steps=len(effects),
        false_discoveries=FALSE_DISCOVERIES,
        published={"error": first.mean, "seconds": first.seconds},
        tensors_seconds=steps[0].seconds,
        standard={"error": last.mean, "seconds": last.seconds},
        factor=first.mean / last.mean,
        speedup=first.seconds / last.seconds,
        largest={"name": w[f"change_{after.key}"], "before": before.mean, "after": after.mean},
        better=names(steps[1:], effects, -1),
        worse=names(steps[1:], effects, 1),
        unclear=names(steps[1:], effects, 0),
        missed=names(parts, removed, 1),
        not_missed=names(parts, removed, -1),
        unclear_parts=names(parts, removed, 0),
    )


def _differences(pairs: Iterable[tuple[Row, Row]]) -> list[float]:
    """Return how much larger the second's error is, or 0 where chance may have made that."""
    pairs = list(pairs)
    if any(len(row.errors) < 2 for pair in pairs for row in pair):
        return [0.0] * len(pairs)  # nothing can be told from single runs
    tests = [mean_difference(first.errors, second.errors) for first, second in pairs]
    rates = stats.false_discovery_control([test.p_value for test in tests])
    found = zip(tests, rates, strict=True)
    return [test.difference if rate <= FALSE_DISCOVERIES else 0.0 for test, rate in found]


def of_scaling(study: Study) -> Values:
    """Gather what prose may say of the study."""
    images, once, width = (
        f(study) for f in (scaling.equal_steps, scaling.one_pass, scaling.widths)
    )
    x, errors = images.means(images.error)
    wide, wide_errors = width.means(width.error)
    _, wide_seconds = width.means(width.seconds)
    upper = images.x >= np.median(x)
    upper = scaling.Series(*(values[upper] for values in images))
    an_image, fixed = scaling.seconds_line(once)
    return Values(
        seeds=len(study.seeds),
        fewest={"images": int(x[0]), "error": errors[0]},
        most={"images": int(x[-1]), "error": errors[-1]},
        law=_law(scaling.error_law(images)),
        upper={"images": int(upper.x[0])} | _law(scaling.error_law(upper)),
        halving=2 ** (-1 / scaling.error_law(images).exponent),
        microseconds_an_image=1e6 * an_image,
        fixed_seconds=fixed,
        narrowest={"width": int(wide[0]), "error": wide_errors[0]},
        widest={"width": int(wide[-1]), "error": wide_errors[-1]},
        best_width=int(wide[wide_errors.argmin()]),
        width_law=_law(scaling.error_law(width)),
        width_cost=_law(power_law(width.x, width.seconds))
        | {"factor": wide_seconds[-1] / wide_seconds[0]},
    )


def _law(law: PowerLaw) -> dict[str, float]:
    return {"exponent": law.exponent} | law.interval._asdict()

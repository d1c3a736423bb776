"""Values for the report's prose on reliability: how far the run can be trusted, and its cost.

They join those of `values.run`. Names of corruptions and methods are in the report's language.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from mnist_report.common.words import words
from mnist_report.datasets.dataset import Dataset
from mnist_report.evaluation import Evaluation, label_errors
from mnist_report.evaluation.baselines import Baseline
from mnist_report.evaluation.label_errors import LabelAudit
from mnist_report.evaluation.robustness import Robustness
from mnist_report.reporting.values.prose import Values, as_json
from mnist_report.reporting.values.run import largest_cell
from mnist_report.training.runs import Run

WORST = 3  # kinds of corruption named in the text
GEOMETRY = ("shear", "scale", "rotate", "translate")  # what augmentation imitates
FOUND_AT = 1  # the place of `label_errors.DEPTHS` that the text speaks of


def of_reliability(
    evaluation: Evaluation,
    robustness: Mapping[str, Robustness],
    runs: Sequence[Run],
    data: Dataset,
    language: str | None = None,
) -> Values:
    """Gather the values of an evaluation with all its parts.

    Args:
        evaluation: of the run that the report is about, with `baselines` and `external`.
        robustness: of `evaluation.robustness_with_original`; the run comes last.
        runs: all finished runs, by which the audit knows what no network classifies as labelled.
        data: the data set.
        language: of names.
    """
    w = words(language)
    return Values(
        **vars(of_probabilities(evaluation)),
        audit=_audit(evaluation.label_audit, runs, data),
        robustness=_robustness([*robustness.values()], w),
        second_hand=_external(evaluation),
        baselines=_baselines(evaluation.baselines, w),
    )


def of_probabilities(evaluation: Evaluation) -> Values:
    """Return the values of calibration and reject option, which every evaluation has."""
    reject = evaluation.reject
    return Values(
        calibration=evaluation.calibration, reject=Values(**as_json(reject), left=reject.left)
    )


def _audit(part: LabelAudit, runs: Sequence[Run], data: Dataset) -> Values:
    never = label_errors.never_right([run.test_logits for run in runs], data.test_labels.numpy())
    return Values(
        known=part.known,
        found=part.found,
        depth=part.depths[FOUND_AT],
        recall=part.recall[FOUND_AT],
        recall_with_ambiguous=part.recall_with_ambiguous[FOUND_AT],
        **dict(part.accuracy),
        runs=len(runs),
        never=Values(
            images=len(never), known=len(label_errors.DOUBTFUL_LABELS & set(never.tolist()))
        ),
    )


def _robustness(parts: Sequence[Robustness], w: Mapping[str, str]) -> Values:
    """Values of the last of the parts, and of an earlier one, that of `original`, if any."""
    *others, part = parts
    means = part.means
    worst = []
    for kind in sorted(means, key=means.__getitem__)[:WORST]:
        last = part.kinds[kind][-1]
        row = Values(name=w[f"kind_{kind}"], mean=means[kind], last=last.accuracy)
        row.confidence, row.favourite = last.confidence, last.favourite
        row.favourite_share = last.favourite_share
        worst.append(row)
    return Values(
        **vars(_overall(part)),
        images=part.images,
        kinds=len(means),
        worst=worst,
        original=_overall(others[0]) if others else None,
    )


def _overall(part: Robustness) -> Values:
    """Mean accuracies, of all kinds, of those that move the strokes, and of all the others."""
    geometry, others = (
        np.mean([mean for kind, mean in part.means.items() if (kind in GEOMETRY) is moved])
        for moved in (True, False)
    )
    return Values(clean=part.clean.accuracy, mean=part.mean, geometry=geometry, others=others)


def _external(evaluation: Evaluation) -> Values:
    """The drop in two steps: by the resolution, which MNIST's own digits show, and by the hands."""
    part, coarse = evaluation.external, evaluation.external.coarse.accuracy
    largest = largest_cell(part)
    largest.support = part.per_class[largest.true].support
    return Values(
        images=part.images,
        accuracy=part.accuracy,
        errors=part.errors,
        coarse=coarse,
        by_resolution=evaluation.test.accuracy - coarse,
        by_hands=coarse - part.accuracy,
        largest=largest,
    )


def _baselines(rows: Sequence[Baseline], w: Mapping[str, str]) -> Values:
    """By name; `network` is the run's, `best` the most accurate of the others.

    `ratio` is how many times the errors of the network that one makes.
    """
    *others, network = rows
    best = max(others, key=lambda row: row.accuracy)
    named = {row.name: row for row in others} | {"best": best, "network": network}
    return Values(
        **{
            key: Values(**as_json(row) | {"name": w.get(f"baseline_{row.name}", row.name)})
            for key, row in named.items()
        },
        ratio=best.errors / max(network.errors, 1),
    )

"""Evaluation of a run: made from its logits, and stored beside it as `evaluation.json`."""

from collections.abc import Sequence

import numpy as np
from pydantic import Field

from mnist_report import training
from mnist_report.common import MissingRunError, Provenance, ResultsError, settings
from mnist_report.common.kept import kept
from mnist_report.common.storage import Stored, file_lock
from mnist_report.datasets.dataset import Dataset
from mnist_report.training import Run, recipes
from mnist_report.training import runs as stored_runs
from mnist_report.training.runs import Summary, Validation

from . import baselines, calibration, label_errors, optdigits, rejection, robustness
from . import confusable_pairs as pairs
from .baselines import Baseline
from .metrics import Scores, evaluate_logits
from .robustness import Robustness

# Parts that take long, and are measured when somebody asks for them.
ADDED = {
    "baselines": baselines.beside,
    "robustness": robustness.measure,
    "external": optdigits.measure,
}


class Evaluation(Stored):
    """Everything that the logits of a run say of it: the content of `evaluation.json`.

    Temperature and threshold come from the validation images. `label_audit` is None for another
    data set than MNIST, the parts of `ADDED` until somebody asks for them.
    """

    recipe: str
    seed: int
    validation: Validation
    test: Scores
    calibration: calibration.Calibration
    reject: rejection.Reject
    label_audit: label_errors.LabelAudit | None
    fingerprint: str
    provenance: Provenance
    baselines: list[Baseline] | None = None
    robustness: Robustness | None = None
    external: optdigits.ExternalScores | None = Field(None, alias="second_hand")

    @property
    def added(self) -> dict[str, Stored | list[Baseline]]:
        """Parts of `ADDED` that have been measured."""
        return {name: part for name in ADDED if (part := getattr(self, name)) is not None}


# The keys of these parts in the file.
KEYS = {name: Evaluation.model_fields[name].alias or name for name in ADDED}


def evaluate(run: Run, data: Dataset, *parts: str, fresh: bool = False) -> Evaluation:
    """Evaluate a run and store that beside it, with parts of `ADDED`, which are measured once.

    What was added to an earlier evaluation of this very run is kept, unless it shall be `fresh`.
    ResultsError for others.
    """
    if unknown := [name for name in parts if name not in ADDED]:
        raise ResultsError(f"No part {unknown[0]!r} can be added; there are {', '.join(ADDED)}.")
    whole = add(run, measure(run, data))
    for name in parts:
        # One process at a time measures: two would find other seconds, and two reports tell both.
        lock = run.folder.with_name(f".{run.folder.name}.{name}.lock")
        with file_lock(lock, f"another process, which measures {name}"):
            whole = _stored(run) or whole
            old = name == "baselines" and baselines.outdated(whole.baselines or [], data)
            if fresh or old or name not in whole.added:
                whole = add(run, whole, **{name: ADDED[name](run, data)})
    return whole


def measure(run: Run, data: Dataset) -> Evaluation:
    """Evaluate the logits of a run; nothing is written, and the parts of `ADDED` are left out."""
    test = run.test_logits, data.test_labels.numpy()
    return _measure(run.summary, test, _validation(run, data))


@kept
def _measure(
    summary: Summary, test: tuple[np.ndarray, ...], validation: tuple[np.ndarray, ...]
) -> Evaluation:
    # Logits (N, C) and labels (N,) of the test and the validation images.
    fitted = calibration.temperature(*validation)
    known = label_errors.is_mnist(test[1])
    return Evaluation(
        recipe=summary.recipe,
        seed=summary.seed,
        validation=summary.validation,
        test=evaluate_logits(*test),
        calibration=calibration.evaluate(*test, fitted),
        reject=rejection.evaluate(validation, test, fitted),
        label_audit=label_errors.audit(*test, fitted) if known else None,
        fingerprint=summary.fingerprint,
        provenance=summary.provenance,
    )


def add(run: Run, evaluation: Evaluation, **parts: Stored | list[Baseline]) -> Evaluation:
    """Write an evaluation with parts of `ADDED`: earlier ones of this very run, and these."""
    lock = run.folder.with_name(f".{run.folder.name}.{stored_runs.EVALUATION}.lock")
    with file_lock(lock, "another process, which writes the evaluation"):
        earlier = stored.added if (stored := _stored(run)) else {}
        whole = evaluation.model_copy(update=earlier | parts)
        whole.write(run.folder / stored_runs.EVALUATION)
    return whole


def _stored(run: Run) -> Evaluation | None:
    """Read the stored evaluation of this very run; None if there is none, or one of another run."""
    try:
        stored = Evaluation.read(run.folder / stored_runs.EVALUATION)
    except ResultsError:
        return None
    ours = run.summary.fingerprint, run.summary.provenance
    return stored if (stored.fingerprint, stored.provenance) == ours else None


def load_evaluation(recipe_name: str, seed: int | None = None) -> Evaluation:
    """Read the evaluation of a run; MissingRunError if there is none, else as `Stored.read`."""
    seed = settings.seed(seed)
    path = stored_runs.run_folder(recipe_name, seed) / stored_runs.EVALUATION
    if not path.exists():
        raise MissingRunError(
            f"Recipe {recipe_name!r} with seed {seed} has not been evaluated: run "
            f"notebooks/04_evaluation.ipynb or `mnist-report train {recipe_name}` first."
        )
    return Evaluation.read(path)


def robustness_with_original(run: Run, data: Dataset) -> dict[str, Robustness]:
    """Recipe → robustness, of a run and, if it has been trained, of `original` with its seed."""
    original = recipes.get("original")
    fingerprint = training.run_fingerprint(original, data)
    other = training.finished_run(original, run.summary.seed, fingerprint)
    found = {one.recipe.name: one for one in (other, run) if one}
    return {k: evaluate(one, data, "robustness").robustness for k, one in found.items()}


def temperature(run: Run, data: Dataset) -> float:
    """Fit the temperature of a run on its validation images (`calibration.temperature`)."""
    return calibration.temperature(*_validation(run, data))


def pooled_pairs(runs: Sequence[Run], data: Dataset) -> pairs.Resampled:
    """Count the confusable pairs of some runs of one recipe, each at its temperature."""
    temperatures = [temperature(run, data) for run in runs]
    logits = [run.test_logits for run in runs]
    return pairs.resample(logits, data.test_labels.numpy(), temperatures)


def _validation(run: Run, data: Dataset) -> tuple[np.ndarray, np.ndarray]:
    """Logits (V, 10) and labels (V,) of the validation images."""
    return run.val_logits, data.train_labels.numpy()[run.val_index]

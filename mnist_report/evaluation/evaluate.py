"""What the logits of a run say: metrics, confusions, hardest digits. scikit-learn does the metrics.

In every confusion matrix rows are true digits and columns predicted ones.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from mnist_report.common import storage
from mnist_report.common.errors import MissingRunError, ResultsError
from mnist_report.common.storage import file_lock
from mnist_report.datasets.dataset import Dataset
from mnist_report.evaluation import calibration, label_errors, rejection
from mnist_report.evaluation import confusable_pairs as pairs
from mnist_report.evaluation.metrics import evaluate_logits
from mnist_report.training import runs as stored_runs
from mnist_report.training.runs import Run

# Parts that take long, and are made by modules of these names when somebody asks for them.
ADDED = ("robustness", "second_hand", "baselines")


def evaluate(run: Run, data: Dataset) -> dict[str, Any]:
    """`measure` a run and write that next to it, as `evaluation.json`.

    What takes long and was added to an earlier evaluation of this very run is kept (`add`).
    """
    return _keep(run, measure(run, data))


def measure(run: Run, data: Dataset) -> dict[str, Any]:
    """What the logits of a run say; nothing is written.

    Args:
        run: a finished run.
        data: the data set whose labels its predictions are held against.

    Returns:
        | part | content |
        |---|---|
        | `recipe`, `seed`, `validation`, `fingerprint`, `provenance` | as in `run.json` |
        | `test` | `evaluate_logits` of the test images |
        | `calibration` | `calibration.evaluate`, the temperature fitted on validation |
        | `reject` | `rejection.evaluate`, the threshold chosen on validation |
        | `label_audit` | `label_audit.audit`; None for another data set than MNIST |

        To these the modules `robustness`, `second_hand` and `baselines` add parts of their names.
    """
    test = run.test_logits, data.test_labels.numpy()
    validation = _validation(run, data)
    fitted = calibration.temperature(*validation)
    return {
        **{key: run.summary[key] for key in ("recipe", "seed", "validation")},
        "test": evaluate_logits(*test),
        "calibration": calibration.evaluate(*test, fitted),
        "reject": rejection.evaluate(validation, test, fitted),
        "label_audit": label_errors.audit(*test, fitted)
        if label_errors.is_mnist(test[1])
        else None,
        **{key: run.summary[key] for key in ("fingerprint", "provenance")},
    }


def add(run: Run, data: Dataset, part: str, content: Any) -> dict[str, Any]:
    """Write one of the parts `ADDED` into the evaluation of a run; returns the whole of it.

    Raises:
        ResultsError: no such part can be added.
    """
    if part not in ADDED:
        raise ResultsError(f"No part {part!r} can be added; there are {', '.join(ADDED)}.")
    return _keep(run, _stored(run) or measure(run, data), {part: content})


def part(
    run: Run, data: Dataset, name: str, measure: Callable[[], Any], fresh: bool = False
) -> Any:
    """A part of `ADDED`: as the run's evaluation has it, or else measured and written into it.

    One process at a time measures: two would find other seconds, and two reports speak of both.
    """
    if not fresh and name in (stored := _stored(run)):
        return stored[name]
    lock = run.folder.with_name(f".{run.folder.name}.{name}.lock")
    with file_lock(lock, f"another process, which measures {name}"):
        if not fresh and name in (stored := _stored(run)):
            return stored[name]
        return add(run, data, name, measure())[name]


def _keep(run: Run, evaluation: dict[str, Any], added: dict[str, Any] | None = None) -> dict:
    """Write an evaluation, with what was added to an earlier one of this very run, or is now."""
    lock = run.folder.with_name(f".{run.folder.name}.{stored_runs.EVALUATION}.lock")
    with file_lock(lock, "another process, which writes the evaluation"):
        earlier = {key: part for key, part in _stored(run).items() if key in ADDED}
        whole = evaluation | earlier | (added or {})
        storage.write_sealed(run.folder / stored_runs.EVALUATION, whole)
    return whole


def _stored(run: Run) -> dict[str, Any]:
    """The stored evaluation of this very run; empty if there is none, or one of another run."""
    try:
        stored = storage.read_sealed(run.folder / stored_runs.EVALUATION)
    except ResultsError:
        return {}
    same = all(stored.get(key) == run.summary[key] for key in ("fingerprint", "provenance"))
    return stored if same else {}


def load_evaluation(recipe_name: str, seed: int = 0) -> dict[str, Any]:
    """Read the evaluation of a run.

    Raises:
        MissingRunError: the run has not been made, or not been evaluated.
        ResultsError: the file is damaged, or was changed by hand.
    """
    path = stored_runs.run_folder(recipe_name, seed) / stored_runs.EVALUATION
    if not path.exists():
        raise MissingRunError(
            f"Recipe {recipe_name!r} with seed {seed} has not been evaluated: run "
            f"notebooks/04_evaluation.ipynb or `mnist-report train {recipe_name}` first."
        )
    return storage.read_sealed(path)


def temperature(run: Run, data: Dataset) -> float:
    """The temperature of a run, fitted on its validation images (`calibration.temperature`)."""
    return calibration.temperature(*_validation(run, data))


def pooled_pairs(runs: Sequence[Run], data: Dataset) -> pairs.Resampled:
    """The confusable pairs of some runs of one recipe on the test set, each at its temperature."""
    temperatures = [temperature(run, data) for run in runs]
    logits = [run.test_logits for run in runs]
    return pairs.resample(logits, data.test_labels.numpy(), temperatures)


def _validation(run: Run, data: Dataset) -> tuple[np.ndarray, np.ndarray]:
    """Logits (V, 10) and labels (V,) of the validation images."""
    return run.val_logits, data.train_labels.numpy()[run.val_index]

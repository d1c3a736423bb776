"""Do the files of a run agree with each other, with the data, and with the recipe?"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import numpy as np

from mnist_report import evaluation, training
from mnist_report.checking import weights
from mnist_report.checking.handin import HandIn, UnfitFileError
from mnist_report.checking.verdict import Finding, State, brief, differences, judged
from mnist_report.common import storage
from mnist_report.common.errors import ReportError, ResultsError
from mnist_report.common.settings import project_root
from mnist_report.datasets.dataset import Dataset
from mnist_report.training import layers, networks, recipes
from mnist_report.training import runs as stored_runs
from mnist_report.training.runs import Run

FILES = (stored_runs.RUN, stored_runs.HISTORY, stored_runs.MODEL, stored_runs.PREDICTIONS)
NETWORKS = ("mnist_report/networks.py", "mnist_report/models.py")
GUESSING = 0.1


def runs(hand_in: HandIn) -> tuple[list[Run], list[Finding]]:
    """The runs of a hand-in that can be read, and what is wrong with the others."""
    found, findings = [], []
    try:
        folders = [path.parent for path in hand_in.files("results/*/run.json")]
    except UnfitFileError as error:
        return [], [Finding("results", State.DIFFERS, str(error))]
    for folder in folders:
        if not re.fullmatch(r".+-s\d+", folder.name):
            findings.append(Finding(folder.name, State.DIFFERS, "not named after recipe and seed"))
            continue
        try:
            for name in FILES:
                if hand_in.file(f"results/{folder.name}/{name}") is None:
                    raise ResultsError(f"{name} is missing")
            run = stored_runs.read(folder)
            _refuse_misshapen(run)
            if stored_runs.own_network(run.summary):
                text = "its network is the hand-in's own, and its code is not run"
                findings.append(Finding(folder.name, State.UNCHECKED, text))
            else:
                found.append(run)
        except ReportError as error:
            findings.append(Finding(folder.name, State.DIFFERS, brief(error, 200)))
    if not folders:
        where = "there is no finished run in results/"
        findings.append(Finding("results", State.MISSING, where))
    return found, findings


def check(run: Run, data: Dataset, hand_in: HandIn) -> list[Finding]:
    """The findings about one run: its record, its evaluation, its weights."""
    name = run.folder.name
    scores = _evaluation(run, data, hand_in)
    network = run.summary["settings"]["network"]
    if network not in networks.NETWORKS:
        reason = f"network {brief(network)} is the hand-in's own, and its code is not run"
        return [Finding(f"{name}: run", State.UNCHECKED, reason), scores]
    record = judged(f"{name}: run", list(_record(run, data)), _recipe(run))
    return [record, scores, weights.check(run, data, has_own_networks(hand_in))]


def has_own_networks(hand_in: HandIn) -> bool:
    """Whether the hand-in's definition of the networks is another than ours."""
    for name in NETWORKS:
        path = hand_in.file(name)
        if path and path.read_bytes() != (project_root() / name).read_bytes():
            return True
    return False


def stored_evaluation(run: Run, hand_in: HandIn) -> dict[str, Any] | None:
    """The content of `evaluation.json`; None if the run has not been evaluated.

    Raises:
        ReportError: the file cannot be read.
    """
    path = hand_in.file(f"results/{run.folder.name}/{stored_runs.EVALUATION}")
    return storage.read_json(path) if path else None


def _refuse_misshapen(run: Run) -> None:
    test, validation = run.test_logits, run.val_logits
    shapes = (test.shape[1:], validation.shape[1:], run.val_index.shape)
    if shapes != ((10,), (10,), validation.shape[:1]) or not len(validation):
        raise ResultsError(f"{stored_runs.PREDICTIONS} has arrays of other shapes than logits have")
    if run.val_index.dtype.kind not in "iu":
        raise ResultsError(f"{stored_runs.PREDICTIONS}: val_index does not hold whole numbers")
    if not (np.isfinite(test).all() and np.isfinite(validation).all()):
        raise ResultsError(f"{stored_runs.PREDICTIONS}: some logits are not finite")


def _recipe(run: Run) -> str:
    own = recipes.RECIPES.get(run.recipe.name)
    kind = "as in the project" if own == run.recipe else "the hand-in's own settings"
    return (
        f"recipe {run.recipe.name} ({kind}), seed {run.summary['seed']}, {len(run.history)} epochs"
    )


def _record(run: Run, data: Dataset) -> Iterator[str]:
    """What is wrong in run.json and history.csv."""
    summary, recipe, history = run.summary, run.recipe, run.history
    labels = data.train_labels.numpy()[run.val_index]
    hits = int((run.val_logits.argmax(1) == labels).sum())
    split = training.split_for(recipe, summary["seed"], data).validation.numpy()
    version = str(summary["provenance"]["mnist_report"])
    facts = {
        "recipe": recipe.name,
        "epochs": recipe.epochs,
        "parameters": layers.count_parameters(weights.blank(recipe)),
        "validation": {
            "images": len(labels),
            "errors": len(labels) - hits,
            "accuracy": hits / len(labels),
        },
        "fingerprint": training.run_fingerprint(recipe, data, version),
        "training_seconds": float(history["seconds"].iloc[-1]),
    }
    for line in differences(summary, facts):
        yield f"{stored_runs.RUN}: {line}"
    if not np.array_equal(run.val_index, split):
        yield "the validation images are not those of the project's split"
    if len(run.test_logits) != len(data.test_images):
        yield f"there are logits of {len(run.test_logits)} test images"
    yield from _history(run, hits / len(labels))


def _history(run: Run, accuracy: float) -> Iterator[str]:
    """What cannot be true of history.csv."""
    history, recipe = run.history, run.recipe
    if history["epoch"].tolist() != list(range(1, recipe.epochs + 1)):
        yield f"{stored_runs.HISTORY} has other epochs than 1 to {recipe.epochs}"
    if not history["seconds"].is_monotonic_increasing:
        yield f"{stored_runs.HISTORY}: the time runs backwards"
    last = history.iloc[-1]
    if not recipe.views and abs(last["validation_accuracy"] - accuracy) > 1e-3:
        yield (
            f"{stored_runs.HISTORY}: validation accuracy ends at "
            f"{last['validation_accuracy']:.2%}, the stored logits have {accuracy:.2%}"
        )
    if not GUESSING < last["train_accuracy"] <= 1:
        yield f"{stored_runs.HISTORY}: a training accuracy of {last['train_accuracy']:.2%}"


def _evaluation(run: Run, data: Dataset, hand_in: HandIn) -> Finding:
    subject = f"{run.folder.name}: evaluation"
    stored = stored_evaluation(run, hand_in)
    if stored is None:
        return Finding(subject, State.MISSING, f"{stored_runs.EVALUATION} is missing")
    measured = evaluation.measure(run, data)
    test = measured.test
    added = [key for key in evaluation.KEYS.values() if key in stored]
    told = f"; {', '.join(added)} as stored, not measured again" if added else ""
    right = f"test accuracy {test.accuracy:.2%}, {test.errors} errors, made again{told}"
    wrong = differences(stored, measured.as_json())
    return judged(subject, [f"{stored_runs.EVALUATION}: {d}" for d in wrong], right)

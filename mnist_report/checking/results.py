"""The files of a run, against each other, the data, and the recipe.

The stored weights predict the images again: are the stored logits theirs? The tolerance on a logit
lies between what other kernels and TF32 change, and what the weights of another seed do. Within the
tolerance a prediction can change only where two digits are all but equal.
"""

import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict, replace
from functools import cache
from typing import Any

import nbformat
import numpy as np
import torch
from pydantic import ValidationError
from safetensors import SafetensorError, safe_open

from mnist_report import evaluation, training
from mnist_report.checking.handin import HandIn
from mnist_report.checking.verdict import Finding, State, brief, differences, guarded, judged
from mnist_report.common import RecipeError, ResultsError, raised_as, storage
from mnist_report.common.settings import SHIPPED
from mnist_report.datasets.dataset import Dataset, evenly_spaced
from mnist_report.evaluation import Evaluation
from mnist_report.training import Recipe, Run, inference, layers, networks, own_network, recipes
from mnist_report.training.loop import choose_normalisation
from mnist_report.training.runs import EVALUATION, FILES, HISTORY, MODEL, PREDICTIONS, RUN

NAMED = re.compile(r".+-s\d+")  # after recipe and seed
GUESSING = 0.1
TOLERANCE = 0.02
BUDGET = 13_000  # passes of an image through the network that test images may cost
VALIDATION_SHARE = 10  # validation images cost a tenth of that
EXAMPLE = "MyNet"  # of notebook 08
NETWORKS = "mnist_report/training/networks.py"
NOT_RUN = "raise RuntimeError('the code of a hand-in is not run')"


def runs(hand_in: HandIn) -> tuple[list[Run], list[Finding]]:
    """Read the runs of a hand-in, and find out what is wrong with those that cannot be read."""
    found: list[Run] = []
    findings: list[Finding] = []
    with guarded(findings, "results", State.DIFFERS):
        files = {file: hand_in.files(f"results/*/{file}") for file in (RUN, *FILES)}
        names = {path.parent.name for path in files[RUN]}
        halves = {path.parent.name for paths in files.values() for path in paths}
        for name in sorted(names | {one for one in halves if NAMED.fullmatch(one)}):
            with guarded(findings, name, State.DIFFERS):
                if lacking := [f for f in files if not hand_in.file(f"results/{name}/{f}")]:
                    findings.append(Finding(name, State.MISSING, ", ".join(lacking)))
                    continue
                run = _read(name, hand_in)
                if not of_ours(run):  # in place of its network's code stands code that fails
                    disarmed = run.summary.settings | {"source": NOT_RUN}
                    summary = run.summary.model_copy(update={"settings": disarmed})
                    run = replace(run, summary=summary)
                found.append(run)
        if not files[RUN]:
            told = State.MISSING, "there is no finished run in results/"
            if hand_in.files(f"results/*/*/{RUN}"):
                told = State.UNCHECKED, "they are about data of one's own"
            findings.append(Finding("results", *told))
    return found, findings


def of_ours(run: Run) -> bool:
    """Tell a run whose network is the project's, of its notebooks or package, from others."""
    source, network = (run.summary.settings.get(key) for key in ("source", "network"))
    return source in example_networks() if source else network in networks.NETWORKS


@cache
def example_networks() -> set[str]:
    """Read the code of the networks that the project's own notebooks define, cell by cell."""
    found = set()
    for path in (SHIPPED / "notebooks").glob("**/08_*.ipynb"):
        for cell in nbformat.read(path, as_version=4).cells:
            with suppress(RecipeError):
                found.add(own_network.definitions(cell.source, EXAMPLE))
    return found


def check(run: Run, data: Dataset, hand_in: HandIn) -> list[Finding]:
    """Check the record, the evaluation and the weights of one run."""
    name = run.folder.name
    _refuse_misfit(run, data)
    scores = _evaluation(run, data, hand_in)
    if not of_ours(run):
        network = brief(run.summary.settings["network"])
        reason = f"network {network} is the hand-in's own, and its code is not run"
        return [Finding(f"{name}: run", State.UNCHECKED, reason), scores]
    recipe, ours = run.recipe, recipes.RECIPES.get(run.recipe.name)
    kind = "as in the project" if ours == recipe else "the hand-in's own settings"
    right = f"{recipe.name} ({kind}), seed {run.summary.seed}, {len(run.history)} epochs"
    record = judged(f"{name}: run", list(_record(run, data)), f"recipe {right}")
    return [record, scores, _weights(run, data, hand_in)]


def _refuse_misfit(run: Run, data: Dataset) -> None:
    """Refuse logits of other images than the data set has; ResultsError says which."""
    known = (run.val_index >= 0) & (run.val_index < len(data.train_images))
    if not known.all() or len(np.unique(run.val_index)) < len(known):
        raise ResultsError("val_index names images that there are not, or one of them twice")
    if len(run.test_logits) != len(data.test_images):
        raise ResultsError(f"{PREDICTIONS} has logits of {len(run.test_logits)} test images")


def trusted(run: Run, data: Dataset, hand_in: HandIn) -> Evaluation:
    """Evaluate a run again, and take from its stored evaluation those parts that take long."""
    measured = evaluation.measure(run, data)
    stored = _stored(run, hand_in) or {}
    for key in set(evaluation.KEYS.values()) & set(stored):
        with suppress(ValidationError):  # a part that is damaged is none
            measured = Evaluation.model_validate(measured.as_json() | {key: stored[key]})
    return measured


def _read(name: str, hand_in: HandIn) -> Run:
    if not NAMED.fullmatch(name):
        raise ResultsError("not named after recipe and seed")
    run = training.runs.read(hand_in.root / "results" / name)
    test, validation = run.test_logits, run.val_logits
    shapes = (test.shape[1:], validation.shape[1:], run.val_index.shape)
    real = {test.dtype.kind, validation.dtype.kind} == {"f"}
    if shapes != ((10,), (10,), validation.shape[:1]) or not len(validation) or not real:
        raise ResultsError(f"{PREDICTIONS} has arrays of other shapes than logits have")
    if run.val_index.dtype.kind not in "iu":
        raise ResultsError(f"{PREDICTIONS}: val_index does not hold whole numbers")
    return run


def _stored(run: Run, hand_in: HandIn) -> dict[str, Any] | None:
    path = hand_in.file(f"results/{run.folder.name}/{EVALUATION}")
    return storage.read_json(path) if path else None


def _record(run: Run, data: Dataset) -> Iterator[str]:
    """Yield what is wrong in run.json and history.csv."""
    summary, recipe, history = run.summary, run.recipe, run.history
    count, split = len(run.val_index), training.split_for(recipe, summary.seed, data)
    normalisation = choose_normalisation(recipe, data.train_images[split.train])
    hits = int((run.val_logits.argmax(1) == data.train_labels.numpy()[run.val_index]).sum())
    facts = {
        "recipe": recipe.name,
        "epochs": recipe.epochs,
        "parameters": layers.count_parameters(_blank(recipe)),
        "validation": {"images": count, "errors": count - hits, "accuracy": hits / count},
        "fingerprint": training.run_fingerprint(recipe, data, summary.provenance.mnist_report),
        "training_seconds": float(history["seconds"].iloc[-1]),
        "normalisation": asdict(normalisation),
    }
    for line in differences(summary.as_json(), facts):
        yield f"{RUN}: {line}"
    if not np.array_equal(run.val_index, split.validation.numpy()):
        yield "the validation images are not those of the project's split"
    if history["epoch"].tolist() != list(range(1, recipe.epochs + 1)):
        yield f"{HISTORY} has other epochs than 1 to {recipe.epochs}"
    if not np.isfinite(history.to_numpy(dtype=float)).all():
        yield f"{HISTORY} has values that are no numbers"
    if not history["seconds"].is_monotonic_increasing:
        yield f"{HISTORY}: the time runs backwards"
    last = history.iloc[-1]
    if not recipe.views and not abs(last["validation_accuracy"] - hits / count) <= 1e-3:
        yield (
            f"{HISTORY}: validation accuracy ends at {last['validation_accuracy']:.2%}, the stored "
            f"logits have {hits / count:.2%}"
        )
    if not GUESSING < last["train_accuracy"] <= 1:
        yield f"{HISTORY}: a training accuracy of {last['train_accuracy']:.2%}"


def _evaluation(run: Run, data: Dataset, hand_in: HandIn) -> Finding:
    subject = f"{run.folder.name}: evaluation"
    stored = _stored(run, hand_in)
    if stored is None:
        return Finding(subject, State.MISSING, f"{EVALUATION} is missing")
    measured = evaluation.measure(run, data)
    test, added = measured.test, [key for key in evaluation.KEYS.values() if key in stored]
    told = f"; {', '.join(added)} as stored, not measured again" if added else ""
    right = f"test accuracy {test.accuracy:.2%}, {test.errors} errors, made again{told}"
    wrong = [f"{EVALUATION}: {line}" for line in differences(stored, measured.as_json())]
    return judged(subject, wrong, right)


def _weights(run: Run, data: Dataset, hand_in: HandIn) -> Finding:
    """Check that the weights of a run give its stored logits."""
    subject = f"{run.folder.name}: weights"
    try:
        _refuse_unfit(run)
        model = run.model()
    except ResultsError as error:
        if NETWORKS in hand_in.changed():  # which they may fit
            reason = "the hand-in defines its networks anew, and its code is not run"
            return Finding(subject, State.UNCHECKED, reason)
        return Finding(subject, State.DIFFERS, str(error))
    views = run.recipe.view_maps()
    affordable = BUDGET // (1 if views is None else len(views))
    test = _chosen(model, run, data.test_images, affordable)
    validation = evenly_spaced(len(run.val_index), affordable // VALIDATION_SHARE)
    parts = (
        ("test", data.test_images[test], run.test_logits[test]),
        ("validation", data.train_images[run.val_index[validation]], run.val_logits[validation]),
    )
    wrong, largest = [], 0.0
    for name, images, stored in parts:
        again = inference.model_logits(model, images, run.normalisation, views).numpy()
        apart = np.abs(again - stored).max(axis=1)  # (N,)
        largest = max(largest, float(apart.max()))
        if count := int((~(apart <= TOLERANCE)).sum()):
            others = int((again.argmax(1) != stored.argmax(1)).sum())
            told = f"other logits for {count} of {len(images)} images predicted again"
            wrong.append(f"{name}: the weights give {told}, and another digit for {others}")
    again = f"{len(test):,} test and {len(validation):,} validation images predicted again"
    return judged(subject, wrong, f"{again}; logits differ by {largest:.1g} at most")


def _refuse_unfit(run: Run) -> None:
    """Compare the tensors' shapes with the network's before either takes any memory."""
    recipe, kinds = run.recipe, (OSError, SafetensorError)
    wanted = {key: tuple(tensor.shape) for key, tensor in _blank(recipe).state_dict().items()}
    with (
        raised_as(lambda error: ResultsError(f"{MODEL} cannot be read ({error})"), *kinds),
        safe_open(run.folder / MODEL, framework="pt") as file,
    ):
        found = {key: tuple(file.get_slice(key).get_shape()) for key in file.keys()}  # noqa: SIM118
    if found != wanted:
        raise ResultsError(f"{MODEL} does not fit network {recipe.network!r}, width {recipe.width}")


def _blank(recipe: Recipe) -> torch.nn.Module:
    """Build the recipe's network, one of the package with shapes alone, which takes no memory."""
    with torch.device("cpu" if recipe.source else "meta"):
        return recipe.build()


def _chosen(model: torch.nn.Module, run: Run, images: torch.Tensor, affordable: int) -> np.ndarray:
    """Choose all; with augmentation at test time, images whose stored digit is least likely."""
    # A prediction that was altered to be right is among these: the plain image contradicts it.
    if affordable >= len(images):
        return np.arange(len(images))
    once = inference.model_logits(model, images, run.normalisation).numpy()
    rows, stored = np.arange(len(once)), run.test_logits.argmax(1)
    own = once[rows, stored]
    once[rows, stored] = -np.inf
    return np.sort(np.argsort(own - once.max(1), kind="stable")[:affordable])

"""The store of finished runs: `results/<recipe>-s<seed>/`, written whole or not at all.

docs/results.md says what lies there. `run.json`, written last, holds the SHA-256 sums of the other
files, and both JSON files one of their own content: what was damaged or changed by hand is named
and refused. Runs from before there were sums are read without.
"""

import contextlib
import glob
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from pydantic import Field, ValidationError
from safetensors import SafetensorError
from safetensors.torch import load_file
from safetensors.torch import save as as_bytes
from torch import channels_last, nn

from mnist_report.common import Provenance, settings, storage
from mnist_report.common.errors import MissingRunError, ResultsError, one_line, raised_as
from mnist_report.datasets.preprocessing import Normalisation
from mnist_report.training.recipes import RECIPES, Recipe

RUN, EVALUATION = "run.json", "evaluation.json"
HISTORY, MODEL, PREDICTIONS = "history.csv", "model.safetensors", "predictions.npz"
FILES = (HISTORY, MODEL, PREDICTIONS)


class Validation(storage.Stored):
    """Result of a run on its validation images; the loss in nats, without smoothing."""

    accuracy: float
    errors: int
    images: int
    loss: float = math.nan


class Summary(storage.Stored):
    """The content of `run.json`; `files` are the SHA-256 sums of the others."""

    recipe: str
    dataset: str = settings.MNIST
    seed: int
    settings: dict[str, Any]
    parameters: int
    epochs: int
    training_seconds: float
    validation: Validation
    normalisation: Normalisation
    fingerprint: str
    provenance: Provenance
    format: int = 0
    files: Mapping[str, str] = Field(default_factory=dict)

    @property
    def own_network(self) -> bool:
        """Say if the run carries the code of a network of one's own."""
        return bool(self.settings.get("source"))


@dataclass(frozen=True)
class Run:
    """A finished run, read from its folder."""

    folder: Path
    summary: Summary  # the content of `run.json`
    # epoch, learning_rate, train_loss, train_accuracy, validation_loss, validation_accuracy,
    # seconds (cumulative): one row an epoch
    history: pd.DataFrame
    val_index: np.ndarray  # (V,) int64, the validation images among the training files' images
    val_logits: np.ndarray  # (V, classes) float32
    test_logits: np.ndarray  # (T, classes) float32

    @property
    def recipe(self) -> Recipe:
        """The recipe it was trained by."""
        return Recipe(**self.summary.settings)

    @property
    def normalisation(self) -> Normalisation:
        """The normalisation of the network's input."""
        return self.summary.normalisation

    def model(self) -> nn.Sequential:
        """Return the trained network on the CPU; ResultsError if its weights are spoilt."""
        model = self.recipe.build(self.test_logits.shape[1]).to(memory_format=channels_last)
        kinds = (OSError, RuntimeError, SafetensorError, ValueError)
        with raised_as(lambda error: _damaged(self.folder, error), *kinds):
            model.load_state_dict(load_file(self.folder / MODEL))
            if not all(tensor.isfinite().all() for tensor in model.state_dict().values()):
                raise ValueError("some weights are no numbers")
        return model.eval()


def run_folder(recipe_name: str, seed: int, label: str | None = None) -> Path:
    """Return the folder of a run, of the data set `label`, by default the one worked on."""
    return settings.results_dir(label) / f"{recipe_name}-s{seed}"


def load(recipe_name: str, seed: int | None = None, label: str | None = None) -> Run:
    """Read a finished run; the arguments are those of `run_folder`.

    MissingRunError if it has not been made; ResultsError as `read` says.
    """
    seed = settings.seed(seed)
    folder = run_folder(recipe_name, seed, label)
    if not (folder / RUN).exists():
        raise MissingRunError(
            f"There is no finished run of recipe {recipe_name!r} with seed {seed}: run "
            f"notebooks/03_cnn_training.ipynb or `mnist-report train {recipe_name}` first."
        )
    return read(folder)


def read(folder: Path) -> Run:
    """Read the run in a folder; ResultsError if it is not as stored, or of a newer version."""
    content = storage.read_sealed(folder / RUN)
    # NumPy, pandas and zipfile raise anything at damaged files.
    with raised_as(lambda error: _damaged(folder, error), Exception):
        summary = Summary.model_validate(content)
        _check(summary, folder)
        with storage.opened_arrays(folder / PREDICTIONS) as arrays:
            run = Run(folder, summary, pd.read_csv(folder / HISTORY), **arrays)
        if not (np.isfinite(run.test_logits).all() and np.isfinite(run.val_logits).all()):
            raise ValueError(f"some logits in {PREDICTIONS} are no numbers")
        return run


def _check(summary: Summary, folder: Path) -> None:
    """Refuse a run of another name than its folder, and files that were not stored with it."""
    found = f"{summary.recipe}-s{summary.seed}"
    if found != folder.name:
        raise ValueError(f"it is {found}")
    if summary.own_network and summary.recipe in list(RECIPES):
        raise ValueError(f"it carries code, which {summary.recipe} does not")
    if summary.normalisation.std <= 0:
        raise ValueError("its normalisation is none")
    if odd := summary.files.keys() - set(FILES):
        raise ValueError(f"{min(odd)!r} is no file of a run")
    for path in filter(Path.exists, (folder / name for name in FILES)):
        storage.refuse_odd(path)
    for name, stored in summary.files.items():
        if storage.checksum(storage.read_bytes(folder / name)) != stored:
            raise ValueError(f"{name} is not as it was stored")


def _damaged(folder: Path, error: Exception) -> ResultsError:
    recipe_name, seed = folder.name.rsplit("-s", 1)
    reason = storage.first_fault(error) if isinstance(error, ValidationError) else one_line(error)
    return ResultsError(
        f"The run in {folder} is damaged ({reason[:300]}): make it again with "
        f"`mnist-report train {recipe_name} --seed {seed} --fresh`."
    )


def finished() -> list[Run]:
    """Return the sound runs in the store, by recipe and seed, but for networks of one's own."""
    return [run for run in _stored("*") if not run.summary.own_network]


def siblings(run: Run) -> list[Run]:
    """Return the finished runs that differ from this one in their seed alone, itself among them."""
    others, wanted = _stored(glob.escape(run.summary.recipe)), run.summary.fingerprint
    return [other for other in others if other.summary.fingerprint == wanted]


def _stored(recipe_name: str) -> list[Run]:
    files = settings.results_dir().glob(f"{recipe_name}-s*/{RUN}")
    named = (re.fullmatch(r"(.+)-s(\d+)", file.parent.name) for file in files)
    runs = []
    for recipe, seed in sorted((name[1], int(name[2])) for name in named if name):
        with contextlib.suppress(ResultsError):
            runs.append(load(recipe, seed))
    return runs


def save(
    folder: Path,
    summary: Summary,
    history: pd.DataFrame,
    weights: dict[str, Any],
    arrays: dict[str, np.ndarray],
) -> Run:
    """Store a run and read it back; `run.json` comes last and says that all the rest is there."""
    for name in (RUN, EVALUATION):  # they speak of the run that is being replaced
        (folder / name).unlink(missing_ok=True)
    with storage.replacing(folder / HISTORY) as path:
        history.to_csv(path, index=False)
    with storage.replacing(folder / MODEL) as path:
        path.write_bytes(as_bytes(weights))
    with storage.replacing(folder / PREDICTIONS) as path, path.open("wb") as stream:
        np.savez_compressed(stream, **arrays)
    sums = {name: storage.checksum((folder / name).read_bytes()) for name in FILES}
    update = {"format": storage.FORMAT, "files": sums}
    summary.model_copy(update=update).write(folder / RUN)
    return read(folder)

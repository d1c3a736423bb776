"""The store of finished runs: `results/<recipe>-s<seed>/`, written whole or not at all.

| file | content |
|---|---|
| `run.json` | recipe, seed, size, time, validation figures, provenance; written last |
| `history.csv` | one row an epoch |
| `model.safetensors` | the weights |
| `predictions.npz` | logits of the validation and test images |
| `evaluation.json` | what `evaluation.evaluate` makes of the logits |
"""

from __future__ import annotations

import contextlib
import json
import re
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from mnist_report import settings
from mnist_report.errors import MissingRunError, ResultsError
from mnist_report.files import replacing
from mnist_report.preprocessing import Normalisation
from mnist_report.recipes import Recipe

if TYPE_CHECKING:
    from torch import nn

RUN, EVALUATION, HISTORY, MODEL, PREDICTIONS = (
    "run.json",
    "evaluation.json",
    "history.csv",
    "model.safetensors",
    "predictions.npz",
)


@dataclass(frozen=True)
class Run:
    """A finished run, read from its folder.

    Attributes:
        folder: where it lies.
        summary: the content of `run.json`.
        history: `epoch, learning_rate, train_loss, train_accuracy, validation_loss,
            validation_accuracy, seconds`, one row an epoch; `seconds` are cumulative.
        val_index: (V,) int64, the validation images among the training files' images.
        val_logits: (V, classes) float32.
        test_logits: (T, classes) float32.
    """

    folder: Path
    summary: dict[str, Any]
    history: pd.DataFrame
    val_index: np.ndarray
    val_logits: np.ndarray
    test_logits: np.ndarray

    @property
    def recipe(self) -> Recipe:
        """The recipe it was trained by."""
        return Recipe.from_dict(self.summary["settings"])

    @property
    def normalisation(self) -> Normalisation:
        """What the network's input was normalised with."""
        return Normalisation(**self.summary["normalisation"])

    def model(self) -> nn.Sequential:
        """The trained network on the CPU, in evaluation mode.

        Raises:
            ResultsError: the file of the weights is missing or damaged.
        """
        import torch
        from safetensors import SafetensorError
        from safetensors.torch import load_file

        model = self.recipe.build(self.test_logits.shape[1])
        model.to(memory_format=torch.channels_last)
        try:
            model.load_state_dict(load_file(self.folder / MODEL))
        except (OSError, RuntimeError, SafetensorError) as error:
            raise _damaged(self.folder, error) from error
        return model.eval()


def run_folder(recipe_name: str, seed: int, label: str | None = None) -> Path:
    """Where the run of that recipe and seed lies, or will lie.

    `label` is the data set's (`About.name`); by default that of the one that is worked on.
    """
    return settings.results_dir(label) / f"{recipe_name}-s{seed}"


def load(recipe_name: str, seed: int = 0, label: str | None = None) -> Run:
    """Read a finished run; the arguments are those of `run_folder`.

    Raises:
        MissingRunError: it has not been made.
        ResultsError: a file is missing or damaged.
    """
    folder = run_folder(recipe_name, seed, label)
    if not (folder / RUN).exists():
        raise MissingRunError(
            f"There is no finished run of recipe {recipe_name!r} with seed {seed}: run "
            f"notebooks/03_cnn_training.ipynb or `mnist-report train {recipe_name}` first."
        )
    return read(folder)


def read(folder: Path) -> Run:
    """Read the run that lies in a folder, wherever that is.

    Raises:
        ResultsError: a file is missing or damaged.
    """
    try:
        return Run(
            folder,
            read_json(folder / RUN),
            pd.read_csv(folder / HISTORY),
            **_read_arrays(folder / PREDICTIONS),
        )
    except (OSError, EOFError, ValueError, TypeError, zipfile.BadZipFile, zlib.error) as error:
        raise _damaged(folder, error) from error


def finished() -> list[Run]:
    """All runs in the store, by recipe and seed, but for damaged ones."""
    folders = (path.parent.name for path in settings.results_dir().glob(f"*/{RUN}"))
    named = (re.fullmatch(r"(.+)-s(\d+)", folder) for folder in folders)
    runs = []
    for recipe_name, seed in sorted((name[1], int(name[2])) for name in named if name):
        with contextlib.suppress(ResultsError):
            runs.append(load(recipe_name, seed))
    return runs


def siblings(run: Run) -> list[Run]:
    """The finished runs that differ from this one in their seed alone, itself among them."""
    wanted = run.summary["fingerprint"]
    return [other for other in finished() if other.summary.get("fingerprint") == wanted]


def _read_arrays(path: Path) -> dict[str, np.ndarray]:
    # NumPy does not close a file that it finds to be no archive, so it is opened here.
    with path.open("rb") as stream, np.load(stream, allow_pickle=False) as arrays:
        return dict(arrays)


def _damaged(folder: Path, error: Exception) -> ResultsError:
    recipe_name, seed = folder.name.rsplit("-s", 1)
    return ResultsError(
        f"The run in {folder} is damaged ({error}): make it again with "
        f"`mnist-report train {recipe_name} --seed {seed} --fresh`."
    )


def save(
    folder: Path,
    summary: dict[str, Any],
    history: pd.DataFrame,
    weights: dict[str, Any],
    arrays: dict[str, np.ndarray],
) -> Run:
    """Store a run and read it back; `run.json` comes last and says that all the rest is there."""
    from safetensors.torch import save_file

    folder.mkdir(parents=True, exist_ok=True)
    for name in (RUN, EVALUATION):  # they speak of the run that is being replaced
        (folder / name).unlink(missing_ok=True)
    with replacing(folder / HISTORY) as path:
        history.to_csv(path, index=False)
    with replacing(folder / MODEL) as path:
        save_file(weights, path)
    with replacing(folder / PREDICTIONS) as path, path.open("wb") as stream:
        np.savez_compressed(stream, **arrays)
    write_json(folder / RUN, summary)
    return load(summary["recipe"], summary["seed"], summary.get("dataset", settings.MNIST))


def write_json(path: Path, content: dict[str, Any]) -> None:
    """Write JSON whole or not at all, in UTF-8."""
    with replacing(path) as temporary:
        text = json.dumps(content, ensure_ascii=False, indent=1, allow_nan=False)
        temporary.write_text(text + "\n", encoding="utf-8")


def read_json(path: Path) -> dict[str, Any]:
    """Read JSON.

    Raises:
        ResultsError: the file is missing or damaged.
    """
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ResultsError(f"{path} cannot be read ({error}): delete it and run again.") from error

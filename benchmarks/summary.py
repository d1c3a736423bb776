"""From rows of measurements to the numbers that are compared."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import median
from typing import Any

from benchmarks.pace import Pace

GOAL = 0.99
PARTS = ("train", "evaluation")


@dataclass(frozen=True)
class Program:
    """A program over all its turns.

    Attributes:
        name: of the program or recipe.
        epochs: of its whole run.
        images: trained on in an epoch.
        batch_size: of training.
        train: the measured or extrapolated seconds of an epoch's training, one a round.
        evaluation: the same of the evaluation after it.
        train_part: the share of the training epoch that was measured, the least of all rounds.
        evaluation_part: the same of the evaluation.
        start: seconds that the first steps take longer than later ones; counted for ours only.
        peak_bytes: resident memory, the most of all rounds.
        validation: accuracy after each epoch; empty where nothing was trained.
    """

    name: str
    epochs: int
    images: int
    batch_size: int
    train: list[float]
    evaluation: list[float]
    train_part: float
    evaluation_part: float
    start: float
    peak_bytes: int
    validation: list[float]

    @property
    def epoch_seconds(self) -> float:
        """Training and evaluation, medians of the rounds."""
        return median(self.train) + median(self.evaluation)

    @property
    def run_seconds(self) -> float:
        """The whole run."""
        return self.start + self.epochs * self.epoch_seconds

    @property
    def images_per_second(self) -> float:
        """While training."""
        return self.images / median(self.train)

    @property
    def epochs_to_goal(self) -> int | None:
        """The first epoch after which 99.0 % of the validation images are read correctly."""
        reached = [epoch for epoch, share in enumerate(self.validation, 1) if share >= GOAL]
        return reached[0] if reached else None

    @property
    def seconds_to_goal(self) -> float | None:
        """What these epochs take."""
        epochs = self.epochs_to_goal
        return None if epochs is None else self.start + epochs * self.epoch_seconds


def programs(rows: dict[str, Any]) -> dict[str, Program]:
    """The programs, by name, in the order of their turns."""
    names = dict.fromkeys(key.split(" / ")[0] for key in rows)
    return {name: _program(name, rows) for name in names}


def _program(name: str, rows: dict[str, Any]) -> Program:
    turns = [row for key, row in rows.items() if key.startswith(f"{name} / round ")]
    train, evaluation = ([Pace(**turn[part]) for turn in turns] for part in PARTS)
    return Program(
        name,
        epochs=turns[0]["epochs"],
        images=turns[0]["images"],
        batch_size=turns[0]["batch_size"],
        train=[pace.epoch_seconds for pace in train],
        evaluation=[pace.epoch_seconds for pace in evaluation],
        train_part=min(pace.share for pace in train),
        evaluation_part=min(pace.share for pace in evaluation),
        start=median(turn.get("start", 0.0) for turn in turns),
        peak_bytes=max(turn["peak_bytes"] for turn in turns),
        validation=rows[f"{name} / accuracy"]["validation"],
    )


def recipes_in(rows: dict[str, Any], kind: str) -> dict[str, Any]:
    """Recipe → its row of that kind."""
    end = f" / {kind}"
    return {key.removesuffix(end): row for key, row in rows.items() if key.endswith(end)}


def gflops(row: dict[str, Any]) -> float:
    """GFLOP/s of a whole training step."""
    return row["flop"] / row["seconds"] / 1e9


def gflops_inside(row: dict[str, Any], groups: tuple[str, ...]) -> float:
    """GFLOP/s while the step is in those groups of its profile, which do all the counted work."""
    shares = profile_shares(row)
    inside = sum(shares.get(group, 0.0) for group in groups)
    return gflops(row) / inside if inside else 0.0


def profile_shares(row: dict[str, Any]) -> dict[str, float]:
    """Group → its share of a step."""
    total = sum(row["profile"].values())
    return {group: seconds / total for group, seconds in row["profile"].items()}

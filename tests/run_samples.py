"""The summary of a run that nobody trained, for tests that only speak of one."""

from __future__ import annotations

from typing import Any

from mnist_report.training.runs import Summary

PROVENANCE = {
    "time": "2026-01-01T03:04:05+00:00",
    "git_commit": None,
    "mnist_report": "0.1.0",
    "python": "3.11.0",
    "torch": "2.14.1",
    "device": "cpu",
    "device_name": "a processor",
    "threads": 2,
    "platform": "Linux x86_64",
    "seed": 0,
}


def summary(**changes: Any) -> Summary:
    """Return a summary of `fast`, seed 0, with some fields changed."""
    fields = {
        "recipe": "fast",
        "seed": 0,
        "settings": {},
        "parameters": 1234,
        "epochs": 1,
        "training_seconds": 1.0,
        "validation": {"accuracy": 0.9, "errors": 1, "images": 10, "loss": 0.1},
        "normalisation": {"mean": 0.1, "std": 0.3},
        "fingerprint": "f",
        "provenance": PROVENANCE,
    }
    return Summary.model_validate(fields | changes)

"""Jobs one after the other, each in a fresh process, each kept as soon as it is done."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from tqdm import tqdm

from benchmarks.jobs import Job
from mnist_report.common import settings, storage
from mnist_report.common.errors import ReportError

MOVING = ("time", "seed", "git_commit")  # what may differ when a measurement is taken up again


class Store:
    """The measurements so far, on disk after every job.

    Attributes:
        path: one JSON file: section → `provenance`, `scale`, `complete` and `rows`.
        sections: its content.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.sections: dict[str, Any] = storage.read_json(path) if path.exists() else {}

    def open(
        self, section: str, scale: dict[str, Any], provenance: dict[str, Any], fresh: bool
    ) -> dict[str, Any]:
        """The rows of a section: those of a measurement that was interrupted, or none.

        Rows of another commit, machine, number of threads, version or scale are not gone on with:
        ratios hold within one run only.
        """
        old = self.sections.get(section)
        if old is None or fresh or old["complete"] or not _same(old, scale, provenance):
            self.sections[section] = {
                "provenance": provenance,
                "scale": scale,
                "complete": False,
                "rows": {},
            }
        return self.sections[section]["rows"]

    def add(self, section: str, key: str, row: dict[str, Any]) -> None:
        """Keep a row."""
        self.sections[section]["rows"][key] = row
        storage.write_json(self.path, self.sections)

    def close(self, section: str) -> None:
        """Mark a section as complete."""
        self.sections[section]["complete"] = True
        storage.write_json(self.path, self.sections)

    def complete(self) -> dict[str, Any]:
        """The sections that are complete."""
        return {name: part for name, part in self.sections.items() if part["complete"]}


def _same(old: dict[str, Any], scale: dict[str, Any], provenance: dict[str, Any]) -> bool:
    def fixed(facts: dict[str, Any]) -> dict[str, Any]:
        # A file that changes while measuring marks the commit with "+".
        commit = (facts["git_commit"] or "").removesuffix("+")
        return {key: facts[key] for key in facts if key not in MOVING} | {"commit": commit}

    return old["scale"] == scale and fixed(old["provenance"]) == fixed(provenance)


def run(jobs: list[Job], section: str, store: Store, rows: dict[str, Any]) -> None:
    """Do what has not been done, with a bar that shows the time left."""
    total = sum(job.expected for job in jobs)
    shape = "{desc}{percentage:3.0f}%|{bar}| {elapsed} so far, about {remaining} left"
    with tqdm(total=total, bar_format=shape) as progress:
        for job in jobs:
            progress.set_description(job.key)
            before = progress.n
            if job.key not in rows:
                store.add(section, job.key, answer(job, progress))
            progress.update(before + job.expected - progress.n)


def answer(job: Job, progress: tqdm) -> dict[str, Any]:
    """The answer of a job's own process.

    Raises:
        ReportError: it failed.
    """
    process = subprocess.Popen(  # noqa: S603 (fixed words)
        [sys.executable, "-m", "benchmarks.worker", job.task, json.dumps(job.arguments)],
        cwd=settings.project_root(),
        env=os.environ | {"TQDM_DISABLE": "1", "PYTHONIOENCODING": "utf-8"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
    )
    try:
        output, errors = _wait(process, job, progress)
    finally:
        process.kill()
    if process.returncode:
        reason = (errors.strip() or "no reason given").splitlines()[-1]
        raise ReportError(f"The measurement “{job.key}” failed: {reason}")
    return json.loads(output.splitlines()[-1])


def _wait(process: subprocess.Popen, job: Job, progress: tqdm) -> tuple[str, str]:
    end = time.monotonic() + job.expected
    while True:
        try:
            return process.communicate(timeout=1)
        except subprocess.TimeoutExpired:
            progress.update(1 if time.monotonic() < end else 0)

"""One hand-in from its folder to its verdict."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from mnist_report import datasets, evaluation
from mnist_report.checking import documents, notebooks, report
from mnist_report.checking import results as stored
from mnist_report.checking.expected import Expected
from mnist_report.checking.handin import HandIn, sha256
from mnist_report.checking.verdict import Finding, State, Verdict, brief, guarded
from mnist_report.common import storage
from mnist_report.common.settings import project_root
from mnist_report.datasets.dataset import Dataset
from mnist_report.evaluation import Evaluation
from mnist_report.studies import run as studies
from mnist_report.training import runs as stored_runs
from mnist_report.training.runs import Run
from notebook_report.cells import published_values

PLACES = ("report/build", "report", ".")  # where a report's Word and PDF files may lie
FACTS = ("mnist_report", "python", "torch", "platform", "device_name", "threads", "time")


def check(hand_in: HandIn) -> Verdict:
    """Everything about one hand-in; nothing of it is run, and nothing is written."""
    data = datasets.load()
    runs, findings = stored.runs(hand_in)
    for run in runs:
        findings += guarded(run.folder.name, lambda run=run: stored.check(run, data, hand_in))
    trusted = _trusted(runs, hand_in, data)

    @cache
    def expected(language: str) -> list[Expected]:
        records = _studies(hand_in)
        return [Expected(*one, trusted, records, data, language) for one in trusted]

    findings += guarded("notebooks", lambda: notebooks.check(hand_in, expected))
    findings += guarded("report", lambda: _reports(hand_in, expected))
    name, number = hand_in.author()
    return Verdict(
        hand_in.root.resolve().name,
        name,
        number,
        findings,
        _facts(runs, hand_in),
        {run.folder.name: sha256(run.folder / stored_runs.MODEL) for run in runs},
    )


def _trusted(runs: list[Run], hand_in: HandIn, data: Dataset) -> list[tuple[Run, Evaluation]]:
    """Runs with their evaluations made again, and those parts of the stored ones that take long."""
    pairs = []
    for run in runs:
        try:
            kept = stored.stored_evaluation(run, hand_in) or {}
            pairs.append((run, _with_added(evaluation.measure(run, data), kept)))
        except Exception:  # noqa: S112 (told among the findings about the run)
            continue
    return pairs


def _with_added(measured: Evaluation, kept: Mapping[str, Any]) -> Evaluation:
    """The evaluation with the parts that take long, as far as the stored ones are whole."""
    for key in evaluation.KEYS.values():
        with suppress(ValidationError):
            part = {key: kept[key]} if key in kept else {}
            measured = Evaluation.model_validate(measured.as_json() | part)
    return measured


def _studies(hand_in: HandIn) -> dict[str, Any]:
    """The hand-in's records of studies, as far as they are there."""
    paths = {name: hand_in.file(f"report/studies/{name}.json") for name in studies.REPORTED}
    return {name: storage.read_json(path) for name, path in paths.items() if path}


def _reports(hand_in: HandIn, expected: Callable[[str], list[Expected]]) -> list[Finding]:
    """The findings about the report: its values in each language, and each Word and PDF file."""
    files = [
        path
        for place in PLACES
        for suffix in documents.READERS
        for path in hand_in.files(f"{place}/*{suffix}")
    ]
    files += hand_in.apart
    findings: list[Finding] = []
    for path in files:
        findings += guarded(hand_in.name(path), lambda path=path: _report(path, hand_in, expected))
    if not files:
        findings.append(Finding("report", State.MISSING, "there is no Word or PDF file of it"))
    return list(dict.fromkeys(findings))


def _report(
    path: Path, hand_in: HandIn, expected: Callable[[str], list[Expected]]
) -> list[Finding]:
    """The findings about one file of the report, and about the values it was made from."""
    name = hand_in.name(path)
    text = documents.text(path)
    language = documents.language(text)
    found = report.source(hand_in, language)
    if found is None:
        return [Finding(name, State.UNCHECKED, f"there is no report notebook in {language}")]
    where, notebook = found
    about = _run_of(notebook, expected(language))
    if about is None:
        return [Finding(name, State.UNCHECKED, "the run that it is about is not in results/")]
    values = report.check_values(notebook, where, about)
    return [values, report.check_text(text, name, notebook, about)]


def _run_of(notebook: Any, candidates: list[Expected]) -> Expected | None:
    """The run that a report notebook says it is about; the only one if it does not say."""
    published, _ = published_values(notebook)
    if not published:
        return candidates[0] if len(candidates) == 1 else None
    name, seed = published["recipe"]["name"], published["run"]["seed"]
    same = (e for e in candidates if e.run.folder.name == f"{name}-s{seed}")
    return next(same, None)


def _facts(runs: list[Run], hand_in: HandIn) -> dict[str, str]:
    """What is shown and not judged: how the runs were made, and whether the package is changed."""
    facts = {
        run.folder.name: ", ".join(
            f"{key} {brief(run.summary['provenance'].get(key))}" for key in FACTS
        )
        for run in runs
    }
    return facts | {"package": _package(hand_in)}


def _package(hand_in: HandIn) -> str:
    ours = project_root()
    names = [path.relative_to(ours).as_posix() for path in ours.glob("mnist_report/**/*.py")]
    theirs = {name: hand_in.file(name) for name in names}
    changed = [
        name
        for name, path in theirs.items()
        if path is None or path.read_bytes() != (ours / name).read_bytes()
    ]
    if not changed:
        return "as in this project"
    return f"{len(changed)} files are not as in this project: {', '.join(changed[:5])}"

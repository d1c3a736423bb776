"""One hand-in from its folder to its verdict."""

from collections.abc import Iterator
from contextlib import suppress
from functools import cache
from glob import escape
from pathlib import Path

from mnist_report import datasets
from mnist_report.checking import documents, notebooks, report, results
from mnist_report.checking.expected import Expectations, Expected
from mnist_report.checking.handin import HandIn, UnfitFileError, bounded
from mnist_report.checking.verdict import Finding, State, Verdict, brief, guarded, judged
from mnist_report.common import storage
from mnist_report.studies import run as studies
from mnist_report.studies.record import Study
from mnist_report.training.runs import MODEL
from notebook_report.cells import values_handed_over

PLACES = ("report/build", "report", ".")  # where a report's Word and PDF files may lie
FACTS = ("mnist_report", "python", "torch", "platform", "device_name", "threads", "time")


def check(hand_in: HandIn) -> Verdict:
    """Check everything about one hand-in; nothing of it is run, and nothing is written."""
    data = datasets.load()
    runs, findings = results.runs(hand_in)
    evaluated = []
    for run in runs:
        with guarded(findings, run.folder.name):
            findings += results.check(run, data, hand_in)
        with suppress(Exception):  # told among the findings about the run
            evaluated.append((run, results.trusted(run, data, hand_in)))

    # As `runs.finished`: networks of one's own are beside the analysis.
    analysed = [(run, one) for run, one in evaluated if not run.summary.own_network]
    records = studies.Records(*(_study(name, hand_in, findings) for name in studies.REPORTED))

    @cache
    def expected(language: str) -> list[Expected]:
        return [Expected(*one, analysed, records, data, language) for one in evaluated]

    with guarded(findings, "notebooks", State.DIFFERS):
        findings += notebooks.check(hand_in, expected)
    with guarded(findings, "report"):
        findings += _reports(hand_in, expected)
    if (seed := hand_in.seed()) is not None:
        seeds = [run.summary.seed for run, _ in analysed]
        wrong = [] if seed in seeds else [f"no run has {seed}, that of the student number"]
        findings.append(judged("seed", wrong, f"{seed}, that of the student number"))
    changed = hand_in.changed()
    package = f"{len(changed)} files are not as in this project: {', '.join(changed[:5])}"
    package = package if changed else "as in this project, or not handed in"
    # Shown and not judged: how each run was made, and what of the package is changed.
    made = {run.folder.name: run.summary.provenance.as_json() for run in runs}
    facts = {n: ", ".join(f"{key} {brief(of.get(key))}" for key in FACTS) for n, of in made.items()}
    return Verdict(
        hand_in.root.resolve().name,
        *hand_in.author(),
        findings,
        facts | {"package": package},
        {run.folder.name: storage.checksum((run.folder / MODEL).read_bytes()) for run in runs},
        own_seed=seed is not None,
    )


def _study(name: str, hand_in: HandIn, findings: list[Finding]) -> Study | None:
    """Read the hand-in's record of a study, if there is one; that it is unfit is a finding."""
    where = f"report/studies/{name}.json"
    with guarded(findings, where, State.DIFFERS):
        path = hand_in.file(where)
        return studies.read(name, path) if path else None
    return None


def _reports(hand_in: HandIn, expected: Expectations) -> list[Finding]:
    """Check the report: its values in each language, and each Word and PDF file."""
    built = [f"{build}/notebooks/report.*.ipynb" for build in notebooks.BUILDS]
    of_recipes = [escape(hand_in.name(p.parents[1])) for one in built for p in hand_in.files(one)]
    places = dict.fromkeys([*PLACES, *of_recipes])
    patterns = [f"{place}/*{suffix}" for place in places for suffix in documents.READERS]
    files = [path for pattern in patterns for path in hand_in.files(pattern)]
    findings: list[Finding] = []
    for path in [*files, *hand_in.apart]:
        with guarded(findings, hand_in.name(path)):
            findings += [*_report(path, hand_in, expected)]
    if any(hand_in.files(f"{one}/notebooks/{notebooks.OTHER}*") for one in notebooks.BUILDS):
        own = "that on data or a network of one's own is not compared"
        findings.append(Finding("report", State.UNCHECKED, own))
    none = Finding("report", State.MISSING, "there is no Word or PDF file of it")
    return list(dict.fromkeys(findings or [none]))


def _report(path: Path, hand_in: HandIn, expected: Expectations) -> Iterator[Finding]:
    """Check one file of the report, and the values that it was made from."""
    name, text = hand_in.name(path), documents.text(bounded(path))
    language = documents.language(text)
    where, notebook = report.source(hand_in, language, Path(name).parent.as_posix())
    about = expected(language)
    if values := values_handed_over(notebook):  # which tell the run that it is about
        folder = f"{values['recipe']['name']}-s{values['run']['seed']}"
        about = [one for one in about if one.run.folder.name == folder]
    if len(about) != 1:
        raise UnfitFileError("the run that it is about is not in results/")
    yield report.check_values(notebook, where, *about)
    yield report.check_text(text, name, notebook, *about)
    yield from report.check_figures(documents.pictures(path), name, notebook)

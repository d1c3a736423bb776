"""Networks that a hand-in defines: their code is never run, unless it is word for word ours."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from functools import cache

import nbformat

from mnist_report.checking.handin import HandIn
from mnist_report.common import storage
from mnist_report.common.errors import RecipeError
from mnist_report.common.settings import project_root
from mnist_report.training import networks, own_network
from mnist_report.training.runs import Run

NETWORKS = "mnist_report/training/networks.py"
# Where networks were defined before, with the sums of the files as they were last.
FORMER_NETWORKS = {
    "mnist_report/networks.py": "ba59d6232e5d83d9cbaf9f25201a3844ff704b659b385a2124f27fe3edba1804",
    "mnist_report/models.py": "037413444b9d43d0761430a2037f37ced134aab6ad421c2baa74d3a31531513d",
}
EXAMPLE = "MyNet"  # of notebook 08
NOT_RUN = "raise RuntimeError('the code of a hand-in is not run')"


def of_ours(run: Run) -> bool:
    """Tell a run whose network is the project's, of its notebooks or package, from others."""
    source, network = (run.summary.settings.get(key) for key in ("source", "network"))
    return source in example_networks() if source else network in networks.NETWORKS


@cache
def example_networks() -> set[str]:
    """Read the code of the networks that the project's own notebooks define, cell by cell."""
    found = set()
    for path in (project_root() / "notebooks").glob("**/08_*.ipynb"):
        for cell in nbformat.read(path, as_version=4).cells:
            with suppress(RecipeError):
                found.add(own_network.definitions(cell.source, EXAMPLE))
    return found


def disarmed(run: Run) -> Run:
    """Put code that fails in the place of a hand-in's own, so that nothing can run that."""
    settings = run.summary.settings | {"source": NOT_RUN}
    return replace(run, summary=run.summary.model_copy(update={"settings": settings}))


def has_own_networks(hand_in: HandIn) -> bool:
    """Tell a hand-in whose definition of the networks is another than the project's, old or new."""
    sums = {NETWORKS: storage.checksum((project_root() / NETWORKS).read_bytes())} | FORMER_NETWORKS
    theirs = ((hand_in.file(name), known) for name, known in sums.items())
    return any(path and storage.checksum(path.read_bytes()) != known for path, known in theirs)

"""Networks that a hand-in defines: their code is never run, unless it is word for word ours."""

from contextlib import suppress
from dataclasses import replace
from functools import cache

import nbformat

from mnist_report.checking.handin import HandIn
from mnist_report.common.errors import RecipeError
from mnist_report.common.settings import PACKAGE, SHIPPED
from mnist_report.training import networks, own_network
from mnist_report.training.runs import Run

EXAMPLE = "MyNet"  # of notebook 08
NETWORKS = "mnist_report/training/networks.py"
NOT_RUN = "raise RuntimeError('the code of a hand-in is not run')"


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


def disarmed(run: Run) -> Run:
    """Put code that fails in the place of a hand-in's own, so that nothing can run that."""
    settings = run.summary.settings | {"source": NOT_RUN}
    return replace(run, summary=run.summary.model_copy(update={"settings": settings}))


def changed(hand_in: HandIn) -> list[str]:
    """Name the files of our package that a hand-in with a package has otherwise, or not at all."""
    if not (hand_in.root / "mnist_report").is_dir():
        return []
    ours = {
        f"mnist_report/{path.relative_to(PACKAGE).as_posix()}": path
        for path in PACKAGE.rglob("*.py")
    }
    theirs = {name: hand_in.file(name) for name in ours}
    return [n for n, p in theirs.items() if p is None or p.read_bytes() != ours[n].read_bytes()]

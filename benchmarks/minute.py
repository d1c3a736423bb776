"""`python -m benchmarks.minute`: time each step of `build`, in a copy of this project.

Four times: from nothing, with nothing changed, after a change of prose, and for another recipe
whose run is there already; the first recipe is that of MNIST_REPORT_RECIPE. The data and the
installed packages are those at hand. It needs an idle machine, and writes benchmarks/minute.json.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from mnist_report.common import settings, storage
from mnist_report.datasets import mnist

LEFT_OUT = (".git", ".venv", "data", "results", "build", "__pycache__")
OTHER = "fast"


def main() -> None:
    """Build the report four times, and write the seconds of each step."""
    argparse.ArgumentParser("python -m benchmarks.minute", description=__doc__).parse_args()
    recipe = settings.recipe_name()
    mnist.fetch()  # before anything is timed
    with tempfile.TemporaryDirectory() as folder:
        project = Path(folder) / "project"
        shutil.copytree(settings.project_root(), project, ignore=shutil.ignore_patterns(*LEFT_OUT))
        found = {k: timed(project, recipe, "build") for k in ("from nothing", "nothing changed")}
        change_prose(project / "report" / "report.en.ipynb")
        found["prose changed"] = timed(project, recipe, "build")
        timed(project, OTHER, "train", OTHER)
        found[f"for {OTHER}"] = timed(project, OTHER, "build")
    print(json.dumps(found, indent=1))
    out = Path(__file__).with_suffix(".json")
    storage.write_json(out, {"recipe": recipe, "cores": os.cpu_count(), "seconds": found})
    print(f"Written to {out}.")


def change_prose(notebook: Path) -> None:
    """Add a sentence to the last passage of a notebook."""
    content = json.loads(notebook.read_text(encoding="utf-8"))
    passages = [cell for cell in content["cells"] if cell["cell_type"] == "markdown"]
    passages[-1]["source"] = "".join(passages[-1]["source"]) + "\n\nOne more sentence."
    notebook.write_text(json.dumps(content, ensure_ascii=False, indent=1), encoding="utf-8")


def timed(project: Path, recipe: str, *command: str) -> dict[str, float]:
    """Run a command in a project; return the seconds of each of its steps, and of the whole.

    A step begins with a line that ends in an ellipsis; the first one's seconds begin with the
    program, the last one's end with it.
    """
    environment = os.environ | {
        "MNIST_REPORT_DATA": str(settings.data_dir()),
        "MNIST_REPORT_RESULTS": str(project / "results"),
        "MNIST_REPORT_RECIPE": recipe,
        "PYTHONPATH": str(project),
        "PYTHONUNBUFFERED": "1",
    }
    call = [sys.executable, "-X", "utf8", "-m", "mnist_report", *command]
    begun, named = [time.perf_counter()], []  # moments, and the names of what began then
    with subprocess.Popen(  # noqa: S603 (words of our own)
        call, cwd=project, env=environment, stdout=subprocess.PIPE, encoding="utf-8"
    ) as process:
        for line in filter(lambda line: line.endswith(" …\n"), process.stdout):
            begun += [time.perf_counter()] * bool(named)
            named.append(line.removesuffix(" …\n"))
    if process.returncode:
        raise SystemExit(f"{' '.join(command)} failed with exit code {process.returncode}")
    ends, steps = [*begun[1:], time.perf_counter()], {}
    for name, start, end in zip(named, begun, ends, strict=True):
        steps[name] = steps.get(name, 0) + end - start
    steps["whole"] = ends[-1] - begun[0]
    return {name: round(seconds, 2) for name, seconds in steps.items()}


if __name__ == "__main__":
    main()

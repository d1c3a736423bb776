"""The one pandoc call: prepared notebook in, document or typesetter's source out."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from nbformat import NotebookNode

from .errors import ExportError

FILTERS = Path(__file__).parent / "filters"
EXTENSIONS = [
    "citations",
    "implicit_figures",
    "link_attributes",
    "table_captions",
    "table_attributes",
    "raw_tex",
    "subscript",
    "superscript",
    "header_attributes",
    "bracketed_spans",
    "fenced_code_attributes",
    "fenced_divs",
    "footnotes",
    "definition_lists",
    "grid_tables",
    "raw_attribute",
    "native_divs",
    "native_spans",
    "task_lists",
    "startnum",
    "latex_macros",
]
TIMEOUT = 120  # seconds; pandoc takes for ever over a dozen brackets within each other
WARNING = "report: "  # how our filters mark their lines among pandoc's own


@cache
def program() -> str:
    """Pandoc from its wheel, else the system's own."""
    spec = find_spec("pypandoc")
    folder = Path(spec.origin).parent / "files" if spec and spec.origin else Path()
    for name in ("pandoc", "pandoc.exe"):
        if (folder / name).is_file():
            return str(folder / name)
    found = shutil.which("pandoc")
    if not found:
        raise ExportError("pandoc is not there: run `pip install pypandoc-binary`")
    return found


def convert(
    nb: NotebookNode,
    to: str,
    folder: Path,
    settings: dict[str, Any],
    arguments: list[str],
    environment: dict[str, str],
) -> tuple[Path, list[str]]:
    """Run pandoc in ``folder``; give the file it wrote and the warnings, one line each."""
    text = json.dumps(settings, ensure_ascii=False)
    # Of paths that Python could not decode, where only ASCII is known, the bytes are kept.
    (folder / "settings.json").write_text(text, encoding="utf-8", errors="surrogateescape")
    out = folder / f"out.{to}"
    command = [
        program(),
        *("--from", "+".join(["ipynb", *EXTENSIONS]) + ("+smart" if settings["smart"] else "")),
        *("--ipynb-output=all", "--to", "typst-citations" if to == "typst" else to),
        *("--output", out.name),
        *("--lua-filter", str(FILTERS / "notebook.lua")),
        *(
            "--citeproc",
            "--metadata",
            "link-citations=true",
            "--metadata",
            f"lang={settings['lang']}",
        ),
        *("--lua-filter", str(FILTERS / f"{to}.lua")),
        *arguments,
    ]
    try:
        done = subprocess.run(  # noqa: S603  (pandoc from its wheel, arguments of our own making)
            command,
            input=json.dumps(nb).encode("ascii"),
            capture_output=True,
            check=False,
            cwd=folder,
            env=environment,
            timeout=TIMEOUT,
        )
    except subprocess.TimeoutExpired as error:
        reason = "does a Markdown cell have many brackets within each other?"
        raise ExportError(f"pandoc has not finished in {TIMEOUT} seconds: {reason}") from error
    lines = done.stderr.decode("utf-8", "replace").splitlines()
    if done.returncode:
        raise ExportError("pandoc stopped: " + " ".join(" ".join(lines).split()))
    return out, [*filter(None, map(warning, lines))]


FORMULA = re.compile(r"formula (.*) cannot be converted, shown as its source")


def formula_of(text: str) -> str:
    """The formula that a warning is about, if it is about one."""
    match = FORMULA.fullmatch(text)
    return match[1] if match else ""


def warning(line: str) -> str | None:
    """Our own filters' warnings, and pandoc's about formulas; the rest is of no use to authors."""
    if "Could not convert TeX math" in line:
        formula = line.partition("TeX math")[2].split(", rendering")[0].strip()
        return f"formula {formula} cannot be converted, shown as its source"
    return line.removeprefix(WARNING) if line.startswith(WARNING) else None

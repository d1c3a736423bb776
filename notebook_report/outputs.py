"""Code-cell outputs reduced to the one form that a document can show."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable

from nbconvert.filters import strip_ansi
from nbformat import NotebookNode
from nbformat.v4 import new_output

PHOTOS = ("image/png", "image/jpeg", "image/gif")
DRAWING = "image/svg+xml"  # the best there is, but not for Word
# Characters that XML, and so Word, does not allow.
FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")
OPERATING = re.compile(r"\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)")  # links and titles of terminals
TAG = re.compile(r"<[^>]*>")
UNSEEN = re.compile(r"<(script|style|head)\b.*?</\1\s*>|<!--.*?-->", re.S | re.I)
LIVE = re.compile(r"<(iframe|audio|video|object|embed|canvas)\b", re.I)
LONGEST = 200_000  # characters of one output, some fifty pages of paper
FIGURE_REPR = re.compile(r"<Figure size [^>]*>")


def clean(text: str | list) -> str:
    """Terminal text as a reader would see it: no colours, no overwritten progress bars."""
    text = strip_ansi(OPERATING.sub("", "".join(text))).replace("\r\n", "\n")
    lines = (line.rstrip("\r").rsplit("\r", 1)[-1] for line in text.split("\n"))
    text = "\n".join(lines)
    while "\b" in text:
        text = re.sub("[^\b\n]?\b", "", text, count=1)
    return FORBIDDEN.sub("", text)


def shows_something(html: str) -> bool:
    """Tell HTML that reads without a browser: a table, a picture, or text that no script makes."""
    if "<table" in html or "<img" in html or "<svg" in html:
        return True
    return not LIVE.search(html) and bool(TAG.sub("", UNSEEN.sub("", html)).strip())


def richest(data: dict, to: str) -> tuple[str, str] | None:
    """The MIME type and content to show, or None when nothing in ``data`` can be shown."""
    images = (*PHOTOS, DRAWING) if to == "docx" else (DRAWING, *PHOTOS)
    order = ("text/latex", *images, "text/html", "text/markdown", "text/plain")
    for kind in order:
        content = data.get(kind)
        if content is None:
            continue
        content = content if isinstance(content, str) else "".join(content)
        if kind != "text/html" or shows_something(content):
            return kind, content
    if "application/json" in data:
        return "text/plain", json.dumps(data["application/json"], indent=2, ensure_ascii=False)
    return None


def merged(outputs: Iterable[NotebookNode]) -> list[NotebookNode]:
    """Outputs with neighbouring pieces of the same stream joined, as kernels split them at will."""
    joined: list[NotebookNode] = []
    for output in outputs:
        last = joined[-1] if joined else None
        if output.output_type == "stream" and last and last.get("name") == output.get("name"):
            joined[-1] = new_output("stream", name=last.name, text=last.text + output.text)
        else:
            joined.append(output)
    return joined


def shortened(output: NotebookNode) -> tuple[NotebookNode, str | None]:
    """The output with no more text than anybody reads, and a warning where it is cut."""
    if output.output_type != "stream" or len(output.text) <= LONGEST:
        return output, None
    warning = f"output of {len(output.text):,} characters cut to the first {LONGEST:,}"
    return new_output("stream", name=output.name, text=output.text[:LONGEST] + "\n…"), warning


def simplified(output: NotebookNode, to: str) -> tuple[NotebookNode | None, str | None]:
    """One output as a stream or a single-type display, and a warning where something is lost."""
    output, cut = shortened(output)
    if output.output_type == "stream":
        text = clean(output.text).strip("\n")
        return (new_output("stream", name=output.name, text=text) if text else None), cut
    if output.output_type == "error":
        trace = "\n".join(output.get("traceback") or [f"{output.ename}: {output.evalue}"])
        return new_output("stream", name="stderr", text=clean(trace).strip("\n")), None
    data = dict(output.get("data") or {})
    choice = richest(data, to)
    if choice is None:
        kinds = ", ".join(sorted(data))
        return None, f"output of type {kinds} has no form for paper, left out" if kinds else None
    kind, content = choice
    if kind == "text/plain" and (not content.strip() or FIGURE_REPR.fullmatch(content.strip())):
        return None, None
    lost = [name for name in data if "widget-view" in name] if kind == "text/plain" else []
    warning = "widget shown as its text" if lost else None
    if kind.startswith("text/") or kind == "image/svg+xml":
        content = clean(content) if kind == "text/plain" else FORBIDDEN.sub("", content)
    return new_output("display_data", data={kind: content}), warning

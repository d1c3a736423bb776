"""Code-cell outputs reduced to the one form that a document can show."""

import json
import re
from collections.abc import Iterable, Mapping

from nbconvert.filters import strip_ansi
from nbformat import NotebookNode
from nbformat.v4 import new_output

PHOTOS = ("image/png", "image/jpeg", "image/gif")
DRAWING = "image/svg+xml"  # the best there is, but not for Word
VIEW = "application/vnd.jupyter.widget-view+json"
# Characters that XML, and so Word, does not allow.
FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")
OPERATING = re.compile(r"\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)")  # links and titles of terminals
TAG = re.compile(r"<[^>]*>")
UNSEEN = re.compile(r"(?si)<(script|style|head|output(?=.*<script))\b.*?</\1\s*>|<!--.*?-->")
LIVE = re.compile(r"<(script|iframe|audio|video|object|embed|canvas)\b", re.I)
# scikit-learn's and xarray's: the text, and a drawing that only a browser's style uncovers.
TEXT_BESIDE = re.compile(r"-text-repr-fallback\b|\bxr-icon\b")
FRAME = re.compile(r'frames\[\s*0\s*\]\s*=\s*"data:(image/(?:png|jpeg));base64,([^"]+)"')
IN_LINE = re.compile(r"<([ou]l|dl) class=['\"]?(?:list|dl)-inline\b[^>]*>(.*?)</\1>", re.S)
MATHEMATICS = re.compile(
    r"\s*(?:\$|\\\[|\\\(|\\(?:displaystyle|begin\{(?!tab|enum|item|desc|doc|verb))\b)"
)
TABLE = re.compile(r"<table\b.*?</table", re.S)
SHEET = re.compile(r"<style\b[^>]*>(.*?)</style>", re.S)
# Of an id or a class; others are of whole pages.
RULE = re.compile(r"([^{}]*[#.][^{}]*)\{([^{}]*)\}")
LOOK = re.compile(r"color|background|font-(?:weight|style)|text-decoration")
FIGURE_REPR = re.compile(r"<Figure size [^>]*>")
NAMELESS = re.compile(r"<IPython\.\S+ object>")  # says that there is something, and not what
LONGEST = 200_000  # characters of one output, some fifty pages of paper
MOST_LINES, MOST_ROWS = 3_000, 1_000  # of text, and of a table


def clean(text: str | list) -> str:
    """Terminal text as a reader would see it: no colours, no overwritten progress bars."""
    text = strip_ansi(OPERATING.sub("", "".join(text))).replace("\r\n", "\n")
    lines = (line.rstrip("\r").rsplit("\r", 1)[-1] for line in text.split("\n"))
    text = "\n".join(lines)
    return FORBIDDEN.sub("", overstruck(text) if "\b" in text else text)


def overstruck(text: str) -> str:
    """Text without what its backspaces delete."""
    kept: list[str] = []
    for character in text:
        if character != "\b":
            kept.append(character)
        elif kept and kept[-1] != "\n":
            kept.pop()
    return "".join(kept)


def printed(text: str | list) -> str:
    """Terminal text with blanks for its tabs, which Typst leaves out."""
    return clean(text).expandtabs()


def shows_something(html: str) -> bool:
    """Tell HTML that reads without a browser: a table, a picture, or text that no script makes."""
    if TEXT_BESIDE.search(html):
        return False
    if "<table" in html or "<svg" in html or re.search(r"<img\b[^>]*\bsrc=", html):
        return True
    seen = UNSEEN.sub("", html)
    return not LIVE.search(seen) and bool(TAG.sub("", seen).strip())


def richest(data: Mapping, to: str) -> tuple[str, str] | None:
    """The MIME type and content to show, if any; LaTeX first where it is mathematics."""
    texts = {kind: joined(data[kind]) for kind in data if kind.startswith(("text/", "image/"))}
    images = (*PHOTOS, DRAWING) if to == "docx" else (DRAWING, *PHOTOS)
    mathematics = MATHEMATICS.match(texts.get("text/latex", ""))
    rest = ("text/html", "text/markdown", "text/latex")
    for kind in (*(("text/latex",) if mathematics else ()), *images, *rest):
        if kind in texts and (kind != "text/html" or shows_something(texts[kind])):
            return kind, texts[kind]
    frame = FRAME.search(texts.get("text/html", ""))
    if frame:
        return frame[1], frame[2].replace("\\\n", "")
    plain = texts.get("text/plain")
    for kind in ("application/json", "application/geo+json"):
        if kind in data and (plain is None or NAMELESS.fullmatch(plain.strip())):
            return "text/plain", json.dumps(data[kind], indent=2, ensure_ascii=False)
    return None if plain is None else ("text/plain", plain)


def joined(content: str | list) -> str:
    return content if isinstance(content, str) else "".join(content)


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


def shortened(text: str) -> tuple[str, str | None]:
    """Text no longer than anybody reads, and a warning where it is cut."""
    lines = text.split("\n")
    if len(text) <= LONGEST and len(lines) <= MOST_LINES:
        return text, None
    kept = "\n".join(lines[:MOST_LINES])[:LONGEST]
    whole = f"output of {len(lines):,} lines, {len(text):,} characters"
    return f"{kept}\n…", f"{whole}, cut to the first {len(kept):,} characters"


def shortened_tables(html: str) -> tuple[str, str | None]:
    """HTML whose tables have no more rows than anybody reads, and a warning of a cut."""
    warning = None

    def cut(match: re.Match) -> str:
        nonlocal warning
        rows = match[0].split("</tr>")
        if len(rows) <= MOST_ROWS + 2:
            return match[0]
        warning = f"table of {len(rows) - 1:,} rows cut to the first {MOST_ROWS:,}"
        return "</tr>".join([*rows[: MOST_ROWS + 1], rows[-1]])

    return TABLE.sub(cut, html), warning


def styled(html: str) -> str:
    """HTML with the rules of its sheets, as of pandas' Styler, on the cells they select."""
    rules = [rule for sheet in SHEET.findall(html) for rule in RULE.findall(sheet)]
    rules = [(names, " ".join(look.split())) for names, look in rules if LOOK.search(look)]
    if not rules:
        return html
    from bs4 import BeautifulSoup
    from soupsieve import SelectorSyntaxError

    soup = BeautifulSoup(html, "html.parser")
    styles: dict[int, str] = {}
    for names, look in rules:
        try:
            found = soup.select(names)
        except SelectorSyntaxError:  # of a browser newer than this
            continue
        for element in found:
            cells = [element] if element.name in {"td", "th"} else element.find_all(["td", "th"])
            for cell in cells:  # pandoc reads no second semicolon
                styles[id(cell)] = styles.get(id(cell), "") + look.rstrip("; ") + ";"
    for cell in soup.find_all(["td", "th"]):
        if id(cell) in styles:
            cell["style"] = styles[id(cell)] + (cell.get("style") or "")
    return str(soup)


def in_line(match: re.Match) -> str:
    """R's vectors, lists to HTML, as the one line that their style makes of them."""
    items = re.findall(r"<(li|dt|dd)>(.*?)</\1>", match[2], re.S)
    words = (f"<b>{text}</b>:" if tag == "dt" else f"{text} ·" for tag, text in items)
    return f"<p>{' '.join(words).removesuffix(' ·')}</p>"


def simplified(
    output: NotebookNode, to: str, widgets: Mapping | None = None
) -> tuple[NotebookNode | None, str | None]:
    """One output as a stream or a single-type display, and a warning where something is lost."""
    if output.output_type == "stream":
        text, cut = shortened(printed(output.text).strip("\n"))
        return (new_output("stream", name=output.name, text=text) if text else None), cut
    if output.output_type == "error":
        trace = "\n".join(output.get("traceback") or [f"{output.ename}: {output.evalue}"])
        return new_output("stream", name="stderr", text=printed(trace).strip("\n")), None
    data = dict(output.get("data") or {})
    data |= of_widget((data.get(VIEW) or {}).get("model_id"), widgets or {})
    choice = richest(data, to)
    if choice is None:
        kinds = ", ".join(sorted(data))
        html = joined(data.get("text/html", ""))
        lost = kinds and (set(data) - {"text/html"} or LIVE.search(html))
        return None, f"output of type {kinds} has no form for paper, left out" if lost else None
    kind, content = choice
    if kind == "text/plain":
        return as_text(content, data)
    warning = None
    if kind == "text/html":
        content, warning = shortened_tables(
            IN_LINE.sub(in_line, styled(FORBIDDEN.sub("", content)))
        )
    elif kind in PHOTOS and VIEW in data:
        warning = "widget shown by its picture"
    elif kind not in data:
        warning = "animation shown by its first frame"
    elif kind.startswith("text/") or kind == DRAWING:
        content = FORBIDDEN.sub("", content)
    size = (output.get("metadata") or {}).get(kind)
    metadata = {kind: size} if kind.startswith("image/") and isinstance(size, dict) else {}
    return new_output("display_data", data={kind: content}, metadata=metadata), warning


def as_text(content: str, data: Mapping) -> tuple[NotebookNode | None, str | None]:
    """An output as its text, and a warning where this says less than a browser shows."""
    text, warning = shortened(printed(content))
    html = joined(data.get("text/html", ""))
    unseen = ("application/vnd", "application/pdf", "video", "audio")
    live = [kind for kind in sorted(data) if kind.startswith(unseen)]
    if LIVE.search(html) and not TEXT_BESIDE.search(html):
        live.append("text/html")
    if not text.strip() or FIGURE_REPR.fullmatch(text.strip()):
        return None, None
    if NAMELESS.fullmatch(text.strip()) and "application/json" not in data:
        kinds = ", ".join(live)
        return None, f"output of type {kinds} has no form for paper, left out" if live else None
    if live:
        warning = "widget shown as its text" if VIEW in data else f"{', '.join(live)} shown as text"
    return new_output("display_data", data={"text/plain": text}), warning


def stored_widgets(metadata: NotebookNode) -> Mapping:
    """The state of the widgets that a notebook was saved with, by their names."""
    stored = metadata.get("widgets") or {}
    return (stored.get("application/vnd.jupyter.widget-state+json") or {}).get("state") or {}


def of_widget(model: str | None, widgets: Mapping) -> dict[str, str]:
    """The first picture in a stored widget, or the words of its parts, as an output's data."""
    for part in parts_of(model, widgets):
        state = part.get("state") or {}
        kind, _, content = str(state.get("_data_url", "")).partition(";base64,")  # of ipympl
        for buffer in part.get("buffers") or []:
            if buffer.get("path") == ["value"]:
                kind, content = f"data:image/{state.get('format')}", buffer.get("data") or ""
        for output in state.get("outputs") or []:
            if "image/png" in (output.get("data") or {}):
                kind, content = "data:image/png", joined(output["data"]["image/png"])
        if kind.removeprefix("data:") in PHOTOS and content:
            return {kind.removeprefix("data:"): content}
    states = [part.get("state") or {} for part in parts_of(model, widgets)]
    words = (state.get(name) for state in states for name in ("description", "value"))
    text = " ".join(TAG.sub("", item).strip() for item in words if isinstance(item, str))
    return {"text/plain": text} if len(states) > 1 and text.strip() else {}


def parts_of(model: str | None, widgets: Mapping) -> Iterable[Mapping]:
    """Yield a stored widget and all within it, such as the parts of a progress bar."""
    whole = widgets.get(model) or {}
    yield whole
    for child in (whole.get("state") or {}).get("children") or []:
        yield from parts_of(str(child).removeprefix("IPY_MODEL_"), widgets)

"""Notebooks made by hand for the export tests: nothing is executed."""

from __future__ import annotations

import struct
import zlib
from base64 import b64decode, b64encode
from pathlib import Path

import nbformat
import pytest
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from notebook_report.typesetter import Typesetter

SVG = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="96" height="48" viewBox="0 0 96 48">'
    '<rect width="96" height="48" fill="teal"/></svg>'
)
VALUES = {"test": {"accuracy": 0.99621, "errors": 38}, "cpu": "Xeon(R) @ 2_GHz*", "images": 60000}
FRAME = (
    "<div><style>th {color: red}</style><table><thead>"
    "<tr><th></th><th>train</th><th>test</th></tr><tr><th>digit</th><th></th><th></th></tr>"
    "</thead><tbody><tr><th>0</th><td>5923</td><td>980</td></tr>"
    "<tr><th>1</th><td>6742</td><td>1135</td></tr></tbody></table></div>"
)
BIBLIOGRAPHY = r"""
@article{lecun1998, author={LeCun, Yann and Bottou, L{\'e}on and Bengio, Yoshua and Haffner,
  Patrick}, title={Gradient-based learning applied to document recognition},
  journal={Proceedings of the IEEE}, volume={86}, number={11}, pages={2278--2324}, year={1998}}
@book{zhou2016, author={周志华 and 李航 and 王五 and 赵六}, title={机器学习},
  publisher={清华大学出版社}, address={北京}, year={2016}}
"""
METADATA = """
bibliography: refs.bib
date: 2026-11-24
en:
  title: Digits & <networks> {subtitle}
  author: Ada Lovelace
  keywords: [MNIST, network]
  cover:
    - {label: Course, value: "Machine Learning #1 $5 @me \\\\ _x_ *y* [z]"}
    - {label: Student number, value: 0012345}
    - {label: Accuracy, value: "{{ test.accuracy | percent(2) }}"}
  header: Course report
  list_of_figures: true
zh-CN:
  title: 手写数字识别
  author: 张三
  keywords: [手写数字, 网络]
  cover:
    - {label: 课程名称, value: 机器学习}
  header: 课程报告
""".replace("{subtitle}", "of 2026")


def png(width: int = 12, height: int = 6) -> str:
    """A grey PNG, in base64."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        check = zlib.crc32(kind + data)
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", check)

    rows = b"".join(b"\0" + b"\x80" * width for _ in range(height))
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    parts = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    return b64encode(b"\x89PNG\r\n\x1a\n" + parts).decode()


def display(**data: object) -> NotebookNode:
    """An output; ``text_plain`` stands for text/plain, ``image_svg`` for image/svg+xml."""
    names = {"image_svg": "image/svg+xml", "json": "application/json"}
    return new_output(
        "display_data",
        data={names.get(key, key.replace("_", "/", 1)): value for key, value in data.items()},
    )


def markdown(source: str, *tags: str) -> NotebookNode:
    return new_markdown_cell(source, metadata={"tags": list(tags)} if tags else {})


def code(source: str, *outputs: NotebookNode, **metadata: object) -> NotebookNode:
    return new_code_cell(source, outputs=list(outputs), metadata=metadata)


def notebook(*cells: NotebookNode, **metadata: object) -> NotebookNode:
    return new_notebook(cells=list(cells), metadata=metadata)


ENGLISH = {
    "abstract": "# Abstract\n\nAccuracy {{ test.accuracy | percent(2) }} on `{{ cpu }}`.",
    "intro": "# Introduction {#sec-intro}\n\nSee @fig-curve, @tbl-counts, @eq-loss, @sec-data, "
    "@lst-net and @app-env in [@lecun1998; @zhou2016]; {{ images | integer }} images.",
    "data": "## Data {#sec-data}\n\n- one\n- two\n\n$$a=\\frac{b}{c}$$ {#eq-loss}\n\n"
    "| Name | Value |\n|---|---|\n| rate | 0.1 |\n\n: Settings {#tbl-settings}\n",
    "end": "# Conclusion\n\nDone: {{ cpu }}.",
    "appendix": "# Environment {#app-env}\n\nText.",
    "figure": "A curve.",
    "table": "Images of each class.",
    "listing": "The network.",
}
CHINESE = {
    "abstract": "# 摘要\n\n准确率 {{ test.accuracy | percent(2) }}，“深度学习”。",
    "intro": "# 引言 {#sec-intro}\n\n见 @fig-curve与 @tbl-counts，@eq-loss、"
    "@sec-data、@sec-intro 和 @lst-net、@app-env，"
    "文献 [@lecun1998; @zhou2016]，共 {{ images | integer }} 幅。",
    "data": "## 数据 {#sec-data}\n\n- 一\n- 二\n\n$$a=\\frac{b}{c}$$ {#eq-loss}\n\n"
    "| 名称 | 取值 |\n|---|---|\n| 学习率 | 0.1 |\n\n: 设置 {#tbl-settings}\n",
    "end": "# 结论\n\n完。{{ cpu }}",
    "appendix": "# 环境 {#app-env}\n\n文字。",
    "figure": "曲线",
    "table": "各类别样本数",
    "listing": "网络定义",
}


def report(words: dict[str, str], tag: str) -> NotebookNode:
    """A small report with one of everything."""
    return notebook(
        code("#| values: true\nvalues()", display(json=VALUES)),
        markdown(words["abstract"], "abstract"),
        markdown(words["intro"]),
        code(
            f"#| label: fig-curve\n#| fig-cap: {words['figure']}\n"
            "#| fig-alt: A rising curve\nplot()",
            display(image_png=png(), image_svg=SVG, text_plain="<Figure size 1x1 with 1 Axes>"),
        ),
        code(
            f"#| label: tbl-counts\n#| tbl-cap: {words['table']}\ncounts",
            display(text_html=FRAME, text_plain="digit train test"),
        ),
        markdown(words["data"]),
        code(
            f"#| echo: true\n#| label: lst-net\n#| lst-cap: {words['listing']}\nclass Net: pass",
            new_output("stream", name="stderr", text="unwanted"),
            new_output("stream", name="stdout", text="135,530\n"),
        ),
        markdown(words["end"]),
        markdown(words["appendix"], "appendix"),
        lang=tag,
    )


def write_report(folder: Path, words: dict[str, str], tag: str) -> Path:
    """The report, its metadata and its references in ``folder``."""
    (folder / "metadata.yml").write_text(METADATA, encoding="utf-8")
    (folder / "refs.bib").write_text(BIBLIOGRAPHY, encoding="utf-8")
    return write(folder / f"report.{tag}.ipynb", report(words, tag))


EVERYTHING = """
code_appendix: true
list_of_tables: true
declaration: {text: [I declare.], signature: [Name]}
logo: logo.png
institution: School & University
margins: 3cm
"""
MORE = [
    markdown(
        "## More\n\nNote[^1], [link](https://x.y), `code`, **fett**, *kursiv*.\n\n[^1]: Foot."
    ),
    markdown(
        "1. one\n2. two\n\n   - three\n\n> quoted\n\nTerm\n: meaning\n\n---\n\n```py\nx = 1\n```"
    ),
    markdown("$$\\begin{pmatrix}1&2\\\\3&4\\end{pmatrix}$$ {#eq-m}\n\n$\\text{a} \\mathbf{b}$"),
    code(
        "#| fig-cap: [One., Two.]\n#| label: fig-two\nx",
        display(image_png=png()),
        display(image_png=png(3, 3)),
    ),
    code("x", display(text_html="<table><tr><th colspan=2>a</th></tr><tr><td>1</td></tr></table>")),
]


def write_everything(folder, words, tag, extra=""):
    """A report with all that the exporter can write, in ``folder``."""
    (folder / "refs.bib").write_text(BIBLIOGRAPHY, encoding="utf-8")
    (folder / "logo.png").write_bytes(b64decode(png(60, 20)))
    (folder / "metadata.yml").write_text(METADATA + EVERYTHING + extra, encoding="utf-8")
    nb = report(words, tag)
    nb.cells[-2:-2] = MORE
    return write(folder / "all.ipynb", nb)


def write(path: Path, nb: NotebookNode) -> Path:
    nbformat.write(nb, path)
    return path


def own_fonts_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let Typst not find the fonts of this machine."""
    call = Typesetter._call

    def without(self: Typesetter, name: str, document: tuple, **words: object) -> bytes:
        return call(self, name, document and (*document[:2], False, document[3]), **words)

    monkeypatch.setattr(Typesetter, "_call", without)

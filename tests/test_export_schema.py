"""The Word file against the Office Open XML schema, which Word itself holds it against."""

import io
import re
import zipfile

import pytest
from export_samples import (
    BIBLIOGRAPHY,
    CHINESE,
    ENGLISH,
    METADATA,
    code,
    display,
    markdown,
    png,
    report,
    write,
)
from openxml_audit import OpenXmlValidator
from test_export_layout import school

from mnist_report.export import export_notebook

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


def everything(folder, words, tag, extra=""):
    """One Word file with all that the exporter can write."""
    from base64 import b64decode

    (folder / "refs.bib").write_text(BIBLIOGRAPHY, encoding="utf-8")
    (folder / "logo.png").write_bytes(b64decode(png(60, 20)))
    (folder / "metadata.yml").write_text(METADATA + EVERYTHING + extra, encoding="utf-8")
    nb = report(words, tag)
    nb.cells[-2:-2] = MORE
    path = write(folder / "all.ipynb", nb)
    export_notebook(path, "docx", folder / "all.docx", strict=True)
    return folder / "all.docx"


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    return everything(tmp_path_factory.mktemp("whole"), ENGLISH, "en")


def flaws(path):
    return [str(error) for error in OpenXmlValidator().validate(str(path)).errors]


def test_everything_we_write_keeps_to_the_schema(whole):
    assert flaws(whole) == []


@pytest.mark.parametrize("extra", ["numbering: chinese\n", "template: school.docx\n"])
def test_other_set_ups_keep_to_the_schema(tmp_path, extra):
    school(tmp_path / "school.docx")
    assert flaws(everything(tmp_path, CHINESE, "zh-CN", extra)) == []


SABOTAGE = {
    "order": (r"(<w:pStyle [^>]*/>)\s*(<w:keepNext/>)", r"\2\1", "Unexpected element"),
    "section": (r"(<w:pgSz [^>]*/>)\s*(<w:pgMar [^>]*/>)", r"\2\1", "Unexpected element"),
    "relation": (r'r:embed="rId\d+"', 'r:embed="rId999"', "does not exist"),
    "bookmark": (r'(<w:bookmarkStart w:id=")2"', r'\g<1>1"', "unique value"),
    "cell": (r"(<w:tc>).*?</w:tc>", r"\1</w:tc>", "Required sequence content"),
}


@pytest.mark.parametrize("kind", SABOTAGE)
def test_the_audit_sees_what_word_would_repair(whole, tmp_path, kind):
    """The oracle can fail: order, sections, relations, ids and empty cells."""
    pattern, replacement, message = SABOTAGE[kind]
    broken = tmp_path / "broken.docx"
    with (
        zipfile.ZipFile(io.BytesIO(whole.read_bytes())) as old,
        zipfile.ZipFile(broken, "w") as new,
    ):
        for name in old.namelist():
            data = old.read(name)
            if name == "word/document.xml":
                text = data.decode("utf-8")
                changed = re.sub(pattern, replacement, text, count=1, flags=re.S)
                assert changed != text
                data = changed.encode("utf-8")
            new.writestr(name, data)
    assert any(message in flaw for flaw in flaws(broken))

"""The Word file against the Office Open XML schema, which Word itself holds it against."""

import io
import re
import zipfile

import pytest
from export_samples import CHINESE, ENGLISH, write_everything
from openxml_audit import OpenXmlValidator
from test_export_layout import school

from notebook_report import export_notebook


def everything(folder, words, tag, extra=""):
    path = write_everything(folder, words, tag, extra)
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

"""``metadata.yml``: what stands on the cover and how the document is set, as a typed model."""

import re
from collections.abc import Callable
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, ClassVar, NamedTuple, Self, get_args

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic_core import ErrorDetails

from . import fields
from .errors import Note
from .languages import LANGUAGES
from .yaml_nodes import LARGEST, Place, YamlFile

FILE = "metadata.yml"
PAGE_WIDTH, PAGE_HEIGHT = 21.0, 29.7  # cm of A4
MARGINS = {"top": 2.54, "bottom": 2.54, "left": 2.5, "right": 2.5}  # cm
CAPTION = 4.6  # cm that the tallest figure leaves for its caption and a line or two
NAMED = re.compile(r"\{\{ *(\w+) *\}\}")
MOST_FAULTS = 100  # that are looked at, for the first of them
LEFT_OPEN = {"", "（请填写）", "(fill in)", "（请填写 fill in）"}  # on a cover


SEEN = ("title", "subtitle", "description", "date", "institution", "header", "author", "keywords",
        "cover", "declaration")  # fmt: skip


class CoverField(NamedTuple):
    """A line of the cover: what it is, and what the author puts in."""

    label: fields.Text
    value: fields.Text


class Model(BaseModel):
    """Base of the models of what authors write: an unknown field is a mistake."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Declaration(Model):
    """A declaration by the author, signed at the end of the text."""

    text: fields.Texts
    title: fields.Text = ""
    signature: fields.Texts = ()


class Metadata(Model):
    """The author's words about the document, in one language."""

    report: ClassVar[bool] = False  # with a cover and parts of their own
    title: fields.Text = ""
    subtitle: fields.Text = ""
    author: fields.Texts = ()
    keywords: fields.Texts = ()
    description: fields.Text = ""
    date: fields.Day = ""
    institution: fields.Text = ""
    logo: fields.Text = ""
    cover: Annotated[tuple[Annotated[CoverField, fields.Mapped], ...], fields.Listed] = ()
    header: fields.Text = ""
    toc: fields.Flag = False
    toc_depth: fields.Depth = 2
    list_of_figures: fields.Flag = False
    list_of_tables: fields.Flag = False
    number_sections: fields.Flag = False
    echo: fields.Flag = True
    bibliography: fields.Texts = ()
    csl: fields.Text = ""
    declaration: Annotated[Declaration, fields.Mapped] | None = None
    numbering: fields.Numbering = "decimal"
    code_appendix: fields.Flag = False
    template: fields.Text = ""
    fonts: Annotated[dict[fields.Role, fields.Text], fields.Mapped] = {}
    sizes: Annotated[dict[fields.Kind, fields.Points], fields.Mapped] = {}
    margins: fields.Margins = {}  # centimetres
    line_spacing: fields.Points = 0.0
    length: fields.Length = ""  # cells tagged with the other one are left out
    values: Annotated[dict[str, fields.Text], fields.Mapped] = {}  # for {{ name }} in these texts
    seed: fields.Seed = ""  # of the network's runs; nothing to the exporter
    chapters: Annotated[dict[str, fields.Flag], fields.Mapped] = {}  # by anchors; false: left out

    @property
    def left_open(self) -> list[str]:
        """Names of the lines of the cover that are still to be filled in."""
        return [label for label, value in self.cover if value in LEFT_OPEN]

    @property
    def all_margins(self) -> dict[fields.Side, float]:
        """Centimetres of all four sides."""
        return MARGINS | self.margins

    @property
    def text_width(self) -> float:
        """Centimetres between the margins."""
        return PAGE_WIDTH - self.all_margins["left"] - self.all_margins["right"]

    @property
    def text_height(self) -> float:
        """Centimetres that the tallest figure may have."""
        return PAGE_HEIGHT - self.all_margins["top"] - self.all_margins["bottom"] - CAPTION

    def texts(self, change: Callable[[str], str]) -> Self:
        """A copy with ``change`` applied to every text a reader sees."""

        def changed(value: object) -> object:
            if isinstance(value, str):
                return change(value)
            if isinstance(value, CoverField):
                return CoverField(*map(change, value))
            if isinstance(value, Declaration):
                return value.model_copy(update={name: changed(text) for name, text in value})
            return value and tuple(map(changed, value))

        return self.model_copy(update={name: changed(getattr(self, name)) for name in SEEN})


class Report(Metadata):
    """The metadata of a report, which has contents, numbered headings and no code by default."""

    report: ClassVar[bool] = True
    toc: fields.Flag = True
    number_sections: fields.Flag = True
    echo: fields.Flag = False
    length: fields.Length = "short"


KEYS = tuple(Metadata.model_fields)
# The keys that there may be in a place, by the names of the mappings that lead to it.
KNOWN = {
    (): (*KEYS, *LANGUAGES),
    **{(tag,): KEYS for tag in LANGUAGES},
    ("cover",): CoverField._fields,
    ("declaration",): tuple(Declaration.model_fields),
    ("margins",): get_args(fields.Side),
    ("sizes",): get_args(fields.Kind),
    ("fonts",): get_args(fields.Role),
}


def load(path: Path, tag: str) -> Metadata:
    """The metadata in ``path`` for the language ``tag``.

    Keys at the top level hold for every language; a block named after a language (``en``,
    ``zh-CN``) adds to them and overrides them. Raises ExportError, naming the line, for a key
    that is unknown, missing or of the wrong kind.
    """
    file = MetadataFile(path)
    content = file.content if isinstance(file.content, dict) else {}
    common = {key: value for key, value in content.items() if key not in LANGUAGES}
    blocks = {name: content[name] for name in LANGUAGES if name in content}
    file.check((), common if content else file.content)
    for name, block in blocks.items():  # the other languages are checked, too
        file.check((name,), block)
    if blocks and tag not in blocks:
        raise file.refusal(file.root, f"no block '{tag}:' for the notebook's language")
    data = Report.model_validate(common | blocks.get(tag, {}))
    if not data.title:
        raise file.refusal(file.node((tag,)), "missing key 'title'")
    return data.texts(lambda text: NAMED.sub(lambda m: data.values.get(m[1], m[0]), text))


def is_ours(path: Path, warn: Callable[[str], None]) -> bool:
    """Tell our metadata.yml, with a title or a block for a language, from other tools' files."""
    try:
        large = path.stat().st_size > LARGEST
        content = {"title": ""} if large else yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError, yaml.YAMLError):
        return True  # to be refused with its line
    ours = isinstance(content, dict) and not {"title", *LANGUAGES}.isdisjoint(content)
    if not ours:
        warn(Note(f"{path.name} has no title: taken for another tool's, and left alone"))
    return ours


class MetadataFile(YamlFile):
    """A file whose content is to be metadata."""

    def check(self, place: Place, content: object) -> None:
        """Refuse the first mistake in the mapping that stands in ``place``."""
        try:
            Report.model_validate(content)
        except ValidationError as error:
            faults = error.errors(include_url=False)[:MOST_FAULTS]
            where, message = min(
                (self.fault(place, fault) for fault in faults), key=lambda f: f[0].start_mark.line
            )
            raise self.refusal(where, message) from None

    def fault(self, base: Place, fault: ErrorDetails) -> tuple[yaml.Node, str]:
        """The node that one of pydantic's faults is about, and what is wrong with it."""
        place = base + tuple(step for step in fault["loc"] if step != "[key]")
        names = tuple(step for step in fault["loc"][:1] if fault["loc"] != (step,))
        if fault["type"] in {"extra_forbidden", "literal_error"}:
            known = KNOWN[names or base]
            close = get_close_matches(str(place[-1]), known, 1)
            hint = f"did you mean '{close[0]}'?" if close else f"known: {', '.join(known)}"
            return self.node(place, key=True), f"unknown key '{place[-1]}'; {hint}"
        if fault["type"] == "missing":
            whose = "a cover field" if names == ("cover",) else "a declaration"
            return self.node(place), f"{whose} needs a '{place[-1]}'"
        message = str(fault["ctx"]["error"]) if fault["type"] == "value_error" else fields.MAPPING
        return self.node(place), message

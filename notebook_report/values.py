"""The run's values in the prose: ``{{ test.accuracy | percent(2) }}`` in Markdown cells."""

import math
import re
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from difflib import get_close_matches
from functools import lru_cache, partial
from typing import Any

from jinja2 import StrictUndefined, Template, nodes
from jinja2.exceptions import SecurityError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from .errors import ExportError, Note, one_line
from .languages import Language

SPECIAL = re.compile(r"([\\`*_{}\[\]<>@#$~^|&])")
EXPRESSION = re.compile(r"\{\{(.*?)\}\}", re.S)
BRACES = re.compile(r"\{\{.*?\}\}|\{%.*?%\}", re.S)
NAME = re.compile(r"(?<![\\\w.'\"])[A-Za-z_]\w*")
LONGEST = 80  # characters of an expression that a message shows
PATH = re.compile(r"(?<![\w.'\"|])[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*")  # test.accuracy
NO_PATH = re.compile(r"'[^']*'|\"[^\"]*\"|\|\s*\w+|\b(?:if|else|and|or|not|in|is|defined)\b")
LOCAL = re.compile(r"\{%-?\s*for\s+([\w, ]+)")  # names that a template makes
# Code, formulas and Quarto's shortcodes, in which braces may mean something else.
ASIDE = re.compile(
    r"(?:^|(?<=\n))[ \t>]*(?P<fence>```+|~~~+).*?(?:\n[ \t>]*(?P=fence)|\Z)"
    r"|(?<!`)(?P<ticks>`+)(?!`).+?(?<!`)(?P=ticks)(?!`)"
    r"|(?<!\\)\$\$.+?\$\$|(?<!\\)\$(?:[^$\\\n]|\\.)+\$"
    r"|\\begin\{(?P<name>\w+\*?)\}.*?\\end\{(?P=name)\}|\{\{<.*?>\}\}",
    re.S,
)


class Markdown(str):
    """Text that is Markdown already and must not be escaped."""

    __slots__ = ()


def escape(text: str) -> Markdown:
    """Plain text as Markdown that shows exactly it."""
    return Markdown(SPECIAL.sub(r"\\\1", text))


def finite(value: Any) -> Any:
    """Refuse NaN and infinity, which are no results."""
    if isinstance(value, float) and not math.isfinite(value):
        raise ValueError(f"it is {value}, which is no number")
    return value


def few(digits: int) -> int:
    """As many decimal places as anybody reads."""
    if not 0 <= digits <= MOST_DIGITS:
        raise ValueError(f"{digits} decimal places are not from 0 to {MOST_DIGITS}")
    return digits


def scientific(value: float, digits: int = 1) -> Markdown:
    """0.000013 → 1.3 × 10⁻⁵, as Markdown"""
    mantissa, exponent = f"{finite(value):.{few(digits)}e}".split("e")
    return Markdown(f"{mantissa} × 10<sup>{int(exponent)}</sup>".replace("-", "−"))


def joined(items: Iterable, language: Language) -> Markdown:
    """[4, 9, 7] → 4, 9 and 7; in Chinese 4、9和7"""
    *first, last = [escape(str(finite(item))) for item in items] or [""]
    head = language.list_separator.join(first)
    return Markdown(f"{head}{language.last_separator}{last}" if first else last)


def joined_by(items: Iterable, separator: str = "") -> str:
    """['a', 'b'] → ab"""
    items = [str(item) for item in items]
    if sum(map(len, items)) + len(items) * len(separator) > MOST_TEXT:
        raise SecurityError(TOO_LONG)
    return separator.join(items)


# Jinja's own filters that a sentence may need; others can be made to fill the memory.
PLAIN_FILTERS = ("abs", "first", "last", "length", "lower", "max", "min", "upper")
# What a template is made of. Nothing is called, and nothing is kept that could be doubled again
# and again.
PLAIN_NODES = (
    *(nodes.Template, nodes.Output, nodes.TemplateData, nodes.If, nodes.For, nodes.Name),
    *(nodes.Literal, nodes.Getattr, nodes.Getitem, nodes.Slice, nodes.Filter, nodes.Keyword),
    *(nodes.Test, nodes.CondExpr, nodes.Compare, nodes.Operand, nodes.And, nodes.Or, nodes.Not),
    *(nodes.Add, nodes.Sub, nodes.Mul, nodes.Div, nodes.FloorDiv, nodes.Mod, nodes.Neg, nodes.Pos),
)
MOST_DIGITS = 20
MOST_TEXT = 200_000  # characters of a template, and of what it becomes
TOO_LONG = f"more than {MOST_TEXT:,} characters"
LOOPS = 1.0  # seconds that they may take, all together


class Sandbox(ImmutableSandboxedEnvironment):
    """Jinja that sees data, calls nothing, ends soon, and leaves ``{#fig-name}`` to Markdown."""

    intercepted_binops = frozenset(["+", "*", "%"])

    def __init__(self, language: Language) -> None:
        super().__init__(
            undefined=StrictUndefined,
            comment_start_string="{##",
            comment_end_string="##}",
            keep_trailing_newline=True,
            finalize=lambda value: (
                value if isinstance(value, Markdown) else escape(str(finite(value)))
            ),
        )
        self.globals = {}
        self.filters = {name: self.filters[name] for name in PLAIN_FILTERS} | {
            "percent": lambda value, digits=2: f"{100 * finite(value):.{few(digits)}f}%",
            "number": lambda value, digits=2: f"{finite(value):.{few(digits)}f}",
            "integer": lambda value: f"{round(finite(value)):,}",
            "scientific": scientific,
            "list": lambda items: joined(items, language),
            "join": joined_by,
            "round": lambda value, digits=0: round(float(value), few(digits)),
            "sum": partial(sum, start=0),
            "verbatim": lambda value: Markdown(str(finite(value))),
            "in_time": self.in_time,
        }
        # Compiled once for all formats of a document.
        self.template = lru_cache(300)(self._template)

    def filled(self, source: str, values: Mapping[str, Any]) -> str:
        """The text of a template, within its bounds. SecurityError for what leads out of them."""
        template = self.template(source)
        self.ends = time.process_time() + LOOPS
        made, length = [], 0
        for piece in template.generate(values):
            made.append(piece)
            length += len(piece)
            if length > MOST_TEXT:
                raise SecurityError(TOO_LONG)
        return "".join(made)

    def _template(self, source: str) -> Template:
        if len(source) > MOST_TEXT:
            raise SecurityError(TOO_LONG)
        tree = self.parse(source)
        for node in tree.find_all(nodes.Node):
            if not isinstance(node, PLAIN_NODES):
                raise SecurityError(f"{type(node).__name__.lower()} is not for templates")
            if isinstance(node, nodes.For):
                node.iter = nodes.Filter(node.iter, "in_time", [], [], None, None)
        return self.from_string(tree)

    def in_time(self, items: Iterable) -> Iterator:
        """Go through items for a while."""
        for item in items:
            if time.process_time() > self.ends:
                raise SecurityError("loops take more than a second")
            yield item

    def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:
        """Sums and products of numbers only, and of none that grow without end."""
        if not all(isinstance(value, int | float) for value in (left, right)):
            raise SecurityError(f"{operator} is for numbers")
        made = super().call_binop(context, operator, left, right)
        float(made)  # or OverflowError
        return made

    def getattr(self, obj: Any, attribute: str) -> Any:
        """Keys before methods, so that a value may be called ``items`` or ``count``."""
        if isinstance(obj, Mapping) and attribute in obj:
            return obj[attribute]
        return super().getattr(obj, attribute)


SANDBOXES: dict[str, Sandbox] = {}  # by language


def nearest(name: str, known: Iterable[str]) -> str:
    """The names that are most like a wrong one, as the end of a message."""
    close = get_close_matches(name, known, 3, 0.5)
    return f"; did you mean {', '.join(close)}?" if close else ""


class Values:
    """Values that a notebook hands over, ready to be put into its text."""

    def __init__(
        self, values: Mapping[str, Any], language: Language, warn: Callable[[str], None] = str
    ) -> None:
        self.values = dict(values)
        self.sandbox = SANDBOXES.setdefault(language.tag, Sandbox(language))
        self.warn = warn

    def render(self, source: str, where: str) -> str:
        """Markdown with its values filled in. ExportError names ``where`` for an unknown one."""
        if "{{" not in source and "{%" not in source:
            return source
        known = {*self.values, *re.findall(r"\w+", " ".join(LOCAL.findall(source)))}
        source = ASIDE.sub(lambda part: self.aside(part[0], known, where), source)
        try:
            return self.sandbox.filled(source, self.values)
        except Exception as error:  # what an expression raises depends on its values
            found = self.unknown(source, known) or ("…", one_line(error))
            message = f"{{{{ {found[0]} }}}} cannot be filled in: {found[1]}"
            raise ExportError(f"{where}: {message}") from error

    def unknown(self, source: str, known: set[str]) -> tuple[str, str] | None:
        """The first expression with a name that no value or filter has, and what may be meant."""
        for expression in (one_line(found)[:LONGEST] for found in EXPRESSION.findall(source)):
            for name in re.findall(r"\|\s*(\w+)", expression):
                if name not in self.sandbox.filters:
                    return expression, f"no filter {name!r}{nearest(name, self.sandbox.filters)}"
            for path in PATH.findall(NO_PATH.sub(" ", expression)):
                at: Any = self.values | dict.fromkeys(known - {*self.values})
                for name in path.split("."):
                    if not isinstance(at, Mapping):
                        break
                    if name not in at:
                        return expression, f"no value {path!r}{nearest(name, at)}"
                    at = at[name]
        return None

    def aside(self, text: str, known: set[str], where: str) -> str:
        """A formula or code, whose braces are its own unless a value is named between them."""
        if "{{" not in text and "{%" not in text:
            return text
        names = {name for part in BRACES.findall(text) for name in NAME.findall(part)}
        if names & known:
            return EXPRESSION.sub(r"{{ (\1) | verbatim }}", text) if "`" in text[:9] else text
        if names and not text.startswith("{{<"):
            self.warn(Note(f"{where}: {BRACES.search(text)[0]} names no value, left as it is"))
        return f"{{% raw %}}{text}{{% endraw %}}"

    def render_text(self, text: str, where: str) -> str:
        """Plain text (a title, a cover field) with its values, nothing escaped."""
        if "{{" not in text:
            return text
        verbatim = EXPRESSION.sub(r"{{ (\1) | verbatim }}", text)
        return self.render(verbatim, where)

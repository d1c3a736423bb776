"""The run's values in the prose: ``{{ test.accuracy | percent(2) }}`` in Markdown cells."""

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from jinja2 import StrictUndefined
from jinja2.exceptions import SecurityError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from .errors import ExportError, Note, one_line
from .languages import Language

SPECIAL = re.compile(r"([\\`*_{}\[\]<>@#$~^|&])")
EXPRESSION = re.compile(r"\{\{(.*?)\}\}", re.S)
BRACES = re.compile(r"\{\{.*?\}\}|\{%.*?%\}", re.S)
NAME = re.compile(r"(?<![\\\w.'\"])[A-Za-z_]\w*")
LOCAL = re.compile(r"\{%-?\s*(?:for|set)\s+([\w, ]+)")  # names that a template makes
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


def percent(value: float, digits: int = 2) -> str:
    """0.9962 → 99.62%"""
    return f"{100 * value:.{few(digits)}f}%"


def number(value: float, digits: int = 2) -> str:
    """3.14159 → 3.14"""
    return f"{value:.{few(digits)}f}"


def few(digits: int) -> int:
    """As many decimal places as anybody reads."""
    if not 0 <= digits <= MOST_DIGITS:
        raise ValueError(f"{digits} decimal places are not from 0 to {MOST_DIGITS}")
    return digits


def integer(value: float) -> str:
    """60000 → 60,000"""
    return f"{round(value):,}"


def scientific(value: float, digits: int = 1) -> Markdown:
    """0.000013 → 1.3 × 10⁻⁵, as Markdown"""
    mantissa, exponent = f"{value:.{few(digits)}e}".split("e")
    return Markdown(f"{mantissa} × 10<sup>{int(exponent)}</sup>".replace("-", "−"))


def joined(items: Iterable, language: Language) -> Markdown:
    """[4, 9, 7] → 4, 9 and 7; in Chinese 4、9和7"""
    *first, last = [escape(str(item)) for item in items] or [""]
    head = language.list_separator.join(first)
    return Markdown(f"{head}{language.last_separator}{last}" if first else last)


# Jinja's own filters that a sentence may need; others can be made to fill the memory.
PLAIN_FILTERS = (
    *("abs", "first", "join", "last", "length", "lower"),
    *("max", "min", "round", "sum", "upper"),
)
MOST_DIGITS = 20


class Sandbox(ImmutableSandboxedEnvironment):
    """Jinja that sees data only, where ``{#`` stays free for Markdown's ``{#fig-name}``.

    There is nothing to call, and nothing small that makes something huge.
    """

    intercepted_binops = frozenset(["*", "**", "%"])

    def __init__(self, language: Language) -> None:
        super().__init__(
            undefined=StrictUndefined,
            comment_start_string="{##",
            comment_end_string="##}",
            keep_trailing_newline=True,
            finalize=lambda value: value if isinstance(value, Markdown) else escape(str(value)),
        )
        self.globals = {}
        self.filters = {name: self.filters[name] for name in PLAIN_FILTERS} | {
            "percent": percent,
            "number": number,
            "integer": integer,
            "scientific": scientific,
            "list": lambda items: joined(items, language),
            "verbatim": lambda value: Markdown(str(value)),
        }

    def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:
        """Products of numbers only, and no powers."""
        if operator == "**" or not all(isinstance(value, int | float) for value in (left, right)):
            raise SecurityError(f"{operator} is for numbers, and ** for none")
        return super().call_binop(context, operator, left, right)

    def call(self, context: Any, obj: Any, *args: Any, **kwargs: Any) -> Any:
        """Nothing is called."""
        raise SecurityError("values cannot be called")

    def getattr(self, obj: Any, attribute: str) -> Any:
        """Keys before methods, so that a value may be called ``items`` or ``count``."""
        if isinstance(obj, Mapping) and attribute in obj:
            return obj[attribute]
        return super().getattr(obj, attribute)


class Values:
    """Values that a notebook hands over, ready to be put into its text."""

    def __init__(
        self, values: Mapping[str, Any], language: Language, warn: Callable[[str], None] = str
    ) -> None:
        self.values = dict(values)
        self.sandbox = Sandbox(language)
        self.warn = warn

    def render(self, source: str, where: str) -> str:
        """Markdown with its values filled in. ExportError names ``where`` for an unknown one."""
        if "{{" not in source and "{%" not in source:
            return source
        known = {*self.values, *re.findall(r"\w+", " ".join(LOCAL.findall(source)))}
        source = ASIDE.sub(lambda part: self.aside(part[0], known, where), source)
        try:
            return self.sandbox.from_string(source).render(self.values)
        except Exception as error:  # what an expression raises depends on its values
            raise ExportError(
                f"{where}: {{{{ … }}}} cannot be filled in: {one_line(error)}"
            ) from error

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

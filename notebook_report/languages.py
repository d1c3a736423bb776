"""The words and habits of each language a document can be set in."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Language:
    """One language of the exported documents.

    ``labels`` name numbered things in captions, ``references`` in running text where these say
    something else; ``{}`` is the number.
    """

    tag: str
    csl: str
    labels: dict[str, str]
    references: dict[str, str]
    caption_separator: str
    list_separator: str
    last_separator: str
    keyword_separator: str
    words: dict[str, str]

    def __post_init__(self) -> None:
        """Let references say labels and numbers where nothing else is given."""
        for kind, label in self.labels.items():
            self.references.setdefault(kind, f"{label} {{}}")


ENGLISH = Language(
    tag="en",
    csl="ieee",
    labels={"fig": "Figure", "tbl": "Table", "lst": "Listing", "app": "Appendix"},
    references={"eq": "Equation ({})", "cha": "Section {}", "sec": "Section {}"},
    caption_separator=". ",
    list_separator=", ",
    last_separator=" and ",
    keyword_separator=", ",
    words={
        "contents": "Contents",
        "picture": "Picture",
        "figures": "List of Figures",
        "tables": "List of Tables",
        "references": "References",
        "keywords": "Keywords: ",
        "code": "Program code",
        "declaration": "Declaration",
    },  # boxes go by their English names
)

CHINESE = Language(
    tag="zh-CN",
    csl="china-national-standard-gb-t-7714-2015-numeric",
    labels={"fig": "图", "tbl": "表", "lst": "代码", "app": "附录"},
    references={"eq": "式 ({})", "cha": "第 {} 章", "sec": "第 {} 节"},
    caption_separator="\u3000",
    list_separator="、",
    last_separator="和",
    keyword_separator="；",
    words={
        "contents": "目录",
        "picture": "图片",
        "figures": "插图目录",
        "tables": "表格目录",
        "references": "参考文献",
        "keywords": "关键词：",
        "code": "程序代码",
        "declaration": "原创性声明",
        **{"note": "说明", "important": "重要", "tip": "提示"},
        **{"warning": "警告", "caution": "注意", "danger": "危险"},
    },
)

LANGUAGES = {language.tag: language for language in (ENGLISH, CHINESE)}


def is_chinese(character: str) -> bool:
    """Tell Chinese characters from all others, such as punctuation."""
    return "\u3400" <= character <= "\u9fff"


def language_of(tag: str) -> Language | None:
    """Return the language for a BCP 47 tag: ``zh…`` is Chinese, ``en…`` English, else None."""
    return {"zh": CHINESE, "en": ENGLISH}.get(tag.replace("_", "-").split("-")[0].lower())


def detect(text: str) -> Language:
    """Return Chinese when at least one character in twenty is Chinese, else English."""
    chinese = sum(map(is_chinese, text))
    return CHINESE if chinese * 20 >= max(len(text), 1) else ENGLISH

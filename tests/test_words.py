"""Every word a person sees exists in both languages, and no template holds text outside gettext."""

import re
from html.parser import HTMLParser
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

from portal.domain.money import COMPONENTS
from portal.web.labels.plans import RULE_LABELS, RULE_NAMES

ROOT = Path(__file__).resolve().parent.parent
KEYWORDS = {"_": None, "N_": None, "gettext": None, "ngettext": (1, 2), "plural": (1, 2)}
STYLE = re.compile(r"<style>.*?</style>", re.DOTALL)
MARKUP = re.compile(r"\{%-?\s*trans\b.*?endtrans\s*-?%\}|\{\{.*?\}\}|\{%.*?%\}|\{#.*?#\}", re.S)


# What is no word: the class of a page's body, and the name of a hash.
NAMES = re.compile(r"\{% block kind %\}\w+\{% endblock %\}|SHA-256")


def messages() -> dict[object, list[str]]:
    """Every message in the source, with the places where it stands."""
    found: dict[object, list[str]] = {}
    for folder, method in (("portal", "python"), ("templates", "jinja2.ext:babel_extract")):
        rows = extract_from_dir(
            ROOT / folder,
            method_map=[("**.py", "python"), ("**.html", method)],
            options_map={"**.html": {"trimmed": "true", "silent": "false"}},
            keywords=KEYWORDS,
        )
        for name, line, message, _, _ in rows:
            found.setdefault(message, []).append(f"{folder}/{name}:{line}")
    return found


def catalogue() -> Catalog:
    with (ROOT / "portal/locale/zh_CN/LC_MESSAGES/portal.po").open("rb") as source:
        return read_po(source, locale="zh_CN")


def test_every_message_is_in_chinese_too() -> None:
    chinese = catalogue()
    missing = []
    for message, places in messages().items():
        key = message[0] if isinstance(message, tuple) else message
        entry = chinese.get(key)
        strings = (entry.string if isinstance(entry.string, tuple) else (entry.string,)) if entry else ("",)
        if not all(strings) or entry is None or entry.fuzzy:
            missing.append(f"{places[0]}: {key}")
    assert not missing, "\n".join(missing)


def test_a_translation_fills_the_same_places_as_the_message() -> None:
    places = re.compile(r"\{(\w+)\}|%\((\w+)\)[sd]")
    wrong = []
    for entry in catalogue():
        if not entry.id:
            continue
        ids = entry.id if isinstance(entry.id, tuple) else (entry.id,)
        strings = entry.string if isinstance(entry.string, tuple) else (entry.string,)
        wanted = set(places.findall(ids[-1]))
        wrong += [entry.id for string in strings if set(places.findall(string)) - wanted]
        wrong += [entry.id for string in strings if set(places.findall(string)) != wanted and len(ids) == 1]
    assert not wrong


class Texts(HTMLParser):
    """Collects what a browser would show or read out."""

    SPOKEN = frozenset({"alt", "aria-label", "placeholder", "title"})
    # A macro may write the attributes of a tag that another template opens.
    ATTRIBUTE = re.compile(r"""([\w-]*)="([^"]*)\"""")

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_data(self, data: str) -> None:
        self.found += [value for name, value in self.ATTRIBUTE.findall(data) if name in self.SPOKEN]
        self.found.append(self.ATTRIBUTE.sub("", data))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found += [value or "" for name, value in attrs if name in self.SPOKEN]


def test_a_waiver_beyond_the_policy_has_its_words_whatever_it_is_of() -> None:
    assert {f"waiver.{component}" for component in COMPONENTS} <= set(RULE_LABELS)
    assert set(RULE_NAMES) == set(RULE_LABELS), "in a sentence, and in a word for a row of a list"


def test_no_template_holds_text_outside_gettext() -> None:
    loose = []
    for path in (ROOT / "templates").rglob("*.html"):
        bare = STYLE.sub("", path.read_text())
        bare = MARKUP.sub("", NAMES.sub("", bare))
        texts = Texts()
        texts.feed(bare)
        loose += [f"{path.name}: {t.strip()}" for t in texts.found if re.search(r"[A-Za-z\u4e00-\u9fff]{2,}", t)]
    assert not loose, "\n".join(loose)


# Whoever reads is in a bad month: nobody is blamed, threatened, hurried, or talked out of a choice.
NEVER = re.compile(
    r"\b(your fault|fail(ed|ure)? to (pay|repay)|delinquen\w+|defaulters?|dishonest|irresponsible|you should"
    r"|guilty|asham\w+|lawsuit|sued?|prosecut\w+|seiz\w+|arrest\w*|jail|blacklist\w*|consequences|or else|punish\w*"
    r"|final (notice|demand)|urgent\w*|hurry|immediately|last chance|act now|only today|limited time"
    r"|do not miss|no thanks)\b|!"
    r"|您的错|怪您|老赖|失信|恶意|拒不|逃避|不负责任|应该早|丢脸|起诉您|坐牢|抓捕|查封|黑名单|后果|处罚|惩罚|最后通牒|否则将|严重"
    r"|紧急|赶紧|抓紧|尽快|务必|限时|最后机会|仅限今|不要错过|不用了|！",
    re.I,
)
# What somebody who only pretends to be the lender does.
TOLD_OF = {"Somebody is in a great hurry, or says that you will be arrested."}


def test_no_word_blames_threatens_hurries_or_talks_anybody_out_of_anything() -> None:
    said = []
    for entry in catalogue():
        ids, strings = (text if isinstance(text, tuple) else (text,) for text in (entry.id, entry.string))
        said += [text for text in (*ids, *strings) if NEVER.search(text) and not TOLD_OF & set(ids)]
    assert not said, "\n".join(said)
    assert all(NEVER.search(text) for text in ("You failed to repay!", "Final notice", "请尽快还款", "否则将起诉您"))

"""How hard the words are: measured on every message of the catalogue, and kept low in both languages."""

import re
from itertools import chain
from statistics import mean
from typing import NamedTuple

from babel.messages.pofile import read_po

from tests.test_words import ROOT

CATALOGUE = ROOT / "portal" / "locale" / "zh_CN" / "LC_MESSAGES" / "portal.po"
PLACES = re.compile(r"%\(\w+\)[sd]|\{\w*\}")
# English: years of school by Flesch and Kincaid. Chinese: characters between two full stops, and between any two stops.
MOST_YEARS, MOST_YEARS_OF_ONE, LONG_ENOUGH = 4.0, 13.5, 12
MOST_CHARACTERS, MOST_CHARACTERS_OF_ONE, MOST_BREATH = 15.0, 55, 36


class Message(NamedTuple):
    english: str
    chinese: str


def messages() -> list[Message]:
    with CATALOGUE.open("rb") as source:
        entries = [each for each in read_po(source) if each.id]
    texts = ((each.id, each.string) for each in entries)
    flat = ((i[-1], s[0]) if isinstance(i, tuple) else (i, s) for i, s in texts)
    return [Message(PLACES.sub("7", english), PLACES.sub("7", str(chinese))) for english, chinese in flat]


def syllables(word: str) -> int:
    """By groups of vowels, a silent e left out: near enough over thousands of words."""
    groups = len(re.findall(r"[aeiouy]+", word))
    return max(groups - (word.endswith("e") and not word.endswith(("le", "ee")) and groups > 1), 1)


def years(text: str) -> float:
    """0.39 x words a sentence + 11.8 x syllables a word - 15.59 (Kincaid and others, 1975)."""
    words = re.findall(r"[a-z']+", text.lower())
    sentences = max(len(re.findall(r"[.?!:;](?:\s|$)", text)), 1)
    return 0.39 * len(words) / sentences + 11.8 * sum(map(syllables, words)) / len(words) - 15.59


def sentences(chinese: str) -> list[str]:
    return [part for part in re.split(r"[。？！；\n]", chinese) if re.search(r"[一-鿿]", part)]


def test_the_measure_knows_an_easy_sentence_from_a_hard_one() -> None:
    assert years("You can make a plan now. It is free.") < 2
    assert years("Notwithstanding the aforementioned stipulations, acceleration of the obligation is permissible.") > 18
    assert [syllables(word) for word in ("plan", "late", "table", "installment", "agree")] == [1, 1, 2, 3, 2]


def test_english_is_read_by_whoever_had_four_years_of_school() -> None:
    whole = [each.english for each in messages() if len(each.english.split()) >= 5]
    assert mean(map(years, whole)) <= MOST_YEARS
    hard = {text: round(years(text), 1) for text in whole if len(text.split()) >= LONG_ENOUGH}
    assert not {text: found for text, found in hard.items() if found > MOST_YEARS_OF_ONE}


def test_chinese_comes_in_short_sentences_with_room_to_breathe() -> None:
    said = list(chain.from_iterable(sentences(each.chinese) for each in messages()))
    whole = [text for text in said if len(text) >= 5]
    assert mean(map(len, whole)) <= MOST_CHARACTERS
    assert not [text for text in whole if len(text) > MOST_CHARACTERS_OF_ONE]
    breaths = chain.from_iterable(re.split(r"[，、：（）“”《》]", text) for text in whole)
    assert not [text for text in breaths if len(text) > MOST_BREATH]

"""A policy in words: every rule that is in force by section, written or not, and what another one says otherwise."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Any

from pydantic.fields import FieldInfo

from portal.domain.contract.agreement import Covers
from portal.domain.contract.calendar import Every
from portal.domain.refusal import N_
from portal.domain.restructuring.payment_methods import Way
from portal.domain.restructuring.policy import Policy
from portal.domain.restructuring.standing_offer import StandingOffer
from portal.languages import Language
from portal.reads.policy_keys import key_values, written_keys
from portal.reads.policy_offers import OfferTable
from portal.reads.policy_shape import POLICY_TABLES, policy_keys
from portal.reads.policy_values import AMOUNT, written_as
from portal.web.labels.plans import COVERS_LABELS
from portal.web.labels.policy import (
    NOT_SET,
    OFFER_TERM_LABELS,
    POLICY_CODE_LABELS,
    POLICY_RULE_LABELS,
    POLICY_SECTION_LABELS,
    UNSET_LABELS,
    YES_OR_NO_LABELS,
)
from portal.web.render import every_words

JUDGED = ("plan", "waiver", "whole_loan", "changes", "pause")
JUDGED_KEYS = (("clocks", "pause_days"), ("statement", "tolerance"))
"""The tables and keys of a policy that bear on what is accepted at once."""
NONE_BEFORE, TAKEN_AWAY = N_("there was none"), N_("taken away")
STANDING_OFFER, WAY_TO_PAY = N_("Standing offer: {name}"), N_("Way to pay")


@dataclass(frozen=True, slots=True)
class RuleInWords:
    """`unwritten` is one that the file does not say: the product's own careful one is in force.

    A day is left for the page to write; `lang` is the language of a value that is in one of its own.
    """

    rule: str
    value: str | date
    unwritten: bool = False
    lang: str = ""


@dataclass(frozen=True, slots=True)
class PolicySection:
    title: str
    rules: tuple[RuleInWords, ...]


@dataclass(frozen=True, slots=True)
class ChangedRule:
    """`judged`: it bears on what is accepted at once, and so a dry run shows what it does."""

    section: str
    rule: str
    old: str | date
    new: str | date
    judged: bool
    lang: str = ""


@dataclass(frozen=True, slots=True)
class PolicyWords:
    """Words of one language, amounts of one currency."""

    spoken: Language
    currency: str

    def sections(self, policy: Policy, text: str) -> Iterator[PolicySection]:
        """By table of the file; then each standing offer and the ways to pay."""
        written, values = written_keys(text), key_values(policy)
        for table, shape in POLICY_TABLES.items():
            rules = (
                RuleInWords(
                    self.spoken.text(POLICY_RULE_LABELS[table][name]),
                    self._value(key, values[table, name], table),
                    (table, name) not in written,
                )
                for name, key in shape.model_fields.items()
            )
            yield PolicySection(self.spoken.text(POLICY_SECTION_LABELS[table]), tuple(rules))
        for offer in policy.offers:
            terms = self._terms(offer)
            rules = (
                RuleInWords(self.spoken.text(OFFER_TERM_LABELS[name]), said, lang=_lang(name))
                for name, said in terms.items()
            )
            yield PolicySection(self._of_offer(offer), tuple(rules))
        if policy.ways:
            ways = tuple(RuleInWords(self._way_kind(way), self._way(way)) for way in policy.ways)
            yield PolicySection(self.spoken.text(N_("Ways to pay")), ways)

    def changes(self, old: Policy, new: Policy) -> Iterator[ChangedRule]:
        """Rule by rule in the order of the file, then the standing offers and the ways to pay."""
        before, after = key_values(old), key_values(new)
        for table, name, key in policy_keys():
            was, is_now = before[table, name], after[table, name]
            if was != is_now:
                judged = table in JUDGED or (table, name) in JUDGED_KEYS
                old_said, new_said = (self._value(key, each, table) for each in (was, is_now))
                section, rule = POLICY_SECTION_LABELS[table], POLICY_RULE_LABELS[table][name]
                yield ChangedRule(self.spoken.text(section), self.spoken.text(rule), old_said, new_said, judged)
        yield from self._changed_offers(old, new)
        yield from self._changed_ways(old, new)

    def _changed_offers(self, old: Policy, new: Policy) -> Iterator[ChangedRule]:
        before, after = ({each.id: each for each in policy.offers} for policy in (old, new))
        for name in {**before, **after}:
            was, is_now = (self._terms(each[name]) if name in each else {} for each in (before, after))
            title = self._of_offer(after.get(name) or before[name])
            for term in is_now or was:
                words = was.get(term, self._none), is_now.get(term, self._gone)
                if words[0] != words[1]:
                    judged = not term.startswith(("name_", "reason_"))
                    yield ChangedRule(title, self.spoken.text(OFFER_TERM_LABELS[term]), *words, judged, _lang(term))

    @property
    def _none(self) -> str:
        return self.spoken.text(NONE_BEFORE)

    @property
    def _gone(self) -> str:
        return self.spoken.text(TAKEN_AWAY)

    def _changed_ways(self, old: Policy, new: Policy) -> Iterator[ChangedRule]:
        title = self.spoken.text(WAY_TO_PAY)
        for way in old.ways:
            if way not in new.ways:
                yield ChangedRule(title, self._way_kind(way), self._way(way), self._gone, False)
        for way in new.ways:
            if way not in old.ways:
                yield ChangedRule(title, self._way_kind(way), self._none, self._way(way), False)

    def _of_offer(self, offer: StandingOffer) -> str:
        return self.spoken.text(STANDING_OFFER).format(name=offer.named(self.spoken.tag))

    def _way_kind(self, way: Way) -> str:
        return self.spoken.text(POLICY_CODE_LABELS[way.kind])

    def _way(self, way: Way) -> str:
        """With where the money goes: that is what matters of it."""
        url = way.url.replace("{", "‹").replace("}", "›")
        said = (way.called(self.spoken.tag), way.holder, way.account, way.bank, url)
        return " · ".join(each for each in said if each)

    def _terms(self, offer: StandingOffer) -> dict[str, str | date]:
        """Every term of a standing offer that has a label, by its key in the file."""
        waived: Mapping[str, Fraction] = dict(offer.waiver)
        found = {}
        for name, key in OfferTable.model_fields.items():
            if name in OFFER_TERM_LABELS:
                component = name.removeprefix("waived_")
                value = waived.get(component, Fraction(0)) if component != name else getattr(offer, name)
                found[name] = (
                    value if isinstance(value, date) else self._value(key, None if value == () else value, "offer")
                )
        return found

    def _value(self, key: FieldInfo, value: Any, table: str) -> str:
        if value is None:
            return self.spoken.text(self._unset(key, table))
        if written_as(key) is AMOUNT:
            return self.spoken.figure(value, self.currency)
        return self._said(value)

    def _unset(self, key: FieldInfo, table: str) -> str:
        if key is POLICY_TABLES["whole_loan"].model_fields["interest_rate"]:
            return UNSET_LABELS["interest_rate"]
        if key is OfferTable.model_fields["interest_rate"]:
            return UNSET_LABELS["offer_rate"]
        return UNSET_LABELS.get(table, NOT_SET)

    def _said(self, value: Any) -> str:
        match value:
            case tuple():
                return self.spoken.text(", ").join(map(self._said, value))
            case bool():
                return self.spoken.text(YES_OR_NO_LABELS[value])
            case Every():
                return every_words(self.spoken, value)
            case Covers():
                return self.spoken.text(COVERS_LABELS[value.value])
            case Fraction() | int():
                return self.spoken.fact(value)
        return self.spoken.text(POLICY_CODE_LABELS[value]) if value in POLICY_CODE_LABELS else str(value)


def _lang(term: str) -> str:
    """Of a text that is in one language on pages of any."""
    return {"zh": "zh-CN", "en": "en"}.get(term.rpartition("_")[2], "")

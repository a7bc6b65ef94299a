"""A number and a code are read as people copy them from paper."""

from portal.domain.conduct.papers import code_on_paper, in_groups, typed_code, typed_number


def test_a_code_is_eight_signs_of_which_none_looks_like_another() -> None:
    """0x08421… is 1 in each group of five bits."""
    assert code_on_paper("0842108421" + "f" * 54) == "11111111"
    assert code_on_paper("ffffffffff" + "0" * 54) == "ZZZZZZZZ"
    assert in_groups("abcdefgh234567ab") == "ABCD-EFGH-2345-67AB"
    assert typed_number(" ａbcd-0fgh 1345 67a8 ") == "abcdofghi34567ab"
    assert typed_code("oil2-3456") == "01123456"

"""Tags: what a resource has after tags came and went."""

from hypothesis import given
from hypothesis import strategies as st

from homeport.services.ec2.plan.tags import with_tags, without_tags

KEYS = st.sampled_from(("a", "b", "c", "d"))
VALUES = st.sampled_from(("", "1", "2"))
TAGS = st.dictionaries(KEYS, VALUES)


@given(TAGS, TAGS)
def test_new_tags_win_and_the_others_stay(before: dict[str, str], new: dict[str, str]) -> None:
    after = with_tags(before, new)
    for key in "abcd":
        assert after.get(key) == (new[key] if key in new else before.get(key))


@given(TAGS, st.dictionaries(KEYS, st.none() | VALUES))
def test_a_tag_goes_when_its_value_fits_or_none_was_named(
    before: dict[str, str], gone: dict[str, str | None]
) -> None:
    named = [
        {"Key": key} if value is None else {"Key": key, "Value": value}
        for key, value in gone.items()
    ]
    after = without_tags(before, named)
    for key in "abcd":
        goes = key in gone and gone[key] in (None, before.get(key))
        assert after.get(key) == (None if goes else before.get(key))
    assert without_tags(before, None) == {}

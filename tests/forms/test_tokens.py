"""A button's token comes back as it was made, or not at all."""

from __future__ import annotations

from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.forms.tokens import LARGEST_ID, Command, Press, Verb, command, parse

KEYS = st.from_regex(r"[A-Za-z0-9_.+-]{0,18}", fullmatch=True)
IDS = st.integers(1, LARGEST_ID)


@given(
    st.sampled_from([verb for verb in get_args(Verb) if verb != "submit"]),
    IDS,
    st.from_regex(r"[a-z0-9_.]{0,20}", fullmatch=True),
    KEYS,
)
def test_presses_come_back(verb: Any, draft: int, question: str, key: str) -> None:
    press = Press(verb, draft, question, key)
    token = press.token()
    assert token.isascii()
    assert len(token) <= 64
    assert parse(token) == press


@given(IDS, IDS)
def test_a_submit_names_the_last_event(draft: int, event: int) -> None:
    assert parse(Press("submit", draft, key=str(event)).token()) == Press("submit", draft, key=str(event))
    assert parse(f"z:{draft}::") is None


@given(st.lists(KEYS, max_size=2))
def test_commands_come_back(args: list[str]) -> None:
    assert parse(command("tucham", *args)) == Command("tucham", tuple(args))


@given(st.one_of(st.text(), st.from_regex(r"[asbdemxzkurc]:[0-9]{0,20}:[a-z0-9]*:?[a-z0-9:]*", fullmatch=True)))
def test_any_text_is_a_token_or_nothing(text: str) -> None:
    meant = parse(text)
    if isinstance(meant, Press):
        assert meant.token() == text
    elif meant is not None:
        assert command(meant.name, *meant.args) == text


@pytest.mark.parametrize(
    "token",
    [
        *(
            "",
            "a",
            ":",
            "a:::",
            "a:0:r01:15",
            "a:01:r01:15",
            "a:-1:r01:15",
            "a:9999999999999999999:r01:15",
            "q:1:r01:15",
        ),
        *(
            "a:1:r01",
            "a:1:r01:15:9",
            "a:1:R01:15",
            "a:1:r01:15,5",
            "a:1:r01:mười",
            "a:1:" + "r" * 25 + ":15",
            "c",
            "c:",
        ),
        *("c:tucham:" + "x" * 60, "a:1:r01:15\n", "a:١:r01:15", "z:1::01"),
    ],
)
def test_garbage_is_no_token(token: str) -> None:
    assert parse(token) is None


def test_what_does_not_fit_is_not_made() -> None:
    for press in (Press("answer", 1, "r01", "mười"), Press("answer", 1, "q" * 24, "k" * 60), Press("answer", 0, "r01")):
        with pytest.raises(ValueError, match="no button"):
            press.token()
    with pytest.raises(ValueError, match="no button"):
        command("tu:cham")

"""What events of the Zalo Bot Platform mean, in the forms that were seen and in those that are documented."""

from __future__ import annotations

import json
from typing import Any

import pytest

from bot.channels.zalo.reading import Here, event_of, read, update_id
from bot.chat import Address, File, Incoming, Said, Sent, Started, Unreadable

CHANNEL = "zalo:41800000017"
HERE = Here(CHANNEL, "Bot Khéo")
LAN = "a1b2c3d4e5f60718293a"
GROUP = "zgr-0f1e2d3c4b5a69788796"


def event(name: str, *, group: bool = False, **content: Any) -> dict[str, Any]:
    chat = {"chat_type": "GROUP", "id": GROUP} if group else {"chat_type": "PRIVATE", "id": LAN}
    message = {
        "date": 1789033572455,
        "chat": chat,
        "message_id": "m1a2b3c4d5e6f7081920",
        "from": {"id": LAN, "is_bot": False, "display_name": "Lan Vạn Hưng"},
        **content,
    }
    return {"event_name": name, "message": message}


def heard(payload: Any, here: Here = HERE) -> Incoming | None:
    return read(payload, here)


SEEN = {  # as it was captured on a real bot, word for word but for names
    "event_name": "message.image.received",
    "message": {
        "date": 1789033572455,
        "chat": {"chat_type": "PRIVATE", "id": LAN},
        "message_id": "m1a2b3c4d5e6f7081920",
        "from": {"id": LAN, "is_bot": False, "display_name": "Lan"},
        "photo_url": "https://photo-stal-1.zdn.vn/0e078a2a.jpg",
        "caption": "Hợp dân",
        "message_type": "CHAT_PHOTO",
    },
}


def test_an_event_as_it_was_seen() -> None:
    said = heard(SEEN)
    assert isinstance(said, Sent)
    assert said.files == (File("https://photo-stal-1.zdn.vn/0e078a2a.jpg", "photo"),)
    assert (said.caption, said.album) == ("Hợp dân", "")
    assert said.origin.at == said.origin.who == Address(CHANNEL, LAN)
    assert (said.origin.private, said.origin.message, said.origin.name) == (True, "m1a2b3c4d5e6f7081920", "Lan")


def test_both_envelopes_say_the_same() -> None:
    flat = event("message.text.received", text="chào")
    assert heard(flat) == heard({"ok": True, "result": flat})
    assert isinstance(heard(flat), Said)
    assert event_of(flat) == event_of({"ok": True, "result": flat}) == flat


def test_the_field_that_was_seen_goes_before_the_one_that_is_documented() -> None:
    both = heard(event("message.image.received", photo="https://a.zdn.vn/1", photo_url="https://b.zdn.vn/2"))
    assert isinstance(both, Sent) and both.files[0].source == "https://b.zdn.vn/2"
    documented = heard(event("message.image.received", photo="https://a.zdn.vn/1"))
    assert isinstance(documented, Sent) and documented.files[0].source == "https://a.zdn.vn/1"
    assert documented.caption == ""


@pytest.mark.parametrize(
    ("name", "content", "kind"),
    [
        ("message.voice.received", {"voice_url": "https://v.zdn.vn/1.aac", "message_type": "CHAT_VOICE"}, "voice"),
        ("message.sticker.received", {"sticker": "0e078a2a", "url": "https://zalo-api.zadn.vn/1"}, "sticker"),
        ("message.unsupported.received", {}, "unsupported"),
        ("message.image.received", {}, "unsupported"),
        ("message.image.received", {"photo": {"url": "https://a.zdn.vn/1"}}, "unsupported"),
        ("message.text.received", {}, "unsupported"),
        ("message.text.received", {"text": None}, "unsupported"),
    ],
)
def test_what_cannot_be_used_is_answered_in_private_and_passed_over_in_a_group(
    name: str, content: dict[str, Any], kind: str
) -> None:
    found = heard(event(name, **content))
    assert isinstance(found, Unreadable) and found.kind == kind
    if name != "message.text.received":
        assert heard(event(name, group=True, **content)) is None


@pytest.mark.parametrize(
    "name", ["user.follow", "message.reaction", "message.link.received", "group.joined", "", "message.edited"]
)
def test_unknown_events_mean_nothing(name: str) -> None:
    assert heard(event(name, text="chào")) is None


def test_other_bots_are_not_heard() -> None:
    told = event("message.text.received", text="chào")
    told["message"]["from"]["is_bot"] = True
    assert heard(told) is None


@pytest.mark.parametrize(
    ("text", "code"),
    [("/start", ""), ("/start AB12-CD34", "AB12-CD34"), ("/START  ab12 ", "ab12"), ("/start\nab12", "ab12")],
)
def test_to_begin(text: str, code: str) -> None:
    for said in (
        heard(event("message.text.received", text=text)),
        heard(event("message.text.received", text=f"@Bot Khéo {text}", group=True)),
    ):
        assert isinstance(said, Started) and said.code == code


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("@Bot Khéo hạn nộp", "hạn nộp"),
        ("@bot khéo, hạn nộp", "hạn nộp"),
        ("@Bot Khe\u0301o hạn nộp", "hạn nộp"),
        ("@Bot Khéo: hạn nộp", "hạn nộp"),
        ("hạn nộp @Bot Khéo", "hạn nộp"),
        ("@Bot Khéo /han xã Vạn Hưng", "/han xã Vạn Hưng"),
        ("@Bot Khéo", ""),
        ("hạn nộp", "hạn nộp"),  # the platform brings it only if it answers the bot, or picks it without a trace
        ("@Bot Khéo @Lan hạn nộp", "@Lan hạn nộp"),
        ("lan@Bot Khéo", "lan@Bot Khéo"),
    ],
)
def test_the_name_is_taken_out_of_what_a_group_says(text: str, meant: str) -> None:
    said = heard(event("message.text.received", text=text, group=True))
    assert isinstance(said, Said) and said.text == meant
    assert said.origin.at == Address(CHANNEL, GROUP)
    assert said.origin.who == Address(CHANNEL, LAN)
    assert not said.origin.private


@pytest.mark.parametrize("text", ["@Lan chiều nay họp", "@Tất cả mọi người nhớ nộp", "@Khéo tay quá"])
def test_a_word_to_somebody_else_in_a_group_is_not_answered(text: str) -> None:
    assert heard(event("message.text.received", text=text, group=True)) is None


def test_a_name_that_is_not_known_yet_or_not_any_more() -> None:
    unknown = Here(CHANNEL)
    commanded = heard(event("message.text.received", text="@Bot Khéo Vạn Ninh /han", group=True), unknown)
    assert isinstance(commanded, Said) and commanded.text == "/han"
    begun = heard(event("message.text.received", text="@Bot Đổi Tên /start ab12", group=True))
    assert isinstance(begun, Started) and begun.code == "ab12"
    asked = heard(event("message.text.received", text="@Bot Đổi Tên hạn nộp", group=True))
    assert isinstance(asked, Said) and asked.text.endswith("hạn nộp")
    assert isinstance(heard(event("message.text.received", text="@Bot Khéo hạn", group=True), unknown), Said)


def test_a_mention_in_private_stays_in_the_text() -> None:
    said = heard(event("message.text.received", text="@Bot Khéo chào"))
    assert isinstance(said, Said) and said.text == "@Bot Khéo chào"


def test_what_kind_of_chat_it_is_without_a_word_of_it() -> None:
    private = event("message.text.received", text="chào")
    del private["message"]["chat"]["chat_type"]
    found = heard(private)
    assert found is not None and found.origin.private
    group = event("message.text.received", text="chào", group=True)
    group["message"]["chat"]["chat_type"] = "PRIVATE"
    found = heard(group)
    assert found is not None and not found.origin.private, "what is said in a group never counts as said in private"
    group["message"]["chat"] = {"id": "0123456789"}
    found = heard(group)
    assert found is not None and not found.origin.private


def test_ids_are_strings_whatever_they_look_like() -> None:
    told = event("message.text.received", text="chào")
    told["message"]["chat"]["id"] = told["message"]["from"]["id"] = "0123456789"
    found = heard(told)
    assert found is not None and found.origin.at.chat == "0123456789"
    told["message"]["chat"]["id"] = told["message"]["from"]["id"] = 123456789
    found = heard(told)
    assert found is not None and found.origin.at.chat == "123456789"


def test_the_date_is_not_looked_at() -> None:
    told = event("message.text.received", text="chào")
    for date in (0, -1, "hôm nay", None, 10**30):
        told["message"]["date"] = date
        assert isinstance(heard(told), Said)


@pytest.mark.parametrize(
    "payload",
    [
        {},
        {"ok": True},
        {"ok": True, "result": []},
        {"event_name": "message.text.received"},
        {"event_name": "message.text.received", "message": "chào"},
        {"event_name": "message.text.received", "message": {}},
        {"event_name": "message.text.received", "message": {"chat": {"id": LAN}}},
        {"event_name": "message.text.received", "message": {"chat": {"id": None}, "from": {"id": LAN}}},
        {"event_name": "message.text.received", "message": {"chat": {"id": True}, "from": {"id": LAN}}},
        {"event_name": 5, "message": {}},
    ],
    ids=json.dumps,
)
def test_garbage_is_named_as_such(payload: Any) -> None:
    with pytest.raises((KeyError, TypeError, AttributeError)):
        heard(payload)


def test_the_id_of_an_update_is_the_message_s_for_ever() -> None:
    assert update_id(event("message.text.received", text="a")) == "m1a2b3c4d5e6f7081920"
    nameless = event("message.text.received", text="a")
    del nameless["message"]["message_id"]
    again = json.loads(json.dumps(nameless))
    assert update_id(nameless) == update_id(again)
    again["message"]["text"] = "b"
    assert update_id(nameless) != update_id(again)
    odd = event("message.text.received", text="a", message_id="tin số 1")
    changed = event("message.text.received", text="b", message_id="tin số 1")
    assert update_id(odd) == update_id(changed) and len(update_id(odd)) == len(update_id(nameless)) == 64

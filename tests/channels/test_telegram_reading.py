"""What Telegram's updates mean to the bot; python-telegram-bot, whose code is not ours, writes them."""

from __future__ import annotations

import copy
import json
from datetime import UTC, datetime
from typing import Any

import pytest
import telegram as ptb
from hypothesis import given
from hypothesis import strategies as st

from bot.channels.telegram.reading import Me, read
from bot.chat import (
    Address,
    Blocked,
    Edited,
    File,
    Incoming,
    Joined,
    Left,
    Moved,
    Origin,
    Picked,
    Said,
    Sent,
    Started,
    Unreadable,
)

ME = Me(710000001, "KheoBot")
WHEN = datetime(2024, 2, 6, 1, 0, tzinfo=UTC)
LAN = ptb.User(501, "Lan", is_bot=False, last_name="Nguyễn", language_code="vi")
KHEO = ptb.User(ME.id, "Khéo", is_bot=True, username=ME.name)
OTHER_BOT = ptb.User(77, "Khác", is_bot=True, username="KhacBot")
PRIVATE = ptb.Chat(501, "private", first_name="Lan")
GROUP = ptb.Chat(-1001, "supergroup", title="Dân vận khéo Vạn Hưng")
LANS = Address("telegram", "501")
IN_PRIVATE = Origin(LANS, LANS, message="7", name="Lan Nguyễn", language="vi")
IN_GROUP = Origin(Address("telegram", "-1001"), LANS, private=False, message="7", name="Lan Nguyễn", language="vi")
FILE = {"file_id": "abc", "file_unique_id": "u"}


def message(chat: ptb.Chat = PRIVATE, by: ptb.User | None = LAN, **content: Any) -> ptb.Message:
    return ptb.Message(7, WHEN, chat, from_user=by, **content)


def on_the_wire(**content: Any) -> dict[str, Any]:
    return json.loads(ptb.Update(1, **content).to_json())


def heard(chat: ptb.Chat = PRIVATE, by: ptb.User | None = LAN, **content: Any) -> Incoming | None:
    return read(on_the_wire(message=message(chat, by, **content)), ME)


def test_a_text() -> None:
    assert heard(text="Vạn Hưng được mấy điểm?") == Said(IN_PRIVATE, "Vạn Hưng được mấy điểm?")


@pytest.mark.parametrize(
    ("text", "code"),
    [("/start", ""), ("/start VH-2024", "VH-2024"), ("/start@KheoBot VH-2024", "VH-2024"), ("/start@kheobot", "")],
)
def test_a_start_with_or_without_a_code(text: str, code: str) -> None:
    assert heard(text=text) == Started(IN_PRIVATE, code)
    assert heard(GROUP, text=text) == Started(IN_GROUP, code)


def test_a_start_for_another_bot_and_a_word_that_only_begins_like_it() -> None:
    assert heard(GROUP, text="/start@KhacBot VH-2024") is None
    assert heard(text="/started") == Said(IN_PRIVATE, "/started")


def test_the_largest_size_of_a_photo_with_its_caption_and_album() -> None:
    sizes = [
        ptb.PhotoSize("small", "u1", 90, 60, file_size=1_000),
        ptb.PhotoSize("large", "u3", 1280, 853, file_size=90_000),
        ptb.PhotoSize("middle", "u2", 320, 213, file_size=9_000),
    ]
    assert heard(photo=sizes, caption="tc1 14", media_group_id="13") == Sent(
        IN_PRIVATE, (File("large", "photo", size=90_000, media="image/jpeg"),), caption="tc1 14", album="13"
    )


def test_a_document() -> None:
    document = ptb.Document("doc", "u", file_name="hop-dan.pdf", mime_type="application/pdf", file_size=1234)
    assert heard(document=document) == Sent(
        IN_PRIVATE, (File("doc", "document", "hop-dan.pdf", 1234, "application/pdf"),)
    )


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        ({"sticker": ptb.Sticker("abc", "u", 512, 512, False, False, "regular")}, "sticker"),
        ({"voice": ptb.Voice("abc", "u", 3)}, "voice"),
        ({"video": ptb.Video("abc", "u", 640, 480, 3)}, "video"),
        ({"video_note": ptb.VideoNote("abc", "u", 240, 3)}, "video"),
        ({"animation": ptb.Animation("abc", "u", 9, 9, 1), "document": ptb.Document("abc", "u")}, "video"),
        ({"location": ptb.Location(109.2, 12.7)}, "location"),
        ({"venue": ptb.Venue(ptb.Location(1, 1), "UBND", "Vạn Giã"), "location": ptb.Location(1, 1)}, "location"),
        ({"contact": ptb.Contact("0905", "Hùng")}, "contact"),
        ({"audio": ptb.Audio("abc", "u", 3)}, "other"),
        ({"dice": ptb.Dice(3, "🎲")}, "other"),
    ],
)
def test_what_the_bot_cannot_use(content: dict[str, Any], kind: str) -> None:
    assert heard(**content) == Unreadable(IN_PRIVATE, kind)


def test_a_service_message_is_nobodys_word() -> None:
    assert heard(pinned_message=message(text="Kế hoạch")) is None


def test_an_edited_text_and_an_edited_caption() -> None:
    edited = on_the_wire(edited_message=message(text="14"))
    assert read(edited, ME) == Edited(IN_PRIVATE, "14")
    caption = on_the_wire(edited_message=message(caption="tc1 14", photo=[ptb.PhotoSize("p", "u", 1, 1)]))
    assert read(caption, ME) == Edited(IN_PRIVATE, "tc1 14")
    assert read(on_the_wire(edited_message=message(location=ptb.Location(1, 1))), ME) is None
    assert read(on_the_wire(edited_message=message(GROUP, text="14")), ME) is None


def test_a_press_names_the_message_of_the_button() -> None:
    shown = message(by=KHEO, text="Chọn")
    assert read(on_the_wire(callback_query=ptb.CallbackQuery("q", LAN, "c", message=shown, data="a:1")), ME) == Picked(
        IN_PRIVATE, "a:1"
    )
    shown = message(GROUP, by=KHEO, text="Chọn", is_topic_message=True, message_thread_id=9)
    picked = read(on_the_wire(callback_query=ptb.CallbackQuery("q", LAN, "c", message=shown, data="a:1")), ME)
    assert isinstance(picked, Picked)
    assert (picked.origin.at, picked.origin.who) == (Address("telegram", "-1001", "9"), LANS)


def test_a_press_on_a_message_too_old_to_be_shown_again() -> None:
    old = ptb.InaccessibleMessage(GROUP, 7)
    assert read(on_the_wire(callback_query=ptb.CallbackQuery("q", LAN, "c", message=old, data="a")), ME) == Picked(
        IN_GROUP, "a"
    )


def test_a_press_without_a_message_or_without_a_token_means_nothing() -> None:
    assert (
        read(on_the_wire(callback_query=ptb.CallbackQuery("q", LAN, "c", inline_message_id="i", data="a")), ME) is None
    )
    game = ptb.CallbackQuery("q", LAN, "c", message=message(by=KHEO), game_short_name="g")
    assert read(on_the_wire(callback_query=game), ME) is None


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("/diem xã Vạn Hưng", "/diem xã Vạn Hưng"),
        ("/diem@KheoBot xã Vạn Hưng", "/diem xã Vạn Hưng"),
        ("/diem@KHEOBOT", "/diem"),
        ("@KheoBot điểm xã Vạn Hưng?", "điểm xã Vạn Hưng?"),
        ("@kheobot, điểm xã Vạn Hưng?", "điểm xã Vạn Hưng?"),
        ("Điểm xã Vạn Hưng, @KheoBot", "Điểm xã Vạn Hưng,"),
        ("Nhờ @KheoBot xem điểm", "Nhờ xem điểm"),
        ("@KheoBot", ""),
    ],
)
def test_a_group_speaks_to_the_bot(text: str, meant: str) -> None:
    assert heard(GROUP, text=text) == Said(IN_GROUP, meant)


@pytest.mark.parametrize(
    "text",
    ["Chiều nay họp nhé", "/diem@KhacBot", "@KhacBot xem hộ", "lan@KheoBot.vn", "@KheoBotnet", "a/diem", "/ diem"],
)
def test_a_group_speaks_to_others(text: str) -> None:
    assert heard(GROUP, text=text) is None


def test_an_answer_to_the_bots_message_is_for_the_bot() -> None:
    assert heard(GROUP, text="14", reply_to_message=message(GROUP, KHEO, text="Tiêu chí 01?")) == Said(IN_GROUP, "14")
    assert heard(GROUP, text="14", reply_to_message=message(GROUP, OTHER_BOT, text="?")) is None
    sticker = ptb.Sticker("abc", "u", 512, 512, False, False, "regular")
    asked = message(GROUP, KHEO, text="Tiêu chí 01?")
    assert heard(GROUP, sticker=sticker, reply_to_message=asked) == Unreadable(IN_GROUP, "sticker")
    assert heard(GROUP, sticker=sticker) is None


def test_in_a_forum_the_topic_is_part_of_the_address() -> None:
    opened = message(GROUP, KHEO, forum_topic_created=ptb.ForumTopicCreated("Nhắc việc", 1))
    plain = {"is_topic_message": True, "message_thread_id": 9, "reply_to_message": opened}
    assert heard(GROUP, text="Chiều nay họp nhé", **plain) is None
    said = heard(GROUP, text="/han", **plain)
    assert isinstance(said, Said)
    assert said.origin.at == Address("telegram", "-1001", "9")


def test_a_thread_of_answers_outside_of_a_forum_is_no_address() -> None:
    said = heard(GROUP, text="/han", message_thread_id=9)
    assert isinstance(said, Said)
    assert said.origin.at == Address("telegram", "-1001")


def test_captions_in_groups() -> None:
    photo = [ptb.PhotoSize("p", "u", 1, 1)]
    sent = heard(GROUP, photo=photo, caption="@KheoBot tc1 14")
    assert isinstance(sent, Sent)
    assert sent.caption == "tc1 14"
    assert heard(GROUP, photo=photo, caption="tc1 14") is None


def test_bots_anonymous_administrators_and_channels_are_not_heard() -> None:
    assert heard(GROUP, OTHER_BOT, text="/diem") is None
    assert heard(GROUP, ptb.User(1087968824, "Group", is_bot=True), text="/diem", sender_chat=GROUP) is None
    assert heard(GROUP, ptb.User(777000, "Telegram", is_bot=False), text="/diem", sender_chat=GROUP) is None
    news = ptb.Chat(-1002, "channel", title="Tin")
    assert read(on_the_wire(channel_post=message(news, None, text="/diem")), ME) is None


def member(status: str) -> ptb.ChatMember:
    if status == "restricted":
        names = (name for name in ptb.ChatMemberRestricted.__slots__ if name.startswith("can_"))
        return ptb.ChatMemberRestricted(KHEO, is_member=True, until_date=WHEN, **dict.fromkeys(names, False))
    if status == "administrator":
        return ptb.ChatMemberAdministrator(KHEO, *[False] * 12)
    kinds = {"member": ptb.ChatMemberMember, "left": ptb.ChatMemberLeft}
    return kinds[status](KHEO) if status in kinds else ptb.ChatMemberBanned(KHEO, WHEN)


def membership(chat: ptb.Chat, before: str, after: str) -> Incoming | None:
    change = ptb.ChatMemberUpdated(chat, LAN, WHEN, member(before), member(after))
    return read(on_the_wire(my_chat_member=change), ME)


def test_the_bot_joins_and_leaves_a_group() -> None:
    at = Origin(Address("telegram", "-1001"), LANS, private=False, name="Lan Nguyễn", language="vi")
    assert membership(GROUP, "left", "member") == Joined(at, "Dân vận khéo Vạn Hưng")
    assert membership(GROUP, "kicked", "administrator") == Joined(at, "Dân vận khéo Vạn Hưng")
    assert membership(GROUP, "member", "kicked") == Left(at)
    assert membership(GROUP, "administrator", "left") == Left(at)
    assert membership(GROUP, "member", "administrator") is None
    assert membership(GROUP, "restricted", "member") is None
    assert membership(ptb.Chat(-1002, "channel", title="Tin"), "left", "administrator") is None


def test_a_person_blocks_the_bot_and_takes_it_back() -> None:
    at = Origin(LANS, LANS, name="Lan Nguyễn", language="vi")
    assert membership(PRIVATE, "member", "kicked") == Blocked(at)
    assert membership(PRIVATE, "kicked", "member") == Blocked(at, back=True)
    assert membership(PRIVATE, "left", "member") is None


def test_a_group_moves() -> None:
    old = ptb.Chat(-5, "group", title="Vạn Hưng")
    moved = heard(old, ptb.User(1087968824, "Group", is_bot=True), migrate_to_chat_id=-1001)
    assert isinstance(moved, Moved)
    assert (moved.origin.at, moved.to) == (Address("telegram", "-5"), Address("telegram", "-1001"))
    assert heard(GROUP, migrate_from_chat_id=-5) is None


def test_kinds_nobody_asked_for() -> None:
    assert read({"update_id": 1, "message_reaction": {}}, ME) is None
    assert read({"update_id": 1}, ME) is None
    assert heard(GROUP, new_chat_members=[LAN]) is None


def test_before_the_name_is_known_any_bots_name_is_ours() -> None:
    unknown = Me(ME.id)
    for text in ("/diem@KheoBot xã Vạn Hưng", "@KheoBot điểm xã Vạn Hưng"):
        assert isinstance(read(on_the_wire(message=message(GROUP, text=text)), unknown), Said)
    assert read(on_the_wire(message=message(GROUP, text="@hung_van xem nhé")), unknown) is None


@pytest.mark.parametrize(
    "garbage",
    [
        {"message": None},
        {"message": {}},
        {"message": {"chat": {"id": 1, "type": "private"}, "from": {"id": 1}, "message_id": 1, "text": 5}},
        {"message": {"chat": {"id": "1", "type": "private"}, "from": {"id": 1}, "message_id": 1, "text": "a"}},
        {"message": {"chat": {"id": 1, "type": "private"}, "from": {"id": 1}, "message_id": 1, "photo": []}},
        {"callback_query": {"id": "q", "from": {"id": 1}, "message": {"message_id": 1}, "data": "a"}},
        {"callback_query": []},
        {"my_chat_member": {"chat": {"id": 1, "type": "private"}}},
    ],
)
def test_garbage_raises(garbage: dict[str, Any]) -> None:
    with pytest.raises((AttributeError, KeyError, TypeError, ValueError)):
        read({"update_id": 1, **garbage}, ME)


SOUND = (
    on_the_wire(message=message(GROUP, text="/diem@KheoBot", is_topic_message=True, message_thread_id=9)),
    on_the_wire(message=message(photo=[ptb.PhotoSize("p", "u", 1, 1)], caption="tc1 14", media_group_id="1")),
    on_the_wire(message=message(document=ptb.Document("d", "u", "a.pdf", "application/pdf", 9))),
    on_the_wire(edited_message=message(text="14")),
    on_the_wire(callback_query=ptb.CallbackQuery("q", LAN, "c", message=message(by=KHEO, text="?"), data="a")),
    on_the_wire(my_chat_member=ptb.ChatMemberUpdated(GROUP, LAN, WHEN, member("left"), member("member"))),
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=5), inner, max_size=2),
    max_leaves=5,
)


@st.composite
def hurt(draw: st.DrawFn) -> dict[str, Any]:
    """A sound update in which one value, anywhere, is replaced by any JSON."""
    update = copy.deepcopy(draw(st.sampled_from(SOUND)))
    place: Any = update
    while True:
        keys = list(range(len(place))) if isinstance(place, list) else sorted(place)
        key = draw(st.sampled_from(keys))
        if not isinstance(place[key], dict | list) or not place[key] or draw(st.booleans()):
            place[key] = draw(JSON)
            return update
        place = place[key]


@given(hurt())
def test_whatever_comes_is_read_or_refused_and_what_is_read_holds_strings(update: dict[str, Any]) -> None:
    try:
        incoming = read(update, ME)
    except Exception:
        return
    if incoming is not None:
        origin = incoming.origin
        words = [origin.at.chat, origin.who.chat, origin.at.thread, origin.message, origin.name, origin.language]
        words += [getattr(incoming, name, "") for name in ("text", "token", "caption", "album", "code", "title")]
        words += [word for file in getattr(incoming, "files", ()) for word in (file.source, file.name, file.media)]
        assert all(isinstance(word, str) for word in words), incoming

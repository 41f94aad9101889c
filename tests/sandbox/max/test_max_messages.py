"""Messages at MAX's stand-in: sending, editing, deleting, answers to presses, and every rule that it holds."""

from __future__ import annotations

import json
from typing import Any

import pytest

from sandbox.administrator import Administrator
from sandbox.max import max_rules
from sandbox.max.max_api import Max
from sandbox.max.max_errors import MaxRefused, MaxViolation, too_many_calls
from sandbox.max.max_html import read_html
from sandbox.person import Person
from sandbox.visible import labels_of
from tests.sandbox.conftest import PNG
from tests.sandbox.max.conftest import MaxClient, moves

NEXT = {"type": "callback", "text": "Готово", "payload": "step:2"}
SITE = {"type": "link", "text": "Сайт", "url": "https://school.example.org/"}


def keyboard(*rows: list[Any]) -> dict[str, Any]:
    return {"type": "inline_keyboard", "payload": {"buttons": list(rows)}}


async def test_a_screen_is_shown_pressed_and_replaced_in_the_answer(max: Max, api: MaxClient) -> None:
    mother = Person(max, "Мария")
    await mother.opens_link("child")
    [begun], marker = await api.updates()
    assert begun["update_type"] == "bot_started" and begun["payload"] == "child" and begun["chat_id"] != mother.id
    assert mother.messenger.settled(mother.id) is False
    body = {"text": "<b>Шаг 1</b> &lt;из 5&gt;", "format": "html", "attachments": [keyboard([NEXT], [SITE])]}
    sent = (await api("POST", "messages", {"user_id": mother.id}, body))["message"]
    assert sent["recipient"] == {"chat_id": mother.chat_id, "chat_type": "dialog", "user_id": mother.id}
    assert mother.text == "Шаг 1 <из 5>" and mother.urls == {"Сайт": "https://school.example.org/"}
    assert mother.screen and mother.screen["entities"] == [{"type": "bold", "offset": 0, "length": 5}]

    await mother.press("Готово", wait=False)
    [press], marker = await api.updates(marker=marker)
    assert mother.messenger.settled(mother.id) is False and press["callback"]["payload"] == "step:2"
    assert press["message"]["body"]["mid"] == sent["body"]["mid"]
    answer = {"message": {"text": "Шаг 2", "attachments": [keyboard([NEXT])]}, "notification": "Дальше"}
    assert await api("POST", "answers", {"callback_id": press["callback"]["callback_id"]}, answer) == {"success": True}
    assert mother.texts == ["Шаг 2"] and mother.labels == ["Готово"] and mother.notices == ["Дальше"]
    await api.updates(marker=marker)
    assert max.settled(mother.id) and max.violations == []


async def test_an_answer_needs_a_message_or_a_notice_and_a_press(max: Max, api: MaxClient) -> None:
    mother = Person(max)
    await mother.says("/start")
    await api.says(mother.chat_id, "?", attachments=[keyboard([NEXT])])
    await mother.press("Готово", wait=False)
    callback = next(iter(max.queries))
    assert await api.refused("POST", "answers", {"callback_id": callback}, {}) == "400 proto.payload"
    assert await api.refused("POST", "answers", {"callback_id": "x"}, {"notification": "!"}) == "400 proto.payload"
    assert max.violations == [
        "answer: proto.payload: `message` or `notification` required",
        "answer: proto.payload: callback_id: Callback identifier is invalid",
    ]


async def test_a_persons_message_is_told_as_max_tells_it(max: Max, api: MaxClient) -> None:
    mother = Person(max, "Мария", last_name="Петрова")
    said = await mother.says("добрый день")
    await mother.edits(said, "добрый вечер")
    await mother.replies(said, "ещё")
    await mother.forwards("чужое", author="Школа")
    await mother.sends_photo(PNG, caption="экран")
    await mother.sends_album([PNG, PNG], caption="два")
    await mother.sends_document(b"%PDF", name="справка 1.pdf")
    await mother.sends_voice()
    await mother.sends_sticker()
    await mother.sends_contact()
    await mother.sends_location()
    await mother.deletes(said)
    updates, _ = await api.updates(marker=1)
    kinds = [update["update_type"] for update in updates]
    assert kinds == ["message_created", "message_edited", *["message_created"] * 9, "message_removed"]
    first = updates[0]["message"]
    assert first["recipient"]["user_id"] == max.bot["id"] != first["sender"]["user_id"]
    assert first["sender"]["name"] == "Мария Петрова" and first["body"]["seq"] > 2**53
    assert updates[1]["message"]["body"] == {**first["body"], "text": "добрый вечер"}
    reply, forward = updates[2]["message"], updates[3]["message"]
    assert reply["link"]["type"] == "reply" and reply["link"]["message"]["mid"] == first["body"]["mid"]
    assert forward["body"]["text"] == "" and forward["link"]["message"]["text"] == "чужое"
    attached = [[one["type"] for one in update["message"]["body"]["attachments"]] for update in updates[4:-1]]
    assert attached == [["image"], ["image", "image"], ["file"], ["audio"], ["sticker"], ["contact"], ["location"]]
    file = updates[6]["message"]["body"]["attachments"][0]
    assert file["filename"] == "справка 1.pdf" and file["size"] == 4
    async with api.session.get(file["payload"]["url"]) as answer:
        assert await answer.read() == b"%PDF"
    assert updates[-1]["message_id"] == first["body"]["mid"] and updates[-1]["user_id"] == mother.id


async def test_an_edit_keeps_what_it_does_not_name(max: Max, api: MaxClient) -> None:
    mother = Person(max)
    await mother.says("/start")
    mid = (await api.says(mother.chat_id, "раз", attachments=[keyboard([NEXT])]))["body"]["mid"]
    await api("PUT", "messages", {"message_id": mid}, {"text": "два"})
    assert mother.text == "два" and mother.labels == ["Готово"]
    await api("PUT", "messages", {"message_id": mid}, {"attachments": []})
    assert mother.text == "два" and mother.labels == []
    moves(max, days=8)
    assert await api.refused("PUT", "messages", {"message_id": mid}, {"text": "три"}) == "200 edit.too.late"
    await api("DELETE", "messages", {"message_id": mid})
    assert mother.from_bot == []
    assert await api.refused("PUT", "messages", {"message_id": mid}, {"text": "три"}) == "404 not.found"
    assert await api.refused("GET", f"messages/{mid}") == "404 not.found"
    said = mother.history[0]["mid"]
    assert await api.refused("DELETE", "messages", {"message_id": said}) == "403 access.denied"
    assert max.violations == []


async def test_whom_the_bot_may_not_write_to(max: Max, api: MaxClient) -> None:
    mother, group = Person(max), max.group()
    message = {"text": "привет"}
    assert await api.refused("POST", "messages", {"user_id": mother.id}, message) == "403 chat.denied"
    await mother.says("/start")
    await api.says(mother.chat_id, "привет")
    await mother.blocks_bot()
    assert await api.refused("POST", "messages", {"chat_id": mother.chat_id}, message) == "403 chat.denied"
    assert (await api("GET", f"chats/{mother.chat_id}"))["status"] == "suspended"
    await mother.unblocks_bot()
    await api.says(mother.chat_id, "снова")
    assert await api.refused("POST", "messages", {"chat_id": 5}, message) == "404 chat.not.found"
    olga = Administrator(max, chat=group)
    await olga.removes_bot()
    assert await api.refused("POST", "messages", {"chat_id": group.id}, message) == "403 chat.denied"
    updates, _ = await api.updates(marker=1)
    assert [one["update_type"] for one in updates] == ["message_created", "bot_stopped", "bot_started", "bot_removed"]
    assert max.violations == []
    both = {"chat_id": mother.chat_id, "user_id": mother.id}
    assert await api.refused("POST", "messages", both, message) == "400 proto.payload"
    assert len(max.violations) == 1


@pytest.mark.parametrize(
    ("attachments", "why"),
    [
        ([keyboard()], "rows of buttons"),
        ([keyboard([])], "rows of buttons"),
        ([keyboard(*[[NEXT]] * 31)], "at most 30 rows"),
        ([keyboard([NEXT] * 8)], "at most 7 in such a row"),
        ([keyboard([NEXT, NEXT, NEXT, SITE])], "at most 3 in such a row"),
        ([keyboard([{**NEXT, "payload": "я" * 1025}])], "button payload"),
        ([keyboard([{**NEXT, "text": "я" * 129}])], "button text"),
        ([keyboard([{**SITE, "url": ""}])], "button url"),
        ([keyboard([{"type": "invented", "text": "?"}])], "unknown type of button"),
        ([keyboard([NEXT]), keyboard([NEXT])], "one keyboard"),
        ([{"type": "location", "latitude": 1, "longitude": 2}] * 13, "between 0 and 12"),
        ([{"type": "contact", "payload": {}}, keyboard([NEXT])], "must be the only attachment"),
        ([{"type": "image", "payload": {"token": "none"}}], "no image has this token"),
        ([{"type": "invented"}], "unknown type invented"),
        ("x", "a list is expected"),
    ],
)
def test_what_a_correct_bot_never_attaches(max: Max, attachments: Any, why: str) -> None:
    with pytest.raises(MaxViolation, match=why):
        max.attached(attachments)


def test_a_text_is_measured_as_it_is_sent() -> None:
    assert max_rules.text("👍" * 2000) and max_rules.text(None) == ""
    for over in ("👍" * 2000 + "!", "&lt;" * 1001):
        with pytest.raises(MaxViolation, match="between 0 and 4000"):
            max_rules.text(over)


@pytest.mark.parametrize(
    ("source", "text", "markup"),
    [
        ("а &lt;b&gt; <3", "а <b> <3", []),
        ("👍<b>д<i>а</i></b>", "👍да", [("strong", 2, 2), ("emphasized", 3, 1)]),
        ('<a href="https://a.example/?a=1&amp;b=2">тут</a>', "тут", [("link", 0, 3)]),
        ("<tg-spoiler>тайна</tg-spoiler><br>", "тайна", []),
        ("<b>не закрыт", "не закрыт", [("strong", 0, 9)]),
    ],
)
def test_html_is_read_as_max_reads_it(source: str, text: str, markup: list[Any]) -> None:
    read, marks = read_html(source)
    assert read == text and [(one["type"], one["from"], one["length"]) for one in marks] == markup
    assert [one["url"] for one in marks if "url" in one] in ([], ["https://a.example/?a=1&b=2"])


async def test_files_go_up_and_are_sent_alone_once_they_are_ready(max: Max, api: MaxClient) -> None:
    mother = Person(max)
    await mother.says("/start")
    max.not_ready = {"file": 2}
    status, answer, _ = await api.uploads("file", "справка №1.pdf", b"%PDF")
    body = {"attachments": [{"type": "file", "payload": {"token": json.loads(answer)["token"]}}]}
    to = {"chat_id": mother.chat_id}
    assert status == 200
    for _ in range(2):
        assert await api.refused("POST", "messages", to, body) == "400 attachment.not.ready"
    await api("POST", "messages", to, body)
    shown = mother.screen or {}
    assert (
        shown["document"]["file_name"] == "справка №1.pdf" and max.files[shown["document"]["file_id"]].data == b"%PDF"
    )

    _, answer, _ = await api.uploads("image", "a.png", PNG)
    photos = {"type": "image", "payload": json.loads(answer)}
    await api("POST", "messages", to, {"text": "экран", "attachments": [photos, photos, keyboard([NEXT])]})
    shown = mother.screen or {}
    assert len(shown["photo"]) == 2 and shown["caption"] == "экран" and labels_of(shown) == ["Готово"]

    status, answer, token = await api.uploads("audio", "voice.mp3", b"ID3")
    assert answer == "<retval>1</retval>"
    await api("POST", "messages", to, {"attachments": [{"type": "audio", "payload": {"token": token}}]})
    assert "voice" in (mother.screen or {}) and max.violations == []


async def test_uploads_are_refused_by_a_200_too(max: Max, api: MaxClient) -> None:
    status, answer, _ = await api.uploads("image", "a.png", b"no picture")
    assert status == 200 and json.loads(answer)["error_data"] == "IMAGE_INVALID_FORMAT"
    assert "AUDIO_INVALID_FORMAT" in (await api.uploads("audio", "voice.wav", b"RIFF"))[1]
    max.media_field = "file"
    assert (await api.uploads("video", "a.mp4", b"video"))[0] == 415
    assert (await api.uploads("video", "a.mp4", b"video", field="file"))[0] == 200
    max.bad_uploads = [503, {"error_code": 9, "error_data": "TOO_LARGE"}]
    assert (await api.uploads("file", "a.pdf", b"1"))[0] == 503
    assert (await api.uploads("file", "a.pdf", b"1"))[:2] == (200, '{"error_code": 9, "error_data": "TOO_LARGE"}')
    assert await api.refused("POST", "uploads", {"type": "photo"}) == "400 proto.payload"


async def test_a_forward_takes_no_text_and_a_reply_its_message(max: Max, api: MaxClient) -> None:
    olga = Administrator(max, chat=max.group())
    card = await api.says(olga.chat_id, "№1")
    await api.says(olga.chat_id, "к карточке", link={"type": "reply", "mid": card["body"]["mid"]})
    assert olga.from_bot[-1]["reply_to_message"]["text"] == "№1"
    forward = {"link": {"type": "forward", "mid": card["body"]["mid"]}}
    to = {"chat_id": olga.chat_id}
    assert await api.refused("POST", "messages", to, {"text": "!", **forward}) == "400 proto.payload"
    await api("POST", "messages", to, forward)
    assert olga.from_bot[-1]["text"] == "№1" and "forward_origin" in olga.from_bot[-1]
    gone = {"link": {"type": "reply", "mid": "mid.0"}, "text": "?"}
    assert await api.refused("POST", "messages", to, gone) == "404 not.found"


async def test_the_desk_is_heard_where_the_bot_administers(max: Max, api: MaxClient) -> None:
    group = max.group(bot="kicked")
    olga = Administrator(max, "Ольга", chat=group)
    await olga.adds_bot(status="member")
    await olga.writes("не слышно")
    assert (await api("GET", f"chats/{group.id}/members/me"))["is_admin"] is False
    await olga.adds_bot(lacking={"read_all_messages"})
    await olga.writes("не слышно")
    assert "read_all_messages" not in (await api("GET", f"chats/{group.id}/members/me"))["permissions"]
    await olga.adds_bot()
    card = await api.says(group.id, "№1 · новое")
    shown = await olga.sees("№1")
    said = await olga.writes("проверили", reply_to=shown)
    await olga.deletes(said)
    updates, _ = await api.updates(marker=1)
    kinds = [one["update_type"] for one in updates]
    assert kinds == ["bot_added", "message_created", "message_removed"]
    assert updates[1]["message"]["link"]["message"]["mid"] == card["body"]["mid"]
    await api("POST", f"chats/{group.id}/actions", None, {"action": "typing_on"})
    assert max.violations == []


async def test_what_comes_too_fast_is_counted_and_refused_where_that_is_wanted(max: Max, api: MaxClient) -> None:
    mother, now = Person(max), 1000.0
    max.now = lambda: now
    await mother.says("/start")
    max.strict_pace = True
    mid = (await api.says(mother.chat_id, "раз"))["body"]["mid"]
    await api("PUT", "messages", {"message_id": mid}, {"text": "два"})
    assert await api.refused("DELETE", "messages", {"message_id": mid}) == "429 too.many.requests"
    now += 1.0
    await api("DELETE", "messages", {"message_id": mid})
    for _ in range(29):
        await api("GET", "me")
    assert await api.refused("GET", "me") == "429 too.many.requests"
    assert max.pace.busiest[mother.chat_id] == 2 and max.pace.refused == 2 and max.violations == []


async def test_faults_are_met_in_maxs_words(max: Max, api: MaxClient) -> None:
    mother, other = Person(max), Person(max)
    await mother.says("/start")
    await other.says("/start")
    max.fault(too_many_calls(), method="send_message", chat=mother.chat_id)
    await api.says(other.chat_id, "можно")
    to = {"user_id": mother.id}
    assert await api.refused("POST", "messages", to, {"text": "раз"}) == "429 too.many.requests"
    max.fault(MaxRefused(200, "internal", "Не вышло"), method="edit_message")
    mid = (await api.says(mother.chat_id, "раз"))["body"]["mid"]
    assert await api.refused("PUT", "messages", {"message_id": mid}, {"text": "два"}) == "200 internal"
    max.fault("done-then-drop", method="send_message")
    with pytest.raises(Exception, match=r"disconnected|reset"):
        await api.says(mother.chat_id, "дошло")
    assert mother.text == "дошло"
    max.fault("page", method="get_me")
    with pytest.raises(Exception, match="502"):
        await api("GET", "me")
    with pytest.raises(ValueError, match="no method"):
        max.fault("drop", method="sendMessage")


async def test_a_call_of_nobody_and_a_call_of_nothing(max: Max, api: MaxClient) -> None:
    assert (await api("GET", "me"))["is_bot"] is True
    assert await api.refused("GET", "nothing") == "404 not.found"
    assert await api.refused("DELETE", "me") == "405 method.not.allowed"
    assert await api.refused("GET", "updates", {"marker": "x"}) == "400 proto.payload"
    await api("PATCH", "me/commands", None, {"commands": [{"name": "start", "description": "начать"}]})
    assert (await api("GET", "me"))["commands"] == [{"name": "start", "description": "начать"}]
    api.token = "Bearer " + api.token
    assert await api.refused("GET", "me") == "401 verify.token"


async def test_people_cannot_do_what_max_does_not_have(max: Max) -> None:
    mother = Person(max)
    with pytest.raises(ValueError, match="poll"):
        await mother.sends_poll()
    with pytest.raises(AssertionError, match="cannot carry"):
        await mother.opens_link("a" * 129)
    with pytest.raises(AssertionError, match="only Telegram has topics"):
        await Administrator(max, chat=max.group()).makes_topic("№1")

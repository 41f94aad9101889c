"""Messages over HTTP: sending, copying, editing, deleting, answering, reacting, and the words of every refusal."""

from __future__ import annotations

import aiohttp
import pytest

from sandbox.person import Person
from sandbox.telegram.bot_api import Telegram
from sandbox.telegram.errors import Json
from tests.sandbox.conftest import PNG, Api, Failed

DONE = {"inline_keyboard": [[{"text": "Готово", "callback_data": "done"}]]}


@pytest.fixture
async def mother(telegram: Telegram) -> Person:
    mother = Person(telegram, "Мария", id=101)
    await mother.says("/start")
    return mother


async def refused(call: object, words: str) -> Failed:
    with pytest.raises(Failed, match=words) as caught:
        await call
    return caught.value


async def test_a_message_goes_and_is_kept(api: Api, mother: Person) -> None:
    sent = await api.sendMessage(chat_id=101, text="<b>Шаг</b> 1 ", parse_mode="HTML", reply_markup=DONE)
    assert sent["text"] == "Шаг 1" and sent["entities"] == [{"type": "bold", "offset": 0, "length": 3}]
    assert sent["from"]["is_bot"] and sent["chat"]["first_name"] == "Мария"
    assert mother.text == "Шаг 1" and mother.labels == ["Готово"]


async def test_parameters_come_as_json_form_or_multipart(api: Api, mother: Person) -> None:
    url = f"{api.url}/bot{api.token}/SENDMESSAGE"
    form = {"chat_id": "101", "text": "123", "disable_notification": "true", "reply_markup": '{"inline_keyboard":[]}'}
    async with api.session.post(url, data=form) as answer:
        assert (await answer.json())["result"]["text"] == "123"
    async with api.session.get(url, params={"chat_id": "101", "text": "[1]"}) as answer:
        assert (await answer.json())["result"]["text"] == "[1]"
    body = aiohttp.FormData({"chat_id": "101", "caption": "подпись", "photo": "attach://pic"})
    body.add_field("pic", PNG, filename="x.png", content_type="image/png")
    async with api.session.post(f"{api.url}/bot{api.token}/sendPhoto", data=body) as answer:
        photo = (await answer.json())["result"]
    assert photo["caption"] == "подпись" and photo["photo"][-1]["height"] == 20
    again = await api.sendPhoto(chat_id=101, photo=photo["photo"][-1]["file_id"])
    assert again["photo"] == photo["photo"]


async def test_what_a_careless_bot_sends_is_refused_and_noted(telegram: Telegram, api: Api, mother: Person) -> None:
    await refused(api.sendMessages(chat_id=101), "404 Not Found")
    await refused(api.sendMessage(chat_id=101, text="а", colour="red"), "unknown parameter colour")
    await refused(api.sendMessage(chat_id=101), "parameter text of sendMessage is required")
    await refused(api.sendMessage(chat_id=101, text="а" * 4097), "message is too long")
    await refused(api.sendMessage(chat_id=101, text="<b>", parse_mode="HTML"), "can't parse entities")
    await refused(api.sendMessage(chat_id="x", message_thread_id="y", text="а"), "can't parse message_thread_id")
    assert len(telegram.violations) == 6 and len(telegram.calls) == 6
    await refused(api.sendMessage(chat_id=5, text="а"), "400 Bad Request: chat not found")
    assert len(telegram.violations) == 6


async def test_the_wrong_token_is_unauthorized(api: Api) -> None:
    for path, status in (("/bot1:x/getMe", 401), ("/file/bot1:x/photos/1", 401), ("/else", 404)):
        async with api.session.get(api.url + path) as answer:
            assert answer.status == status
    async with api.session.post(
        f"{api.url}/bot{api.token}/sendMessage", data=b"{", headers={"Content-Type": "application/json"}
    ) as answer:
        assert answer.status == 400


async def test_whoever_cannot_be_reached_is_403(telegram: Telegram, api: Api, mother: Person) -> None:
    await mother.blocks_bot()
    await refused(api.sendMessage(chat_id=101, text="а"), "403 Forbidden: bot was blocked by the user")
    await mother.unblocks_bot()
    await api.sendMessage(chat_id=101, text="а")
    telegram.deactivated.add(101)
    await refused(api.sendMessage(chat_id=101, text="а"), "403 Forbidden: user is deactivated")
    Person(telegram, "Пётр", id=102)
    await refused(api.sendMessage(chat_id=102, text="а"), "403 Forbidden: bot can't initiate conversation with a user")


async def test_replies_keep_their_reference(api: Api, mother: Person) -> None:
    asked = mother.history[0]
    sent = await api.sendMessage(chat_id=101, text="а", reply_parameters={"message_id": asked["message_id"]})
    assert sent["reply_to_message"]["text"] == "/start"
    await refused(
        api.sendMessage(chat_id=101, text="а", reply_parameters={"message_id": 9999}), "message to be replied not found"
    )
    lenient = {"message_id": 9999, "allow_sending_without_reply": True}
    assert "reply_to_message" not in await api.sendMessage(chat_id=101, text="а", reply_parameters=lenient)


async def test_edits_change_and_refuse(api: Api, mother: Person) -> None:
    sent = await api.sendMessage(chat_id=101, text="Шаг 1", reply_markup=DONE)
    here = {"chat_id": 101, "message_id": sent["message_id"]}
    await refused(api.editMessageText(**here, text=" Шаг 1", reply_markup=DONE), "message is not modified")
    edited = await api.editMessageText(**here, text="Шаг 1")
    assert "reply_markup" not in edited and edited["edit_date"]
    await refused(api.editMessageReplyMarkup(**here), "message is not modified")
    assert (await api.editMessageReplyMarkup(**here, reply_markup=DONE))["reply_markup"] == DONE
    assert (await api.editMessageText(**here, text="<i>Шаг 1</i>", parse_mode="HTML"))["entities"]
    await refused(api.editMessageCaption(**here, caption="а"), "there is no caption in the message to edit")
    await refused(api.editMessageText(chat_id=101, message_id=9999, text="а"), "message to edit not found")
    theirs = mother.history[0]["message_id"]
    await refused(api.editMessageText(chat_id=101, message_id=theirs, text="а"), "message can't be edited")
    await mother.deletes(sent)
    await refused(api.editMessageText(**here, text="б"), "message to edit not found")


async def test_media_is_edited_by_caption_and_as_a_whole(api: Api, mother: Person) -> None:
    photo = await mother.sends_photo(PNG)
    sent = await api.sendPhoto(chat_id=101, photo=photo["photo"][-1]["file_id"], caption="раз")
    here = {"chat_id": 101, "message_id": sent["message_id"]}
    assert (await api.editMessageCaption(**here, caption="два"))["caption"] == "два"
    await refused(api.editMessageText(**here, text="а"), "there is no text in the message to edit")
    document = await mother.sends_document(b"%PDF", "a.pdf")
    media = {"type": "document", "media": document["document"]["file_id"], "caption": "три"}
    edited = await api.editMessageMedia(**here, media=media)
    assert edited["document"]["file_name"] == "a.pdf" and "photo" not in edited and edited["caption"] == "три"


async def test_copies_carry_the_content_and_nothing_else(telegram: Telegram, api: Api, mother: Person) -> None:
    photo = await mother.sends_photo(PNG, "моя подпись")
    father = Person(telegram, "Пётр", id=102)
    await father.says("/start")
    copied = await api.copyMessage(
        chat_id=102, from_chat_id=101, message_id=photo["message_id"], caption="<b>её</b>", parse_mode="HTML"
    )
    assert set(copied) == {"message_id"}
    assert father.text == "её" and father.screen and "forward_origin" not in father.screen
    await refused(api.copyMessage(chat_id=102, from_chat_id=101, message_id=9999), "message to copy not found")
    await refused(
        api.copyMessage(chat_id=102, from_chat_id=101, message_id=photo["message_id"], caption="я" * 1025),
        "message caption is too long",
    )


async def test_copying_several_skips_what_is_gone_without_a_word(telegram: Telegram, api: Api, mother: Person) -> None:
    album = await mother.sends_album([PNG, PNG, PNG], caption="три")
    await mother.deletes(album[1])
    ids = [message["message_id"] for message in album]
    copied = await api.copyMessages(chat_id=101, from_chat_id=101, message_ids=ids)
    assert len(copied) == 2
    groups = {telegram.chats[101].messages[one["message_id"]]["media_group_id"] for one in copied}
    assert len(groups) == 1 and groups != {album[0]["media_group_id"]}


async def test_a_content_of_any_kind_is_copied_and_a_service_message_is_not(
    telegram: Telegram, api: Api, mother: Person
) -> None:
    contents: list[Json] = [{"hologram": {"file_id": "h"}}, {"rich_message": {"blocks": []}}, {"dice": {"value": 3}}]
    for content in contents:
        sent = await mother.sends(content)
        copied = await api.copyMessage(chat_id=101, from_chat_id=101, message_id=sent["message_id"])
        assert content.items() <= telegram.chats[101].messages[copied["message_id"]].items()
    told = telegram.service(telegram.chats[101], mother.id, {"chat_theme_sung": {"x": 1}})
    call = api.copyMessage(chat_id=101, from_chat_id=101, message_id=told["message_id"])
    await refused(call, "the message can't be copied")


async def test_a_quote_must_be_an_exact_part_of_the_message(api: Api, mother: Person) -> None:
    number = (await mother.says("логин верный, страница пустая"))["message_id"]
    sent = await api.sendMessage(
        chat_id=101, text="какая?", reply_parameters={"message_id": number, "quote": "страница пустая"}
    )
    assert sent["quote"]["text"] == "страница пустая"
    call = api.sendMessage(chat_id=101, text="x", reply_parameters={"message_id": number, "quote": "страница белая"})
    await refused(call, "QUOTE_TEXT_INVALID")


async def test_an_album_is_sent_as_separate_messages(api: Api, mother: Person) -> None:
    ids = [(await mother.sends_photo(PNG))["photo"][-1]["file_id"] for _ in range(2)]
    media = [{"type": "photo", "media": one} for one in ids]
    sent = await api.sendMediaGroup(
        chat_id=101, media=[media[0] | {"caption": "<b>а</b>", "parse_mode": "HTML"}, media[1]]
    )
    assert len({one["message_id"] for one in sent}) == 2 and len({one["media_group_id"] for one in sent}) == 1
    assert [one.get("caption") for one in sent] == ["а", None]
    await refused(api.sendMediaGroup(chat_id=101, media=media[:1]), "wrong number of media")


async def test_files_are_told_from_each_other(telegram: Telegram, api: Api, mother: Person) -> None:
    photo = await mother.sends_photo(PNG)
    file_id = photo["photo"][-1]["file_id"]
    await refused(api.sendDocument(chat_id=101, document=file_id), "can't use file of type Photo as Document")
    await refused(api.sendPhoto(chat_id=101, photo="nothing"), "wrong file identifier/HTTP URL specified")
    about = await api.getFile(file_id=file_id)
    async with api.session.get(f"{api.url}/file/bot{api.token}/{about['file_path']}") as answer:
        assert await answer.read() == PNG
    await refused(api.getFile(file_id="nothing"), "wrong file_id or the file is temporarily unavailable")
    large = await mother.sends_document(bytes(20 * 2**20 + 1))
    await refused(api.getFile(file_id=large["document"]["file_id"]), "file is too big")


async def test_deleting_has_its_limits(telegram: Telegram, api: Api, mother: Person) -> None:
    sent = await api.sendMessage(chat_id=101, text="а")
    other = await api.sendMessage(chat_id=101, text="б")
    assert await api.deleteMessages(chat_id=101, message_ids=[sent["message_id"], 9999])
    await refused(api.deleteMessage(chat_id=101, message_id=sent["message_id"]), "message to delete not found")
    later = telegram.now() + 49 * 3600
    telegram.now = lambda: later
    await refused(
        api.deleteMessage(chat_id=101, message_id=other["message_id"]), "message can't be deleted for everyone"
    )


async def test_a_press_must_be_answered_in_time(telegram: Telegram, api: Api, mother: Person) -> None:
    sent = await api.sendMessage(chat_id=101, text="а", reply_markup=DONE)
    query = telegram.press(101, 101, sent["message_id"], "done")
    assert telegram.unanswered() == ["done"]
    await refused(api.answerCallbackQuery(callback_query_id=query.id, text="я" * 201), "MESSAGE_TOO_LONG")
    assert await api.answerCallbackQuery(callback_query_id=query.id, text="Дальше")
    assert telegram.unanswered() == []
    late = telegram.press(101, 101, sent["message_id"], "done")
    later = telegram.now() + 151
    telegram.now = lambda: later
    for number in (late.id, "123"):
        await refused(
            api.answerCallbackQuery(callback_query_id=number), "query is too old and response timeout expired"
        )


async def test_reactions_can_be_switched_off(telegram: Telegram, api: Api, mother: Person) -> None:
    here = {"chat_id": 101, "message_id": mother.history[0]["message_id"]}
    thumb = [{"type": "emoji", "emoji": "👍"}]
    assert await api.setMessageReaction(**here, reaction=thumb)
    assert mother.reaction(mother.history[0]) == "👍"
    await refused(api.setMessageReaction(chat_id=101, message_id=9999, reaction=thumb), "message to react not found")
    telegram.chats[101].reactions_off = True
    await refused(api.setMessageReaction(**here, reaction=thumb), "REACTION_INVALID")
    assert telegram.violations == []


async def test_the_pace_is_enforced_when_asked(telegram: Telegram, api: Api, mother: Person) -> None:
    now = telegram.now()
    telegram.now = lambda: now
    telegram.strict_pace = True
    await api.sendMessage(chat_id=101, text="а")
    failed = await refused(api.sendMessage(chat_id=101, text="б"), "429 Too Many Requests: retry after 1")
    assert failed.body["parameters"] == {"retry_after": 1} and failed.headers["Retry-After"] == "1"


async def test_commands_are_kept_by_scope_and_language(telegram: Telegram, api: Api, mother: Person) -> None:
    command = [{"command": "start", "description": "Начать"}]
    assert await api.setMyCommands(commands=command, scope={"type": "all_private_chats"})
    assert telegram.menu_of(101) == command and telegram.menu_of(-100) == []
    english = [{"command": "start", "description": "Begin"}]
    assert await api.setMyCommands(commands=english, scope={"type": "all_private_chats"}, language_code="en")
    assert telegram.menu_of(101) == command


async def test_typing_and_the_rest_of_the_media(telegram: Telegram, api: Api, mother: Person) -> None:
    heard: list[dict[str, object]] = []
    stop = telegram.subscribe(heard.append)
    assert await api.sendChatAction(chat_id=101, action="typing")
    assert {"event": "action", "chat": 101, "action": "typing", "thread": None} in heard
    stop()
    await refused(api.sendChatAction(chat_id=101, action="thinking"), "wrong parameter action")
    video, voice, circle = await mother.sends_video(), await mother.sends_voice(), await mother.sends_video_note()
    sticker, audio = await mother.sends_sticker(), await mother.sends_audio()
    assert (await api.sendVideo(chat_id=101, video=video["video"]["file_id"]))["video"]["width"]
    assert (await api.sendVoice(chat_id=101, voice=voice["voice"]["file_id"], caption="а"))["caption"] == "а"
    assert (await api.sendVideoNote(chat_id=101, video_note=circle["video_note"]["file_id"]))["video_note"]
    assert (await api.sendSticker(chat_id=101, sticker=sticker["sticker"]["file_id"]))["sticker"]["emoji"] == "👍"
    assert (await api.sendAudio(chat_id=101, audio=audio["audio"]["file_id"]))["audio"]["duration"]

"""Groups over HTTP: forum topics, rights, pins, migration, privacy mode, being removed."""

from __future__ import annotations

import pytest

from sandbox.administrator import Administrator
from sandbox.telegram.bot_api import Telegram
from sandbox.telegram.records import Chat
from tests.sandbox.conftest import Api
from tests.sandbox.test_messages import refused


@pytest.fixture
def forum(telegram: Telegram) -> Chat:
    return telegram.group("Поддержка", forum=True)


def kinds(telegram: Telegram) -> list[str]:
    """Lists what waits for the bot: the kind of each update, for messages their last field."""
    return [next(key for key in reversed(update.body)) for update in telegram.pending.values()]


async def test_a_topic_lives(telegram: Telegram, api: Api, forum: Chat) -> None:
    topic = await api.createForumTopic(chat_id=forum.id, name="№1 · 7Б")
    here = {"chat_id": forum.id, "message_thread_id": topic["message_thread_id"]}
    sent = await api.sendMessage(**here, text="карточка")
    assert sent["is_topic_message"] and sent["message_thread_id"] == topic["message_thread_id"]
    replied = await api.sendMessage(chat_id=forum.id, text="б", reply_parameters={"message_id": sent["message_id"]})
    assert replied["message_thread_id"] == topic["message_thread_id"]
    assert await api.editForumTopic(**here, name="№1 · решено")
    await refused(api.editForumTopic(**here, name="№1 · решено"), "TOPIC_NOT_MODIFIED")
    await refused(api.reopenForumTopic(**here), "TOPIC_NOT_MODIFIED")
    assert await api.closeForumTopic(**here)
    await refused(api.closeForumTopic(**here), "TOPIC_NOT_MODIFIED")
    assert await api.reopenForumTopic(**here)
    assert await api.deleteForumTopic(**here)
    for call in (api.sendMessage(**here, text="а"), api.editForumTopic(**here, name="б"), api.closeForumTopic(**here)):
        await refused(call, "400 Bad Request: message thread not found")
    await refused(
        api.editMessageText(chat_id=forum.id, message_id=sent["message_id"], text="а"), "message to edit not found"
    )
    told = [
        next(key for key in update.body["message"] if key.startswith("forum")) for update in telegram.pending.values()
    ]
    lines = ["created", "edited", "closed", "reopened"]
    assert told == [f"forum_topic_{line}" for line in lines], "a bot is told the service messages of its own deeds"


async def test_a_closed_topic_takes_messages_of_an_administrator_only(
    telegram: Telegram, api: Api, forum: Chat
) -> None:
    topic = await api.createForumTopic(chat_id=forum.id, name="№1")
    here = {"chat_id": forum.id, "message_thread_id": topic["message_thread_id"]}
    await api.closeForumTopic(**here)
    assert await api.sendMessage(**here, text="а")
    telegram.closed_topics_refuse = True
    await refused(api.sendMessage(**here, text="а"), "TOPIC_CLOSED")
    telegram.closed_topics_refuse = False
    forum.bot = "member"
    await refused(api.sendMessage(**here, text="а"), "TOPIC_CLOSED")


async def test_people_open_close_and_delete_topics(telegram: Telegram, api: Api, forum: Chat) -> None:
    olga = Administrator(telegram, "Ольга", chat=forum)
    view = await olga.makes_topic("№1")
    await olga.closes_topic(view)
    await olga.closes_topic(view)
    await olga.reopens_topic("№1")
    told = [update.body["message"] for update in telegram.pending.values()]
    assert [next(key for key in one if key.startswith("forum_topic")) for one in told] == [
        "forum_topic_created",
        "forum_topic_closed",
        "forum_topic_reopened",
    ]
    assert {one["message_thread_id"] for one in told} == {view.id}
    await olga.deletes_topic(view)
    assert len(telegram.pending) == 3, "nobody is told of a deleted topic"
    await refused(api.sendMessage(chat_id=forum.id, message_thread_id=view.id, text="а"), "message thread not found")


async def test_missing_rights_are_told(telegram: Telegram, api: Api, forum: Chat) -> None:
    sent = await api.sendMessage(chat_id=forum.id, text="а")
    forum.lacking = {"can_manage_topics", "can_pin_messages"}
    await refused(api.createForumTopic(chat_id=forum.id, name="а"), "not enough rights to create a topic")
    await refused(
        api.pinChatMessage(chat_id=forum.id, message_id=sent["message_id"]),
        "not enough rights to manage pinned messages",
    )
    member = await api.getChatMember(chat_id=forum.id, user_id=telegram.bot["id"])
    assert member["can_manage_topics"] is False and member["can_delete_messages"] is True
    forum.lacking = set()
    assert await api.pinChatMessage(chat_id=forum.id, message_id=sent["message_id"])
    assert (await api.getChat(chat_id=forum.id))["pinned_message"]["text"] == "а"
    await refused(api.createForumTopic(chat_id=telegram.group("Без тем").id, name="а"), "the chat is not a forum")
    quiet = telegram.group("Тихая", bot="restricted")
    assert (await api.getChatMember(chat_id=quiet.id, user_id=telegram.bot["id"]))["can_send_messages"] is True
    quiet.lacking = {"can_send_messages"}
    assert (await api.getChatMember(chat_id=quiet.id, user_id=telegram.bot["id"]))["can_send_messages"] is False
    await refused(api.sendMessage(chat_id=quiet.id, text="а"), "not enough rights to send text messages to the chat")
    await refused(api.sendMessage(chat_id=forum.id, message_thread_id=1, text="а"), "message thread not found")


async def test_the_bot_is_removed_and_comes_back(telegram: Telegram, api: Api, forum: Chat) -> None:
    olga = Administrator(telegram, "Ольга", chat=forum)
    await olga.removes_bot()
    await olga.writes("никто не слышит")
    await refused(api.sendMessage(chat_id=forum.id, text="а"), "403 Forbidden: bot was kicked from the supergroup chat")
    await olga.adds_bot(lacking={"can_manage_topics"})
    assert await api.sendMessage(chat_id=forum.id, text="а")
    assert kinds(telegram) == ["my_chat_member", "my_chat_member", "message"]
    statuses = [
        update.body["my_chat_member"]["new_chat_member"]["status"] for update in list(telegram.pending.values())[:2]
    ]
    assert statuses == ["kicked", "administrator"]
    forum.bot = "left"
    await refused(
        api.sendMessage(chat_id=forum.id, text="а"), "403 Forbidden: bot is not a member of the supergroup chat"
    )


async def test_a_group_becomes_a_supergroup(telegram: Telegram, api: Api) -> None:
    group = telegram.group("Поддержка", kind="group")
    olga = Administrator(telegram, "Ольга", chat=group)
    old = await api.sendMessage(chat_id=group.id, text="карточка")
    new = await olga.upgrades_group()
    failed = await refused(api.sendMessage(chat_id=group.id, text="а"), "group chat was upgraded to a supergroup chat")
    assert failed.body["parameters"] == {"migrate_to_chat_id": new.id}
    told = [update.body["message"] for update in telegram.pending.values()]
    assert told[0]["migrate_to_chat_id"] == new.id and told[1]["migrate_from_chat_id"] == group.id
    await refused(
        api.editMessageText(chat_id=new.id, message_id=old["message_id"], text="а"), "message can't be edited"
    )
    assert (await api.sendMessage(chat_id=new.id, text="а"))["chat"]["type"] == "supergroup"


async def test_replies_in_a_supergroup_without_topics_have_a_thread(telegram: Telegram, api: Api) -> None:
    group = telegram.group("Поддержка")
    olga = Administrator(telegram, "Ольга", chat=group)
    card = await api.sendMessage(chat_id=group.id, text="карточка")
    reply = await olga.writes("ответ", reply_to=card)
    assert reply["message_thread_id"] == card["message_id"] and "is_topic_message" not in reply
    assert reply["reply_to_message"]["text"] == "карточка"


async def test_numbers_are_counted_per_supergroup(telegram: Telegram, api: Api, forum: Chat) -> None:
    other = telegram.group("Другая")
    first, second = [await api.sendMessage(chat_id=chat.id, text="а") for chat in (forum, other)]
    assert first["message_id"] == second["message_id"] == 1


@pytest.mark.parametrize(("privacy", "heard"), [(True, ["/id", "/id@dnevnik_sandbox_bot", "ответ"]), (False, None)])
async def test_privacy_mode_hides_what_is_not_for_the_bot(privacy: bool, heard: list[str] | None) -> None:
    telegram = Telegram(privacy=privacy)
    group = telegram.group("Чужая", bot="member")
    anna = Administrator(telegram, "Анна", chat=group)
    sent = telegram.put(group, telegram.sender, {"text": "привет"})
    said = ["разговор", "/id", "/id@dnevnik_sandbox_bot", "/id@other_bot"]
    for text in said:
        await anna.writes(text)
    await anna.writes("ответ", reply_to=sent)
    assert [update.body["message"]["text"] for update in telegram.pending.values()] == (heard or [*said, "ответ"])


async def test_members_are_told(telegram: Telegram, api: Api, forum: Chat) -> None:
    olga = Administrator(telegram, "Ольга", chat=forum, status="creator")
    assert (await api.getChatMember(chat_id=forum.id, user_id=olga.id))["status"] == "creator"
    await refused(api.getChatMember(chat_id=forum.id, user_id=77), "user not found")
    telegram.user(78)
    assert (await api.getChatMember(chat_id=forum.id, user_id=78))["status"] == "left"


async def test_a_channel_posts_in_its_own_name(telegram: Telegram, api: Api) -> None:
    channel = telegram.group("Новости школы", kind="channel")
    await Administrator(telegram, "Ольга", chat=channel).writes("Собрание")
    post = (await api.getUpdates())[0]["channel_post"]
    assert post["chat"]["type"] == "channel" and post["sender_chat"]["id"] == channel.id and "from" not in post


async def test_protected_content_is_not_copied(telegram: Telegram, api: Api, forum: Chat) -> None:
    sent = await api.sendMessage(chat_id=forum.id, text="а", protect_content=True)
    await refused(
        api.copyMessage(chat_id=forum.id, from_chat_id=forum.id, message_id=sent["message_id"]), "can't be copied"
    )

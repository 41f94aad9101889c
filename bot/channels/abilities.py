"""The table of what each channel can do: code asks this table, never for the channel's name.

It stands on the lowest layer, so that desks, senders and handlers may hold it. The flows know no channel: what they
make is cut by whoever sends it, and tests hold their buttons and links against every channel.
"""

import re
from dataclasses import dataclass

from bot.channels import chat_ids
from bot.pace import Limit

_IN_HAND_S = 1.0  # channels count a call when it arrives, which is later than when it was made


@dataclass(frozen=True, slots=True)
class Abilities:
    """The abilities of one channel. Lengths are in UTF-16 units, where nothing else is said."""

    name: str  # as people know it
    start_link: str  # opens the bot `{bot}` with a payload
    bot_named: re.Pattern[str]  # a bot's name, the name behind `@`, or its link with whatever it starts the bot with
    mention_link: str  # names a person, by the channel's own number `{account}`
    share_link: str  # offers `{link}` with `{text}` to somebody else; both are quoted already

    topics: bool  # a group may be a forum, with a topic for each ticket
    reactions: bool  # a bot may put a sign under a message
    edits: bool  # a bot may change what it sent
    album_size: int  # the most photos or files in one message; 1 where there are no albums
    albums: tuple[frozenset[str], ...]  # kinds that may stand together in one
    album_is_one: bool  # an album is one message, whose words are those of all its parts
    goes_alone: frozenset[str]  # kinds that take no buttons below them
    merges_texts: bool  # texts that wait for a full minute of a group leave as one message
    deletion_known: bool  # a bot is told that a person deleted a message
    press_shows_screen: bool  # the answer to a press can bring the new screen
    only_administrators_read: bool  # a bot sees the messages of a group only as its administrator

    text_length: int
    caption_length: int
    quote_length: int  # of the words that a reply quotes; 0 where a reply quotes nothing
    notice_length: int  # of what is shown to whoever presses a button
    topic_name_length: int
    deep_link_length: int  # of what the link to a bot carries, in characters of A-Za-z0-9_-

    callback_bytes: int  # of what a button carries
    button_rows: int
    buttons_in_row: int
    buttons_beside_link: int  # in a row of which one opens a link
    buttons: int  # below one message

    deletes_at_once: int  # messages
    deletes_own_for_s: float  # so long a bot deletes its own messages in a group without a right to

    in_chat: Limit  # messages with one person
    in_group: Limit
    in_all: Limit
    new_topics: Limit  # in a group
    edits_count_in_chat: bool  # edits, and whatever else changes what stands there, count as messages do
    edits_count_in_group: bool


TELEGRAM = Abilities(
    name="Telegram",
    start_link="https://t.me/{bot}?start={payload}",
    bot_named=re.compile(
        r"(?:@|(?:https?://)?(?:t|telegram)\.me/@?)?(?P<name>[a-z0-9_]{5,32})/?(?:[?#].*)?", re.IGNORECASE
    ),
    mention_link="tg://user?id={account}",
    share_link="https://t.me/share/url?url={link}&text={text}",
    topics=True,
    reactions=True,
    edits=True,
    album_size=10,
    albums=(frozenset({"photo", "video"}), frozenset({"document"}), frozenset({"audio"})),
    album_is_one=False,
    goes_alone=frozenset(),
    merges_texts=True,
    deletion_known=False,
    press_shows_screen=False,
    only_administrators_read=False,
    text_length=4096,
    caption_length=1024,
    quote_length=1024,
    notice_length=200,
    topic_name_length=128,
    deep_link_length=64,
    callback_bytes=64,
    button_rows=100,
    buttons_in_row=8,
    buttons_beside_link=8,
    buttons=100,
    deletes_at_once=100,
    deletes_own_for_s=48 * 3600.0,
    in_chat=Limit(1, 1.0),
    in_group=Limit(20, 60.0 + _IN_HAND_S),
    in_all=Limit(30, 1.0),
    new_topics=Limit(20, 60.0 + _IN_HAND_S),
    edits_count_in_chat=False,
    edits_count_in_group=True,
)
"""Telegram. Sources in the Bot API: sendMessage (text), sendPhoto (caption), ReplyParameters (quote), sendMediaGroup
(albums, and what may stand together in one), answerCallbackQuery (notice), createForumTopic (name of a topic),
InlineKeyboardButton (callback data), deleteMessage and deleteMessages, Update (no kind of it tells of a deletion);
«Bot Features», «Deep Linking» (payload).

The pace: Bot API FAQ, «My bot is hitting limits»: a message a second in a chat, 20 a minute in a group, about 30 a
second in all. That edits and service messages count in a group, that about 20 topics a minute are made, and that a
message has 100 buttons and shows 8 in a row, is what those who run bots report.
"""

MAX = Abilities(
    name="MAX",
    start_link="https://max.ru/{bot}?start={payload}",
    # A name may have full stops in it, so a host alone would be one.
    bot_named=re.compile(
        r"(?!(?:t|telegram)\.me/?$)(?:@|(?:https?://)?(?:web\.)?max\.ru/@?)?(?!(?:web\.)?max\.ru/?$)"
        r"(?P<name>[a-z0-9_.-]{3,64})/?(?:[?#].*)?",
        re.IGNORECASE,
    ),
    mention_link="max://user/{account}",
    share_link="https://max.ru/:share?text={text}%0A{link}",
    topics=False,
    reactions=False,
    edits=True,
    album_size=10,
    albums=(frozenset({"photo", "video"}),),
    album_is_one=True,
    goes_alone=frozenset({"document", "audio", "voice", "sticker"}),
    merges_texts=False,
    deletion_known=True,
    press_shows_screen=True,
    only_administrators_read=True,
    text_length=4000,
    caption_length=4000,
    quote_length=0,
    notice_length=200,
    topic_name_length=128,
    deep_link_length=128,
    callback_bytes=1024,
    button_rows=30,
    buttons_in_row=7,
    buttons_beside_link=3,
    buttons=210,
    deletes_at_once=100,
    deletes_own_for_s=float("inf"),
    in_chat=Limit(2, 1.0),
    in_group=Limit(100, 60.0 + _IN_HAND_S),
    in_all=Limit(28, 1.0),
    new_topics=Limit(20, 60.0 + _IN_HAND_S),
    edits_count_in_chat=True,
    edits_count_in_group=True,
)
"""MAX. Sources: its schema 0.0.33 (text, payload, deep link, mention, kinds of updates), and the pages of dev.max.ru:
sending (attachments, what stands alone), keyboards (30 rows, 210 buttons, 7 in a row, 3 beside a link), limits (30
calls a second in all; 2 a second in a chat, with edits, deletions and answers to presses).

The client of MAX itself waits for the 2 a second (call_pace.py). The minute of a group is what the outbox may spend of
it: 100 of 120, so that what people press is answered beside it. How long a notice may be no page says; 200 is safe.
"""

CHANNELS = (TELEGRAM, MAX)


def abilities_at(chat_id: int) -> Abilities:
    """Gives the abilities of the channel that a chat, named as in chat_ids.py, is in."""
    return MAX if chat_ids.is_max(chat_id) else TELEGRAM


def link_naming(account_id: int) -> str:
    """Gives the link by which a text names the person with an account, numbered as in chat_ids.py."""
    return abilities_at(account_id).mention_link.format(account=chat_ids.own_number(account_id))


SHORTEST_TEXT = min(one.text_length for one in CHANNELS)  # of what is kept, and may go to a desk in any channel
COUNTED_FOR_S = 2 * max(limit.window for one in CHANNELS for limit in (one.in_chat, one.in_group, one.new_topics))

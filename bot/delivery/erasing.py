"""What /forget and the retention period owe to the support chat, in the transaction that erases a family."""

from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from bot import texts_ru as texts
from bot.services import Services
from storage import outbox, privacy, tickets

DELETABLE_FOR_S = 48 * 3600.0  # Bot API, deleteMessage: a bot deletes its own messages for 48 hours


async def erase_family(connection: AsyncConnection, services: Services, family_id: int, now: float) -> None:
    """Erases everything of a family here, and owes the desk the deletion of what stands there."""
    found = await tickets.of_family(connection, family_id)
    traces: list[tuple[str, dict[str, Any]]] = []
    for ticket in found:
        if ticket.topic_id is not None:
            traces.append(("delete_topic", {"topic_id": ticket.topic_id}))
            continue
        stood = [(ticket.card_message_id, ticket.created_at)]
        stood += [(m.desk_message_id, m.at) for m in await tickets.messages(connection, ticket.id) if m.side != "desk"]
        ids = {number for number, at in stood if number and now - at <= DELETABLE_FOR_S}
        if ids:
            traces.append(("delete", {"message_ids": sorted(ids)}))
    await privacy.erase_family(connection, family_id)
    for kind, payload in traces:
        await outbox.put(
            connection, chat_id=outbox.SUPPORT, lane=f"erase:{payload}"[:48], kind=kind, payload=payload, at=now
        )
    if found:
        numbers = ", ".join(f"№{ticket.id}" for ticket in found)
        await outbox.put(
            connection, chat_id=outbox.SUPPORT, lane="general", kind="desk_text",
            payload={"text": texts.DESK_FORGOTTEN.format(numbers=numbers)}, at=now,
        )  # fmt: skip

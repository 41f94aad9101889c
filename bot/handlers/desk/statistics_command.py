"""Answers `/stats` and `/stats 30` in the support chat with a picture and a short text of the counts."""

from aiogram import Router
from aiogram.filters import Command, CommandObject
from aiogram.types import Message

from bot import texts_ru as texts
from bot.delivery import owed, queues
from bot.flows.marked import fill
from bot.handlers.desk.replies import say
from bot.handlers.filters import InSupportChat
from bot.handlers.update_context import UpdateContext
from bot.statistics import report
from storage import statistics
from storage.statistics import Period, Summary

router = Router(name="desk_statistics")


@router.message(InSupportChat(), Command("stats", ignore_case=True))
async def show_statistics(message: Message, command: CommandObject, context: UpdateContext) -> None:
    """Shows the last N days, today included: 30 where no number is given, an explanation for anything but 1…366."""
    days = _days(command.args)
    if days is None:
        await say(context, message, fill(texts.STATS_USAGE, most=report.MOST_DAYS))
        return
    period = Period.ending_at(context.now, days, context.services.settings.zone)
    summary = await context.services.database.read(lambda c: statistics.summary(c, period, context.desk.id))
    if summary.is_empty:
        await say(context, message, report.words(summary, context.pack))
        return
    await _owe_chart(context, message, summary)


def _days(argument: str | None) -> int | None:
    said = (argument or str(report.USUAL_DAYS)).strip()
    return int(said) if report.is_days(said) else None


async def _owe_chart(context: UpdateContext, message: Message, summary: Summary) -> None:
    thread = message.message_thread_id if message.is_topic_message else None
    pack = context.pack
    chart = owed.Chart(report.words(summary, pack), thread, message.message_id, numbers=report.picture(summary, pack))
    await context.once(lambda c: queues.to_general(c, context.desk.id, chart, context.now, topic=thread or 0))

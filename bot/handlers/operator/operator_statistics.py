"""Answers `/stats`, `/stats 30` and `/stats 30 csv` in the operator's chat: the counts of all schools."""

from aiogram import Router
from aiogram.filters import Command, CommandObject
from aiogram.types import Message
from sqlalchemy.ext.asyncio import AsyncConnection

from bot import texts_ru as texts
from bot.delivery import owed, queues
from bot.flows.marked import fill
from bot.handlers.desk.replies import topic_of
from bot.handlers.filters import InOperatorChat
from bot.handlers.operator.operator_replies import answer
from bot.handlers.update_context import UpdateContext
from bot.known_schools import OPERATOR
from bot.statistics import by_school, report
from bot.tickets import owing, region_counts
from storage import school_counts, statistics
from storage.statistics import Period

router = Router(name="operator_statistics")
CSV = "csv"


@router.message(InOperatorChat(), Command("stats", ignore_case=True))
async def show_schools(message: Message, command: CommandObject, context: UpdateContext) -> None:
    """Shows the last N days of every school, today included: a picture and a table, or with `csv` a file."""
    said = (command.args or "").lower().split()
    in_csv = CSV in said
    numbers = [word for word in said if word != CSV] or [str(report.USUAL_DAYS)]
    if len(numbers) > 1 or not report.is_days(numbers[0]):
        await answer(context, message, fill(texts.REGION_USAGE, most=report.MOST_DAYS))
        return
    period = Period.ending_at(context.now, int(numbers[0]), context.services.settings.zone)
    await (_owe_file if in_csv else _owe_table)(context, message, period)


async def _owe_file(context: UpdateContext, message: Message, period: Period) -> None:
    dates, thread = report.dates_of(period), topic_of(message)
    words = fill(texts.REGION_FILE, since=dates["since"], until=dates["until"])
    file = owed.SchoolsTable(
        words, thread, message.message_id, first=period.first.isoformat(), last=period.last.isoformat()
    )
    await context.once(lambda c: queues.to_general(c, OPERATOR, file, context.now, topic=thread or 0))


async def _owe_table(context: UpdateContext, message: Message, period: Period) -> None:
    services, thread = context.services, topic_of(message)
    counts = await services.database.read(lambda c: school_counts.by_school(c, period))
    summary = await services.database.read(lambda c: statistics.summary(c, period))
    lines = region_counts.lines_of(services.schools, counts)
    caption = by_school.totals(lines, period, summary.first_answer)
    numbers = by_school.picture(lines, period, summary.first_answer, summary.tickets)
    table = by_school.table(lines, period, services.schools.desk_of(OPERATOR).channel.text_length)

    async def work(connection: AsyncConnection) -> None:
        chart = owed.Chart(caption, thread, message.message_id, numbers=numbers)
        await queues.to_general(connection, OPERATOR, chart, context.now, topic=thread or 0)
        await owing.owe_answer(connection, OPERATOR, thread, message.message_id, table, context.now)

    await context.once(work)

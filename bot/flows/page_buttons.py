"""Makes the buttons to the previous and the next page of a list."""

from collections.abc import Callable

from bot import texts_ru as texts
from bot.flows.screen import Button, Rows


def page_buttons(page: int, *, goes_on: bool, to: Callable[[int], str]) -> Rows:
    """Gives a row with the buttons to the pages before and behind `page` (0-based); no row where there is neither.

    `goes_on` says that a page follows; `to` gives the data of a button to a page.
    """
    before = (Button(texts.B_PAGE_BEFORE, data=to(page - 1)),) if page > 0 else ()
    behind = (Button(texts.B_PAGE_NEXT, data=to(page + 1)),) if goes_on else ()
    return ((*before, *behind),) if before or behind else ()

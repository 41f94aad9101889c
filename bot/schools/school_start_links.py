"""Makes the links by which families of one school open the bot, one for each channel."""

from bot.channels.abilities import CHANNELS


def links(slug: str, usernames: dict[str, str]) -> list[str]:
    """Gives a school's link in each channel whose name for the bot is known."""
    return [
        channel.start_link.format(bot=usernames[channel.name], payload=f"s_{slug}")
        for channel in CHANNELS
        if usernames.get(channel.name)
    ]

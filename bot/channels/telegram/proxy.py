"""Reads TELEGRAM_PROXY as people write it, and makes an address of it that the client can use."""

from urllib.parse import parse_qs, quote, unquote, urlsplit

from bot import texts_ru as texts

PORTS = {"http": 80, "socks5": 1080}  # where none is written
_SAME = {"socks5h": "socks5"}  # names are always resolved by the proxy, which is what the «h» asks for
_OF_ADDRESSES = "#?/"  # they end the account part of a URL, so a password must have them percent-encoded


def read_proxy(value: str) -> str:
    """Gives the proxy as `scheme://name:password@host:port`. Raises ValueError with what to write instead."""
    scheme, found, rest = value.partition("://")
    scheme = _SAME.get(scheme.lower(), scheme.lower())
    if not found:
        raise ValueError(texts.SETTING_PROXY)
    if scheme in ("tg", "https", "http") and (linked := _from_link(scheme, rest)):
        return linked
    if scheme == "mtproto":
        raise ValueError(texts.SETTING_PROXY_MTPROTO)
    if scheme not in PORTS:
        raise ValueError(texts.SETTING_PROXY)
    rest = rest.removesuffix("/")
    account, _, place = rest.rpartition("@")
    if any(sign in account for sign in _OF_ADDRESSES):
        raise ValueError(texts.SETTING_PROXY_SIGNS)
    name, _, password = account.partition(":")
    return _address(scheme, unquote(name), unquote(password), place)


def _from_link(scheme: str, rest: str) -> str | None:
    """Reads a link of Telegram's own apps to a SOCKS5 proxy; None where the text is no such link.

    Raises ValueError for a link of an MTProto proxy, which speaks the apps' protocol and not the Bot API's.
    """
    page = rest if scheme == "tg" else rest.removeprefix("t.me/") if rest.startswith("t.me/") else ""
    kind, _, query = page.partition("?")
    kind = kind.strip("/")
    if kind == "proxy":
        raise ValueError(texts.SETTING_PROXY_MTPROTO)
    if kind != "socks":
        return None
    told = {name: values[0] for name, values in parse_qs(query).items()}
    server = told.get("server", "")
    host = f"[{server}]" if ":" in server else server  # an IPv6 address
    place = f"{host}:{told.get('port', PORTS['socks5'])}"
    return _address("socks5", told.get("user", ""), told.get("pass", ""), place)


def _address(scheme: str, name: str, password: str, place: str) -> str:
    try:
        parts = urlsplit(f"{scheme}://{place}")
        host, port = parts.hostname or "", parts.port if parts.port is not None else PORTS[scheme]
        host.encode("idna")
    except ValueError:  # a port that is none; a host that no name service takes (UnicodeError)
        raise ValueError(texts.SETTING_PROXY) from None
    if not host or not port or parts.netloc != place or any(sign.isspace() for sign in place):
        raise ValueError(texts.SETTING_PROXY)
    host = f"[{host}]" if ":" in host else host
    account = f"{quote(name, safe='')}:{quote(password, safe='')}@" if name or password else ""
    return f"{scheme}://{account}{host}:{port}"

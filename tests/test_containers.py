"""The files for containers and for systemd name only what is there: settings, ports, paths, volumes, health checks.

Nobody here runs Docker: `compose.yaml` is read as text, a service by its indentation.
"""

import re
import tomllib
from pathlib import Path

from sqlalchemy import make_url

from bot import app
from bot.channels.posted_updates import DRAIN_S
from bot.settings import Settings

ROOT = Path(__file__).parent.parent
COMPOSE = (ROOT / "compose.yaml").read_text("utf-8")
DOCKERFILE = (ROOT / "Dockerfile").read_text("utf-8")
NGINX = (ROOT / "deploy" / "nginx.conf").read_text("utf-8")
EXAMPLE = (ROOT / ".env.example").read_text("utf-8")
OF_PYTHON = {"PATH", "PYTHONUNBUFFERED", "PYTHONDONTWRITEBYTECODE", "TMPDIR"}
SETTINGS = {name.upper() for name in Settings.model_fields}


def section(text: str, name: str, indent: int = 0) -> str:
    """Gives the lines below `name:` that are indented deeper, without comments; fails where there is no such line."""
    found = re.search(rf"^ {{{indent}}}{re.escape(name)}:\n((?: {{{indent + 1},}}.*\n|\n)+)", text, re.MULTILINE)
    assert found, f"no section {name}"
    return re.sub(r"^ *#.*\n", "", found[1], flags=re.MULTILINE)


def value(text: str, name: str) -> str:
    """Gives the value of the only line `name: value`, without its quotes."""
    (found,) = re.findall(rf"^ +{re.escape(name)}: (.+)$", text, re.MULTILINE)
    return str(found).strip("\"'")


def names(text: str, indent: int) -> list[str]:
    """Gives the keys that stand at this indentation."""
    return re.findall(rf"^ {{{indent}}}([\w-]+):", text, re.MULTILINE)


SERVICES = {name: section(section(COMPOSE, "services"), name, 2) for name in names(section(COMPOSE, "services"), 2)}
ENVIRONMENT = dict(re.findall(r"\b([A-Z_]+)=(\S+)", re.sub(r"\\\n", "", DOCKERFILE[DOCKERFILE.index("\nENV ") :])))


def test_every_variable_that_compose_asks_for_stands_in_the_example() -> None:
    asked = set(re.findall(r"\$\{(\w+)", COMPOSE)) | set(re.findall(r"^# {3}([A-Z_]+)=", COMPOSE, re.MULTILINE))
    assert {"BOT_REPLICAS", "POSTGRES_PASSWORD", "GATE_PORT", "COMPOSE_PROFILES", "DATABASE_URL"} <= asked
    assert asked <= set(re.findall(r"^(?:# )?([A-Z_]+)=", EXAMPLE, re.MULTILINE))


def test_every_variable_that_is_set_for_the_bot_is_a_setting() -> None:
    assert set(names(section(SERVICES["bot"], "environment", 4), 6)) == {"HTTP_HOST", "HTTP_PORT"}
    assert ENVIRONMENT.keys() <= SETTINGS | OF_PYTHON
    assert value(SERVICES["bot"], "env_file") == Settings.model_config.get("env_file")


def test_one_port_leads_from_the_gate_to_the_bot() -> None:
    port = value(SERVICES["bot"], "HTTP_PORT")
    assert port == ENVIRONMENT["HTTP_PORT"] == str(Settings.model_fields["http_port"].default)
    assert f"\nEXPOSE {port}\n" in DOCKERFILE and "'HTTP_PORT') or '" + port + "'" in DOCKERFILE
    # A name of Docker's network is that of a service.
    assert set(re.findall(r"http://([\w.]+:\d+)", NGINX)) == {f"bot:{port}"}
    (listens,) = re.findall(r"listen (\d+);", NGINX)
    (published,) = re.findall(r'- "(.+)"', section(SERVICES["gate"], "ports", 4))
    assert re.fullmatch(rf"127\.0\.0\.1:\$\{{GATE_PORT:-\d+\}}:{listens}", published)


def test_volumes_are_declared_and_lead_to_paths_that_are_there() -> None:
    mounts = [one for service in SERVICES.values() for one in re.findall(r"^ {6}- (\S+:/\S+)$", service, re.MULTILINE)]
    named = {mount.partition(":")[0] for mount in mounts if not mount.startswith("./")}
    assert named == set(names(section(COMPOSE, "volumes"), 2))
    assert all((ROOT / mount.partition(":")[0]).is_file() for mount in mounts if mount.startswith("./"))
    (workdir,) = re.findall(r"^WORKDIR (\S+)$", DOCKERFILE, re.MULTILINE)
    (kept,) = re.findall(r"^VOLUME (\S+)$", DOCKERFILE, re.MULTILINE)
    assert f"data:{kept}" in mounts
    file = make_url(Settings.model_fields["database_url"].default).database
    assert file and Path(workdir, file).parent == Path(kept)
    # Nothing else of the container may be written, but the pictures that are decoded.
    assert value(SERVICES["bot"], "read_only") == "true"
    assert value(SERVICES["bot"], "tmpfs") == f"[{ENVIRONMENT['TMPDIR']}]"


def test_the_database_of_the_example_address_is_the_one_that_is_started() -> None:
    db = SERVICES["db"]
    (address,) = re.findall(r"DATABASE_URL=(\S+)", COMPOSE)
    url = make_url(address)
    assert (url.drivername, url.host) == ("postgresql+asyncpg", "db")
    assert (url.username, url.database) == (value(db, "POSTGRES_USER"), value(db, "POSTGRES_DB"))
    assert value(db, "test") == f"[CMD-SHELL, pg_isready -U {url.username} -d {url.database}]"


def test_health_is_asked_where_it_is_answered() -> None:
    (path,) = re.findall(r'"http://127\.0\.0\.1(/\w+)"', SERVICES["gate"])
    asked = section(NGINX.replace("location = /healthz {", "  health:"), "health", 6)
    assert path == "/healthz" and "allow 127.0.0.1;" in asked and "deny all;" in asked
    assert "HEALTHCHECK" in DOCKERFILE and "'/healthz'" in DOCKERFILE


def test_services_wait_for_services_and_for_the_updates_in_hand() -> None:
    waited = {name for service in SERVICES.values() for name in re.findall(r"depends_on: \[(\w+)\]", service)}
    waited |= set(names(section(SERVICES["bot"], "depends_on", 4), 6))
    assert waited == {"db", "bot"} and "healthcheck" in names(SERVICES["db"], 4)
    grace = value(SERVICES["bot"], "stop_grace_period")
    unit = (ROOT / "deploy" / "ediary-bot.service").read_text("utf-8")
    assert f"\nTimeoutStopSec={grace.removesuffix('s')}\n" in unit
    assert float(grace.removesuffix("s")) > DRAIN_S + app.LATE_S


def test_images_have_a_version() -> None:
    images = re.findall(r"^ {4}image: (\S+)$", COMPOSE, re.MULTILINE) + re.findall(r"^FROM (\S+)", DOCKERFILE, re.M)
    assert len(images) == 5 and all(re.search(r":[\d.]+[\w.-]*$", image) for image in images)


def test_the_image_is_made_of_files_that_the_builder_is_sent_and_starts_a_command_that_is_installed() -> None:
    sent = set(re.findall(r"^!(\S+)$", (ROOT / ".dockerignore").read_text("utf-8"), re.MULTILINE))
    copied = {
        name for names in re.findall(r"^COPY (?!--)(.+) \S+$", DOCKERFILE, re.MULTILINE) for name in names.split()
    }
    assert copied == sent and all((ROOT / name).exists() for name in copied)
    scripts = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["scripts"]
    (command,) = re.findall(r'^ENTRYPOINT \["([\w-]+)"\]$', DOCKERFILE, re.MULTILINE)
    assert command in scripts

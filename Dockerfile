# syntax=docker/dockerfile:1
# The bot in a container: not root, Tesseract inside, health checked. `docker compose up -d` builds and runs it.

FROM python:3.11-slim-bookworm AS packages
COPY requirements.txt constraints.txt ./
# Wheels only: a compiler would be needed for nothing else, and what is built here could not be repeated.
RUN python -m venv /venv \
    && /venv/bin/pip install --no-cache-dir --disable-pip-version-check --only-binary=:all: \
        -c constraints.txt -r requirements.txt
COPY pyproject.toml README.md requirements.txt requirements-dev.txt /tree/
COPY storage /tree/storage
COPY sandbox /tree/sandbox
COPY bot /tree/bot
RUN /venv/bin/pip install --no-cache-dir --disable-pip-version-check --no-deps /tree \
    && /venv/bin/pip uninstall --yes --quiet pip setuptools

FROM python:3.11-slim-bookworm
RUN apt-get update \
    && apt-get install --yes --no-install-recommends tesseract-ocr tesseract-ocr-rus \
    && apt-get clean \
    && rm -rf /var/lib/apt/lists/* /var/cache/apt/* \
    && useradd --system --uid 10001 --no-create-home --shell /usr/sbin/nologin ediary
WORKDIR /app
COPY --from=packages /venv /venv
RUN install -d -o ediary -g ediary data
ENV PATH=/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    TMPDIR=/var/tmp \
    HTTP_HOST=0.0.0.0 \
    HTTP_PORT=8080
USER ediary
VOLUME /app/data
EXPOSE 8080
# 503 counts as ill: urlopen raises on it.
HEALTHCHECK --interval=30s --timeout=10s --start-period=30s --retries=3 \
    CMD ["python", "-c", "import os, urllib.request as u; u.urlopen('http://127.0.0.1:' + (os.environ.get('HTTP_PORT') or '8080') + '/healthz', timeout=8)"]
# SIGTERM, Docker's own choice, lets updates in hand finish within 25 seconds: give it 40, as compose.yaml does.
ENTRYPOINT ["ediary-bot"]
CMD ["run"]

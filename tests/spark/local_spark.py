"""How the suite's Spark is started, and the connection that names it."""

from __future__ import annotations

from medallion.names import SPARK_CONN_ID
from medallion.sources.base.source import ConnectionDetails

MASTER = "local[2,4]"
CONF = {
    "spark.ui.enabled": "false",
    "spark.driver.host": "127.0.0.1",
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.driver.memory": "1g",
    "spark.eventLog.compress": "false",
    "spark.sql.shuffle.partitions": "2",
}
CONNECTIONS = {
    SPARK_CONN_ID: ConnectionDetails(
        conn_id=SPARK_CONN_ID, host=MASTER, extra={"conf": CONF, "streams": 2}
    )
}

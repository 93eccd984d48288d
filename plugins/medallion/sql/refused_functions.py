"""Built-in functions of PostgreSQL that authors' SQL may not call: which, why, and what instead.

Everything that is not on the list of allowed names is refused. These patterns keep names off that
list when it is generated, and give the reasons.
"""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """A class of functions: a pattern of whole names, what they do, what to write instead."""

    names: str
    does: str
    instead: str

    def covers(self, name: str) -> bool:
        """Whether the pattern matches the whole name."""
        return re.fullmatch(self.names, name) is not None


_DATA = "SQL here reads published tables, and nothing else"

CLASSES: tuple[Refused, ...] = (
    Refused(
        names=r"(query|table|cursor|schema|database)_to_xml.*|ts_stat|ts_rewrite",
        does="runs a text as SQL, or reads whatever table a text names",
        instead="write the SELECT itself: xmlelement, xmlagg and xmlforest make XML of its rows",
    ),
    Refused(
        names=r"dblink.*|postgres_fdw.*",
        does="reaches another server",
        instead="land what is there as a dataset of type database, and read its silver table",
    ),
    Refused(
        names=r"lo_.*|loread|lowrite|pg_read_.*|pg_ls_.*|pg_stat_file|pg_file_.*",
        does="reaches the server's files or large objects",
        instead="land a file as a dataset of type file, and read its silver table",
    ),
    Refused(
        names=r"pg_sleep.*|pg_(try_)?advisory_.*|pg_notify|pg_listening_channels|"
        r"pg_notification_queue_usage|pg_safe_snapshot_blocking_pids|pg_blocking_pids|"
        r"pg_isolation_test_session_is_blocked",
        does="waits, locks, or speaks to other sessions",
        instead=_DATA,
    ),
    Refused(
        names=r"set_config|current_setting|setseed|pg_settings_.*|pg_show_.*|pg_reload_conf|"
        r"pg_hba_.*|pg_ident_.*",
        does="reads or changes settings",
        instead="write a value of the run as :data_interval_start, :data_interval_end or :run_id",
    ),
    Refused(
        names=r"nextval|setval|currval|lastval|pg_sequence_.*|pg_get_serial_sequence|"
        r"pg_get_sequence_data",
        does="reaches sequences",
        instead="number rows with row_number() OVER (ORDER BY …)",
    ),
    Refused(
        names=r"current_database|current_catalog|current_schemas?|current_user|session_user|user|"
        r"current_role|system_user|getpgusername|current_query|inet_(client|server)_.*|version|"
        r"getdatabaseencoding|icu_unicode_version|pg_backend_pid|pg_my_temp_schema|"
        r"pg_postmaster_start_time|pg_conf_load_time",
        does="depends on the session or the server that runs the query",
        instead="a result depends on the tables that it reads; write a text as a literal",
    ),
    Refused(
        names=r"txid_.*|pg_current_xact.*|pg_snapshot_.*|pg_visible_in_snapshot|pg_xact_.*|"
        r"pg_current_snapshot|mxid_age|currtid2|pg_last_committed_xact",
        does="depends on the server's transactions",
        instead="order rows by a column of the data, or by _loaded_at",
    ),
    Refused(
        names=r"to_reg.*|has_.*|row_security_active|obj_description|col_description|"
        r"shobj_description|format_type|acl.*|makeaclitem|oidvectortypes|nameconcatoid|"
        r"reg(class|collation|namespace|oper|operator|proc|procedure|role|type).*|pg_get_.*|pg_describe_object|"
        r"pg_identify_object.*|pg_.*_is_visible|satisfies_hash_partition",
        does="reads the catalogue: tables, columns, roles and their rights",
        instead=_DATA,
    ),
    Refused(
        names=r"random|random_normal|array_sample|array_shuffle|gen_random_uuid|uuidv4|uuidv7|"
        r"clock_timestamp|timeofday",
        does="gives another value each time: the same run would not give the same table",
        instead="a moment of the run is now(), :data_interval_start or :data_interval_end; a "
        "number that never changes is hashtextextended(key, 0); an id is md5(key)::uuid",
    ),
    Refused(
        names=r"pg_(?!typeof$).*|binary_upgrade_.*|brin_.*|gin_.*|amvalidate|.*_validator",
        does="belongs to the administration of the server",
        instead=_DATA,
    ),
)


def class_of(name: str) -> Refused | None:
    """The class by which a function is refused; None if no pattern matches it."""
    return next((refused for refused in CLASSES if refused.covers(name)), None)

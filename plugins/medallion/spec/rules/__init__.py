"""The rules for specs beyond the models' own: one function each, all in one tuple.

A rule asks no server and raises nothing: it reports.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from medallion.spec.findings.finding import Finding
from medallion.spec.findings.progress import doing
from medallion.spec.rules import (
    alerts,
    approval,
    bi,
    calendars,
    charts,
    checks,
    columns,
    connections,
    cursors,
    dashboards,
    database,
    engines,
    expressions,
    features,
    files,
    gold,
    gold_columns,
    helper_columns,
    incremental,
    incremental_days,
    indexes,
    keys,
    lake_sources,
    lake_tables,
    loaded_tables,
    lookups,
    partitions,
    personal,
    rest,
    rest_parents,
    retention,
    scheduling,
    sources,
    streams,
    table_shapes,
    tables,
    together,
    transforms,
    verbs,
    views,
)
from medallion.spec.rules.context import Rule, RuleContext, rule_id

RULES: tuple[Rule, ...] = (
    scheduling.schedule,
    scheduling.timezone,
    scheduling.schedule_needs_start_date,
    scheduling.continuous,
    scheduling.appends_follow_on,
    scheduling.end_after_start,
    scheduling.catchup_needs_schedule,
    scheduling.wait_for_needs_no_schedule,
    scheduling.wait_for,
    scheduling.wait_for_inputs,
    calendars.calendar_needs_schedule,
    calendars.calendar_meets_schedule,
    tables.something_to_publish,
    tables.one_name_one_table,
    tables.no_name_of_a_version,
    tables.grants_name_roles,
    tables.freshness_order,
    approval.breaking_change_approved,
    features.feature_view,
    retention.quarantine_within_bronze,
    sources.source_path_allowed,
    connections.connection_id,
    connections.connection_allowed,
    connections.key_connection_allowed,
    alerts.alert_connection,
    sources.tmdb_params,
    files.file_interval_words,
    files.file_location,
    files.words_of_another_format,
    *files.OF_FORMATS,
    files.file_member,
    files.file_unpivot,
    files.only_new_disposition,
    table_shapes.footer_pattern,
    table_shapes.decimal_mark,
    table_shapes.header_that_is_a_record,
    rest.rest_path,
    rest.rest_params,
    rest.rest_body,
    rest.rest_headers,
    rest.rest_interval_words,
    rest.rest_body_paths,
    rest.rest_pages,
    rest.rest_single_record,
    rest.rest_statuses,
    rest_parents.rest_for_each,
    rest_parents.rest_parent_column,
    cursors.cursor_disposition,
    cursors.cursor_lookback,
    cursors.cursor_of_rest,
    lake_sources.delta_source,
    lake_sources.iceberg_source,
    loaded_tables.loaded_deletions,
    loaded_tables.loaded_history,
    loaded_tables.loaded_append,
    loaded_tables.airbyte_table,
    loaded_tables.source_sync,
    loaded_tables.dlt_table,
    streams.stream_disposition,
    streams.message_field,
    streams.stream_registry,
    streams.tombstone_columns,
    database.database_table,
    database.database_query,
    columns.column_type,
    verbs.cleaning_verb,
    verbs.pattern,
    columns.format_of_dates,
    columns.array_of_texts,
    columns.scaled_number,
    columns.optional_column,
    columns.system_column,
    personal.evolve_without_personal_data,
    expressions.expression,
    expressions.computed_column,
    expressions.expression_cycle,
    expressions.filter_rows,
    expressions.deduplicate_order,
    helper_columns.helper_column,
    personal.protected_type,
    personal.masked_on_read,
    personal.protected_key,
    personal.protected_lookup,
    personal.personal_copy,
    personal.identifying_column,
    transforms.added_column,
    engines.cluster_engine,
    keys.primary_key_column,
    keys.primary_key_not_nullable,
    indexes.index_column,
    indexes.index_method,
    indexes.index_where,
    keys.merge_needs_primary_key,
    keys.missing_keys_of_merge,
    keys.deleted_when_column,
    lookups.lookup_dataset,
    lookups.lookup_column,
    lookups.lookup_cycle,
    checks.check,
    checks.check_query,
    gold.gold_cycle,
    gold_columns.gold_column,
    gold_columns.gold_key,
    incremental.incremental_words,
    incremental.incremental_time_column,
    incremental.incremental_key,
    incremental.incremental_schedule,
    incremental_days.incremental_days,
    incremental.incremental_window,
    incremental.incremental_reads_back,
    incremental.check_of_whole,
    views.view_words,
    views.view_quarantine,
    views.view_select,
    together.together_table,
    together.together_whole,
    together.together_shape,
    together.together_cycle,
    partitions.partition_disposition,
    partitions.partition_column,
    partitions.partition_key,
    lake_tables.lake_location,
    lake_tables.lake_of_view,
    lake_tables.lake_type,
    lake_tables.lake_listed_twice,
    lake_tables.lake_in_clear,
    bi.metric,
    bi.dimension,
    bi.time_column,
    bi.metric_format,
    bi.bi_label,
    bi.certified_by,
    bi.row_filter,
    bi.protected_for_bi,
    charts.dashboard_table,
    charts.chart_shape,
    charts.chart_words,
    charts.chart_name,
    charts.chart_time,
    charts.chart_where,
    dashboards.dashboard_filter,
    dashboards.dashboard_rows,
    dashboards.dashboard_roles,
)
"""In the order in which an author would look at a spec. Rules across specs: `rules.across`."""


def judge_rules(context: RuleContext) -> Iterator[Finding]:
    """Every rule's findings, each with the rule's id. Findings about salvaged placeholders are
    dropped."""
    for rule in RULES:
        name = rule_id(rule)
        doing(name)
        for finding in rule(context):
            if not _judges_what_is_lost(rule, finding, context.lost):
                yield replace(finding, rule=name)


_OF_SOURCES = frozenset(
    (
        "sources",
        "files",
        "lake_sources",
        "table_shapes",
        "rest",
        "rest_parents",
        "cursors",
        "database",
        "access",
    )
)
_OF_COLUMNS = frozenset(("expressions", "helper_columns", "lookups", "personal", "transforms"))


def _judges_what_is_lost(rule: Rule, finding: Finding, lost: frozenset[str]) -> bool:
    """Whether a rule has judged what only replaces a broken source, or broken columns."""
    if finding.where[:1] != ("datasets",):
        return False
    of = rule.__module__.rpartition(".")[2]
    name = finding.where[1]
    if f"{name}.source" in lost and (of in _OF_SOURCES or rule is columns.array_of_texts):
        return True
    return f"{name}.columns" in lost and of in _OF_COLUMNS

"""How each database's own catalogue is asked about a table: one row for each column."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalogue:
    """A question, in parts: between them are the schema and the table, or the table's whole name.

    Attributes:
        parts: one more than there are names.
        current_schema: the connection's own schema, in SQL; empty: no schema is asked for.
        by_whole_name: `schema.table` as one text, in which each name is quoted.
    """

    parts: tuple[str, ...]
    current_schema: str = ""
    by_whole_name: bool = False


_POSTGRES = """
SELECT a.attname AS name, pg_catalog.format_type(a.atttypid, a.atttypmod) AS declared,
    NOT a.attnotnull AS nullable, pg_catalog.col_description(a.attrelid, a.attnum) AS comment,
    coalesce(k.place, 0) AS key_place, CAST(c.reltuples AS bigint) AS estimate,
    pg_catalog.obj_description(c.oid, 'pg_class') AS table_comment
FROM pg_catalog.pg_attribute AS a
JOIN pg_catalog.pg_class AS c ON c.oid = a.attrelid
LEFT JOIN (
    SELECT i.indrelid, u.attnum, u.place
    FROM pg_catalog.pg_index AS i, unnest(i.indkey) WITH ORDINALITY AS u(attnum, place)
    WHERE i.indisprimary
) AS k ON k.indrelid = a.attrelid AND k.attnum = a.attnum
WHERE a.attnum > 0 AND NOT a.attisdropped AND a.attrelid = pg_catalog.to_regclass("""
_MYSQL = """
SELECT c.COLUMN_NAME AS name, c.COLUMN_TYPE AS declared, c.IS_NULLABLE = 'YES' AS nullable,
    c.COLUMN_COMMENT AS comment, coalesce(k.ORDINAL_POSITION, 0) AS key_place,
    t.TABLE_ROWS AS estimate, t.TABLE_COMMENT AS table_comment
FROM information_schema.COLUMNS AS c
JOIN information_schema.TABLES AS t
    ON t.TABLE_SCHEMA = c.TABLE_SCHEMA AND t.TABLE_NAME = c.TABLE_NAME
LEFT JOIN information_schema.KEY_COLUMN_USAGE AS k
    ON k.TABLE_SCHEMA = c.TABLE_SCHEMA AND k.TABLE_NAME = c.TABLE_NAME
    AND k.COLUMN_NAME = c.COLUMN_NAME AND k.CONSTRAINT_NAME = 'PRIMARY'
WHERE c.TABLE_SCHEMA = """
_SQLITE = """
SELECT name, type AS declared, "notnull" = 0 AND pk = 0 AS nullable, NULL AS comment,
    pk AS key_place, NULL AS estimate, NULL AS table_comment
FROM pragma_table_info("""
_SQL_SERVER = """
SELECT c.name AS name,
    t.name + CASE
        WHEN t.name IN ('varchar', 'char', 'varbinary', 'binary') AND c.max_length = -1
            OR t.name = 'nvarchar' AND c.max_length = -1 THEN '(max)'
        WHEN t.name IN ('varchar', 'char', 'varbinary', 'binary')
            THEN '(' + CAST(c.max_length AS varchar(10)) + ')'
        WHEN t.name IN ('nvarchar', 'nchar')
            THEN '(' + CAST(c.max_length / 2 AS varchar(10)) + ')'
        WHEN t.name IN ('decimal', 'numeric') THEN '(' + CAST(c.precision AS varchar(10)) + ','
            + CAST(c.scale AS varchar(10)) + ')'
        WHEN t.name IN ('datetime2', 'datetimeoffset', 'time')
            THEN '(' + CAST(c.scale AS varchar(10)) + ')'
        ELSE '' END AS declared,
    CASE WHEN c.is_nullable = 1 THEN 1 ELSE 0 END AS nullable,
    CAST(d.value AS nvarchar(4000)) AS comment, COALESCE(k.key_ordinal, 0) AS key_place,
    r.estimate AS estimate, CAST(e.value AS nvarchar(4000)) AS table_comment
FROM sys.columns AS c
JOIN sys.types AS t ON t.user_type_id = c.user_type_id
LEFT JOIN sys.indexes AS i ON i.object_id = c.object_id AND i.is_primary_key = 1
LEFT JOIN sys.index_columns AS k ON k.object_id = i.object_id AND k.index_id = i.index_id
    AND k.column_id = c.column_id
LEFT JOIN sys.extended_properties AS d ON d.class = 1 AND d.major_id = c.object_id
    AND d.minor_id = c.column_id AND d.name = N'MS_Description'
LEFT JOIN sys.extended_properties AS e ON e.class = 1 AND e.major_id = c.object_id
    AND e.minor_id = 0 AND e.name = N'MS_Description'
LEFT JOIN (
    SELECT object_id, SUM(rows) AS estimate FROM sys.partitions WHERE index_id IN (0, 1)
    GROUP BY object_id
) AS r ON r.object_id = c.object_id
WHERE c.object_id = OBJECT_ID("""
_ORACLE = """
SELECT c.COLUMN_NAME AS "name",
    c.DATA_TYPE || CASE
        WHEN c.DATA_TYPE IN ('VARCHAR2', 'NVARCHAR2', 'CHAR', 'NCHAR')
            THEN '(' || c.CHAR_LENGTH || ')'
        WHEN c.DATA_TYPE = 'RAW' THEN '(' || c.DATA_LENGTH || ')'
        WHEN c.DATA_TYPE = 'NUMBER' AND c.DATA_PRECISION IS NOT NULL
            THEN '(' || c.DATA_PRECISION || ',' || c.DATA_SCALE || ')'
        ELSE '' END AS "declared",
    CASE WHEN c.NULLABLE = 'N' THEN 0 ELSE 1 END AS "nullable", m.COMMENTS AS "comment",
    COALESCE(k.POSITION, 0) AS "key_place", t.NUM_ROWS AS "estimate",
    n.COMMENTS AS "table_comment"
FROM ALL_TAB_COLUMNS c
LEFT JOIN ALL_TABLES t ON t.OWNER = c.OWNER AND t.TABLE_NAME = c.TABLE_NAME
LEFT JOIN ALL_TAB_COMMENTS n ON n.OWNER = c.OWNER AND n.TABLE_NAME = c.TABLE_NAME
LEFT JOIN ALL_COL_COMMENTS m ON m.OWNER = c.OWNER AND m.TABLE_NAME = c.TABLE_NAME
    AND m.COLUMN_NAME = c.COLUMN_NAME
LEFT JOIN (
    SELECT a.OWNER, a.TABLE_NAME, b.COLUMN_NAME, b.POSITION
    FROM ALL_CONSTRAINTS a
    JOIN ALL_CONS_COLUMNS b ON b.OWNER = a.OWNER AND b.CONSTRAINT_NAME = a.CONSTRAINT_NAME
    WHERE a.CONSTRAINT_TYPE = 'P'
) k ON k.OWNER = c.OWNER AND k.TABLE_NAME = c.TABLE_NAME AND k.COLUMN_NAME = c.COLUMN_NAME
WHERE c.OWNER = """
_DB2 = """
SELECT c.COLNAME AS "name",
    RTRIM(c.TYPENAME) || CASE
        WHEN c.TYPENAME IN ('CHARACTER', 'VARCHAR', 'GRAPHIC', 'VARGRAPHIC', 'BINARY', 'VARBINARY')
            THEN '(' || RTRIM(CHAR(c.LENGTH)) || ')'
        WHEN c.TYPENAME = 'DECIMAL'
            THEN '(' || RTRIM(CHAR(c.LENGTH)) || ',' || RTRIM(CHAR(c.SCALE)) || ')'
        ELSE '' END AS "declared",
    CASE WHEN c.NULLS = 'N' THEN 0 ELSE 1 END AS "nullable", c.REMARKS AS "comment",
    COALESCE(k.COLSEQ, 0) AS "key_place", t.CARD AS "estimate", t.REMARKS AS "table_comment"
FROM SYSCAT.COLUMNS AS c
JOIN SYSCAT.TABLES AS t ON t.TABSCHEMA = c.TABSCHEMA AND t.TABNAME = c.TABNAME
LEFT JOIN (
    SELECT p.TABSCHEMA, p.TABNAME, u.COLNAME, u.COLSEQ
    FROM SYSCAT.TABCONST AS p
    JOIN SYSCAT.KEYCOLUSE AS u ON u.TABSCHEMA = p.TABSCHEMA AND u.TABNAME = p.TABNAME
        AND u.CONSTNAME = p.CONSTNAME
    WHERE p.TYPE = 'P'
) AS k ON k.TABSCHEMA = c.TABSCHEMA AND k.TABNAME = c.TABNAME AND k.COLNAME = c.COLNAME
WHERE c.TABSCHEMA = """

CATALOGUES: Mapping[str, Catalogue] = {
    "postgres": Catalogue(parts=(_POSTGRES, ")\nORDER BY a.attnum\n"), by_whole_name=True),
    "mysql": Catalogue(
        parts=(_MYSQL, " AND c.TABLE_NAME = ", "\nORDER BY c.ORDINAL_POSITION\n"),
        current_schema="DATABASE()",
    ),
    "sqlite": Catalogue(parts=(_SQLITE, ")\nORDER BY cid\n")),
    "tsql": Catalogue(parts=(_SQL_SERVER, ")\nORDER BY c.column_id\n"), by_whole_name=True),
    "oracle": Catalogue(
        parts=(_ORACLE, " AND c.TABLE_NAME = ", "\nORDER BY c.COLUMN_ID\n"),
        current_schema="SYS_CONTEXT('USERENV', 'CURRENT_SCHEMA')",
    ),
    "db2": Catalogue(
        parts=(_DB2, " AND c.TABNAME = ", "\nORDER BY c.COLNO\n"), current_schema="CURRENT_SCHEMA"
    ),
}
"""By dialect."""

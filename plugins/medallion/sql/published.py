"""The tables that an author's SQL may read: published ones, with their schema."""

from __future__ import annotations

import re

from medallion.sql.postgres_tree import Relation
from medallion.sql.problem import QueryProblem, problem_at

_PUBLIC_SCHEMA = re.compile(r"(silver|gold)_[a-z][a-z0-9_]*")


def is_published(relation: Relation) -> bool:
    """Whether a table's schema is one of published tables, of any domain."""
    return _PUBLIC_SCHEMA.fullmatch(relation.schema) is not None


def foreign_table(text: str, relation: Relation, or_else: str = "") -> QueryProblem:
    """The problem of a table that is not a published one; `or_else` extends the remedy."""
    shown = f"{relation.schema}.{relation.name}" if relation.schema else relation.name
    remedy = "read published tables, with their schema: silver_<domain>.… or gold_<domain>.…"
    return problem_at(
        text, relation.offset, f"{shown} is not a published table", f"{remedy}{or_else}"
    )

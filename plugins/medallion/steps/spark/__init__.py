"""Spark, as steps reach it: a session, and what its workers answer."""

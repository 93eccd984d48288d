"""The SQL files of gold tables and checks: found, read, and what they select from.

The reading itself is `medallion.sql`: here it meets a project's files.
"""

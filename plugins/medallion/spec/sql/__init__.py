"""The SQL files of gold tables and checks: found, read, and what they select from."""

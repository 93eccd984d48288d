"""Unit tests of specs, `specs/<domain>/tests/*.yaml`: given rows, expected tables.

`spec.models.unit_tests` says what a file may say. `files` reads one and holds it against its
pipeline, `given` makes sources and tables of rows, `cases` runs one test in a scratch, `junit`
writes the results for a CI.
"""

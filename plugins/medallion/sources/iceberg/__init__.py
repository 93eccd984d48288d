"""Iceberg tables as sources: `source` is what a spec says, `catalogs` where a table's metadata are,
`held_files` the one way to its files, `table` the snapshot that is read, `rows` its rows, `deletes`
which of them are deleted, `changes` what was appended since.

Its library, pyiceberg, plans: it says which files a snapshot has. They are read here.
"""

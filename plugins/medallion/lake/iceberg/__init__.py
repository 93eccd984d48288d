"""Iceberg tables that follow the warehouse: `table` is one of them, `files` the one way to what is
in its folder, `columns` its schema, `writing` a snapshot of it, `said` which publication that is,
`keeping` what of it is needed.

pyiceberg says what metadata look like and how they change. Files are opened, and the catalogue is
asked, by Medallion itself: a table's metadata lie in the lake, and could name a class that opens
files, or a server that a login is sent to.
"""

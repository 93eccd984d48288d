"""Delta tables as sources: `source` is what a spec says, `reading` what is asked of the table,
`log_paths` what is looked at before it is read, `changes` the change data feed.

Its library, deltalake, is imported where a table is opened.
"""

"""What an author tries before it is published, in a database and a lake of its own.

The steps are the ones that tasks run. Nothing here writes to the warehouse, its registry, its
cursors or the lake; published tables are read, and copied, where SQL or a check looks into them.
"""

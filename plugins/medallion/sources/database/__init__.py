"""The source `database`: a table or a query, with one file for each way to talk to a server.

Nothing here writes to a database.
"""

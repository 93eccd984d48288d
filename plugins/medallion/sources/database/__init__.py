"""The source `database`: a table or a query, one file for each way to speak to a server."""

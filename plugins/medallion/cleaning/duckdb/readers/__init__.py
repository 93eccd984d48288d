"""How the query reads a part's records: one file for each kind of part, and one table of them.

No cast and no verb: a reader gives the fields as the part holds them.
"""

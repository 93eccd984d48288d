"""SQL that authors write: parsed by PostgreSQL's own parser, checked, and sent as written.

It knows no spec, and no tree is ever printed: the server gets the author's text.
"""

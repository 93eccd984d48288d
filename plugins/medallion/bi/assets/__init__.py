"""What specs declare for the BI team, as the files that Superset imports: pure functions from a
plan and the warehouse's columns to documents.

`inputs` is what comes in, `documents` what goes out, `generate` the way between them; a kind of
chart is a file in `charts`. `problems` finds what an import would only answer with "unknown
reason".
"""

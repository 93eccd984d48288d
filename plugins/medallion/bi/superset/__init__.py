"""Superset's REST API: log in, export and import assets, and what an import cannot do.

`client` is the way in; `session` holds the login, `objects` what comes back, `bundle` the archive.
"""

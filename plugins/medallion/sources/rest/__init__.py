"""The source `rest`: any JSON API, as the spec declares it.

No vendor's rule belongs here: an API that needs one is a source of its own.
"""

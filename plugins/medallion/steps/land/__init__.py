"""The step `land`: the source's bytes into bronze.

It opens no format and no connection: a source does.
"""

"""What the catalogue's pages ask of the warehouse: one or two queries a page, read only.

Rows as the registry has them. Words for people are made of them in `medallion.catalogue`.
"""

"""The layers of the cleaning query, by what they see: whole records, values, typed rows.

A layer is a function of the layers below it and of the part: it returns them with its own on top,
or as they are where the spec does not need it. `query` says their order, and why.
"""

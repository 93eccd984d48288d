"""Open Data Contract Standard documents of published tables: made, kept and compared.

What a document says comes from specs and, for gold's types, from the published table. No row is
read, and nothing is run. Reading a contract into a spec is an import: `workbench/imports/odcs`.
"""

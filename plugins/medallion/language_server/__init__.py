"""The language server: what an editor shows of specs and gold SQL while they are typed.

`server` speaks the protocol, with pygls; everything else is plain functions over texts and the
project as it would be with them (`authoring.drafts`).
"""

"""The step `publish`: a gated staging table becomes what readers see. SQL: `medallion.publish`.

No statement belongs here.
"""

"""What the BI team gets of the warehouse, as code: `superset` speaks to a Superset, `assets` makes
its files of a plan, `sync` keeps the two in step.
"""

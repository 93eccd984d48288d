"""What a change of specs and SQL would do: two commits compared before the merge, and whatever
is downstream of what changes.

Both sides are compiled in the guarded process; nothing of them is run, and no server is asked.
"""

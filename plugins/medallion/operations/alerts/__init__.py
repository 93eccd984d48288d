"""Messages about incidents: who gets them, what they say, and the way there.

What an incident is, and whether it is open, the registry says (`warehouse.registry.incidents`):
nothing is found out here but what became of runs and of refused specs.
"""

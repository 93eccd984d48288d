"""Check declarations → Great Expectations configurations, validated without importing GX.

No check is run here, and no server is asked: gates do that.
"""

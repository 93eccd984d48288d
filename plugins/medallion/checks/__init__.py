"""Check declarations → Great Expectations configurations, validated without importing GX."""

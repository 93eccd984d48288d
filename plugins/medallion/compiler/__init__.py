"""Specs → plans, in a process of their own with limits; what comes out is kept."""

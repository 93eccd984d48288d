"""Specs → plans, in a guarded process with limits on time and memory; the results are kept on
disk."""

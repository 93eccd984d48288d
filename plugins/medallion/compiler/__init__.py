"""Specs → plans, in a guarded process with limits on time and memory; the results are kept on
disk.

It imports no Airflow, and what it keeps is data, never a pickle.
"""

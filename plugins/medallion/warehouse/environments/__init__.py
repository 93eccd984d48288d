"""Environments in the warehouse: which there are, what their role may do, views on production's
tables, and how all of it goes again.
"""

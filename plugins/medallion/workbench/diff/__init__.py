"""Data diff: what a changed spec or SQL would publish, beside what is published now.

What would be published is made in a scratch, and what is published is copied there; nothing is
written to the warehouse.
"""

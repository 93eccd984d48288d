"""What Medallion costs, measured beside the alternatives: `make bench`, or `python -m bench`.

Nothing of the product imports this package.
"""

"""Data products as documents of the Open Data Product Specification: made, kept and compared."""

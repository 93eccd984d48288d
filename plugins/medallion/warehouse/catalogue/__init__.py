"""What the catalogue's pages ask of the warehouse: one or two queries a page, read only."""

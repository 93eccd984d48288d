"""Why the warehouse cannot be used: one layer after the other, from its name to rights."""

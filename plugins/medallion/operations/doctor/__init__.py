"""Why Medallion cannot work here: the warehouse, the lake, the connections that specs name."""

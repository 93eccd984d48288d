"""Tables that another tool has loaded into a database: what such tools have in common."""

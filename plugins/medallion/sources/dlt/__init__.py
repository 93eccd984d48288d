"""Tables that dlt has loaded into a database."""

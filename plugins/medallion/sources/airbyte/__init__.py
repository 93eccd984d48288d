"""Tables that Airbyte has loaded into a database."""

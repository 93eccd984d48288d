"""Tables that Fivetran has loaded into a database."""

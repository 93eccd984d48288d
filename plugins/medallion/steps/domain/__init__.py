"""The role that a domain's own code runs as, and what it may reach. No step lives here."""

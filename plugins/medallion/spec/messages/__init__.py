"""Messages for people: validation errors as prose with a remedy."""

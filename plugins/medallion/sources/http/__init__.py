"""A JSON API over HTTP: client, waits, credentials. Lists and pages belong to `rest` and `tmdb`."""

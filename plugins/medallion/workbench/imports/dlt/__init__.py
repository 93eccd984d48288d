"""dlt's `rest_api` source."""

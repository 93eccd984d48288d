"""Connectors as Airbyte's Connector Builder writes them: `manifest.yaml`."""

"""Azurite, for a lake in an object store."""

from tests.steps.storage_servers import azurite

__all__ = ["azurite"]

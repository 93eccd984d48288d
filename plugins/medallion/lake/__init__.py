"""Bronze: parts and manifests on an ObjectStoragePath.

It knows no source and no table.
"""

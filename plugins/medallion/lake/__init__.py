"""Bronze: parts and manifests on an ObjectStoragePath."""

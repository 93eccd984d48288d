"""The register of processing (GDPR, article 30), generated from specs."""

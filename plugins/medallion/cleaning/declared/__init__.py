"""What a spec says about columns and rows: models only, no SQL."""

"""One file a write disposition: how a gated staging table becomes the published one. Statements are
composed here and run by `warehouse`; a publication's order and locks are in `steps/publish`."""

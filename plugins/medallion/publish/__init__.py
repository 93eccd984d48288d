"""One file a write disposition: how a gated staging table becomes the published one."""

"""The source `file`: where files are, and how they get here. `formats` reads them."""

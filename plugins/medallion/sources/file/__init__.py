"""The source `file`: where files are, and how they get to this machine. `formats` reads them."""

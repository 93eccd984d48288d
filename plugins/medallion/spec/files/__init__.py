"""Files of a project as specs name them: read within bounds, and what one offers the others."""

"""Files that specs name, read within limits, and what each file of specs/ offers others."""

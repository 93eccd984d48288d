"""The schema `medallion`: what ran, landed, was checked and published. No author's data."""

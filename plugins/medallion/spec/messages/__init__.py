"""Words for people: errors of validation as prose with a remedy."""

"""Under which keys the manifest of a landing counts the rows that were left out."""

DELETED = "deleted_rows"
FORMER = "former_states"
INCOMPLETE = "rows_of_incomplete_loads"

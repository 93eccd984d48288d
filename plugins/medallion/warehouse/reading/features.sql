-- What the client reads of feature views.

-- name: rows_of_view
-- Of each entity and event time the row that is greatest by the table's columns in their order.
SELECT DISTINCT ON ({same}) {wanted}, {micros} AS {time} FROM {table} WHERE {bounds}
ORDER BY {same}, {rest};

-- Which stretches of tables people say were restated: entries of the journal.

-- name: record
INSERT INTO medallion.operator_actions (done_by, action, layer, domain, table_name, details)
VALUES (%(done_by)s, 'restate', %(layer)s, %(domain)s, %(table_name)s, %(details)s)
RETURNING action_id, done_at;

-- name: latest_of_stretch
SELECT action_id, layer, domain, table_name, done_at, done_by, details
FROM medallion.operator_actions
WHERE action = 'restate'
  AND (layer, domain, table_name) = (%(layer)s, %(domain)s, %(table_name)s)
  AND (details ->> 'from')::timestamptz = %(start)s
  AND (details ->> 'to')::timestamptz = %(end)s
ORDER BY action_id DESC LIMIT 1;

-- name: of_number
SELECT action_id, layer, domain, table_name, done_at, done_by, details
FROM medallion.operator_actions
WHERE action = 'restate' AND action_id = %(action_id)s;

-- name: of_table
SELECT action_id, layer, domain, table_name, done_at, done_by, details
FROM medallion.operator_actions
WHERE action = 'restate'
  AND (layer, domain, table_name) = (%(layer)s, %(domain)s, %(table_name)s)
ORDER BY action_id DESC LIMIT %(most)s;

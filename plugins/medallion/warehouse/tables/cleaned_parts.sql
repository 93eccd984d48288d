-- Which parts of a landing a cluster has cleaned, while it cleans them. {parts} is the run's table.

-- name: create
-- `attempt` holds one try of the task to its own tables: what a try before it has left running
-- somewhere knows another word, and is refused. `counts` is JSON that is kept as a text: a value that an
-- example quotes may hold what jsonb does not.
CREATE TABLE {parts} (
    part integer PRIMARY KEY,
    attempt text NOT NULL CHECK (attempt = {attempt}),
    counts text NOT NULL
);

-- name: find
SELECT counts FROM {parts} WHERE part = %(part)s AND attempt = %(attempt)s;

-- name: add
INSERT INTO {parts} (part, attempt, counts) VALUES (%(part)s, %(attempt)s, %(counts)s);

-- name: all
SELECT part, counts FROM {parts} ORDER BY part;

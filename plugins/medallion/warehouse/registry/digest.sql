-- What a publication was made from.

-- name: landed_parts
-- The digests of the parts of a run's landing of a dataset, in their order.
SELECT p.sha256
FROM medallion.landing_parts AS p
JOIN medallion.loads AS l USING (load_id)
WHERE l.dag_id = %(dag_id)s AND l.run_id = %(run_id)s AND l.dataset = %(dataset)s
ORDER BY p.part_no;

-- name: hashed
-- The number of rows of a table or a subquery and the sum of their hashes, which no order changes.
SELECT count(*), sum(hashtextextended(t::text, 0)) FROM {rows} AS t;

-- The loads of a dataset whose source is read on, and what each has read.

-- name: own
SELECT notes, extracted_at, load_id FROM medallion.loads WHERE load_id = %(load_id)s;

-- name: of_later_intervals
-- Loads of later intervals than a run's, with what they have moved; one that moved nothing was bounded,
-- and its notes are looked at.
SELECT l.load_id, l.data_interval_end AS interval_end, l.extracted_at,
       CASE WHEN m.value_after IS NULL THEN l.notes END AS notes,
       m.value_before AS before, m.value_after AS after
FROM medallion.loads AS l
LEFT JOIN medallion.cursor_moves AS m
    ON m.domain = l.domain AND m.dataset = l.dataset AND m.field = %(field)s AND m.kind = %(kind)s
       AND m.dag_id = l.dag_id AND m.run_id = l.run_id
WHERE l.domain = %(domain)s AND l.dataset = %(table_name)s
  AND l.data_interval_end > %(interval_end)s
  AND l.published_at IS NOT NULL AND l.load_id <> %(load_id)s;

-- name: that_moved
-- Every load that has moved something, in the order in which they did so first. Without its notes, which
-- are long, where its interval says the same as its move: it moved on from where a later move than the
-- run's had ended, or it moved less far than the run before the run did.
SELECT l.load_id, l.data_interval_end AS interval_end, l.extracted_at, NULL AS before,
       m.value_after AS after, m.stream_id,
       CASE WHEN (l.data_interval_end > %(interval_end)s AND m.move_id > o.move_id
                  AND m.value_before = m.former AND m.value_after <> m.value_before)
              OR (l.data_interval_end <= %(interval_end)s AND m.move_id < o.move_id
                  AND m.value_after <> o.value_after)
            THEN NULL ELSE l.notes END AS notes
FROM (
    SELECT *, lag(value_after) OVER (ORDER BY move_id) AS former
    FROM medallion.cursor_moves
    WHERE domain = %(domain)s AND dataset = %(table_name)s AND field = %(field)s
      AND kind = %(kind)s
) AS m
JOIN medallion.loads AS l
    ON l.dag_id = m.dag_id AND l.run_id = m.run_id AND l.dataset = m.dataset
       AND l.domain = m.domain
LEFT JOIN medallion.cursor_moves AS o
    ON %(is_where_it_moved)s AND o.domain = m.domain AND o.dataset = m.dataset
       AND o.field = m.field AND o.kind = m.kind
       AND o.dag_id = %(dag_id)s AND o.run_id = %(run_id)s
ORDER BY m.move_id;

-- name: of_no_later_intervals
-- Those that have moved something since a time, for an interval that is not after a run's.
SELECT l.load_id, l.data_interval_end AS interval_end, l.extracted_at, l.notes,
       m.value_before AS before, m.value_after AS after, m.stream_id
FROM medallion.cursor_moves AS m
JOIN medallion.loads AS l
    ON l.dag_id = m.dag_id AND l.run_id = m.run_id AND l.dataset = m.dataset
       AND l.domain = m.domain
WHERE m.domain = %(domain)s AND m.dataset = %(table_name)s AND m.field = %(field)s
  AND m.kind = %(kind)s
  AND l.data_interval_end <= %(interval_end)s AND l.published_at >= %(interval_end)s
  AND l.load_id <> %(load_id)s
ORDER BY m.move_id;

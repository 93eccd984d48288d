-- case: one table
select a from silver_cinema.movies
-- reads: silver_cinema.movies

-- case: joins, subqueries and a CTE that is not a table
with latest as (select * from silver_cinema.movies where day = (select max(day) from gold_other.days))
select l.a, b.* from latest as l join silver_cinema.brands as b using (a)
-- reads: gold_other.days, silver_cinema.brands, silver_cinema.movies

-- case: a union is a query
select 1 as a from silver_a.x union all select 2 from silver_a.y
-- reads: silver_a.x, silver_a.y

-- case: what a run fills in
select :run_id as run from silver_a.x where t >= :data_interval_start and t < :data_interval_end
-- reads: silver_a.x

-- case: functions that make rows, windows, casts, json, arrays
select g, x::date, y ->> 'a', (array_agg(z order by z))[1], row_number() over (partition by g)
from silver_a.x, generate_series(1, 3) as g, unnest(zs) as z
group by g, x, y
-- reads: silver_a.x

-- case: comments and a semicolon at the end
/* what it is for */ select 1 as a from silver_a.x; -- done
-- reads: silver_a.x

-- case: quoted names
select "Order" from "silver_a"."x"
-- reads: silver_a.x

-- case: a text that looks like a statement
select 'drop table silver_a.y; {not jinja}' as a from silver_a.x
-- reads: silver_a.x

-- case: a CTE is seen by those after it, and by what is in them
with a as (select 1 as n), b as (select * from a where n = (with c as (select 2) select * from c)) select * from b join silver_a.x using (n)
-- reads: silver_a.x

-- case: with RECURSIVE it sees itself
with recursive r as (select 1 as n union all select n + 1 from r where n < 9) select * from r, silver_a.x
-- reads: silver_a.x

-- case: a table's own name behind a schema is not a CTE
with x as (select 1) select * from silver_a.x
-- reads: silver_a.x

-- case: text that only looks like a template
select '{{1,2},{3,4}}'::int[], a like '{%' from silver_a.x
-- reads: silver_a.x

-- case: a slice of an array is not a placeholder
select a[1:n] from silver_a.x
-- reads: silver_a.x

-- case: the moment of the run
select now(), current_date, current_timestamp(0), localtime from silver_a.x
-- reads: silver_a.x

-- case: a row type of PostgreSQL's own, and what its configuration is called
select to_tsvector('french'::regconfig, a), jsonb('{}') from silver_a.x
-- reads: silver_a.x

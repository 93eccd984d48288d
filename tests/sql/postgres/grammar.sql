-- What the grammar of PostgreSQL 18 has beside calls and operators; one statement a line.
select 1_000
select n * 1_000 as v from (values (7)) as t(n)
select 0xFF
select 0o17
select 0b1011
select 0x_1F
select 1.5_5e3
select .5
select 5.
select 1e-3
select -1
select - -1
select @ -3
select + 4
select 2 ^ 3 ^ 2
select |/ 16
select ||/ 27
select 7 % 3
select 7 / 2
select 7.0 / 2
select ~ 5
select 5 # 3
select 1 << 4
select 'a' || 'b'
select 'a' || null
select 'it''s'
select E'a\'b\\c\n\u00e9'
select U&'d\0061t\+000061'
select U&'d!0061t!+000061' uescape '!'
select $$it's$$
select $q$a $$ b$q$
select N'a'
select B'1010'
select X'1F'
select 'a'
select 'foo' collate "C" < 'Foo'
select date '2026-03-31' + 1
select date '2026-03-31' - date '2026-03-01'
select date '2026-03-31' + interval '1 month'
select timestamp '2026-03-31 10:20' - interval '1' day
select interval '1-2' year to month
select interval '3 4:05:06' day to second(2)
select interval(0) '1.6 s'
select interval '1 day' * 2.5
select timestamp(0) '2026-03-31 10:20:30.6'
select timestamp with time zone '2026-03-31 10:20:30+02' at time zone 'Europe/Paris'
select timestamptz '2026-03-31 10:20:30+02' at local
select time '10:20' at time zone 'UTC' is not null
select current_date = current_date
select current_timestamp(0) = current_timestamp(0)
select localtime(1) = localtime(1)
select localtimestamp = localtimestamp
select current_time is not null
select extract(year from date '2026-03-31')
select extract(epoch from interval '1 day')
select extract('month' from timestamp '2026-03-31 10:20')
select date_part('year', date '2026-03-31')
select date_part('epoch', interval '1.5 s')
select date_trunc('quarter', timestamptz '2026-05-31 00:00Z', 'Europe/Paris')
select to_hex(255)
select to_bin(5)
select to_oct(64)
select log10(100::float8)
select log(2, 64)
select ln(2.718281828)
select acos(1)
select acosd(0)
select asin(0.5)
select asind(1)
select atanh(0.5)
select get_byte('\x00ff'::bytea, 1)
select set_byte('\x00ff'::bytea, 0, 7)
select set_bit('\x00ff'::bytea, 3, 1)
select convert('abc'::bytea, 'UTF8', 'LATIN1')
select convert_from('\x616263'::bytea, 'UTF8')
select convert_to('abc', 'UTF8')
select decode('00ff', 'hex')
select encode('\x00ff', 'base64')
select to_ascii('Éa', 'LATIN1') is null
select to_number('-12,454.8', 'S99G999D9')
select to_char(1234.5, 'FM9G999D00')
select to_char(interval '15h 2m', 'HH24:MI')
select to_date('05 Dec 2026', 'DD Mon YYYY')
select to_timestamp(0)
select parse_ident('"Some".b.c')
select macaddr('08:00:2b:ff:fe:01:02:03'::macaddr8) is not null
select line(point '(0,0)', point '(1,2)')
select point '(1,2)' + point '(1,1)'
select box '((0,0),(2,2))' @> point '(1,1)'
select circle '((0,0),1)' && circle '((1,1),1)'
select ?- lseg '((0,0),(1,0))'
select int4range(1, 5) * int4range(3, 9)
select int4range(1, 5) @> 3
select '[2026-01-01,2026-02-01)'::daterange -|- '[2026-02-01,)'::daterange
select tsrange('2026-01-01', null, '[]')
select range_merge(int4range(1, 2), int4range(5, 6))
select array[1, 2, 3]
select array[[1, 2], [3, 4]]
select '{{1,2},{3,4}}'::int[]
select '{a,"b c",null}'::text[]
select array[1, 2] || 3
select array[1, 2] @> array[1]
select (array[1, 2, 3])[2]
select (array[1, 2, 3])[2:3]
select (array[1, 2, 3])[:2]
select (array[1, 2, 3])[2:]
select (array[[1, 2], [3, 4]])[1:2][2]
select array(select generate_series(1, 3))
select 3 = any (array[1, 3])
select 3 <> all ('{1,2}'::int[])
select 3 = some (select 3)
select array_agg(n order by n desc) from generate_series(1, 3) as n
select array_length(array[1, 2], 1)
select array_to_string(array['a', null, 'b'], ',', '*')
select string_to_array('a,b,,c', ',', '')
select unnest(array[1, 2])
select generate_series(date '2026-01-01', date '2026-01-03', interval '1 day')
select cardinality(array[[1], [2]])
select '{"a": {"b": [1, 2]}}'::jsonb -> 'a' -> 'b' -> 0
select '{"a": {"b": 1}}'::json ->> 'a'
select '{"a": {"b": 1}}'::jsonb #>> '{a,b}'
select '{"a": 1}'::jsonb @> '{"a": 1}'
select '{"a": 1}'::jsonb ? 'a'
select '{"a": 1}'::jsonb ?| array['a', 'b']
select '{"a": 1}'::jsonb ?& array['a', 'b']
select '{"a": 1, "b": 2}'::jsonb - 'a'
select '{"a": {"b": 1}}'::jsonb #- '{a,b}'
select '{"a": 1}'::jsonb || '{"b": 2}'
select '{"a": [1, 2, 3]}'::jsonb @? '$.a[*] ? (@ > 2)'
select '{"a": [1, 2, 3]}'::jsonb @@ '$.a[0] == 1'
select ('{"a": {"b": 1}}'::jsonb)['a']['b']
select jsonb_path_query('[1, 2, 3]', '$[*] ? (@ > $x)', '{"x": 1}')
select jsonb_set('{"a": 1}', '{b,c}', '2')
select jsonb_set('{"a": 1}', '{a}', '{"x": [1]}', false)
select jsonb_set_lax('{"a": 1}', '{a}', null, true, 'delete_key')
select jsonb_insert('{"a": [1]}', '{a,0}', '9')
select jsonb_delete_path('{"a": {"b": 1}}', '{a,b}')
select jsonb_strip_nulls('{"a": null, "b": [null]}', true)
select jsonb_array_elements('[1, {"a": 2}]')
select jsonb_array_elements_text('[1, "a"]')
select jsonb_array_length('[1, 2]')
select json_array_elements('[1, 2]')
select json_array_elements_text('[1, "a"]')
select json_array_length('[1, 2, 3]')
select json_extract_path('{"a": {"b": 1}}', 'a', 'b')
select json_extract_path_text('{"a": {"b": "x"}}', variadic array['a', 'b'])
select jsonb_extract_path('{"a": 1}', 'a')
select jsonb_extract_path_text('{"a": 1}', 'a')
select json_object_agg_unique(k, v) from (values ('a', 1), ('b', 2)) as t(k, v)
select json_object_agg_unique_strict(k, v) from (values ('a', 1), ('b', null)) as t(k, v)
select jsonb_object_agg_unique(k, v) from (values ('a', 1), ('b', 2)) as t(k, v)
select jsonb_object_agg_unique_strict(k, v) from (values ('a', 1), ('b', null)) as t(k, v)
select json_to_tsvector('english', '{"a": "the cats"}', '["string"]')
select jsonb_to_tsvector('english', '{"a": "the cats"}', '"all"')
select json('{"a": 1}')
select json('{"a": 1}' with unique keys)
select json_scalar(1.5)
select json_serialize('{"a": 1}' returning bytea)
select json_object('a': 1, 'b': null absent on null)
select json_object('a' value 1, 'b' value array[1, 2] returning jsonb)
select json_object('{a,1,b,2}')
select json_array(1, 'a', null null on null)
select json_array(1, 'a', null returning jsonb)
select json_array(select n from generate_series(1, 3) as n order by n)
select json_objectagg(k: v with unique keys returning jsonb) from (values ('a', 1), ('b', 2)) as t(k, v)
select json_arrayagg(v order by v desc null on null) from (values (1), (null), (3)) as t(v)
select json_value('{"a": 12}', '$.a' returning int)
select json_value('{"a": 3}', '$.a + $x' passing 4 as x returning int)
select json_query('{"a": [1, 2]}', '$.a')
select json_query('{"a": [1, 2]}', '$.a[*]' with conditional array wrapper)
select json_query('{"a": "x"}', '$.a' omit quotes)
select json_query('{}', '$.a' returning jsonb empty object on empty)
select json_exists('{"a": 1}', '$.a')
select json_exists('{"a": 1}', 'strict $.b' unknown on error)
select '{"a": 1}' is json
select '[1]' is json array
select '1' is not json object
select '{"a": 1, "a": 2}' is json with unique keys
select coalesce(null, 1, 2)
select nullif(1, 1)
select nullif('', '')
select greatest(1, 2.5, 2)
select least('b', 'a')
select case 3 when 1 then 'a' when 3 then 'b' end
select case when 1 > 2 then 'a' else 'b' end
select case when false then 1 end
select 1 is distinct from null
select 1 is not distinct from 1
select null isnull
select 1 notnull
select true is not false
select (null > 1) is unknown
select row(1, null) is null
select row(1, 2) = (1, 2)
select (1, 2) < (1, 3)
select row(1, 'a') is distinct from row(1, 'b')
select (1, 2) in ((1, 2), (3, 4))
select 2 between 1 and 3
select 2 not between symmetric 3 and 1
select 1 in (1, 2, null)
select 1 not in (select 2)
select exists (select 1 where false)
select not true or true and false
select true = not false
select 'abc' like 'a%'
select 'abc' not like 'A_c'
select 'a%c' like 'a#%c' escape '#'
select 'ABC' ilike 'a%'
select 'abc' similar to '(a|b)%'
select 'abc' not similar to 'x%' escape '!'
select 'abc' ~ '^a.{1,}c$'
select 'ABC' ~* 'b'
select 'abc' !~ 'x'
select 'abc' ~~ 'a%'
select 'abc' ^@ 'ab'
select starts_with('abc', 'ab')
select regexp_replace('abcb', 'b', 'X', 'g')
select regexp_matches('a1b2', '\d', 'g')
select regexp_like('ABC', 'b', 'i')
select regexp_substr('a1b22', '\d+', 1, 2)
select regexp_split_to_array('a, b,c', '\s*,\s*')
select substring('abcdef' from 2 for 3)
select substring('abcdef' for 2)
select substring('abcdef' similar 'a#"%#"f' escape '#')
select substring('foobar' from 'o(.)b')
select substring('abcdef', 2, 3)
select overlay('abcdef' placing 'X' from 2 for 3)
select position('c' in 'abc')
select trim('  a ')
select trim(both 'x' from 'xax')
select trim(leading from '  a')
select trim(trailing 'x' from 'axx')
select trim('xy' from 'xayx')
select normalize('a', nfkc)
select 'a' is nfd normalized
select char_length('Éa')
select octet_length('Éa')
select bit_length('a')
select upper('é')
select initcap('hi THERE')
select lpad('7', 3, '0')
select repeat('ab', 3)
select format('%s %I %L %%', 'a', 'b c', 'd''e')
select format('%2$s-%1$s', 'a', 'b')
select concat('a', null, 1)
select concat_ws(',', 'a', null, 'b')
select concat(variadic array['a', 'b'])
select md5('a')
select sha256('a'::bytea)
select hashtextextended('a', 0)
select crc32('a'::bytea)
select casefold('ß')
select unistr('\0441')
select '\xDEADBEEF'::bytea
select '12.34'::numeric(4, 1)
select cast('12' as integer)
select cast(1.5 as numeric(10, 2))
select 12::text || 'a'
select '1'::int::text::varchar(1)
select int '7'
select float8 '1.5'
select double precision '1.5'
select real '1.5'
select decimal(5, 2) '1.555'
select character varying(2) 'abc'
select char(3) 'a'
select national character varying(3) 'abcd'
select "char" 'a'
select bool 'yes'
select bit(3) '101'
select bit varying(5) '101'
select json '{"a":1}'
select uuid 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'
select inet '192.168.0.1/24' >>= inet '192.168.0.7'
select '192.168.0.0/16'::cidr >> '192.168.1.0/24'::cidr
select '$12.34'::money * 2
select 'a:1 b:2'::tsvector @@ 'a & !c'::tsquery
select to_tsvector('english', 'the fat cats') @@ to_tsquery('english', 'cat')
select phraseto_tsquery('simple', 'a b') <-> 'c'::tsquery
select ts_headline('english', 'the fat cats', to_tsquery('cat'), 'StartSel=[, StopSel=]')
select pg_typeof(1.0)
select 'infinity'::float8
select 'NaN'::numeric = 'NaN'::numeric
select 1 operator(pg_catalog.+) 2
select make_interval(days => 10, hours := 2)
select make_date(2026, 3, 31)
select make_timestamptz(2026, 3, 31, 10, 20, 30.5, 'UTC')
select age(timestamp '2026-03-31', timestamp '2025-01-01')
select justify_interval(interval '1 mon -1 hour')
select (date '2026-01-01', date '2026-02-01') overlaps (date '2026-01-15', interval '1 month')
select width_bucket(5.35, 0.024, 10.06, 5)
select width_bucket(now() - now(), array[interval '0', interval '1 day'])
select num_nulls(1, null, 'a')
select sum(n) filter (where n > 1) from generate_series(1, 3) as n
select count(distinct n % 2) from generate_series(1, 5) as n
select string_agg(n::text, ',' order by n desc) from generate_series(1, 3) as n
select string_agg(distinct n::text, ',') from generate_series(1, 3) as n
select percentile_cont(0.5) within group (order by n) from generate_series(1, 4) as n
select percentile_disc(array[0.25, 0.75]) within group (order by n) from generate_series(1, 4) as n
select mode() within group (order by n % 2) from generate_series(1, 5) as n
select rank(2) within group (order by n) from generate_series(1, 4) as n
select any_value(n) from (values (1)) as t(n)
select regr_slope(y, x) from (values (1.0, 2.0), (2, 4)) as t(x, y)
select bool_and(n > 0) from generate_series(1, 3) as n
select lag(n, 1, 0) over (order by n) from generate_series(1, 3) as n
select sum(n) over (order by n rows between 1 preceding and current row) from generate_series(1, 4) as n
select sum(n) over (order by n groups between unbounded preceding and 1 following exclude ties) from generate_series(1, 4) as n
select sum(n) over (order by d range between interval '1 day' preceding and current row) from (values (1, date '2026-01-01'), (2, date '2026-01-02')) as t(n, d)
select first_value(n) over w from generate_series(1, 4) as n window w as (partition by n % 2 order by n desc)
select nth_value(n, 2) over (order by n rows between unbounded preceding and unbounded following) from generate_series(1, 3) as n
select ntile(2) over (order by n) from generate_series(1, 4) as n
select round(avg(n), 2) from generate_series(1, 4) as n
select array[row_number() over ()] from generate_series(1, 2)
select "a b" from (select 1 as "a b") as "T"
select "select" from (select 1 as "select") as t
select t.* from (values (1, 'a')) as t(x, y)
select (t).x from (select 1 as x) as t
select day from (values (date '2026-01-01')) as t(day)
select 1 as value
select 1 "Value"
select 1 value
select 'a' as "Ü"
select 1 -- a comment; with 'a quote
select 1 /* a /* nested */ comment ' */ + 1
select ':run_id ' || $$:run_id$$
select 'a' /* :data_interval_start */ as b -- :data_interval_end
select to_char(timestamp '2026-03-31 10:20', 'HH24:MI:SS')
select '{%' || '{{' || '}}'
select * from silver_lab.sales
table silver_lab.sales
values (1, 'a'), (2, null)
values (1_000, 0xFF, E'\n')
select day, sum(amount) as total from silver_lab.sales group by day having sum(amount) > 1 order by day desc nulls last
select day, shop, sum(amount) as total from silver_lab.sales group by rollup (day, shop) order by 1, 2
select day, shop, grouping(day, shop) as level, count(*) from silver_lab.sales group by grouping sets ((day), (shop), ()) order by 3, 1, 2
select day, shop, count(*) as n from silver_lab.sales group by cube (day, shop) order by 1, 2
select day, count(*) as n from silver_lab.sales group by distinct rollup (day), rollup (day) order by 1
select distinct on (shop) shop, amount from silver_lab.sales order by shop, amount desc
select distinct shop from silver_lab.sales order by 1
select s.shop, c.city from silver_lab.sales as s join silver_lab.shops as c using (shop) order by s.id
select j.shop, s.id from silver_lab.sales as s join silver_lab.shops as c using (shop) as j order by s.id
select s.id, c.city from silver_lab.sales as s left join silver_lab.shops as c on c.shop = s.shop and c.city <> 'Lyon' order by 1
select id, city from silver_lab.sales natural join silver_lab.shops order by id
select s.id, c.shop from silver_lab.sales s full outer join silver_lab.shops c on s.shop = c.shop order by 1 nulls first, 2
select s.id, x.n from silver_lab.sales s cross join lateral generate_series(1, s.id) as x(n) order by 1, 2
select s.id, x.top from silver_lab.sales as s, lateral (select max(amount) as top from silver_lab.sales as o where o.shop = s.shop) as x order by 1
with a as (select id * 1_000 as n from silver_lab.sales) select sum(n) from a
with a as (select 1 as n), b as (select n + 1 as m from a) select a.n, b.m from a, b
with a(x) as materialized (select 1), b as not materialized (select 2 as y) select * from a cross join b
with recursive r(n) as (select 1 union all select n + 1 from r where n < 5) select sum(n) from r
with recursive r(n, up) as (values (1, 0) union all select n + 1, n from r where n < 4) search depth first by n set ord select n, up from r order by ord
with recursive r(n) as (select 1 union all select n % 3 + 1 from r) cycle n set looped using way select n, looped from r
select n * 1_000 as v from (select 7 as n) as t union all select 1_000 order by v
(select 1 as a union select 2) intersect select 2
select 1 as a except all select 2
(select 1 as a limit 1) union all (select 2 order by 1 desc fetch first 1 row only)
select n from generate_series(1, 9) as n order by n offset 2 rows fetch next 3 rows only
select n / 2 as half from generate_series(1, 9) as n order by n / 2 fetch first 1 row with ties
select n from generate_series(1, 9) as n order by n using > limit 2
select n from generate_series(1, 3) as n limit all offset 1
select * from rows from (generate_series(1, 2), generate_series(1, 3)) with ordinality as t(a, b, n)
select * from unnest(array[1, 2], array['a', 'b', 'c']) as t(x, y)
select * from unnest(array['a', 'b']) with ordinality
select * from json_to_record('{"a": 1, "b": "x"}') as t(a int, b text collate "C")
select * from json_to_recordset('[{"a": 1}, {"a": 2}]') as t(a int)
select * from jsonb_to_record('{"a": [1, 2]}') as t(a int[])
select * from jsonb_to_recordset('[{"a": "2026-01-01"}]') as t(a date)
select * from json_each('{"a": 1}')
select * from json_each_text('{"a": 1}')
select * from jsonb_each('{"a": 1}')
select key, value from jsonb_each_text('{"a": 1, "b": null}')
select * from json_table('[{"a": 1, "b": ["x", "y"]}, {"a": 2}]'::jsonb, '$[*]' columns (n for ordinality, a int path '$.a', nested path '$.b[*]' columns (b text path '$'))) as t
select * from json_table('{"a": "x"}', '$' columns (a text path '$.a', c text path '$.c' default 'none' on empty, has boolean exists path '$.a', j jsonb format json path '$.a' with wrapper)) t
select token, alias from ts_debug('english', 'fat cats') order by 1
select * from ts_parse('default', 'fat cats')
select alias from ts_token_type('default') order by tokid limit 3
select s.day, sum(s.amount) over w as running from silver_lab.sales as s window w as (partition by s.shop order by s.id rows unbounded preceding) order by s.id
select id, rank() over (order by amount desc) as place, dense_rank() over (order by amount) from silver_lab.sales order by id
select shop, array_agg(amount order by id) as amounts, string_agg(day::text, ';' order by day) as days from silver_lab.sales group by shop order by shop
select * from silver_lab.sales where amount > all (select amount from silver_lab.sales where shop = 'b') order by id
select * from silver_lab.sales where (shop, day) in (select shop, max(day) from silver_lab.sales group by shop) order by id
select * from silver_lab.sales as s where exists (select from silver_lab.shops as c where c.shop = s.shop) order by id
select (select max(amount) from silver_lab.sales) as top, (select count(*) from silver_lab.shops)
select count(*) from only silver_lab.sales
select count(*) from silver_lab.sales *
select count(*) from silver_lab.sales tablesample bernoulli (100) repeatable (7)
select "silver_lab"."sales"."id" from "silver_lab"."sales" order by 1
select silver_lab.sales.id from silver_lab.sales order by silver_lab.sales.id
SELECT ID, Amount FROM SILVER_LAB.Sales ORDER BY id
select count(*) as "Number of sales", sum(amount) as "sum" from silver_lab.sales
select shop, (array_agg(amount order by amount desc))[1:2] as best from silver_lab.sales group by shop order by 1
select date_trunc('month', day)::date as month, count(*) from silver_lab.sales group by 1 order by 1
select date_part('month', day), extract(month from day) from silver_lab.sales group by 1, 2
select id from silver_lab.sales where day between date '2026-01-01' and date '2026-01-31' and not (shop = 'x' or amount is null) order by id
select coalesce(nullif(shop, 'a'), 'first') as shop, case when amount > 10 then 'big' when amount > 5 then 'mid' else 'small' end as size from silver_lab.sales order by id
select s.*, c.city from silver_lab.sales s join silver_lab.shops c on c.shop = s.shop order by s.id; -- the end
select 1 as a;
/* first */ select 1 as a /* last */;
select	1	as	tabbed
select 'é' as "é", 'ß' || 'ü' as mixed, '🎬' as film
select q.* from (select 1 as x, 2 as y) as q (a, b)
select a.x, b.x as x2 from (values (1)) as a(x), (values (2)) as b(x)
select * from (values (1, 2)) as t(a, b) cross join (values (3)) as u(c)
select * from ((values (1)) as t(a) join (values (1)) as u(a) using (a)) as j
select least(day, date '2026-01-15') as capped from silver_lab.sales order by id
select percentile_cont(array[0.1, 0.9]) within group (order by amount) as spread from silver_lab.sales
select corr(id, amount), regr_r2(amount, id), stddev_samp(amount) from silver_lab.sales
select range_agg(daterange(day, day + 1)) as covered from silver_lab.sales
select json_objectagg(shop : total returning jsonb) as totals from (select shop, sum(amount) as total from silver_lab.sales group by shop) as t
select jsonb_agg(s order by s.id) as everything from silver_lab.sales as s
select to_jsonb(s) - 'id' as record from silver_lab.sales as s order by s.id
select row_to_json(s) as record from silver_lab.sales as s order by s.id
select distinct count(*) over (partition by shop) as n from silver_lab.sales order by n

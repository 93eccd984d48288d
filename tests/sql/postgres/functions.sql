-- Built-in functions that SQL may call, each by its name and with literals of its types; one statement a line.
select abbrev('192.168.1.5/24'::inet)
SELECT ABBREV('10.0.0.0/8'::cidr)
select pg_catalog.abs(2.5::real) as v
select "abs" ( 1.5e0::float8 )
select abs(9::bigint)
SELECT ACOSH(1.5e0::float8)
select "age" ( timestamptz '2026-03-31 10:20:30+02', timestamptz '2026-03-31 10:20:30+02' )
select age(timestamptz '2026-03-31 10:20:30+02')
select any_value(x0) from (values ('a'::text), ('a'::text)) as v(x0)
select pg_catalog.area(box '(2,2),(0,0)') as v
select "area" ( path '[(0,0),(1,1)]' )
select area(circle '<(0,0),1>')
select array_agg(x0) from (values (7), (7)) as v(x0)
select array_agg(x0) from (values (ARRAY[1,2]), (ARRAY[1,2])) as v(x0)
select "array_append" ( array[1,2,7], 7 )
select array_cat(array[1,2,7], array[1,2,7])
SELECT ARRAY_DIMS(ARRAY[1,2])
select pg_catalog.array_fill(7, array[1,2]) as v
select "array_fill" ( 'a'::text, array[1,2], array[1,2] )
select array_length(ARRAY[1,2], 1_000)
SELECT ARRAY_LOWER(ARRAY[1,2], 7)
select pg_catalog.array_ndims(ARRAY[1,2]) as v
select "array_position" ( array[1,2,7], 7 )
select array_position(array[1,2,7], 7, 7)
SELECT ARRAY_POSITIONS(array[1,2,7], 7)
select pg_catalog.array_prepend(7, array[1,2,7]) as v
select "array_remove" ( array[1,2,7], 7 )
select array_replace(array[1,2,7], 7, 7)
SELECT ARRAY_REVERSE(ARRAY[1,2])
select pg_catalog.array_sort(ARRAY[1,2]) as v
select "array_sort" ( ARRAY[1,2], true )
select array_sort(ARRAY[1,2], true, true)
SELECT ARRAY_TO_JSON(ARRAY[1,2])
select pg_catalog.array_to_json(ARRAY[1,2], true) as v
select "array_to_string" ( ARRAY[1,2], $$x y$$, $$x y$$ )
select array_to_string(ARRAY[1,2], 'Éa b')
SELECT ARRAY_TO_TSVECTOR('{a,b}'::text[])
select pg_catalog.array_upper(ARRAY[1,2], 1_000) as v
select "ascii" ( $$x y$$ )
select asinh(1.5e0::float8)
SELECT ATAN(1.5e0::float8)
select pg_catalog.atan2(1.5e0::float8, 1.5e0::float8) as v
select "atan2d" ( 1.5e0::float8, 1.5e0::float8 )
select atand(1.5e0::float8)
select avg(x0) from (values (5_000_000_000), (5_000_000_000)) as v(x0)
select avg(x0) from (values (0x1F), (0x1F)) as v(x0)
select avg(x0) from (values (3::smallint), (3::smallint)) as v(x0)
select "bit"(7, 7)
select "bit"(X'1F', 0x1F, true)
select "bit"(9::bigint, 1_000)
select bit_and(x0) from (values (3::smallint), (3::smallint)) as v(x0)
select bit_and(x0) from (values (0x1F), (0x1F)) as v(x0)
select bit_and(x0) from (values (5_000_000_000), (5_000_000_000)) as v(x0)
select pg_catalog.bit_count(B'101') as v
select "bit_count" ( '\x00ff'::bytea )
select bit_length('\x00ff'::bytea)
SELECT BIT_LENGTH('it''s')
select pg_catalog.bit_length(B'101') as v
select bit_or(x0) from (values (3::smallint), (3::smallint)) as v(x0)
select bit_or(x0) from (values (7), (7)) as v(x0)
select bit_or(x0) from (values (5_000_000_000), (5_000_000_000)) as v(x0)
select bit_xor(x0) from (values (3::smallint), (3::smallint)) as v(x0)
select bit_xor(x0) from (values (7), (7)) as v(x0)
select bit_xor(x0) from (values (9::bigint), (9::bigint)) as v(x0)
SELECT BOOL(1_000)
select bool_and(x0) from (values (true), (true)) as v(x0)
select bool_or(x0) from (values (true), (true)) as v(x0)
select bound_box(box '(2,2),(0,0)', box '(2,2),(0,0)')
SELECT BOX(point '(1,2)', point '(1,2)')
select pg_catalog.box(polygon '((0,0),(1,1),(1,0))') as v
select "box" ( circle '<(0,0),1>' )
select bpchar('n'::name)
SELECT BPCHAR('ab'::char(3), 0x1F, true)
select pg_catalog.bpchar('a'::"char") as v
select "broadcast" ( '192.168.1.5/24'::inet )
select btrim('Éa b', 'Éa b')
SELECT BTRIM('it''s')
select pg_catalog.btrim('\x00ff'::bytea, '\x00ff'::bytea) as v
select "bytea" ( 3::smallint )
select bytea(1_000)
SELECT BYTEA(5_000_000_000)
select pg_catalog.cardinality(ARRAY[1,2]) as v
select "casefold" ( $$x y$$ )
select cash_words('12.34'::money)
SELECT CBRT(1.5e0::float8)
select pg_catalog.ceil(.5) as v
select "ceil" ( 1.5e0::float8 )
select ceiling(1_234.5)
SELECT CEILING(1.5e0::float8)
select pg_catalog.center(box '(2,2),(0,0)') as v
select "center" ( circle '<(0,0),1>' )
select "char"(2)
select "char"('it''s')
select pg_catalog.char_length('ab'::char(3)) as v
select "char_length" ( $$x y$$ )
select character_length('ab'::char(3))
SELECT CHARACTER_LENGTH('it''s')
select pg_catalog.chr(1_000) as v
select "cidr" ( '192.168.1.5/24'::inet )
select circle(point '(1,2)', 1.5e0::float8)
SELECT CIRCLE(polygon '((0,0),(1,1),(1,0))')
select pg_catalog.circle(box '(2,2),(0,0)') as v
select "concat" ( 7 )
select concat_ws('Éa b', 7)
select corr(x0, x1) from (values (1.5e0::float8, 1.5e0::float8), (1.5e0::float8, 1.5e0::float8)) as v(x0, x1)
select pg_catalog.cos(1.5e0::float8) as v
select "cosd" ( 1.5e0::float8 )
select cosh(1.5e0::float8)
SELECT COT(1.5e0::float8)
select pg_catalog.cotd(1.5e0::float8) as v
select count(x0) from (values (7), (7)) as v(x0)
select count(*) from (values (1),(2)) as v(x)
select covar_pop(x0, x1) from (values (1.5e0::float8, 1.5e0::float8), (1.5e0::float8, 1.5e0::float8)) as v(x0, x1)
select covar_samp(x0, x1) from (values (1.5e0::float8, 1.5e0::float8), (1.5e0::float8, 1.5e0::float8)) as v(x0, x1)
select "crc32" ( '\x00ff'::bytea )
select crc32c('\x00ff'::bytea)
select cume_dist() over (order by n) from generate_series(1, 3) as n
select pg_catalog.date(timestamptz '2026-03-31 10:20:30+02') as v
select "date" ( timestamp '2026-03-31 10:20:30.123456' )
select date_add(timestamptz '2026-03-31 10:20:30+02', INTERVAL '1 day 02:03:04')
SELECT DATE_BIN(INTERVAL '1 day 02:03:04', timestamp '2026-03-31 10:20:30.123456', timestamp '2026-03-31 10:20:30.123456')
select pg_catalog.date_bin(INTERVAL '1 day 02:03:04', timestamptz '2026-03-31 10:20:30+02', timestamptz '2026-03-31 10:20:30+02') as v
select "date_part" ( 'year', timestamptz '2026-03-31 10:20:30+02' )
select date_part('year', INTERVAL '1 day 02:03:04')
SELECT DATE_PART('year', DATE '2026-03-31')
select pg_catalog.date_subtract(timestamptz '2026-03-31 10:20:30+02', INTERVAL '1 day 02:03:04') as v
select "date_trunc" ( 'month', timestamptz '2026-03-31 10:20:30+02' )
select date_trunc('month', INTERVAL '1 day 02:03:04')
SELECT DATE_TRUNC('month', timestamp '2026-03-31 10:20:30.123456')
select pg_catalog.datemultirange() as v
select "datemultirange" ( daterange('2026-01-01','2026-02-01') )
select daterange(DATE '2026-03-31', DATE '2026-03-31')
SELECT DEGREES(1.5e0::float8)
select dense_rank() over (order by n) from generate_series(1, 3) as n
select "dexp" ( 1.5e0::float8 )
select diagonal(box '(2,2),(0,0)')
SELECT DIAMETER(circle '<(0,0),1>')
select pg_catalog.div(12.340, 12.340) as v
select "dlog1" ( 1.5e0::float8 )
select dlog10(1.5e0::float8)
SELECT DROUND(1.5e0::float8)
select pg_catalog.dtrunc(1.5e0::float8) as v
select "encode" ( '\x00ff'::bytea, 'hex' )
select erf(1.5e0::float8)
SELECT ERFC(1.5e0::float8)
select every(x0) from (values (true), (true)) as v(x0)
select "exp" ( 1.5e0::float8 )
select exp(1_234.5)
SELECT FACTORIAL(9::bigint)
select pg_catalog.family('192.168.1.5/24'::inet) as v
select first_value('a'::text) over (order by n) from generate_series(1, 3) as n
select float4(3::smallint)
SELECT FLOAT4(1.5e0::float8)
select pg_catalog.float4(0x1F) as v
select "float8" ( 3::smallint )
select float8(2.5::real)
SELECT FLOAT8(0x1F)
select pg_catalog.floor(.5) as v
select "floor" ( 1.5e0::float8 )
select format('Éa b', 7)
SELECT FORMAT('it''s')
select pg_catalog.gamma(1.5e0::float8) as v
select "gcd" ( 0x1F, 0x1F )
select gcd(9::bigint, 9::bigint)
SELECT GCD(12.340, 12.340)
select pg_catalog.generate_series(timestamp '2026-03-31 10:20:30.123456', timestamp '2026-03-31 10:20:30.123456', INTERVAL '1 day 02:03:04') as v
select "generate_series" ( timestamptz '2026-03-31 10:20:30+02', timestamptz '2026-03-31 10:20:30+02', INTERVAL '1 day 02:03:04' )
select generate_series(7, 7, 7)
SELECT GENERATE_SUBSCRIPTS(ARRAY[1,2], 0x1F, true)
select pg_catalog.generate_subscripts(ARRAY[1,2], 1_000) as v
select "get_bit" ( '\x00ff'::bytea, 9::bigint )
select get_bit(B'101', 2)
SELECT GET_CURRENT_TS_CONFIG()
select pg_catalog.hash_array(ARRAY[1,2]) as v
select "hash_array_extended" ( ARRAY[1,2], 5_000_000_000 )
select hash_multirange('{[1,3)}'::int4multirange)
SELECT HASH_MULTIRANGE_EXTENDED('{[1,3)}'::int4multirange, 5_000_000_000)
select pg_catalog.hash_numeric(1_234.5) as v
select "hash_numeric_extended" ( .5, 5_000_000_000 )
select hash_range(int4range(1,5))
SELECT HASH_RANGE_EXTENDED(int4range(1,5), 5_000_000_000)
select pg_catalog.hash_record(row(1,2)) as v
select "hash_record_extended" ( row(1,2), 5_000_000_000 )
select hashbool(true)
SELECT HASHBOOLEXTENDED(true, 5_000_000_000)
select pg_catalog.hashbpchar('ab'::char(3)) as v
select "hashbpcharextended" ( 'ab'::char(3), 5_000_000_000 )
select hashbytea('\x00ff'::bytea)
SELECT HASHBYTEAEXTENDED('\x00ff'::bytea, 5_000_000_000)
select pg_catalog.hashchar('a'::"char") as v
select "hashcharextended" ( 'a'::"char", 5_000_000_000 )
select hashdate(DATE '2026-03-31')
SELECT HASHDATEEXTENDED(DATE '2026-03-31', 5_000_000_000)
select pg_catalog.hashfloat4(2.5::real) as v
select "hashfloat4extended" ( 2.5::real, 5_000_000_000 )
select hashfloat8(1.5e0::float8)
SELECT HASHFLOAT8EXTENDED(1.5e0::float8, 5_000_000_000)
select pg_catalog.hashinet('192.168.1.5/24'::inet) as v
select "hashinetextended" ( '192.168.1.5/24'::inet, 5_000_000_000 )
select hashint2(3::smallint)
SELECT HASHINT2EXTENDED(3::smallint, 5_000_000_000)
select pg_catalog.hashint4(0x1F) as v
select "hashint4extended" ( 1_000, 5_000_000_000 )
select hashint8(9::bigint)
SELECT HASHINT8EXTENDED(5_000_000_000, 5_000_000_000)
select pg_catalog.hashmacaddr('08:00:2b:01:02:03'::macaddr) as v
select "hashmacaddr8" ( '08:00:2b:01:02:03:04:05'::macaddr8 )
select hashmacaddr8extended('08:00:2b:01:02:03:04:05'::macaddr8, 9::bigint)
SELECT HASHMACADDREXTENDED('08:00:2b:01:02:03'::macaddr, 5_000_000_000)
select pg_catalog.hashname('n'::name) as v
select "hashnameextended" ( 'n'::name, 5_000_000_000 )
select hashoid(26::oid)
SELECT HASHOIDEXTENDED(26::oid, 5_000_000_000)
select pg_catalog.hashoidvector('1 2'::oidvector) as v
select "hashoidvectorextended" ( '1 2'::oidvector, 5_000_000_000 )
select hashtext('Éa b')
SELECT HASHTEXTEXTENDED('it''s', 5_000_000_000)
select height(box '(2,2),(0,0)')
SELECT HOST('192.168.1.5/24'::inet)
select pg_catalog.hostmask('192.168.1.5/24'::inet) as v
select "inet_merge" ( '192.168.1.5/24'::inet, '192.168.1.5/24'::inet )
select inet_same_family('192.168.1.5/24'::inet, '192.168.1.5/24'::inet)
SELECT INITCAP('it''s')
select "int2"(1.5e0::float8)
select "int2"(2.5::real)
select "int2"(7)
select "int4"('a'::"char")
select "int4"(3::smallint)
select "int4"(1.5e0::float8)
select "int4multirange"()
select "int4multirange"(int4range(1,5))
select "int4range"(7, 7)
select "int8"(0x1F)
select "int8"(1.5e0::float8)
select "int8"(2.5::real)
select "int8multirange"()
select "int8multirange"(int8range(1,5))
select "int8range"(9::bigint, 9::bigint)
select "interval"(time '10:20:30')
select "interval_hash"(INTERVAL '1 day 02:03:04')
select "interval_hash_extended"(INTERVAL '1 day 02:03:04', 5_000_000_000)
select isclosed(path '[(0,0),(1,1)]')
SELECT ISEMPTY(int4range(1,5))
select pg_catalog.isempty('{[1,3)}'::int4multirange) as v
select "isfinite" ( DATE '2026-03-31' )
select isfinite(timestamptz '2026-03-31 10:20:30+02')
SELECT ISFINITE(INTERVAL '1 day 02:03:04')
select pg_catalog.ishorizontal(point '(1,2)', point '(1,2)') as v
select "ishorizontal" ( lseg '[(0,0),(1,1)]' )
select ishorizontal(line '{1,2,3}')
SELECT ISOPEN(path '[(0,0),(1,1)]')
select pg_catalog.isparallel(lseg '[(0,0),(1,1)]', lseg '[(0,0),(1,1)]') as v
select "isparallel" ( line '{1,2,3}', line '{1,2,3}' )
select isperp(lseg '[(0,0),(1,1)]', lseg '[(0,0),(1,1)]')
SELECT ISPERP(line '{1,2,3}', line '{1,2,3}')
select pg_catalog.isvertical(point '(1,2)', point '(1,2)') as v
select "isvertical" ( lseg '[(0,0),(1,1)]' )
select isvertical(line '{1,2,3}')
select json_agg(x0) from (values ('a'::text), ('a'::text)) as v(x0)
select json_agg_strict(x0) from (values (7), (7)) as v(x0)
select "json_build_array" ( 7 )
select json_build_array()
SELECT JSON_BUILD_OBJECT()
select pg_catalog.json_object(ARRAY['a','b']) as v
select "json_object" ( '{a,b}'::text[], '{a,b}'::text[] )
select json_object_agg(x0, x1) from (values (7, 7), (7, 7)) as v(x0, x1)
select json_object_agg_strict(x0, x1) from (values (7, 7), (7, 7)) as v(x0, x1)
select pg_catalog.json_object_keys('{"a":[1,2]}'::json) as v
select "json_strip_nulls" ( '{"a":[1,2]}'::json, true )
select json_typeof('{"a":[1,2]}'::json)
select jsonb_agg(x0) from (values ('a'::text), ('a'::text)) as v(x0)
select jsonb_agg_strict(x0) from (values (7), (7)) as v(x0)
select "jsonb_build_array" ( 7 )
select jsonb_build_array()
SELECT JSONB_BUILD_OBJECT()
select pg_catalog.jsonb_contained('{"a":[1,2],"b":null}'::jsonb, '{"a":[1,2],"b":null}'::jsonb) as v
select "jsonb_contains" ( '{"a":[1,2],"b":null}'::jsonb, '{"a":[1,2],"b":null}'::jsonb )
select jsonb_delete('{"a":[1,2],"b":null}'::jsonb, 'Éa b')
SELECT JSONB_EXISTS('{"a":[1,2],"b":null}'::jsonb, 'it''s')
select pg_catalog.jsonb_exists_all('{"a":[1,2],"b":null}'::jsonb, ARRAY['a','b']) as v
select "jsonb_exists_any" ( '{"a":[1,2],"b":null}'::jsonb, '{a,b}'::text[] )
select jsonb_hash('{"a":[1,2],"b":null}'::jsonb)
SELECT JSONB_HASH_EXTENDED('{"a":[1,2],"b":null}'::jsonb, 5_000_000_000)
select pg_catalog.jsonb_object(ARRAY['a','b']) as v
select "jsonb_object" ( '{a,b}'::text[], '{a,b}'::text[] )
select jsonb_object_agg(x0, x1) from (values (7, 7), (7, 7)) as v(x0, x1)
select jsonb_object_agg_strict(x0, x1) from (values (7, 7), (7, 7)) as v(x0, x1)
select pg_catalog.jsonb_object_keys('{"a":[1,2],"b":null}'::jsonb) as v
select "jsonb_path_exists" ( '{"a":[1,2],"b":null}'::jsonb, '$.a[*]'::jsonpath, '{"a":[1,2],"b":null}'::jsonb, true )
select jsonb_path_exists_tz('{"a":[1,2],"b":null}'::jsonb, '$.a[*]'::jsonpath, '{"a":[1,2],"b":null}'::jsonb, true)
SELECT JSONB_PATH_MATCH('{"a":[1,2],"b":null}'::jsonb, '$.a[*]'::jsonpath, '{"a":[1,2],"b":null}'::jsonb, true)
select pg_catalog.jsonb_path_match_tz('{"a":[1,2],"b":null}'::jsonb, '$.a[*]'::jsonpath, '{"a":[1,2],"b":null}'::jsonb, true) as v
select "jsonb_path_query" ( '{"a":[1,2],"b":null}'::jsonb, '$.a[*]'::jsonpath, '{"a":[1,2],"b":null}'::jsonb, true )
select jsonb_path_query_array('{"a":[1,2],"b":null}'::jsonb, '$.a[*]'::jsonpath, '{"a":[1,2],"b":null}'::jsonb, true)
SELECT JSONB_PATH_QUERY_ARRAY_TZ('{"a":[1,2],"b":null}'::jsonb, '$.a[*]'::jsonpath, '{"a":[1,2],"b":null}'::jsonb, true)
select pg_catalog.jsonb_path_query_first('{"a":[1,2],"b":null}'::jsonb, '$.a[*]'::jsonpath, '{"a":[1,2],"b":null}'::jsonb, true) as v
select "jsonb_path_query_first_tz" ( '{"a":[1,2],"b":null}'::jsonb, '$.a[*]'::jsonpath, '{"a":[1,2],"b":null}'::jsonb, true )
select jsonb_path_query_tz('{"a":[1,2],"b":null}'::jsonb, '$.a[*]'::jsonpath, '{"a":[1,2],"b":null}'::jsonb, true)
SELECT JSONB_PRETTY('{"a":[1,2],"b":null}'::jsonb)
select pg_catalog.jsonb_strip_nulls('{"a":[1,2],"b":null}'::jsonb, true) as v
select "jsonb_typeof" ( '{"a":[1,2],"b":null}'::jsonb )
select justify_days(INTERVAL '1 day 02:03:04')
SELECT JUSTIFY_HOURS(INTERVAL '1 day 02:03:04')
select pg_catalog.justify_interval(INTERVAL '1 day 02:03:04') as v
select lag('a'::text) over (order by n) from generate_series(1, 3) as n
select lag(7, 1_000) over (order by n) from generate_series(1, 3) as n
select lag(7, 7, 7) over (order by n) from generate_series(1, 3) as n
select last_value(7) over (order by n) from generate_series(1, 3) as n
select "lcm" ( 1_000, 1_000 )
select lcm(9::bigint, 9::bigint)
SELECT LCM(1_234.5, 1_234.5)
select lead(7) over (order by n) from generate_series(1, 3) as n
select lead('a'::text, 7) over (order by n) from generate_series(1, 3) as n
select lead(7, 0x1F, 7) over (order by n) from generate_series(1, 3) as n
SELECT LEFT('it''s', 1_000)
select pg_catalog.length(E'a\tb') as v
select "length" ( 'ab'::char(3) )
select length(lseg '[(0,0),(1,1)]')
SELECT LGAMMA(1.5e0::float8)
select pg_catalog.like_escape(E'a\tb', 'a') as v
select "ln" ( 1.5e0::float8 )
select ln(12.340)
SELECT LOG(1.5e0::float8)
select pg_catalog.log(.5, .5) as v
select "log" ( 12.340 )
select log10(1.5e0::float8)
SELECT LOG10(.5)
select pg_catalog.lower(E'a\tb') as v
select "lower" ( int4range(1,5) )
select lower('{[1,3)}'::int4multirange)
SELECT LOWER_INC(int4range(1,5))
select pg_catalog.lower_inc('{[1,3)}'::int4multirange) as v
select "lower_inf" ( int4range(1,5) )
select lower_inf('{[1,3)}'::int4multirange)
SELECT LPAD('it''s', 0x1F, 'it''s')
select pg_catalog.lpad(E'a\tb', 1_000) as v
select "lseg" ( point '(1,2)', point '(1,2)' )
select lseg(box '(2,2),(0,0)')
SELECT LTRIM('it''s', 'it''s')
select pg_catalog.ltrim(E'a\tb') as v
select "ltrim" ( '\x00ff'::bytea, '\x00ff'::bytea )
select macaddr8('08:00:2b:01:02:03'::macaddr)
SELECT MACADDR8_SET7BIT('08:00:2b:01:02:03:04:05'::macaddr8)
select pg_catalog.make_date(2, 2, 2) as v
select "make_interval" ( 1_000, 1_000, 1_000, 1_000, 1_000, 1_000, 1.5e0::float8 )
select make_time(7, 7, 1.5e0::float8)
SELECT MAKE_TIMESTAMP(2, 2, 2, 2, 2, 1.5e0::float8)
select pg_catalog.make_timestamptz(2, 2, 2, 2, 2, 1.5e0::float8) as v
select "masklen" ( '192.168.1.5/24'::inet )
select max(x0) from (values (ARRAY[1,2]), (ARRAY[1,2])) as v(x0)
select max(x0) from (values (5_000_000_000), (5_000_000_000)) as v(x0)
select max(x0) from (values (7), (7)) as v(x0)
select "md5" ( $$x y$$ )
select md5('\x00ff'::bytea)
select min(x0) from (values (ARRAY[1,2]), (ARRAY[1,2])) as v(x0)
select min(x0) from (values (9::bigint), (9::bigint)) as v(x0)
select min(x0) from (values (1_000), (1_000)) as v(x0)
select min_scale(12.340)
SELECT MOD(3::smallint, 3::smallint)
select pg_catalog.mod(1_000, 1_000) as v
select "mod" ( 5_000_000_000, 5_000_000_000 )
select money(0x1F)
SELECT MONEY(5_000_000_000)
select pg_catalog.money(12.340) as v
select "multirange" ( int4range(1,5) )
select name('Éa b')
SELECT NAME('ab'::char(3))
select pg_catalog.name('ab'::varchar(3)) as v
select "netmask" ( '192.168.1.5/24'::inet )
select network('192.168.1.5/24'::inet)
SELECT NPOINTS(path '[(0,0),(1,1)]')
select pg_catalog.npoints(polygon '((0,0),(1,1),(1,0))') as v
select nth_value('a'::text, 7) over (order by n) from generate_series(1, 3) as n
select ntile(0x1F) over (order by n) from generate_series(1, 3) as n
SELECT NUM_NONNULLS(7)
select pg_catalog.num_nulls(7) as v
select "numeric"(1_234.5, 2)
select "numeric"(1_000)
select "numeric"(2.5::real)
select pg_catalog.numeric_div_trunc(1_234.5, 1_234.5) as v
select "numeric_exp" ( .5 )
select numeric_inc(12.340)
SELECT NUMERIC_LN(1_234.5)
select pg_catalog.numeric_log(.5, .5) as v
select "numeric_sqrt" ( 12.340 )
select nummultirange()
SELECT NUMMULTIRANGE(numrange(1.5,5))
select pg_catalog.numnode('a & fat'::tsquery) as v
select "numrange" ( 1_234.5, 1_234.5 )
select octet_length('\x00ff'::bytea)
SELECT OCTET_LENGTH('it''s')
select pg_catalog.octet_length('ab'::char(3)) as v
select "oid" ( 9::bigint )
select overlaps(timetz '10:20:30+02', timetz '10:20:30+02', timetz '10:20:30+02', timetz '10:20:30+02')
SELECT OVERLAPS(timestamptz '2026-03-31 10:20:30+02', timestamptz '2026-03-31 10:20:30+02', timestamptz '2026-03-31 10:20:30+02', timestamptz '2026-03-31 10:20:30+02')
select pg_catalog.overlaps(timestamptz '2026-03-31 10:20:30+02', INTERVAL '1 day 02:03:04', timestamptz '2026-03-31 10:20:30+02', INTERVAL '1 day 02:03:04') as v
select "overlay"('\x00ff'::bytea, '\x00ff'::bytea, 7, 7)
select "overlay"('\x00ff'::bytea, '\x00ff'::bytea, 0x1F)
select "overlay"('it''s', 'it''s', 1_000, 1_000)
select pg_catalog.path(polygon '((0,0),(1,1),(1,0))') as v
select "pclose" ( path '[(0,0),(1,1)]' )
select percent_rank() over (order by n) from generate_series(1, 3) as n
SELECT PG_TYPEOF(7)
select pg_catalog.phraseto_tsquery(E'a\tb') as v
select "phraseto_tsquery" ( 'english'::regconfig, $$x y$$ )
select pi()
SELECT PLAINTO_TSQUERY('english'::regconfig, 'it''s')
select pg_catalog.plainto_tsquery(E'a\tb') as v
select "point" ( circle '<(0,0),1>' )
select point(1.5e0::float8, 1.5e0::float8)
SELECT POINT(lseg '[(0,0),(1,1)]')
select pg_catalog.polygon(box '(2,2),(0,0)') as v
select "polygon" ( 0x1F, circle '<(0,0),1>' )
select polygon(circle '<(0,0),1>')
SELECT POPEN(path '[(0,0),(1,1)]')
select "position"(E'a\tb', E'a\tb')
select "position"(X'1F', X'1F')
select "position"('\x00ff'::bytea, '\x00ff'::bytea)
SELECT POW(1.5e0::float8, 1.5e0::float8)
select pg_catalog.pow(.5, .5) as v
select "power" ( 1.5e0::float8, 1.5e0::float8 )
select power(12.340, 12.340)
SELECT QUERYTREE('a & fat'::tsquery)
select pg_catalog.quote_ident(E'a\tb') as v
select "quote_literal" ( $$x y$$ )
select quote_literal(7)
SELECT QUOTE_NULLABLE('it''s')
select pg_catalog.quote_nullable(7) as v
select "radians" ( 1.5e0::float8 )
select radius(circle '<(0,0),1>')
select range_agg(x0) from (values (int4range(1,5)), (int4range(1,5))) as v(x0)
select range_agg(x0) from (values ('{[1,3)}'::int4multirange), ('{[1,3)}'::int4multirange)) as v(x0)
select range_intersect_agg(x0) from (values ('{[1,3)}'::int4multirange), ('{[1,3)}'::int4multirange)) as v(x0)
select range_intersect_agg(x0) from (values (int4range(1,5)), (int4range(1,5))) as v(x0)
SELECT RANGE_MERGE(int4range(1,5), int4range(1,5))
select pg_catalog.range_merge('{[1,3)}'::int4multirange) as v
select rank() over (order by n) from generate_series(1, 3) as n
select regexp_count('Éa b', 'Éa b')
SELECT REGEXP_COUNT('it''s', 'it''s', 7)
select pg_catalog.regexp_instr(E'a\tb', E'a\tb') as v
select "regexp_instr" ( $$x y$$, $$x y$$, 1_000 )
select regexp_instr('Éa b', 'Éa b', 7, 7)
SELECT REGEXP_LIKE('it''s', 'it''s')
select pg_catalog.regexp_match(E'a\tb', E'a\tb') as v
select "regexp_matches" ( $$x y$$, $$x y$$ )
select regexp_replace('Éa b', 'Éa b', 'Éa b')
SELECT REGEXP_REPLACE('it''s', 'it''s', 'it''s', 1_000, 1_000)
select pg_catalog.regexp_replace(E'a\tb', E'a\tb', E'a\tb', 7) as v
select "regexp_split_to_array" ( $$x y$$, $$x y$$ )
select regexp_split_to_table('Éa b', 'Éa b')
SELECT REGEXP_SUBSTR('it''s', 'it''s')
select pg_catalog.regexp_substr(E'a\tb', E'a\tb', 0x1F) as v
select "regexp_substr" ( $$x y$$, $$x y$$, 1_000, 1_000 )
select regr_avgx(x0, x1) from (values (1.5e0::float8, 1.5e0::float8), (1.5e0::float8, 1.5e0::float8)) as v(x0, x1)
select regr_avgy(x0, x1) from (values (1.5e0::float8, 1.5e0::float8), (1.5e0::float8, 1.5e0::float8)) as v(x0, x1)
select regr_count(x0, x1) from (values (1.5e0::float8, 1.5e0::float8), (1.5e0::float8, 1.5e0::float8)) as v(x0, x1)
select regr_intercept(x0, x1) from (values (1.5e0::float8, 1.5e0::float8), (1.5e0::float8, 1.5e0::float8)) as v(x0, x1)
select regr_r2(x0, x1) from (values (1.5e0::float8, 1.5e0::float8), (1.5e0::float8, 1.5e0::float8)) as v(x0, x1)
select regr_slope(x0, x1) from (values (1.5e0::float8, 1.5e0::float8), (1.5e0::float8, 1.5e0::float8)) as v(x0, x1)
select regr_sxx(x0, x1) from (values (1.5e0::float8, 1.5e0::float8), (1.5e0::float8, 1.5e0::float8)) as v(x0, x1)
select regr_sxy(x0, x1) from (values (1.5e0::float8, 1.5e0::float8), (1.5e0::float8, 1.5e0::float8)) as v(x0, x1)
select regr_syy(x0, x1) from (values (1.5e0::float8, 1.5e0::float8), (1.5e0::float8, 1.5e0::float8)) as v(x0, x1)
SELECT REPEAT('it''s', 7)
select pg_catalog.replace(E'a\tb', E'a\tb', E'a\tb') as v
select "reverse" ( $$x y$$ )
select reverse('\x00ff'::bytea)
SELECT RIGHT('it''s', 0x1F)
select pg_catalog.round(1.5e0::float8) as v
select "round" ( 12.340, 7 )
select round(1_234.5)
select row_number() over (order by n) from generate_series(1, 3) as n
select pg_catalog.row_to_json(row(1,2)) as v
select "row_to_json" ( row(1,2), true )
select rpad('Éa b', 1_000, 'Éa b')
SELECT RPAD('it''s', 7)
select pg_catalog.rtrim(E'a\tb', E'a\tb') as v
select "rtrim" ( $$x y$$ )
select rtrim('\x00ff'::bytea, '\x00ff'::bytea)
SELECT SCALE(1_234.5)
select pg_catalog.set_masklen('192.168.1.5/24'::inet, 2) as v
select "set_masklen" ( '10.0.0.0/8'::cidr, 7 )
select setweight('a:1A fat:2'::tsvector, 'a'::"char", ARRAY['a','b'])
SELECT SETWEIGHT('a:1A fat:2'::tsvector, 'a'::"char")
select pg_catalog.sha224('\x00ff'::bytea) as v
select "sha256" ( '\x00ff'::bytea )
select sha384('\x00ff'::bytea)
SELECT SHA512('\x00ff'::bytea)
select pg_catalog.sign(1_234.5) as v
select "sign" ( 1.5e0::float8 )
select similar_escape('Éa b', 'a')
SELECT SIMILAR_TO_ESCAPE('it''s', 'a')
select pg_catalog.similar_to_escape(E'a\tb') as v
select "sin" ( 1.5e0::float8 )
select sind(1.5e0::float8)
SELECT SINH(1.5e0::float8)
select pg_catalog.slope(point '(1,2)', point '(1,2)') as v
select "split_part" ( $$x y$$, $$x y$$, 0x1F )
select sqrt(1.5e0::float8)
SELECT SQRT(12.340)
select pg_catalog.starts_with(E'a\tb', E'a\tb') as v
select stddev(x0) from (values (5_000_000_000), (5_000_000_000)) as v(x0)
select stddev(x0) from (values (7), (7)) as v(x0)
select stddev(x0) from (values (3::smallint), (3::smallint)) as v(x0)
select stddev_pop(x0) from (values (9::bigint), (9::bigint)) as v(x0)
select stddev_pop(x0) from (values (7), (7)) as v(x0)
select stddev_pop(x0) from (values (3::smallint), (3::smallint)) as v(x0)
select stddev_samp(x0) from (values (5_000_000_000), (5_000_000_000)) as v(x0)
select stddev_samp(x0) from (values (7), (7)) as v(x0)
select stddev_samp(x0) from (values (3::smallint), (3::smallint)) as v(x0)
select string_agg(x0, x1) from (values ('Éa b', 'Éa b'), ('Éa b', 'Éa b')) as v(x0, x1)
select string_agg(x0, x1) from (values ('\x00ff'::bytea, '\x00ff'::bytea), ('\x00ff'::bytea, '\x00ff'::bytea)) as v(x0, x1)
select pg_catalog.string_to_array(E'a\tb', E'a\tb', E'a\tb') as v
select "string_to_array" ( $$x y$$, $$x y$$ )
select string_to_table('Éa b', 'Éa b')
SELECT STRING_TO_TABLE('it''s', 'it''s', 'it''s')
select pg_catalog.strip('a:1A fat:2'::tsvector) as v
select "strpos" ( $$x y$$, $$x y$$ )
select substr('Éa b', 0x1F, 0x1F)
SELECT SUBSTR('it''s', 1_000)
select pg_catalog.substr('\x00ff'::bytea, 7, 7) as v
select "substring"($$x y$$, 0x1F, 0x1F)
select "substring"('Éa b', 1_000)
select "substring"(X'1F', 7, 7)
select sum(x0) from (values (9::bigint), (9::bigint)) as v(x0)
select sum(x0) from (values (1_000), (1_000)) as v(x0)
select sum(x0) from (values (3::smallint), (3::smallint)) as v(x0)
SELECT TAN(1.5e0::float8)
select pg_catalog.tand(1.5e0::float8) as v
select "tanh" ( 1.5e0::float8 )
select text('ab'::char(3))
SELECT TEXT('n'::name)
select pg_catalog.text('192.168.1.5/24'::inet) as v
select "textlen" ( $$x y$$ )
select "time"(timestamp '2026-03-31 10:20:30.123456')
select "time"(INTERVAL '1 day 02:03:04')
select "time"(time '10:20:30', 0x1F)
select "time_hash" ( time '10:20:30' )
select time_hash_extended(time '10:20:30', 9::bigint)
select "timestamp"(timestamp '2026-03-31 10:20:30.123456', 2)
select "timestamp"(DATE '2026-03-31')
select "timestamp"(DATE '2026-03-31', time '10:20:30')
select timestamp_hash(timestamp '2026-03-31 10:20:30.123456')
SELECT TIMESTAMP_HASH_EXTENDED(timestamp '2026-03-31 10:20:30.123456', 5_000_000_000)
select pg_catalog.timestamptz(DATE '2026-03-31') as v
select "timestamptz" ( DATE '2026-03-31', time '10:20:30' )
select timestamptz(DATE '2026-03-31', timetz '10:20:30+02')
SELECT TIMESTAMPTZ_HASH(timestamptz '2026-03-31 10:20:30+02')
select pg_catalog.timestamptz_hash_extended(timestamptz '2026-03-31 10:20:30+02', 9::bigint) as v
select "timetz" ( timestamptz '2026-03-31 10:20:30+02' )
select timetz(timetz '10:20:30+02', 7)
SELECT TIMETZ(time '10:20:30')
select pg_catalog.timetz_hash(timetz '10:20:30+02') as v
select "timetz_hash_extended" ( timetz '10:20:30+02', 5_000_000_000 )
select timezone('Europe/Paris', timestamptz '2026-03-31 10:20:30+02')
SELECT TIMEZONE('Europe/Paris', timetz '10:20:30+02')
select pg_catalog.timezone('Europe/Paris', timestamp '2026-03-31 10:20:30.123456') as v
select "to_bin" ( 0x1F )
select to_bin(9::bigint)
SELECT TO_CHAR(INTERVAL '1 day 02:03:04', 'it''s')
select pg_catalog.to_char(timestamptz '2026-03-31 10:20:30+02', E'a\tb') as v
select "to_char" ( .5, $$x y$$ )
SELECT TO_HEX(0x1F)
select pg_catalog.to_hex(9::bigint) as v
select "to_json" ( 'a'::text )
select to_jsonb(7)
SELECT TO_OCT(1_000)
select pg_catalog.to_oct(9::bigint) as v
select "to_timestamp" ( 1.5e0::float8 )
SELECT TO_TSQUERY('english'::regconfig, 'it''s')
select pg_catalog.to_tsquery('it''s') as v
select "to_tsvector" ( 'english'::regconfig, $$x y$$ )
select to_tsvector('Éa b')
SELECT TO_TSVECTOR('{"a":[1,2],"b":null}'::jsonb)
select pg_catalog.translate(E'a\tb', E'a\tb', E'a\tb') as v
select "trim_array" ( ARRAY[1,2], 2 )
select trim_scale(1_234.5)
SELECT TRUNC('08:00:2b:01:02:03'::macaddr)
select pg_catalog.trunc(1.5e0::float8) as v
select "trunc" ( 1_234.5, 0x1F )
select ts_delete('a:1A fat:2'::tsvector, 'Éa b')
SELECT TS_DELETE('a:1A fat:2'::tsvector, '{a,b}'::text[])
select pg_catalog.ts_filter('a:1A fat:2'::tsvector, array['a']::"char"[]) as v
select "ts_headline" ( 'english'::regconfig, $$x y$$, 'a & fat'::tsquery )
select ts_headline('Éa b', 'a & fat'::tsquery)
SELECT TS_HEADLINE('english'::regconfig, '{"a":[1,2],"b":null}'::jsonb, 'a & fat'::tsquery)
select pg_catalog.ts_lexize('simple'::regdictionary, E'a\tb') as v
select "ts_rank" ( 'a:1A fat:2'::tsvector, 'a & fat'::tsquery, 7 )
select ts_rank('a:1A fat:2'::tsvector, 'a & fat'::tsquery)
SELECT TS_RANK_CD('a:1A fat:2'::tsvector, 'a & fat'::tsquery, 1_000)
select pg_catalog.ts_rank_cd('a:1A fat:2'::tsvector, 'a & fat'::tsquery) as v
select "tsmultirange" (  )
select tsmultirange(tsrange('2026-01-01','2026-02-01'))
SELECT TSQUERY_PHRASE('a & fat'::tsquery, 'a & fat'::tsquery)
select pg_catalog.tsquery_phrase('a & fat'::tsquery, 'a & fat'::tsquery, 0x1F) as v
select "tsrange" ( timestamp '2026-03-31 10:20:30.123456', timestamp '2026-03-31 10:20:30.123456' )
select tstzmultirange()
SELECT TSTZMULTIRANGE(tstzrange('2026-01-01','2026-02-01'))
select pg_catalog.tstzrange(timestamptz '2026-03-31 10:20:30+02', timestamptz '2026-03-31 10:20:30+02') as v
select "tsvector_to_array" ( 'a:1A fat:2'::tsvector )
select unicode_assigned('Éa b')
SELECT UNICODE_VERSION()
select pg_catalog.unistr(E'a\tb') as v
select "unnest" ( '{[1,3)}'::int4multirange )
select unnest(ARRAY[1,2])
SELECT UPPER('it''s')
select pg_catalog.upper(int4range(1,5)) as v
select "upper" ( '{[1,3)}'::int4multirange )
select upper_inc(int4range(1,5))
SELECT UPPER_INC('{[1,3)}'::int4multirange)
select pg_catalog.upper_inf(int4range(1,5)) as v
select "upper_inf" ( '{[1,3)}'::int4multirange )
select uuid_extract_timestamp('123e4567-e89b-12d3-a456-426614174000'::uuid)
SELECT UUID_EXTRACT_VERSION('123e4567-e89b-12d3-a456-426614174000'::uuid)
select pg_catalog.uuid_hash('123e4567-e89b-12d3-a456-426614174000'::uuid) as v
select "uuid_hash_extended" ( '123e4567-e89b-12d3-a456-426614174000'::uuid, 5_000_000_000 )
select var_pop(x0) from (values (9::bigint), (9::bigint)) as v(x0)
select var_pop(x0) from (values (7), (7)) as v(x0)
select var_pop(x0) from (values (3::smallint), (3::smallint)) as v(x0)
select var_samp(x0) from (values (5_000_000_000), (5_000_000_000)) as v(x0)
select var_samp(x0) from (values (7), (7)) as v(x0)
select var_samp(x0) from (values (3::smallint), (3::smallint)) as v(x0)
select pg_catalog.varbit(B'101'::varbit, 1_000, true) as v
select "varchar"('ab'::varchar(3), 7, true)
select "varchar"('n'::name)
select variance(x0) from (values (5_000_000_000), (5_000_000_000)) as v(x0)
select variance(x0) from (values (7), (7)) as v(x0)
select variance(x0) from (values (3::smallint), (3::smallint)) as v(x0)
select websearch_to_tsquery('english'::regconfig, 'Éa b')
SELECT WEBSEARCH_TO_TSQUERY('it''s')
select pg_catalog.width(box '(2,2),(0,0)') as v
select "width_bucket" ( 7, array[1,2,7] )

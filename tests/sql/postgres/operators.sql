-- Built-in operators, by the types of their operands; one statement a line.
select !! 'a & fat'::tsquery
select 'n'::name !~ 'it''s'
select E'a\tb' !~ E'a\tb'
select 'ab'::char(3) !~ $$x y$$
select 'n'::name !~* 'Éa b'
select 'it''s' !~* 'it''s'
select 'ab'::char(3) !~* E'a\tb'
select 'n'::name !~~ $$x y$$
select 'Éa b' !~~ 'Éa b'
select 'ab'::char(3) !~~ 'it''s'
select '\x00ff'::bytea !~~ '\x00ff'::bytea
select 'n'::name !~~* $$x y$$
select 'Éa b' !~~* 'Éa b'
select 'ab'::char(3) !~~* 'it''s'
select # path '[(0,0),(1,1)]'
select box '(2,2),(0,0)' # box '(2,2),(0,0)'
select # polygon '((0,0),(1,1),(1,0))'
select lseg '[(0,0),(1,1)]' # lseg '[(0,0),(1,1)]'
select line '{1,2,3}' # line '{1,2,3}'
select X'1F' # X'1F'
select point '(1,2)' ## line '{1,2,3}'
select point '(1,2)' ## lseg '[(0,0),(1,1)]'
select point '(1,2)' ## box '(2,2),(0,0)'
select lseg '[(0,0),(1,1)]' ## box '(2,2),(0,0)'
select line '{1,2,3}' ## lseg '[(0,0),(1,1)]'
select lseg '[(0,0),(1,1)]' ## lseg '[(0,0),(1,1)]'
select '{"a":[1,2],"b":null}'::jsonb #> ARRAY['a','b']
select '{"a":[1,2]}'::json #> '{a,b}'::text[]
select '{"a":[1,2],"b":null}'::jsonb #>> ARRAY['a','b']
select '{"a":[1,2]}'::json #>> '{a,b}'::text[]
select 9::bigint % 9::bigint
select 3::smallint % 3::smallint
select 7 % 7
select 1_234.5 % 1_234.5
select B'101' & B'101'
select 3::smallint & 3::smallint
select 0x1F & 0x1F
select 5_000_000_000 & 5_000_000_000
select '192.168.1.5/24'::inet & '192.168.1.5/24'::inet
select '08:00:2b:01:02:03'::macaddr & '08:00:2b:01:02:03'::macaddr
select polygon '((0,0),(1,1),(1,0))' && polygon '((0,0),(1,1),(1,0))'
select box '(2,2),(0,0)' && box '(2,2),(0,0)'
select circle '<(0,0),1>' && circle '<(0,0),1>'
select ARRAY[1,2] && ARRAY[1,2]
select int4range(1,5) && '{[1,3)}'::int4multirange
select '{[1,3)}'::int4multirange && int4range(1,5)
select polygon '((0,0),(1,1),(1,0))' &< polygon '((0,0),(1,1),(1,0))'
select box '(2,2),(0,0)' &< box '(2,2),(0,0)'
select circle '<(0,0),1>' &< circle '<(0,0),1>'
select int4range(1,5) &< '{[1,3)}'::int4multirange
select '{[1,3)}'::int4multirange &< int4range(1,5)
select '{[1,3)}'::int4multirange &< '{[1,3)}'::int4multirange
select box '(2,2),(0,0)' &<| box '(2,2),(0,0)'
select polygon '((0,0),(1,1),(1,0))' &<| polygon '((0,0),(1,1),(1,0))'
select circle '<(0,0),1>' &<| circle '<(0,0),1>'
select polygon '((0,0),(1,1),(1,0))' &> polygon '((0,0),(1,1),(1,0))'
select box '(2,2),(0,0)' &> box '(2,2),(0,0)'
select circle '<(0,0),1>' &> circle '<(0,0),1>'
select int4range(1,5) &> '{[1,3)}'::int4multirange
select int4range(1,5) &> int4range(1,5)
select '{[1,3)}'::int4multirange &> int4range(1,5)
select 7 * 7
select 3::smallint * 3::smallint
select 3::smallint * 1_000
select 7 * 3::smallint
select 2.5::real * 2.5::real
select 1.5e0::float8 * 1.5e0::float8
select 3::smallint + 3::smallint
select 7 + 7
select 3::smallint + 0x1F
select 1_000 + 3::smallint
select 2.5::real + 2.5::real
select 1.5e0::float8 + 1.5e0::float8
select - 9::bigint
select 3::smallint - 3::smallint
select 7 - 7
select 3::smallint - 0x1F
select 1_000 - 3::smallint
select - 7
select '{"a":[1,2],"b":null}'::jsonb -> $$x y$$
select '{"a":[1,2],"b":null}'::jsonb -> 0x1F
select '{"a":[1,2]}'::json -> 'it''s'
select '{"a":[1,2]}'::json -> 7
select '{"a":[1,2],"b":null}'::jsonb ->> $$x y$$
select '{"a":[1,2],"b":null}'::jsonb ->> 1_000
select '{"a":[1,2]}'::json ->> 'it''s'
select '{"a":[1,2]}'::json ->> 0x1F
select int4range(1,5) -|- int4range(1,5)
select int4range(1,5) -|- '{[1,3)}'::int4multirange
select '{[1,3)}'::int4multirange -|- int4range(1,5)
select '{[1,3)}'::int4multirange -|- '{[1,3)}'::int4multirange
select 3::smallint / 3::smallint
select 0x1F / 0x1F
select 3::smallint / 1_000
select 7 / 3::smallint
select 2.5::real / 2.5::real
select 1.5e0::float8 / 1.5e0::float8
select 0x1F < 9::bigint
select true < true
select 3::smallint < 3::smallint
select 0x1F < 0x1F
select 'n'::name < 'Éa b'
select 'it''s' < 'n'::name
select point '(1,2)' <-> point '(1,2)'
select box '(2,2),(0,0)' <-> point '(1,2)'
select point '(1,2)' <-> line '{1,2,3}'
select point '(1,2)' <-> lseg '[(0,0),(1,1)]'
select point '(1,2)' <-> box '(2,2),(0,0)'
select lseg '[(0,0),(1,1)]' <-> line '{1,2,3}'
select polygon '((0,0),(1,1),(1,0))' << polygon '((0,0),(1,1),(1,0))'
select box '(2,2),(0,0)' << box '(2,2),(0,0)'
select point '(1,2)' << point '(1,2)'
select '192.168.1.5/24'::inet << '192.168.1.5/24'::inet
select circle '<(0,0),1>' << circle '<(0,0),1>'
select X'1F' << 7
select '192.168.1.5/24'::inet <<= '192.168.1.5/24'::inet
select circle '<(0,0),1>' <<| circle '<(0,0),1>'
select box '(2,2),(0,0)' <<| box '(2,2),(0,0)'
select polygon '((0,0),(1,1),(1,0))' <<| polygon '((0,0),(1,1),(1,0))'
select point '(1,2)' <<| point '(1,2)'
select 0x1F <= 9::bigint
select 'n'::name <= $$x y$$
select 'Éa b' <= 'n'::name
select 5_000_000_000 <= 5_000_000_000
select 9::bigint <= 1_000
select box '(2,2),(0,0)' <= box '(2,2),(0,0)'
select 1_000 <> 9::bigint
select true <> true
select 'n'::name <> E'a\tb'
select $$x y$$ <> 'n'::name
select 5_000_000_000 <> 5_000_000_000
select 9::bigint <> 1_000
select polygon '((0,0),(1,1),(1,0))' <@ polygon '((0,0),(1,1),(1,0))'
select box '(2,2),(0,0)' <@ box '(2,2),(0,0)'
select point '(1,2)' <@ box '(2,2),(0,0)'
select point '(1,2)' <@ path '[(0,0),(1,1)]'
select point '(1,2)' <@ polygon '((0,0),(1,1),(1,0))'
select point '(1,2)' <@ circle '<(0,0),1>'
select point '(1,2)' <^ point '(1,2)'
select box '(2,2),(0,0)' <^ box '(2,2),(0,0)'
select 1_000 = 5_000_000_000
select true = true
select 'a'::"char" = 'a'::"char"
select 'n'::name = 'n'::name
select 3::smallint = 3::smallint
select 0x1F = 0x1F
select true > true
select 7 > 5_000_000_000
select 'n'::name > E'a\tb'
select $$x y$$ > 'n'::name
select 9::bigint > 9::bigint
select 5_000_000_000 > 0x1F
select 7 >= 9::bigint
select 'n'::name >= $$x y$$
select 'Éa b' >= 'n'::name
select 5_000_000_000 >= 5_000_000_000
select 9::bigint >= 0x1F
select box '(2,2),(0,0)' >= box '(2,2),(0,0)'
select polygon '((0,0),(1,1),(1,0))' >> polygon '((0,0),(1,1),(1,0))'
select box '(2,2),(0,0)' >> box '(2,2),(0,0)'
select point '(1,2)' >> point '(1,2)'
select '192.168.1.5/24'::inet >> '192.168.1.5/24'::inet
select circle '<(0,0),1>' >> circle '<(0,0),1>'
select X'1F' >> 7
select '192.168.1.5/24'::inet >>= '192.168.1.5/24'::inet
select point '(1,2)' >^ point '(1,2)'
select box '(2,2),(0,0)' >^ box '(2,2),(0,0)'
select '{"a":[1,2],"b":null}'::jsonb ? 'Éa b'
select path '[(0,0),(1,1)]' ?# path '[(0,0),(1,1)]'
select box '(2,2),(0,0)' ?# box '(2,2),(0,0)'
select lseg '[(0,0),(1,1)]' ?# lseg '[(0,0),(1,1)]'
select lseg '[(0,0),(1,1)]' ?# line '{1,2,3}'
select lseg '[(0,0),(1,1)]' ?# box '(2,2),(0,0)'
select line '{1,2,3}' ?# box '(2,2),(0,0)'
select '{"a":[1,2],"b":null}'::jsonb ?& ARRAY['a','b']
select point '(1,2)' ?- point '(1,2)'
select ?- lseg '[(0,0),(1,1)]'
select ?- line '{1,2,3}'
select lseg '[(0,0),(1,1)]' ?-| lseg '[(0,0),(1,1)]'
select line '{1,2,3}' ?-| line '{1,2,3}'
select point '(1,2)' ?| point '(1,2)'
select ?| lseg '[(0,0),(1,1)]'
select ?| line '{1,2,3}'
select '{"a":[1,2],"b":null}'::jsonb ?| '{a,b}'::text[]
select lseg '[(0,0),(1,1)]' ?|| lseg '[(0,0),(1,1)]'
select line '{1,2,3}' ?|| line '{1,2,3}'
select @ 9::bigint
select @ 2.5::real
select @ 1.5e0::float8
select @ 3::smallint
select @ 7
select @ 12.340
select @-@ path '[(0,0),(1,1)]'
select @-@ lseg '[(0,0),(1,1)]'
select box '(2,2),(0,0)' @> point '(1,2)'
select polygon '((0,0),(1,1),(1,0))' @> polygon '((0,0),(1,1),(1,0))'
select box '(2,2),(0,0)' @> box '(2,2),(0,0)'
select path '[(0,0),(1,1)]' @> point '(1,2)'
select polygon '((0,0),(1,1),(1,0))' @> point '(1,2)'
select circle '<(0,0),1>' @> point '(1,2)'
select '{"a":[1,2],"b":null}'::jsonb @? '$.a[*]'::jsonpath
select @@ box '(2,2),(0,0)'
select @@ lseg '[(0,0),(1,1)]'
select @@ polygon '((0,0),(1,1),(1,0))'
select @@ circle '<(0,0),1>'
select 'a:1A fat:2'::tsvector @@ 'a & fat'::tsquery
select 'a & fat'::tsquery @@ 'a:1A fat:2'::tsvector
select 'a:1A fat:2'::tsvector @@@ 'a & fat'::tsquery
select 'a & fat'::tsquery @@@ 'a:1A fat:2'::tsvector
select 1.5e0::float8 ^ 1.5e0::float8
select 12.340 ^ 12.340
select $$x y$$ ^@ $$x y$$
select B'101' | B'101'
select 3::smallint | 3::smallint
select 0x1F | 0x1F
select 5_000_000_000 | 5_000_000_000
select '192.168.1.5/24'::inet | '192.168.1.5/24'::inet
select '08:00:2b:01:02:03'::macaddr | '08:00:2b:01:02:03'::macaddr
select box '(2,2),(0,0)' |&> box '(2,2),(0,0)'
select polygon '((0,0),(1,1),(1,0))' |&> polygon '((0,0),(1,1),(1,0))'
select circle '<(0,0),1>' |&> circle '<(0,0),1>'
select |/ 1.5e0::float8
select circle '<(0,0),1>' |>> circle '<(0,0),1>'
select box '(2,2),(0,0)' |>> box '(2,2),(0,0)'
select polygon '((0,0),(1,1),(1,0))' |>> polygon '((0,0),(1,1),(1,0))'
select point '(1,2)' |>> point '(1,2)'
select array[1,2,7] || 7
select 7 || array[1,2,7]
select array[1,2,7] || array[1,2,7]
select E'a\tb' || E'a\tb'
select B'101'::varbit || B'101'::varbit
select '\x00ff'::bytea || '\x00ff'::bytea
select ||/ 1.5e0::float8
select 'n'::name ~ $$x y$$
select 'Éa b' ~ 'Éa b'
select 'ab'::char(3) ~ 'it''s'
select ~ B'101'
select ~ 3::smallint
select ~ 7
select 'n'::name ~* 'it''s'
select E'a\tb' ~* E'a\tb'
select 'ab'::char(3) ~* $$x y$$
select 'Éa b' ~<=~ 'Éa b'
select 'ab'::char(3) ~<=~ 'ab'::char(3)
select E'a\tb' ~<~ E'a\tb'
select 'ab'::char(3) ~<~ 'ab'::char(3)
select polygon '((0,0),(1,1),(1,0))' ~= polygon '((0,0),(1,1),(1,0))'
select box '(2,2),(0,0)' ~= box '(2,2),(0,0)'
select point '(1,2)' ~= point '(1,2)'
select circle '<(0,0),1>' ~= circle '<(0,0),1>'
select 'Éa b' ~>=~ 'Éa b'
select 'ab'::char(3) ~>=~ 'ab'::char(3)
select E'a\tb' ~>~ E'a\tb'
select 'ab'::char(3) ~>~ 'ab'::char(3)
select 'n'::name ~~ 'Éa b'
select 'it''s' ~~ 'it''s'
select 'ab'::char(3) ~~ E'a\tb'
select '\x00ff'::bytea ~~ '\x00ff'::bytea
select 'n'::name ~~* 'Éa b'
select 'it''s' ~~* 'it''s'
select 'ab'::char(3) ~~* E'a\tb'

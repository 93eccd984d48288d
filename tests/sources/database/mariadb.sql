-- Valid SQL of MariaDB, each as its author would write it; one statement a line.
select 1
select 1 from dual
select 'a' regexp '^a'
select 'abc' not regexp 'x'
select 'abc' rlike '[a-c]+'
select regexp_replace('a1b2', '[0-9]', '#')
select regexp_substr('a1b22', '[0-9]+')
select regexp_instr('abc', 'c')
select interval(23, 1, 15, 17, 30, 44)
select median(n) over () from (select 1 as n union select 2 union select 9) as t
select percentile_cont(0.5) within group (order by n) over () as p from (select 1 as n union select 4) as t
select 0xFF
select 0xFF + 0
select x'4D7953514C'
select X'41'
select b'1010' + 0
select 0b101 + 0
select n'abc'
select _utf8mb4'abc'
select _latin1 0xE9
select 'it''s' as a, 'it\'s' as b
select "double quoted"
select "it""s"
select 'a\nb\tc\\d'
select 'a' 'b' 'c'
select '%' like '\%'
select '100%' as p
select concat('%s', '%%', '%d')
select 'a_b' like 'a\_b'
select 'a|b' like 'a||b' escape '|'
select 1 as `one`, 2 as `two``s`
select 1 'alias'
select 1 "alias two"
select `t`.`n` from (select 1 as n) as `t`
select 7 div 2, 7 mod 2, 7 % 2
select 7 / 2
select 5--3
select 5 - -3
select 1 # a comment; with 'a quote
select 1 -- another one
select 1 /* a comment ' */ as a
select /*+ MAX_EXECUTION_TIME(1000) */ 1 as a
select 1 xor 0
select not 1 = 2
select !0
select ~0
select 1 && 0, 1 and 1
select 1 <=> null
select null <=> null
select 5 & 3, 5 | 3, 5 ^ 3, 1 << 4, 256 >> 2
select 1 in (1, 2), 3 not in (1, null)
select 2 between 1 and 3
select case 1 when 1 then 'a' else 'b' end
select case when 1 > 2 then 'a' end
select if(1 > 2, 'a', 'b')
select ifnull(null, 'x'), nullif(1, 1), coalesce(null, 2)
select nvl(null, 1), nvl2(null, 1, 2)
select greatest(1, 2, 3), least('b', 'a')
select isnull(null)
select 1 is true, null is unknown, 0 is not true
select elt(2, 'a', 'b'), field('b', 'a', 'b'), find_in_set('b', 'a,b')
select make_set(5, 'a', 'b', 'c'), export_set(5, 'Y', 'N', ',', 4)
select strcmp('a', 'b')
select concat('a', 1, 'b'), concat_ws(',', 'a', null, 'b')
select insert('Quadratic', 3, 4, 'What')
select replace('aaa', 'a', 'b')
select left('abc', 2), right('abc', 2), mid('abc', 2, 1)
select substring('abcdef' from 2 for 3), substring('abcdef', -2), substring_index('a.b.c', '.', 2)
select trim(both 'x' from 'xax'), trim(leading from '  a'), ltrim('  a'), rtrim('a  ')
select locate('b', 'abc'), position('c' in 'abc'), instr('abc', 'b')
select lpad('7', 3, '0'), rpad('a', 3, '-'), repeat('ab', 2), space(2), reverse('abc')
select upper('é'), lower('É'), ucase('a'), lcase('A')
select char(77, 121), ascii('a'), ord('é'), hex('abc'), unhex('4D')
select char_length('é'), length('é'), bit_length('a'), octet_length('é')
select char(0xE9 using latin1)
select convert('abc' using utf8mb4), convert('12', signed), convert(1.5, char)
select cast('12' as signed), cast('12' as unsigned), cast(1.555 as decimal(10, 2)), cast('2026-03-31' as date)
select cast('10:20:30' as time), cast('2026-03-31 10:20:30.5' as datetime(3)), cast('a' as binary), cast(1 as char(3)), cast(1 as double)
select format(12345.678, 2), format(12345.678, 2, 'de_DE')
select soundex('hello'), quote('it''s')
select bin(5), oct(64), conv('ff', 16, 10)
select 'a' collate utf8mb4_bin = 'A'
select binary 'a' = 'A'
select 'a' sounds like 'a'
select abs(-1), sign(-2), ceil(1.2), floor(-1.2), round(1.555, 2), truncate(1.559, 2)
select sqrt(16), pow(2, 3), exp(1), ln(2), log(2, 8), log10(100), log2(8)
select pi(), degrees(pi()), radians(180), sin(0), cos(0), atan2(1, 1), cot(1)
select mod(7, 3), crc32('a'), md5('a'), sha1('a'), sha2('a', 256)
select date '2026-03-31', time '10:20:30', timestamp '2026-03-31 10:20:30'
select {d '2026-03-31'}
select date '2026-03-31' + interval 1 month
select date_add('2026-01-31', interval 1 month), date_sub('2026-03-31', interval '1 2' day_hour)
select '2026-03-31' - interval 1 day
select adddate('2026-01-01', 31), subdate('2026-01-01', interval 1 week)
select datediff('2026-03-31', '2026-01-01'), timestampdiff(month, '2026-01-31', '2026-03-01')
select timestampadd(minute, 1, '2026-01-01 10:00'), period_add(202601, 2), period_diff(202603, 202601)
select date_format('2026-03-31 10:20:30', '%Y-%m-%d %H:%i:%s'), time_format('10:20:30', '%H')
select str_to_date('31.03.2026', '%d.%m.%Y'), get_format(date, 'EUR')
select extract(year_month from '2026-03-31'), extract(day from '2026-03-31')
select year('2026-03-31'), month('2026-03-31'), day('2026-03-31'), dayname('2026-03-31'), dayofweek('2026-03-31')
select week('2026-03-31', 3), weekofyear('2026-03-31'), yearweek('2026-03-31'), quarter('2026-03-31'), last_day('2026-02-01')
select hour('10:20:30'), minute('10:20:30'), second('10:20:30'), microsecond('10:20:30.000123')
select maketime(10, 20, 30), makedate(2026, 90), sec_to_time(3661), time_to_sec('01:01:01')
select addtime('10:00:00', '01:30:00'), subtime('10:00:00', '00:30:00'), timediff('10:00:00', '08:30:00')
select unix_timestamp('2026-01-01 00:00:00'), from_unixtime(0), from_days(740000), to_days('2026-01-01')
select convert_tz('2026-03-31 10:00:00', '+00:00', '+02:00')
select '0000-00-00' + interval 0 day
select date('2026-03-31 10:20'), time('2026-03-31 10:20:30'), timestamp('2026-03-31')
select json_extract('{"a": {"b": 1}}', '$.a.b'), json_value('{"a": 1}', '$.a'), json_query('{"a": [1]}', '$.a')
select json_unquote(json_extract('{"a": "x"}', '$.a'))
select json_object('a', 1, 'b', json_array(1, 2)), json_array(1, 'a', null)
select json_contains('[1, 2]', '1'), json_length('[1, 2]'), json_keys('{"a": 1}'), json_type('[]'), json_valid('{')
select json_set('{"a": 1}', '$.b', 2), json_remove('{"a": 1}', '$.a'), json_merge_patch('{"a": 1}', '{"b": 2}')
select json_search('["abc"]', 'one', 'a%'), json_exists('{"a": 1}', '$.a'), json_detailed('{"a": 1}')
select t.a, t.b from json_table('[{"a": 1, "b": "x"}]', '$[*]' columns (a int path '$.a', b varchar(5) path '$.b')) as t
select seq from seq_1_to_5
select sum(seq) as total, avg(seq) as mean, count(*) from seq_1_to_10
select seq from seq_1_to_20_step_5 order by seq desc limit 2 offset 1
select seq from seq_1_to_20 order by seq limit 3, 2
select seq from seq_1_to_5 order by seq offset 1 row fetch next 2 rows only
select group_concat(seq order by seq desc separator ';') as all_of_them from seq_1_to_4
select group_concat(distinct seq % 2 order by 1) as parts from seq_1_to_4
select seq % 3 as g, count(*) as n from seq_1_to_10 group by seq % 3 order by g
select seq % 3 as g, count(*) as n from seq_1_to_10 group by g with rollup
select seq % 3 as g, count(*) as n from seq_1_to_10 group by g having n > 3
select distinct seq % 2 as g from seq_1_to_5 order by g
select sql_small_result distinct seq % 2 as g from seq_1_to_5 order by g
select straight_join a.seq, b.seq as other from seq_1_to_2 as a join seq_1_to_2 as b on a.seq = b.seq
select a.seq, b.seq as other from seq_1_to_3 as a left join seq_1_to_2 as b using (seq) order by a.seq
select a.seq as x, b.seq as y from seq_1_to_2 a, seq_1_to_2 b where a.seq < b.seq
select seq from seq_1_to_5 where seq > all (select seq from seq_1_to_3) order by seq
select seq from seq_1_to_5 as a where exists (select 1 from seq_1_to_2 as b where b.seq = a.seq) order by seq
select seq from seq_1_to_5 where (seq, 1) in (select seq, 1 from seq_1_to_2) order by seq
select seq, row_number() over (order by seq desc) as place from seq_1_to_3 order by seq
select seq, sum(seq) over (order by seq rows between 1 preceding and current row) as running from seq_1_to_4 order by seq
select seq, lag(seq) over w as before_it from seq_1_to_3 window w as (order by seq) order by seq
select seq, rank() over (partition by seq % 2 order by seq) as place from seq_1_to_4 order by seq
select bit_and(seq), bit_or(seq), bit_xor(seq), std(seq), variance(seq), stddev_samp(seq) from seq_1_to_5
select json_arrayagg(seq order by seq) as a, json_objectagg(seq, seq * 2) as o from seq_1_to_3
with a as (select seq * 2 as n from seq_1_to_3) select sum(n) as total from a
with recursive r as (select 1 as n union all select n + 1 from r where n < 5) select n from r order by n
with recursive r(n, way) as (select 1, cast('1' as char(20)) union all select n + 1, concat(way, '>', n + 1) from r where n < 3) select way from r order by n
select 1 as a union select 2 union all select 2 order by a
(select 1 as a limit 1) union all (select 2 limit 1) order by a
select 1 as a intersect select 1
select 1 as a except select 2
values (1, 2), (3, 4)
select * from (values (1, 'a'), (2, 'b')) as t
select inet_aton('10.0.0.1'), inet_ntoa(167772161), inet6_aton('::1'), is_ipv4('10.0.0.1')
select st_astext(point(1, 2)), st_x(point(1, 2)), st_distance(point(0, 0), point(3, 4))
select column_get(column_create('a', 1), 'a' as int) as dynamic
select uncompress(compress('abc')), to_base64('abc'), from_base64('YWJj')
select natural_sort_key('a10'), sformat('{} is {}', 'a', 1)
select decode_oracle(1, 1, 'one', 'other')
select add_months('2026-01-31', 1)
select chr(65), lengthb('é'), to_char(date '2026-03-31', 'YYYY-MM-DD')
select 1 as a; -- the end
select 'é' as `é`, '🎬' as film
select 1e3, .5, 1.50, -1.0, 1e-3
select true, false, null
select \N as nothing
select null as nothing, 'null' as something
select uuid() = uuid() as same
select if(seq = 1, 'first', 'other') as name from seq_1_to_2 where seq <= 10
select benchmark(1, 1) as b
select ((1 + 2) * 3) as brackets
select 1 as a where 'a' = 'A'
select count(*) as n from seq_1_to_3 where seq not in (select 2)

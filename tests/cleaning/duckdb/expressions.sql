-- Expressions that a column or a filter may hold; one a line, over the row of test_expressions.py.
n + 1_000
n * 2.50
n - -1
-n
+n
n / 3
n // 4
n % 4
n ** 2
n ^ 2
1e3 + n
0.5 * n
5. * n
n = 7
n == 7
n <> 7
n != 7
n < 8 and n > 6
n <= 7 or not b
not b
b is true
b is not false
n is null
n is not null
n isnull
n notnull
n is distinct from null
n is not distinct from 7
n in (1, 7, 9)
n not in (1, 2)
n between 1 and 9
n not between 1 and 9
t like 'É%'
t not like '%z'
t ilike 'é%'
t like 'É#%' escape '#'
t || '-' || u
t || n
'it''s'
'a\nb'
$q$it's$q$
$$a$b$$
u = 'a%b' or u = '%s'
"n" + "q"
case when n > 5 then 'big' else 'small' end
case n when 7 then 'seven' when 8 then 'eight' end
case when b then n end
cast(n as varchar)
cast(t as text) || ''
n::double / 2
n::decimal(10, 3)
'12'::integer + n
'2026-03-31'::date
date '2026-03-31'
timestamp '2026-03-31 10:20:30'
d + 1
d - date '2026-01-01'
d + interval 1 month
d + interval '1 month'
d + interval '1' day
d - interval 2 days
m + interval 90 minute
m > timestamp '2026-01-01'
z at time zone 'Europe/Paris'
extract(year from d)
extract('month' from d)
date_part('year', d)
date_trunc('month', d)
date_trunc('hour', m)
date_diff('day', d, date '2026-12-31')
last_day(d)
make_date(2026, 3, 31)
epoch(m)
strftime(d, '%Y-%m')
strftime(m, '%d/%m/%Y %H:%M')
year(d)
quarter(d)
month(d)
week(d)
day(d)
hour(m)
minute(m)
second(m)
dayofweek(d)
isodow(d)
dayofyear(d)
coalesce(o, n)
nullif(n, 7)
greatest(n, 3, 9)
least(n, 3)
concat(t, n, null)
concat_ws('-', t, o, u)
lower(t)
upper(t)
trim('  a ')
trim(t, 'É')
trim(both 'x' from 'xax')
trim(leading 'x' from 'xax')
ltrim('  a')
rtrim('a  ')
left(t, 2)
right(t, 1)
substring(t, 2)
substring(t, 2, 1)
substring(t from 2 for 1)
substr(t, 1, 1)
length(t)
len(t)
strpos(t, 'b')
replace(t, 'b', 'c')
translate(t, 'ab', 'xy')
split_part('a-b-c', '-', 2)
starts_with(t, 'É')
ends_with(t, 'b')
contains(t, 'a')
reverse(t)
strip_accents(t)
regexp_replace(t, '[ab]', '#')
regexp_replace(t, '[ab]', '#', 'g')
regexp_extract(t, '([a-z])', 1)
regexp_extract('a1b2', '[0-9]')
regexp_matches(t, '^É')
regexp_matches(t, 'é', 'i')
regexp_full_match(t, 'É.*')
abs(-n)
sign(-n)
round(f, 1)
round(f)
floor(f)
ceil(f)
ceiling(f)
trunc(f)
mod(n, 4)
power(n, 2)
sqrt(n)
ln(f)
log10(f)
exp(1)
list_contains(l, 2)
array_to_string(l, ',')
list_sum(l)
list_min(l)
list_max(l)
if(n > 5, 'a', 'b')
(n > 5) = b
(n + 1) * (n - 1)
n + 1 * n - 1
not b or n = 7 and f > 1
n /* a comment */ + 1 -- another
1_000_000
n + 1_0.2_5
1_0e0_2 * n
n * 1e-3
0.1 + 0.2 = 0.3
12345678901234567890 + n
1.10
1.50 + n
.25 * n
n*-1
n - - 1
- - n
-n ** 2
-(n ** 2)
2 ** 3 ** 2
2 ^ 3 ^ 2
n ** -1
n // 2 * 2
n // 2 % 2
n % 4 // 2
n - 2 - 1
n - (2 - 1)
n / 2 / 2
n / (2 / 2)
n * (2 + 1) - (4 - n)
((n)) + (("q"))
(((n + 1))) * (((2)))
( n ) ** ( 2 )
n+n*n-n/n
n||t
t || n || b
t || 'x' || n + 1
(t || 'x') = ('Éab' || 'x')
n = 7 and q = 3 or not b and f > 1
not n = 7
not (n = 7) is null
n = 7 is true
(n > 5) is not distinct from (q > 1)
n is distinct from q
o is distinct from null
o is not distinct from null
t is not distinct from 'Éab'
n isnull or o isnull
b is unknown
b is not unknown
b is false
o is null is not null
n between q and 9 and b
n not between q + 1 and 9
n between (1) and (2 + 8)
n in (q, q + 4)
n not in (q)
(n) in ((7))
n in (7) = true
t in ('Éab', u)
2 in l
n in l
t like '%b' and u not like 'x%'
t like 'É' || '%'
u like 'a!%b' escape '!'
u not like 'a!%' escape '!'
t ilike 'éA%' escape '#'
t not ilike 'x'
t ~~ 'É%'
t !~~ 'É%'
t ~~* 'é%'
t !~~* 'é%'
t glob 'É*'
t not glob 'É*'
t ~~~ '?ab'
u glob '*[%]*'
t similar to 'É.+'
t not similar to '[a-z]+'
t ~ '^É'
t !~ '^É'
t ~ '^É' and b
t ^@ 'É'
starts_with(t, 'É') and t ^@ 'Éa'
e'a\tb'
E'it\'s'
e'\u00e9' || t
e'back\\slash'
e'one' || E'\x41'
'back\slash'
'a''b''c'
''
'--' || '/* */'
'; drop' || ';'
$$$$
$$it's -- not a comment$$
$t$a $$ b$t$ || t
$q$(($q$
'é' || '漢字' || '🙂'
length('🙂') + n
/* before */ n /* within */ + /* /* nested */ */ 1 -- behind
n--1
n -- + 1
/**/n/**/+/**/1
n +/* ) */ 1
'/*' || t || '*/'
"n" + "q" /* "n" */
"n"+"n"
case when n > 5 then 'big' end
case when n > 5 then 1 when n > 3 then 2.5 end
case n + 1 when 8 then 'eight' end
case when n / 2 > 3 and n * 2 < 20 then n / 2 else least(n * 1.5, 3) end
case n * f when 8.75 then 'a' when 9 then 'b' end
case when b then case when n > 5 then 'x' else 'y' end else t end
case(n) when(7) then(1) else(0) end
case when(n)>(5)then(n)else(q)end
(case when b then n else q end) * 2
case when n is null then null else n end
if(b, n, q) + 1
if(n > 5, t, null)
ifnull(o, n)
coalesce(o, null, n * 2)
coalesce(o, o)
nullif(n + 0, 7) is null
nullif(t, '')
greatest(n * 1.5, f * 2, 3)
least(n / 2, f)
greatest(t, u)
least(d, date '2026-01-01')
greatest(o, n)
cast(n as smallint)
cast(n as int)
cast(n as int4)
cast(n as bigint) * 2
cast(n as real)
cast(n as float4)
cast(n as float8)
cast(n as double precision)
cast(n as decimal)
cast(n as numeric(8, 2))
cast(f as decimal(3, 1))
cast(n as boolean)
cast('yes' as bool)
cast(d as timestamp)
cast(m as date)
cast(m as time)
cast('1 day' as interval)
cast((n + 1) as varchar) || 'x'
cast(cast(n as varchar) as double)
n::text
n::varchar(10)
n::string
n::smallint + 1::smallint
n::int::text || 'a'
(n + 1)::decimal(10, 2)
-n::double
(-n)::double
f::real * 3
f::int
f::decimal(4,2) * 2
'1.5'::double + 1
'1.5'::real * 2
'12.50'::decimal(8, 2)
'2026-03-31'::timestamp + interval 1 hour
'2026-03-31'::date::timestamp
t::varchar = t
b::int + n
b::text
true::int
null::int + n
null::text || t
n :: double / 2
n::double // 2
2::double ** 0.5
integer '7' + n
varchar 'x' || t
double '1.5' * 2
boolean 'true' and b
time '10:20:30' < time '11:00'
date '2026-03-31' - d
date '2026-03-31' + 1
d - 1
d + n
d - interval (n) day
d + interval (n + 1) days
d + interval '2' month
d + interval 2 weeks
d + interval 1 quarter
d + interval '1 year 2 months'
d + interval '1' year + interval '1' day
m + interval 1.5 hour
m - interval '90 seconds'
m - timestamp '2026-03-31 00:00:00'
m + interval 5 milliseconds
interval '1 day' * n
interval 1 day < interval 25 hour
(m - timestamp '2026-03-30') > interval '1 day'
z at time zone 'UTC'
(z at time zone 'America/New_York')::date
m at time zone 'Europe/Paris' at time zone 'UTC'
d::timestamp at time zone 'UTC' = z
extract(month from d) + extract(day from d)
extract(epoch from m)
extract(dow from d)
extract(isodow from d)
extract(hour from m::time)
extract(second from m)
extract(day from m - timestamp '2026-03-01')
date_part('hour', m) + 1
date_part('week', d)
date_trunc('year', m)::date
date_trunc('week', d)
datediff('month', d, date '2027-01-01')
date_diff('hour', m, timestamp '2026-04-01')
datetrunc('day', m)
year(d) * 100 + month(d)
year(m) = 2026
last_day(d + interval 1 month)
make_date(n + 2019, q, 1)
make_date(year(d)::bigint, 1, 1)
epoch(z)
strftime(d, '%A %d')
strftime(m, '%Y-%m-%dT%H:%M:%S')
dayofweek(d) in (0, 6)
concat(n, '-', t, '-', b)
concat(f / 2, '')
concat_ws(', ', t, n, null, f)
upper(t) || lower(t)
lcase(t) || ucase(t)
t.upper()
t.upper().lower()
t.lower().replace('b', 'c')
(t || u).upper()
t.substring(1, 2).upper() || 'x'
n.abs() + 1
(n - 9).abs()
"t".length()
f.round(1)
(f * n).floor() + 1
'abc'.upper()
trim(both from '  a ')
trim(trailing 'x' from 'xax')
trim('xax', 'x') || t
ltrim('xxa', 'x')
rtrim('axx', 'x')
left(t, -1)
left(t, n - 5)
right(t, 2) || left(t, 1)
substring(t from 2)
substring(t, -2)
substr(t, n - 5)
position('b' in t)
instr(t, 'b')
strpos(t, 'z') = 0
char_length(t) + character_length(t)
len(t) + len(l)
length(t || u)
replace(replace(t, 'a', 'b'), 'b', 'c')
translate(u, '%', '')
split_part(u, '%', 1)
split_part(u, '%', -1)
contains(u, '%') and ends_with(u, 'b')
contains(l, 2)
reverse(t) || strip_accents(t)
regexp_replace(t, '(.)b', '\1c')
regexp_replace(u, '%', '\\')
regexp_replace(t, 'É', 'e', 'i')
regexp_extract(u, '(.)%(.)', 2)
regexp_extract(u, '([a-z])', 1, 'i')
regexp_matches(u, '^a.b$', 's')
regexp_full_match(u, 'A%B', 'i')
abs(f - 2) + abs(-n)
sign(o) is null
round(f * n, 1)
round(n / 3, 2)
round(-2.5)
round(f::decimal(5, 2), 1)
floor(n / 2) + ceil(n / 2)
ceiling(f * 2)
trunc(-f)
trunc(n / 2)::int
mod(n, q) + n % q
mod(-n, q)
power(n, 0.5)
pow(n, 2)
power(2, -1)
sqrt(n * n)
ln(n) + log10(n)
log(n)
log2(8)
exp(0) + exp(1)
exp(ln(n))
list_contains(l, n - 5)
list_has(l, 3)
array_contains(l, 1)
array_to_string(l, '|') || t
list_sum(l) / len(l)
list_sum(l) + list_min(l) * list_max(l)
nullif(list_sum(l), 0)
n / nullif(q, 0)
case when q <> 0 then n / q end
coalesce(n / nullif(o, 0), 0)
round(coalesce(f, 0) * 100, 2)::decimal(10, 2)
least(greatest(n, 0), 100)
(n > 5)::int + (q > 5)::int
n = 7 and t like '%b' and d >= date '2026-01-01' and coalesce(o, 0) = 0
n + 1;
 n + 1
n + 1 -- ;

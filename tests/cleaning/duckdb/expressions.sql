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

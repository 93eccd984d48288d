-- What is certain of columns: through aliases, subqueries and common table expressions.
with sold as (
    select customr, _load_id, total from silver_shop.orders
)
select
    s.customer as é, s.totl, x.total,
    (select max(c.nam) from silver_shop.customers as c where c.customer = outside) as name,
    (select count(b.anything) from silver_shop.open as b where nobody_knows) as others,
    d.count, d.total as sum
from sold as s
join (select total, customr as who from sold) as d on d.who = s.customr
order by sum, nowhere

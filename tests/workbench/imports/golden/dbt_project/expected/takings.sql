with sales as (
    select * from gold_shop.stg_sales
)
select shop, sum(amount) as takings
from sales
group by shop

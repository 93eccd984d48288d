with sales as (
    select * from {{ ref('stg_sales') }}
)
select shop, sum(amount) as takings
from sales
group by shop

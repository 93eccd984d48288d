select
    o.brand,
    count(*) as operations,
    count(distinct o.customer_id) as customers,
    sum(o.amount_eur) as spent_eur,
    max(p.total_gross) as total_gross,
    max(p.popularity) as popularity
from gold_finance.operations as o
left join gold_cinema.brand_performance as p
    on p.brand = o.brand
where o.brand is not null
group by o.brand

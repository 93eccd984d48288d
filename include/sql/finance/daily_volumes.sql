select
    o.booked_on as day,
    o.currency,
    o.segment,
    count(*) as operations,
    sum(o.amount) as volume,
    sum(o.amount_eur) as volume_eur
from gold_finance.operations as o
group by 1, 2, 3

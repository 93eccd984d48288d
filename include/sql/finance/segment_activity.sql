select
    o.booked_on as day,
    o.segment,
    count(distinct o.customer_id) as active_customers,
    count(*) as operations,
    sum(o.amount_eur) as volume_eur,
    round(avg(o.amount_eur), 2) as average_ticket_eur
from gold_finance.operations as o
group by 1, 2

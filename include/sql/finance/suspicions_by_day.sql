-- How often each rule was broken, without the customers: for those who see the whole, not the case.
select
    cast(s.booked_at at time zone 'Europe/Paris' as date) as day,
    s.rule,
    s.segment,
    count(*) as operations,
    sum(s.amount_eur) as volume_eur
from gold_finance.suspicious_operations as s
group by 1, 2, 3

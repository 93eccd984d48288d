-- A terminal that hears no answer reports a payment again: its first report counts.
with once as (
    select distinct on (payment_id) payment_id, card, country, currency, amount, paid_at
    from silver_finance.card_payments
    order by payment_id, paid_at, topic_part, topic_at
)

select
    date_trunc('hour', paid_at) as hour,
    country,
    currency,
    count(*) as payments,
    count(distinct card) as cards,
    sum(amount) as amount
from once
group by 1, 2, 3

{{ config(materialized='view') }}

{# what the till calls an order #}
with source as (
    select * from {{ source('shop', 'orders') }}
)

select order_id, customer_id, status, amount, ordered_on
from source

{{ config(materialized='incremental', unique_key='day') }}
select cast(sold_at as date) as day, sum(total) as takings
from {{ source('till', 'receipts') }}
group by 1

select max(ordered_on) as latest from {{ ref('orders_incremental') }}

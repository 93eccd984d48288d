{#- from the seed, in this project #}
select shop, amount from {{ ref('raw_sales') }}

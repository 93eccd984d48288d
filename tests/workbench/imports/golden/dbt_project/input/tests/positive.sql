select 1 from {{ ref('takings') }} where takings < 0

"""The DAGs that come with Medallion. It makes dags/domains/<domain>/ for the DAGs of each domain,
and loads those itself where it may not write there.
"""

from medallion.airflow.domains import load_rest

globals().update(load_rest(__file__))

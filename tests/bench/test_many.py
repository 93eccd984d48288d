"""What the DAG processor says of its files is read from its log."""

from __future__ import annotations

from pathlib import Path

from bench.many import read_stats

LOG = """\
2026-11-29T21:00:00.000000Z [info     ] Filling up the DagBag from /x/pipelines.py [dagbag]
2026-11-29T21:00:01.000000Z [info     ]
================================================================================
DAG File Processing Stats

Bundle       File Path                             PID  Current Duration      # DAGs    # Errors  \
Last Duration    Last Run At
-----------  ----------------------------------  -----  ------------------  --------  ----------  \
---------------  -------------------
dags-folder  domains/domain_1/pipelines.py           7  0.50s                    100           0  \
3.21s            2026-11-29T21:00:00
dags-folder  domains/domain_1/refused_specs.py                                     0           0  \
1.08s            2026-11-29T21:00:00
dags-folder  medallion_pipelines.py                  9  0.10s                      0           0
================================================================================ [airflow]
dags-folder  domains/domain_1/pipelines.py                                       100           0  \
2.00s            2026-11-29T21:00:09
"""


def test_the_longest_time_of_each_file_counts_and_one_still_read_is_left_out(
    tmp_path: Path,
) -> None:
    log = tmp_path / "dag-processor.log"
    log.write_text(LOG)
    assert read_stats(log) == {
        "domains/domain_1/pipelines.py": 3.21,
        "domains/domain_1/refused_specs.py": 1.08,
    }

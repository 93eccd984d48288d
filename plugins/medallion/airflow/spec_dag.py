"""A DAG whose source, in the UI's Code tab, is its YAML spec."""

from __future__ import annotations

from airflow.sdk import DAG


class SpecDag(DAG):
    """A DAG that answers with its spec's path where Airflow looks for the code to show.

    Airflow's importer sets `fileloc` to the loader and derives `relative_fileloc` from it: that is
    the file a worker imports, so it must stay the loader. Only after that is the spec's path set.
    """

    spec_file: str = ""

    def __hash__(self) -> int:
        """By its id alone, which equal DAGs share. Airflow's goes through all tasks, and is asked
        for with each edge: a DAG of 10,000 tasks took minutes.
        """
        return hash(self.dag_id)

    @property
    def fileloc(self) -> str:
        """The spec's path once the importer has placed the DAG, the loader's until then."""
        placed = getattr(self, "relative_fileloc", None)
        return self.spec_file if placed and self.spec_file else self._loader_file

    @fileloc.setter
    def fileloc(self, path: str) -> None:
        self._loader_file = path

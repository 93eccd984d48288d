"""Land the untidy CSV: what the cleaning reads. Timed, because dlt's side lands nothing."""

from __future__ import annotations

import time

from bench.child import answer, arguments
from bench.sides.orders_run import ORDERS, context, source
from medallion.plan.model import LandStep
from medallion.steps.land import step as land


def main() -> None:
    given = arguments()
    step = LandStep(table=ORDERS, source=source(given))
    began = time.perf_counter()
    result = land.run(step, context(given, "orders.land"))
    answer(seconds=time.perf_counter() - began, rows=result.rows_out, uri=result.reference)


if __name__ == "__main__":
    main()

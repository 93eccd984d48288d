"""Edits of the shipped specs, by name."""

from __future__ import annotations

from tests.workbench.comparison.repository import BOX_OFFICE, Edit

BANKING = "specs/finance/banking.yaml"
RATES = "specs/finance/exchange_rates.yaml"
KPIS = "specs/finance/kpis.yaml"
FRAUD = "specs/finance/fraud.yaml"
GENRES_SQL = "include/sql/cinema/genre_popularity.sql"
OVERVIEW = "        overview:       {type: text, nullable: true, clean: [trim, squeeze]}\n"
_KEY = "      primary_key: [currency, rate_date]\n"

EDITS: dict[str, list[Edit]] = {
    "nothing": [],
    "a column is renamed that another domain reads": [
        (
            BOX_OFFICE,
            "        overview:       {type",
            "        synopsis:       {from: overview, type",
        )
    ],
    "a column goes that another domain reads": [(BOX_OFFICE, OVERVIEW, "")],
    "a column goes with its readers, as is allowed": [
        (BOX_OFFICE, OVERVIEW, ""),
        (BOX_OFFICE, "      share_with: [press]\n", "      breaking_change: allow\n"),
        ("include/sql/press/films.sql", "", "select 1 as movie_id, 'x' as title, '' as summary"),
    ],
    "a wider type that is allowed": [
        (RATES, "decimal(18,6)", "decimal(20,6)"),
        (RATES, _KEY, f"{_KEY}      breaking_change: allow\n"),
    ],
    "a wider type that copies take over": [
        (
            BOX_OFFICE,
            "releases:       {from: Sorties, type: integer}",
            "releases:       {from: Sorties, type: bigint}",
        )
    ],
    "another type": [(RATES, '"decimal(18,6)"', "double")],
    "NULL is possible": [(BOX_OFFICE, "description: The English title.}", "nullable: true}")],
    "NULL is possible no more": [
        (BOX_OFFICE, "overview:       {type: text, nullable: true,", "overview:       {type: text,")
    ],
    "another unit": [
        (
            BOX_OFFICE,
            "Of all the brand's releases., unit: USD",
            "Of all the brand's releases., unit: EUR",
        )
    ],
    "another description": [
        (BOX_OFFICE, "description: The English title.", "description: As shown.")
    ],
    "another primary key": [
        (RATES, "[currency, rate_date]", "[currency, rate_date, published_at]")
    ],
    "an index, and another order": [
        (RATES, _KEY, f"{_KEY}      indexes: [[rate_date]]\n      cluster_by: [rate_date]\n")
    ],
    "a unique index": [
        (RATES, _KEY, f"{_KEY}      indexes: [{{columns: [rate_date], unique: true}}]\n")
    ],
    "partitions, kept for two years": [
        (
            BANKING,
            "[transaction_id]\n      write_disposition: append\n",
            "[transaction_id, booked_on]\n      write_disposition: append\n"
            "      partition_by: {column: booked_on, retention: 730d}\n",
        )
    ],
    "another write disposition": [
        (BOX_OFFICE, "write_disposition: merge\n", "write_disposition: append\n")
    ],
    "a history no more": [(BANKING, "write_disposition: scd2", "write_disposition: merge")],
    "a role loses access": [
        (
            BOX_OFFICE,
            "    primary_key: [genre]\n    grants: [bi_reader]\n",
            "    primary_key: [genre]\n",
        )
    ],
    "a domain loses access": [(BOX_OFFICE, "    share_with: [finance]\n", "")],
    "checks": [
        (
            BOX_OFFICE,
            "        - unique: {column: name}\n",
            "        - matches: {column: name, regex: x}\n",
        ),
        (
            BOX_OFFICE,
            "max_value: 10, on_failure: quarantine}",
            "max_value: 100, on_failure: quarantine}",
        ),
        (BOX_OFFICE, "mostly: 0.9, on_failure: warn", "mostly: 0.95, on_failure: warn"),
        (
            BOX_OFFICE,
            "- row_count: {min_value: 10}",
            "- row_count: {min_value: 5, on_failure: warn}",
        ),
        (RATES, "max_age: 4d", "max_age: 36h"),
        (RATES, "values: [USD, GBP, CHF, JPY]", "values: [USD, GBP, CHF]"),
        (BANKING, 'regex: "^C[0-9]{4,}$"', 'regex: "^C"'),
    ],
    "a policy": [
        (
            "specs/policy.yaml",
            "",
            "rules:\n"
            "  old-is-known:\n"
            "    require: freshness\n"
            "    severity: warning\n"
            "    applies_to: {layers: [gold], domains: [cinema]}\n"
            "  stays-small:\n"
            "    require: {row_limit: {at_most: 1000}}\n"
            "    applies_to: {layers: [gold], domains: [press]}\n",
        )
    ],
    "a guard": [
        (FRAUD, "max_shrink_percent: null", "max_shrink_percent: 10, max_quarantined_percent: 80")
    ],
    "a slower schedule": [(BOX_OFFICE, 'schedule: "@daily"', 'schedule: "@weekly"')],
    "another hour": [(BOX_OFFICE, 'schedule: "@daily"', 'schedule: "0 5 * * *"')],
    "freshness is promised no more": [
        (KPIS, "    freshness: {warn_after: 26h, error_after: 50h}\n", "")
    ],
    "a pipeline goes": [(FRAUD, "", "")],
    "a domain goes": [("specs/press/domain.yaml", "", ""), ("specs/press/films.yaml", "", "")],
    "a column of gold goes": [
        (
            GENRES_SQL,
            ",\n    rank() over (order by avg(m.popularity) desc nulls last, g.name)"
            " as popularity_rank",
            "",
        )
    ],
    "a column of gold comes": [
        (
            GENRES_SQL,
            "    count(m.movie_id) as films,\n",
            "    count(m.movie_id) as films,\n    min(m.movie_id) as first_film,\n",
        )
    ],
    "a column of a frozen table comes": [
        (
            "include/sql/cinema/unmatched_titles.sql",
            "    p.candidates,\n",
            "    p.candidates,\n    p.votes,\n",
        ),
        (
            BOX_OFFICE,
            "    sql: unmatched_titles.sql\n",
            "    sql: unmatched_titles.sql\n    schema_contract: freeze\n",
        ),
    ],
    "a column of gold is renamed": [
        ("include/sql/finance/operations.sql", "    o.label,", "    o.label as wording,"),
    ],
    "values of a merged table": [
        (
            BOX_OFFICE,
            "original_title: {type: text, clean: [trim, squeeze]}",
            "original_title: {type: text, clean: [trim]}",
        )
    ],
    "values of a replaced table": [
        (
            BOX_OFFICE,
            'top_release:    {from: "#1 Sortie", type: text, clean: [trim, squeeze]}',
            'top_release:    {from: "#1 Sortie", type: text, clean: [trim]}',
        )
    ],
    "another source": [
        (RATES, "lookback: 1d", "lookback: 2d"),
        (BANKING, "encoding: latin-1", "encoding: cp1252"),
    ],
    "another protection": [
        (
            BANKING,
            "classification: {pii: email, protect: hash}",
            "classification: {pii: email, protect: redact}",
        )
    ],
    "read in clear by a role": [
        (
            BANKING,
            "classification: {pii: bank_account, protect: mask}",
            "classification: {pii: bank_account, protect: mask, unmasked_for: [fraud_team]}",
        )
    ],
    "a spec that cannot be read": [(BOX_OFFICE, "datasets:\n", "datasets: [\n")],
    "a domain.yaml that is wrong": [("specs/cinema/domain.yaml", "owner:", "ownr:")],
    "a pipeline comes": [
        (
            "specs/press/more.yaml",
            "",
            "description: More.\ngold:\n  more: {sql: more.sql}\n",
        ),
        ("include/sql/press/more.sql", "", "select title from gold_press.films"),
    ],
    "a table moves": [
        (
            "specs/press/films.yaml",
            "  shelf:\n    description: Films by the length of their summary.\n"
            "    sql: shelf.sql\n",
            "",
        ),
        (
            "specs/press/shelves.yaml",
            "",
            "description: Shelves.\ngold:\n  shelf:\n    sql: shelf.sql\n"
            "    description: Films by the length of their summary.\n",
        ),
    ],
    "a frozen contract without a column": [
        (
            BANKING,
            "      filter: kind <> 'test'\n",
            "      filter: kind <> 'test'\n      schema_contract: {columns: freeze}\n",
        ),
        (
            BANKING,
            "        country:  {from: Pays, type: text, clean: [trim, upper],"
            " description: Where it was made.}\n",
            "",
        ),
        (BANKING, '        - matches: {column: country, regex: "^[A-Z]{2}$"}\n', ""),
    ],
    "metrics and dashboards": [
        (BOX_OFFICE, "expression: avg(mean_popularity)", "expression: max(mean_popularity)"),
        (
            BOX_OFFICE,
            '      releases: {expression: sum(releases), label: Releases, format: ",d"}\n',
            "",
        ),
        (
            BOX_OFFICE,
            "box_office_a_release, releases, top_share",
            "box_office_a_release, top_share",
        ),
        (BOX_OFFICE, "    certified: true\n    time_column", "    time_column"),
        (
            BOX_OFFICE,
            "label: Votes, format: SMART_NUMBER}\n    checks:\n      - between: {column: mean",
            "label: Votes, format: SMART_NUMBER}\n      most_votes: {expression: max(votes)}\n"
            "    checks:\n      - between: {column: mean",
        ),
        (FRAUD, "\ndashboards:\n  suspicions:\n", "\ndashboards:\n  by_rule:\n"),
        (FRAUD, "expression: upper(left(rule, 1)) ||", "expression: lower(left(rule, 1)) ||"),
    ],
    "another key of hashes": [
        ("specs/finance/domain.yaml", "tags: [finance]", "tags: [finance]\npii_conn_id: pii_2"),
        ("specs/finance/domain.yaml", "contacts: [finance-data", "contacts: [finance-desk"),
    ],
    "owner and exposures": [
        (BOX_OFFICE, "        owner: bi-team\n", "        owner: review-team\n"),
        ("specs/press/domain.yaml", "press-team", "press-office"),
    ],
    "a filter": [(BANKING, "filter: kind <> 'test'", "filter: kind <> 'test' AND amount > 1")],
}

_TOGETHER = (
    "another description",
    "NULL is possible no more",
    "values of a replaced table",
    "a guard",
    "another hour",
    "freshness is promised no more",
    "another source",
    "a filter",
    "a column of gold comes",
)
"""Of tables of their own: they say the same beside one another."""
ALONE = {name: edits for name, edits in EDITS.items() if name not in _TOGETHER}
TOGETHER = [edit for name in _TOGETHER for edit in EDITS[name]]

"""What each chart of the shipped dashboards shows, asked of the warehouse by hand: where a question
orders, the chart has that order."""

from __future__ import annotations

BRANDS = "from gold_cinema.brand_performance"
GENRES = "from gold_cinema.genre_popularity"
VOLUMES = "from gold_finance.daily_volumes"
ACTIVITY = "from gold_finance.segment_activity"
OPERATIONS = "from gold_finance.operations"
SUSPICIONS = "from gold_finance.suspicions_by_day"
SEGMENTS = ("retail", "private", "business", "left")
KIND = "upper(left(kind, 1)) || replace(substr(kind, 2), '_', ' ')"
RULE = "upper(left(rule, 1)) || replace(substr(rule, 2), '_', ' ')"
FRESHNESS = """
    select schema_name || '.' || table_name as published_table, state, message
    from medallion_bi.freshness where schema_name || '.' || table_name = any(%(tables)s)"""
"""Of the tile that each dashboard begins with."""


def _by_segment(number: str, *segments: str) -> str:
    return ", ".join(f"{number} filter (where segment = '{one}') as \"{one}\"" for one in segments)


def _by_rule() -> str:
    rules = (
        "unusual_amount", "many_within_an_hour", "round_amount_at_night", "new_country",
        "below_the_threshold", "customer_has_left",
    )  # fmt: skip
    return ", ".join(
        f"sum(operations) filter (where rule = '{one}') as"
        f' "{one[:1].upper()}{one[1:].replace("_", " ")}"'
        for one in rules
    )


EXPECTED = {
    "cinema-brands": {
        "brands": f"select count(*) as brands {BRANDS}",
        "found": f"select avg((candidates > 0)::int) as found {BRANDS}",
        "mean_vote": f"select sum(mean_vote * votes) / sum(votes) as mean_vote {BRANDS}",
        "top_share": f"""
            select percentile_cont(0.5) within group (order by top_release_share) as top_share
            {BRANDS}""",
        "largest": f"""
            select * from (select brand, total_gross as box_office {BRANDS} order by 2 desc
            limit 15) as best order by box_office""",
        "audience": f"""
            select brand, 'all' as "All", mean_vote, total_gross as box_office, votes {BRANDS}
            where votes >= 100""",
        "genres": f"select genre, mean_vote {GENRES}",
        "genre_table": f"""
            select genre, most_popular, films, mean_vote, mean_popularity as popularity, votes
            {GENRES} order by popularity desc""",
        "brand_table": f"""
            select brand, top_release, top_release_date, total_gross as box_office,
            total_gross / releases as box_office_a_release, releases,
            top_release_share as top_share, mean_vote {BRANDS} order by total_gross desc""",
        "to_look_at": """
            select brand, top_release, candidates, reason from gold_cinema.unmatched_titles
            order by brand""",
    },
    "finance-volumes": {
        "volume": f"select day, sum(volume_eur) as volume {VOLUMES} group by 1 order by 1",
        "operations": f"select day, sum(operations) as operations {VOLUMES} group by 1 order by 1",
        "average_ticket": f"""
            select sum(volume_eur) / sum(operations) as average_ticket {VOLUMES}""",
        "active": f"""
            select avg(customers) as active_customers from
            (select sum(active_customers) as customers {ACTIVITY} group by day) as days""",
        "by_segment": f"""
            select day, {_by_segment("sum(volume_eur)", *SEGMENTS)} {VOLUMES}
            group by 1 order by 1""",
        "active_by_segment": f"""
            select day, {_by_segment("sum(active_customers)", "retail", "private", "business")}
            {ACTIVITY} where segment <> 'left' group by 1 order by 1""",
        "by_currency": f"""
            select currency, sum(volume_eur) as volume {VOLUMES} group by 1 order by 2""",
        "parts": f"select segment, sum(operations) as operations {VOLUMES} group by 1",
        "countries": f"""
            select country, sum(amount_eur) as volume {OPERATIONS} group by 1 order by 2""",
        "hours": f"""
            select to_char(booked_at at time zone 'Europe/Paris', 'HH24') as hour,
            to_char(booked_at at time zone 'Europe/Paris', 'ID Dy') as weekday,
            count(*) as operations {OPERATIONS} group by 1, 2""",
        "kinds": f"""
            select {KIND} as kind_name, count(*) as operations, sum(amount_eur) as volume
            {OPERATIONS} group by 1 order by 3 desc""",
    },
    "finance-suspicions": {
        "suspicions": f"""
            select day, sum(operations) as suspicions {SUSPICIONS} group by 1 order by 1""",
        "volume": f"select sum(volume_eur) as volume {SUSPICIONS}",
        "average_amount": f"""
            select sum(volume_eur) / sum(operations) as average_amount {SUSPICIONS}""",
        "by_day": f"select day, {_by_rule()} {SUSPICIONS} group by 1 order by 1",
        "by_rule": f"""
            select {RULE} as rule_name, sum(operations) as suspicions {SUSPICIONS} group by 1""",
        "where": f"""
            select segment, {RULE} as rule_name, sum(operations) as suspicions {SUSPICIONS}
            group by 1, 2""",
        "rules": f"""
            select {RULE} as rule_name, segment, sum(operations) as suspicions,
            sum(volume_eur) as volume, sum(volume_eur) / sum(operations) as average_amount
            {SUSPICIONS} group by 1, 2 order by 4 desc""",
    },
}
"""By the dashboard's slug and the chart's name."""

"""A shop's API as dlt reads it: defaults, a parent, three ways of paging."""

import dlt
from dlt.sources.rest_api import RESTAPIConfig, rest_api_resources


@dlt.source
def shop_source(token=dlt.secrets.value):
    config: RESTAPIConfig = {
        "client": {
            "base_url": "https://api.shop.example/v3/",
            "auth": {
                "type": "api_key",
                "name": "X-Shop-Key",
                "api_key": token,
                "location": "header",
            },
            "headers": {"Accept-Language": "fr", "X-Secret-Token": "s3cr3t-of-nobody"},
            "paginator": {"type": "json_link", "next_url_path": "paging.next"},
            "session": dlt.secrets["session"],
        },
        "resource_defaults": {
            "primary_key": "id",
            "write_disposition": "merge",
            "max_table_nesting": 1,
            "endpoint": {
                "params": {"per_page": 100},
                "response_actions": [{"status_code": 404, "action": "ignore"}],
            },
        },
        "resources": [
            {
                "name": "orders",
                "endpoint": {
                    "path": "orders",
                    "params": {
                        "state": "all",
                        "sort": ["updated"],
                        "since": "{incremental.start_value}",
                    },
                    "incremental": {
                        "cursor_path": "updated_at",
                        "initial_value": "2026-01-01T00:00:00Z",
                        "lag": 3600,
                        "on_cursor_value_missing": "include",
                    },
                    "data_selector": "data",
                },
                "table_format": "delta",
                "columns": {
                    "total": {
                        "data_type": "decimal",
                        "precision": 12,
                        "scale": 2,
                        "nullable": False,
                    },
                    "tags": {"data_type": "json", "hint_of_ours": 1},
                },
                "schema_contract": {"tables": "evolve", "columns": "freeze", "data_type": "freeze"},
            },
            {
                "name": "order_lines",
                "primary_key": ["order_id", "line"],
                "include_from_parent": ["number"],
                "endpoint": {
                    "path": "orders/{resources.orders.id}/lines",
                    "paginator": {
                        "type": "offset",
                        "limit": 50,
                        "total_path": None,
                        "maximum_offset": 1000,
                    },
                },
            },
            {
                "name": "prices",
                "write_disposition": {"disposition": "merge", "strategy": "scd2"},
                "endpoint": {
                    "path": "prices",
                    "method": "POST",
                    "json": {"currency": "EUR"},
                    "paginator": "single_page",
                },
            },
            "shops",
            {"name": "helper", "selected": False, "endpoint": "helper"},
        ],
        "parallel": True,
    }
    yield from rest_api_resources(config)

import dlt
from dlt.sources.helpers.rest_client.paginators import PageNumberPaginator
from dlt.sources.rest_api import RESTAPIConfig, rest_api_resources

BASE = "https://api.shop.example/v2/"


@dlt.source(name="shop")
def shop_source(access_token=dlt.secrets.value):
    config: RESTAPIConfig = {
        "client": {
            "base_url": BASE,
            "headers": {"Accept": "application/json", "X-Api-Key": access_token},
            "auth": {"type": "bearer", "token": access_token},
            "paginator": PageNumberPaginator(
                base_page=1, page_param="page", total_path="meta.pages"
            ),
        },
        "resource_defaults": {
            "primary_key": "id",
            "write_disposition": "merge",
            "endpoint": {"params": {"per_page": 100}, "data_selector": "data"},
        },
        "resources": [
            {
                "name": "orders",
                "endpoint": {
                    "path": "orders",
                    "params": {
                        "sort": "updated",
                        "since": {
                            "type": "incremental",
                            "cursor_path": "updated_at",
                            "initial_value": "2024-01-25T11:21:28Z",
                        },
                    },
                },
                "columns": {
                    "id": {"data_type": "bigint", "nullable": False},
                    "total": {"data_type": "decimal", "precision": 12, "scale": 2},
                    "customer": {"data_type": "json"},
                    "updated_at": {"data_type": "timestamp"},
                },
            },
            {
                "name": "order_items",
                "endpoint": {
                    "path": "orders/{order_id}/items",
                    "params": {
                        "order_id": {"type": "resolve", "resource": "orders", "field": "id"}
                    },
                    "response_actions": [{"status_code": 404, "action": "ignore"}],
                },
                "include_from_parent": ["id"],
                "processing_steps": [{"filter": lambda item: item["quantity"] > 0}],
            },
            "shops",
        ],
    }
    yield from rest_api_resources(config)

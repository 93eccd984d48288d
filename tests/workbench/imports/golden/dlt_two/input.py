import dlt
from dlt.sources.rest_api import RESTAPIConfig, rest_api_resources, rest_api_source


@dlt.source(name="shelf")
def shelf_source(token=dlt.secrets.value):
    config: RESTAPIConfig = {
        "client": {
            "base_url": "https://api.shelf.example/v1/",
            "auth": ({"type": "bearer", "token": token} if token else None),
        },
        "resources": [
            {
                "name": "books",
                "primary_key": "id",
                "columns": {"id": {"data_type": "bigint"}, "title": {"data_type": "text"}},
                "endpoint": {
                    "path": "books",
                    "data_selector": "books",
                    "paginator": {"type": "json_link", "next_url_path": "next"},
                },
            },
        ],
    }
    yield from rest_api_resources(config)


def load_authors():
    source = rest_api_source(
        {
            "client": {"base_url": "https://authors.example/"},
            "resources": ["authors"],
        }
    )
    dlt.pipeline("authors").run(source)

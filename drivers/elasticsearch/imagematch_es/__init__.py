"""imagematch's driver for Elasticsearch: `elasticsearch://host:9200`."""

from .driver import ElasticsearchDriver

__all__ = ["ElasticsearchDriver"]

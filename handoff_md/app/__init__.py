"""One use case per module: a request comes in, a result goes out."""

"""How a document heads and orders its entries, found once from the whole of it."""

"""What a document says apart from its entries: header, links, anchors, markers, secrets."""

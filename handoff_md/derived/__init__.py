"""A document as a folder of pieces that no merge of branches can break; split and built. Pure."""

"""`answerable simulate`: a town texts the real product through real HTTP while things go wrong; a ledger at the end."""

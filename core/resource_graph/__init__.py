"""Azure Resource Graph over the fleet: Kusto queries of what was found, answered as Azure does.

A process keeps what the views show in a DuckDB in its memory, and brings that up to date before it
answers. `docs/resource-graph.md` says what runs, `docs/adr/0017-resource-graph.md` why it is so.
"""

"""Kusto queries as Azure Resource Graph takes them: read, and told in DuckDB's SQL.

Text becomes tokens (`tokens.py`), tokens a tree (`syntax.py`; `script.py`, `operators.py` and
`expressions.py` read it), and the tree SQL (`translation.py` and the modules that it calls). All of
it is pure. Nothing that a query says ever stands in the SQL: its names become numbered columns, and
its values bound parameters.
"""

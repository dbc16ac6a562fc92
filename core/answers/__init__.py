"""What answers look like on the wire: one type for each.

Whoever answers makes these, whoever describes the API reads them (`core/openapi/`), and clients of
our own may decode with them. Names are camelCase on the wire, times are ISO 8601 in UTC.
"""

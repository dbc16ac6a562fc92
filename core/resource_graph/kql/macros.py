"""What Kusto has and DuckDB has not, as macros that a database is given once."""

_DAY = 86_400_000_000

MACROS = (
    "kql_stamp(m) AS strftime(m, '%Y-%m-%dT%H:%M:%S.%f') || '0Z'",
    "kql_moment(t) AS TRY_CAST(t AS TIMESTAMPTZ) AT TIME ZONE 'UTC'",
    """kql_long(t) AS coalesce(
        CASE WHEN regexp_full_match(t, '[+-]?[0-9]+') THEN TRY_CAST(t AS BIGINT) END,
        TRY_CAST(trunc(TRY_CAST(t AS DOUBLE)) AS BIGINT),
        TRY_CAST(TRY_CAST(t AS BOOLEAN) AS BIGINT))""",
    f"""kql_span_text(us) AS
        CASE WHEN us < 0 THEN '-' ELSE '' END
        || CASE WHEN abs(us) >= {_DAY} THEN CAST(abs(us) // {_DAY} AS VARCHAR) || '.' ELSE '' END
        || strftime(make_timestamp(abs(us) % {_DAY}), '%H:%M:%S')
        || CASE WHEN us % 1000000 = 0 THEN ''
            ELSE strftime(make_timestamp(abs(us) % {_DAY}), '.%f0') END""",
    f"""kql_span_parts(p) AS
        CASE WHEN p.h = '' AND p.d = '' THEN NULL ELSE
        (CASE WHEN p.s = '-' THEN -1 ELSE 1 END) * (
            CAST('0' || p.d AS BIGINT) * {_DAY}
            + CAST('0' || p.h AS BIGINT) * 3600000000
            + CAST('0' || p.m AS BIGINT) * 60000000
            + CAST(round(CAST('0' || p.f AS DOUBLE) * 1000000) AS BIGINT)) END""",
    r"""kql_span(t) AS kql_span_parts(regexp_extract(t,
        '^(-?)(?:(\d{1,8})(?:\.|$))?(?:(\d{1,2}):(\d{2})(?::(\d{2}(?:\.\d{1,7})?))?)?$',
        ['s', 'd', 'h', 'm', 'f']))""",
    r"""kql_has(t, w) AS regexp_matches(t,
        '(?i)(?:^|[^\pL\pN])' || regexp_escape(w) || '(?:$|[^\pL\pN])')""",
    r"""kql_has_cs(t, w) AS regexp_matches(t,
        '(?:^|[^\pL\pN])' || regexp_escape(w) || '(?:$|[^\pL\pN])')""",
    r"""kql_hasprefix(t, w) AS regexp_matches(t, '(?i)(?:^|[^\pL\pN])' || regexp_escape(w))""",
    r"""kql_hasprefix_cs(t, w) AS regexp_matches(t, '(?:^|[^\pL\pN])' || regexp_escape(w))""",
    r"""kql_hassuffix(t, w) AS regexp_matches(t,
        '(?i)' || regexp_escape(w) || '(?:$|[^\pL\pN])')""",
    r"""kql_hassuffix_cs(t, w) AS regexp_matches(t, regexp_escape(w) || '(?:$|[^\pL\pN])')""",
    """kql_substring(t, first, n) AS substring(t,
        greatest(CASE WHEN first < 0 THEN length(t) + first ELSE first END, 0) + 1,
        greatest(n, 0))""",
    "kql_items(j) AS CASE WHEN json_type(j) = 'ARRAY' THEN from_json(j, '[\"JSON\"]') ELSE [] END",
    """kql_entries(j) AS CASE json_type(j)
        WHEN 'ARRAY' THEN from_json(j, '["JSON"]')
        WHEN 'OBJECT' THEN list_transform(json_keys(j),
            lambda name: json_object(name, json_extract(j, '/'
                || replace(replace(name, '~', '~0'), '/', '~1'))))
        WHEN 'NULL' THEN [] ELSE [j] END""",
    "kql_bin(v, s) AS floor(v / s) * s",
    "kql_bin_whole(v, s) AS v - ((v % s) + s) % s",
    "kql_merge(a, b) AS CASE WHEN a IS NULL THEN b WHEN b IS NULL THEN a "
    "WHEN json_type(a) = 'OBJECT' AND json_type(b) = 'OBJECT' THEN json_merge_patch(a, b) "
    "ELSE a END",
    """kql_bags(bags) AS list_reduce(list_filter(bags, lambda one: json_type(one) = 'OBJECT'),
        lambda a, b: json_merge_patch(a, b), CAST('{}' AS JSON))""",
)
"""Each as it stands behind CREATE MACRO, in an order in which none is used before it is there."""

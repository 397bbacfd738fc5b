"""What SQL may say: one SELECT over the seven views, with functions that only compute. Checked on the parsed statement.

Everything is an allow list, so that what a newer DuckDB adds is refused until somebody has looked at it.
"""

from __future__ import annotations

import difflib
import json
import re
from typing import Any

import duckdb

from tools.errors import ToolError
from tools.store.views import VIEWS

MAX_SQL = 200_000
"""Room for the names of all runs of a large sweep."""
TABLE_FUNCTIONS = frozenset({"range", "generate_series", "unnest"})
_FUNCTIONS = """
    + - * / // % ** ^ & | << >> || ~ ! @ ~~ !~~ ~~* !~~* ~~~ ^@ && <@ @> -> ->> = != < <= > >= !__postfix abs
    acos acosh asin asinh atan atan2 atanh cbrt ceil ceiling cos cosh cot degrees divide even exp factorial fdiv
    floor fmod gamma gcd greatest isfinite isinf isnan lcm least lgamma ln log log10 log2 mod multiply nextafter
    pi pow power radians round round_even roundbankers sign signbit sin sinh sqrt subtract add tan tanh trunc
    xor greatest_common_divisor least_common_multiple bit_count equi_width_bins is_histogram_other_bin any_value
    approx_count_distinct approx_quantile approx_top_k arbitrary arg_max arg_max_null arg_min arg_min_null
    argmax argmin array_agg avg bit_and bit_or bit_xor bool_and bool_or corr count count_if count_star countif
    covar_pop covar_samp entropy favg first fsum geomean geometric_mean group_concat grouping grouping_id
    histogram histogram_exact kahan_sum kurtosis kurtosis_pop last list listagg mad max max_by mean median min
    min_by mode product quantile quantile_cont quantile_disc regr_avgx regr_avgy regr_count regr_intercept
    regr_r2 regr_slope regr_sxx regr_sxy regr_syy reservoir_quantile sem skewness stddev stddev_pop stddev_samp
    string_agg sum sum_no_overflow sumkahan var_pop var_samp variance wavg weighted_avg cume_dist dense_rank
    fill first_value lag last_value lead nth_value ntile percent_rank rank rank_dense row_number if ifnull
    nullif coalesce typeof hash constant_or_null row struct_pack struct_extract struct_extract_at struct_keys
    struct_values map map_entries map_extract map_extract_value map_from_entries map_keys map_values element_at
    cardinality unnest range generate_series list_value list_pack array_value list_any_value list_append
    list_apply list_avg list_cat list_concat list_contains list_count list_cosine_similarity list_distance
    list_distinct list_dot_product list_element list_extract list_filter list_first list_grade_up list_has
    list_has_all list_has_any list_indexof list_inner_product list_intersect list_last list_max list_median
    list_min list_mode list_position list_prepend list_product list_reduce list_reverse list_reverse_sort
    list_select list_slice list_sort list_stddev_pop list_stddev_samp list_sum list_transform list_unique
    list_var_pop list_var_samp list_where list_zip array_append array_apply array_contains array_distinct
    array_extract array_filter array_has array_indexof array_length array_position array_reverse array_slice
    array_sort array_to_string array_transform array_unique flatten len length ascii bar bit_length char_length
    character_length chr concat concat_ws contains damerau_levenshtein ends_with format format_bytes
    formatreadablesize instr jaccard jaro_similarity jaro_winkler_similarity lcase left levenshtein like_escape
    ilike_escape not_like_escape not_ilike_escape lower lpad ltrim md5 ord parse_filename position prefix printf
    regexp_escape regexp_extract regexp_extract_all regexp_full_match regexp_matches regexp_replace
    regexp_split_to_array replace reverse right rpad rtrim sha256 split split_part starts_with str_split
    str_split_regex string_split string_split_regex string_to_array strip_accents strlen strpos substr substring
    suffix translate trim ucase unicode upper to_json age century date_add date_diff date_part date_sub
    date_trunc datediff datepart datesub datetrunc day dayname dayofmonth dayofweek dayofyear days_in_month
    decade epoch epoch_ms epoch_ns epoch_us hour isodow isoyear julian last_day make_date make_time
    make_timestamp make_timestamp_ms microsecond millisecond minute month monthname quarter second strftime
    strptime time_bucket to_days to_hours to_microseconds to_milliseconds to_minutes to_months to_seconds
    to_weeks to_years try_strptime week weekday weekofyear year yearweek
"""
FUNCTIONS = frozenset(_FUNCTIONS.split())
_EXPRESSIONS = """
    BETWEEN CASE CAST COLLATE COLUMN_REF COMPARISON CONJUNCTION CONSTANT FUNCTION LAMBDA OPERATOR
    POSITIONAL_REFERENCE STAR SUBQUERY TYPE WINDOW
"""
EXPRESSIONS = frozenset(_EXPRESSIONS.split())
_STRUCTURES = """
    SELECT_NODE SET_OPERATION_NODE RECURSIVE_CTE_NODE CTE_NODE BASE_TABLE JOIN SUBQUERY EMPTY EMPTY_FROM
    EXPRESSION_LIST TABLE_FUNCTION PIVOT SHOW_REF ORDER_MODIFIER DISTINCT_MODIFIER LIMIT_MODIFIER
    LIMIT_PERCENT_MODIFIER ORDER_DEFAULT ASCENDING DESCENDING
"""
STRUCTURES = frozenset(_STRUCTURES.split())
LESS = "Filter by run and metric, or aggregate."
ONLY_SELECT = "Write one SELECT over the views " + ", ".join(VIEWS) + "."

Node = dict[str, Any]


def parse(con: duckdb.DuckDBPyConnection, sql: str) -> duckdb.Statement:
    """The one statement of `sql`, when it may run. ToolError says what may not be."""
    if len(sql) > MAX_SQL:
        raise ToolError(f"the SQL is {len(sql)} characters long; at most {MAX_SQL} are read.")
    statements = con.extract_statements(sql)
    if len(statements) != 1:
        raise ToolError(f"{len(statements)} statements were sent; exactly one is run.", ONLY_SELECT)
    (statement,) = statements
    if statement.type != duckdb.StatementType.SELECT:
        raise _refusal(statement.type.name)
    (text,) = con.execute("select json_serialize_sql(?)", [statement.query]).fetchall()[0]
    try:
        tree = json.loads(text)
        if tree["error"]:
            raise ToolError(f"this statement cannot be checked: {tree['error_message']}.", ONLY_SELECT)
        _visit(tree["statements"], frozenset())
    except RecursionError:
        raise ToolError("the SQL is nested too deeply.", "Use WITH to name its parts.") from None
    return statement


def _refusal(kind: str) -> ToolError:
    if kind == "MULTI":
        named = "FROM metrics PIVOT (max(value) FOR metric IN ('loss', 'val_loss'))"
        return ToolError("PIVOT must name its values.", f"Write {named}, or use FILTER (WHERE metric = 'loss').")
    return ToolError(f"{kind} is not allowed here.", ONLY_SELECT)


def _visit(node: Any, names: frozenset[str]) -> None:
    """Refuse whatever is not on the lists; `names` are the WITH names that are in sight."""
    if isinstance(node, list):
        for one in node:
            _visit(one, names)
    elif isinstance(node, dict):
        _check(node, names)
        inner = _visit_with(node.get("cte_map"), names)
        recursive = node.get("type") == "RECURSIVE_CTE_NODE"
        for key, value in node.items():
            if key != "cte_map":
                # Only the repeated half of a recursion sees its name; in the first half it would be a system table.
                _visit(value, inner | {str(node["cte_name"]).lower()} if recursive and key == "right" else inner)


def _visit_with(with_clause: Node | None, names: frozenset[str]) -> frozenset[str]:
    """A WITH name is in sight for what follows it, and not for itself: a system table of that name must not slip in."""
    for entry in with_clause["map"] if with_clause else []:
        name = str(entry["key"]).lower()
        if not re.fullmatch(r"\w[\w ]*", name) or name.startswith(("duckdb_", "pg_", "pragma_", "sqlite_")):
            raise ToolError(f'"{name}" cannot be the name of a WITH.', "Use a plain name of letters and digits.")
        _visit(entry["value"], names)
        names = names | {name}
    return names


def _check(node: Node, names: frozenset[str]) -> None:
    kind = node.get("class")
    if kind is not None:
        _check_expression(node, str(kind))
    elif isinstance(node.get("type"), str):
        _check_structure(node, node["type"], names)


def _check_expression(node: Node, kind: str) -> None:
    if kind not in EXPRESSIONS:
        what = "a parameter (? or $name)" if kind == "PARAMETER" else f"{kind.lower()} expressions"
        raise ToolError(f"{what} cannot be used here.", ONLY_SELECT)
    if kind in {"FUNCTION", "WINDOW"}:
        _check_function(node, FUNCTIONS)
    if kind == "TYPE" and len(node["qualified_name"]["path"]) != 1:
        raise ToolError(f"the type {node['type_name']} is not known.")


def _check_function(node: Node, allowed: frozenset[str]) -> None:
    name = str(node["function_name"]).lower()
    if name not in allowed or len(node.get("qualified_name", {}).get("path", [name])) != 1:
        near = difflib.get_close_matches(name, sorted(allowed), n=3, cutoff=0.7)
        hint = f"Near it: {', '.join(near)}." if near else "Aggregates, window, list, text and date functions are."
        if name in allowed:
            hint = f"Call it plainly: {name}(...)."
        raise ToolError(f"the function {name} is not available.", hint)


def _check_structure(node: Node, kind: str, names: frozenset[str]) -> None:
    if kind not in STRUCTURES:
        raise ToolError(f"{kind.removesuffix('_NODE').replace('_', ' ').lower()} is not allowed here.", ONLY_SELECT)
    if kind == "BASE_TABLE":
        _check_table(node, names)
    elif kind == "TABLE_FUNCTION":
        _check_function(node["function"], TABLE_FUNCTIONS)
    elif kind == "SHOW_REF" and not node["query"] and node["table_name"] != '"tables"':
        raise ToolError("only SHOW TABLES, DESCRIBE and SUMMARIZE of a view can be shown.")


def _check_table(node: Node, names: frozenset[str]) -> None:
    path = [str(part) for part in node["qualified_name"]["path"]]
    name = path[-1].lower()
    if node.get("at_clause"):
        raise ToolError("AT (a point in time of a table) cannot be used here.")
    if len(path) == 1 and name in names:
        return
    if name not in VIEWS or path[:-1] not in ([], ["main"]):
        near = difflib.get_close_matches(name, [*VIEWS, *names], n=1, cutoff=0.5)
        hint = f"Did you mean {near[0]}? " if near else ""
        raise ToolError(f'there is no view "{".".join(path)}".', f"{hint}There are: {', '.join(VIEWS)}.")

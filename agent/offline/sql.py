"""The queries the analyst sends: text in, a wanted call out. Values of logs are quoted, never pasted."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from agent.offline.terms import Place
from agent.offline.thread import Call, call

ROWS = 10_000
"""So many rows are asked for: one for each run of a large sweep, and more than that."""


def quoted(text: str) -> str:
    """A SQL string literal."""
    return "'" + text.replace("'", "''") + "'"


def among(column: str, values: Iterable[str]) -> str:
    """A condition that a column is one of the values."""
    return f"{column} in ({', '.join(map(quoted, values))})"


def query(sql: str) -> Call:
    """A wanted query."""
    return call("query_metrics", sql=f"{' '.join(sql.split())} limit {ROWS}")


def metric_catalogue() -> Call:
    """Which metrics are logged, what they mean, and by how many runs."""
    return query(
        "select metric, any_value(r.role) as role, any_value(split) as split, any_value(goal) as goal, "
        "any_value(family) as family, count(*) as runs, sum(points) as points from roles r "
        "join (select run, metric, count(*) as points from metrics group by run, metric) using (run, metric) "
        "group by metric order by runs desc, points desc, metric"
    )


def metrics_of(runs: Sequence[str]) -> Call:
    """Which metrics these runs log."""
    return query(f"select distinct metric from metrics where {among('run', runs)} order by metric")


def params_of(runs: Sequence[str]) -> Call:
    """Which hyperparameters these runs have."""
    return query(f"select distinct key from params where {among('run', runs)} order by key")


def param_catalogue() -> Call:
    """Which hyperparameters are set, with how many different values."""
    return query(
        "select key, count(distinct value) as settings, count(distinct run) as runs from params "
        "group by key order by settings desc, key"
    )


SPOTS = {
    "lowest": ("min(value) filter (isfinite(value))", "arg_min({0}, value) filter (isfinite(value))"),
    "highest": ("max(value) filter (isfinite(value))", "arg_max({0}, value) filter (isfinite(value))"),
    "first": ("arg_min(value, seq)", "arg_min({0}, seq)"),
    "begun": ("arg_min(value, seq) filter (isfinite(value))", "arg_min({0}, seq) filter (isfinite(value))"),
    "last": ("arg_max(value, seq)", "arg_max({0}, seq)"),
    "sound": ("arg_max(value, seq) filter (isfinite(value))", "arg_max({0}, seq) filter (isfinite(value))"),
    "mean": ("avg(value) filter (isfinite(value))", "null"),
}


def at_spots(metrics: Sequence[str], runs: Sequence[str], spots: Sequence[str], order: str = "run, metric") -> Call:
    """Each metric of each run (no runs: all) at distinguished points: the value, its step and epoch."""
    columns = ", ".join(_spot(spot) for spot in spots)
    return query(
        f"select run, metric, count(*) as points, count(*) filter (not isfinite(value)) as non_finite, {columns} "
        f"from metrics where {_of(metrics, runs)} group by run, metric order by {order}"
    )


def _spot(spot: str) -> str:
    value, place = SPOTS[spot]
    return f"{value} as {spot}, {place.format('step')} as {spot}_step, {place.format('epoch')} as {spot}_epoch"


def _of(metrics: Sequence[str], runs: Sequence[str]) -> str:
    """A condition on metrics and, if any are given, runs."""
    return among("metric", metrics) + (f" and {among('run', runs)}" if runs else "")


def at_position(metrics: Sequence[str], runs: Sequence[str], unit: str, position: float) -> Call:
    """The value logged nearest to a step or epoch; where it was logged twice, the later value."""
    return query(
        f"select run, metric, step, epoch, value from metrics where {_of(metrics, runs)} and {unit} is not null "
        f"qualify row_number() over (partition by run, metric order by abs({unit} - {position:.10g}), seq desc) = 1 "
        "order by run, metric"
    )


def at_share(metrics: Sequence[str], runs: Sequence[str], share: float) -> Call:
    """The value logged nearest to a share of each run: in epochs where the run counts them, else in steps."""
    there = f"first_epoch + {share:.10g} * (last_epoch - first_epoch)"
    return query(
        "select run, metric, step, epoch, value from metrics join (select run, max(step) as last_step, "
        "min(epoch) as first_epoch, max(epoch) as last_epoch from metrics group by run) using (run) "
        f"where {_of(metrics, runs)} qualify row_number() over (partition by run, metric order by "
        f"case when epoch is not null and last_epoch > first_epoch then abs(epoch - ({there})) "
        f"else abs(step - {share:.10g} * last_step) end, seq desc) = 1 order by run, metric"
    )


def gaps(left: Sequence[str], right: Sequence[str], runs: Sequence[str], spot: str) -> Call:
    """How far two metrics of each run are apart at a distinguished point."""
    value = SPOTS[spot][0]
    sides = [
        f"(select run, metric, {value} as value from metrics where {_of(names, runs)} group by run, metric)"
        for names in (left, right)
    ]
    return query(
        "select run, min(own.metric) as metric, min(other.metric) as other, abs(any_value(own.value - other.value)) "
        f"as apart from {sides[0]} own join {sides[1]} other using (run) group by run order by apart desc, run"
    )


def at_number(metrics: Sequence[str], runs: Sequence[str], position: float) -> Call:
    """The value logged nearest to a number on the axis: an epoch where the run went that far in epochs, else a step."""
    axis = f"case when last_epoch >= {position:.10g} then epoch else step end"
    return query(
        "select run, metric, step, epoch, value from metrics join (select run, max(epoch) as last_epoch "
        f"from metrics group by run) using (run) where {_of(metrics, runs)} qualify row_number() over "
        f"(partition by run, metric order by abs({axis} - {position:.10g}) nulls last, seq desc) = 1 "
        "order by run, metric"
    )


def before(metrics: Sequence[str], run: str, unit: str, position: float) -> Call:
    """The last finite value before a step or epoch."""
    return query(
        f"select run, metric, step, epoch, value from metrics where {_of(metrics, [run])} and isfinite(value) "
        f"and {unit} < {position:.10g} qualify row_number() over (partition by run, metric order by seq desc) = 1"
    )


def moments(metrics: Sequence[str], runs: Sequence[str], spot: str) -> Call:
    """When by the clock each metric of each run was lowest, highest, first or last, and how long after its start."""
    time = SPOTS[spot][1].format("wall_time")
    return query(
        f"select run, metric, strftime({time}, '%Y-%m-%d %H:%M:%S') as at, "
        f"date_diff('millisecond', min(wall_time), {time}) / 1000.0 as seconds "
        f"from metrics where {_of(metrics, runs)} and wall_time is not null group by run, metric order by run, metric"
    )


def clocks(runs: Sequence[str]) -> Call:
    """When runs began and ended by the clock, the earliest first, and how many seconds after the first of all."""
    return query(
        "select run, strftime(min(wall_time), '%Y-%m-%d %H:%M:%S') as began, "
        "strftime(max(wall_time), '%Y-%m-%d %H:%M:%S') as ended, epoch(min(wall_time)) as began_at, "
        f"epoch(max(wall_time)) as ended_at from metrics where {among('run', runs)} and wall_time is not null "
        "group by run order by min(wall_time), run"
    )


def first_reach(metrics: Sequence[str], runs: Sequence[str], how: str, bound: float) -> Call:
    """The first point at which a metric passed a bound."""
    return query(
        f"select run, metric, step, epoch, value from metrics where {_of(metrics, runs)} "
        f"and isfinite(value) and value {how} {bound:.10g} "
        "qualify row_number() over (partition by run, metric order by seq) = 1 order by run, metric"
    )


def first_after(metrics: Sequence[str], runs: Sequence[str], place: Place, how: str, bound: float) -> Call:
    """The first point behind a place at which a metric passed a bound."""
    behind = f"{place.unit} > {place.value:.10g}"
    return query(
        f"select run, metric, step, epoch, value from metrics where {_of(metrics, runs)} and {behind} "
        f"and isfinite(value) and value {how} {bound:.10g} "
        "qualify row_number() over (partition by run, metric order by seq) = 1 order by run, metric"
    )


def jumps(metrics: Sequence[str], runs: Sequence[str]) -> Call:
    """How far each metric moves on average from one point to the next in the second half of a run."""
    return query(
        "select run, metric, avg(abs(up)) as jump from (select run, metric, value - lag(value) over w as up, "
        f"percent_rank() over w as done from metrics where {_of(metrics, runs)} and isfinite(value) "
        "window w as (partition by run, metric order by seq)) where done >= 0.5 and up is not null "
        "group by run, metric order by run, metric"
    )


def shifts(metrics: Sequence[str], runs: Sequence[str]) -> Call:
    """The first changes of each metric of each run from one point to the next, and how many there are in all."""
    return query(
        "select run, metric, step, epoch, before, value, count(*) over (partition by run, metric) as changes from "
        "(select run, metric, step, epoch, seq, value, lag(value) over w as before "
        f"from metrics where {_of(metrics, runs)} and isfinite(value) "
        "window w as (partition by run, metric order by seq)) where before is not null "
        "and abs(value - before) > 1e-9 * abs(before) "
        "qualify row_number() over (partition by run, metric order by seq) <= 12 order by run, metric, seq"
    )


def extents(runs: Sequence[str]) -> Call:
    """How far runs went: last step, first and last epoch, number of whole epochs, seconds from first to last point."""
    return query(
        "select run, max(step) as last_step, min(epoch) as first_epoch, max(epoch) as last_epoch, "
        "count(distinct floor(epoch)) as epochs, "
        "date_diff('millisecond', min(wall_time), max(wall_time)) / 1000.0 as seconds, "
        "seconds / nullif(max(epoch) - min(epoch), 0) as epoch_seconds, "
        "seconds / nullif(max(step) - min(step), 0) as step_seconds "
        f"from metrics where {among('run', runs)} group by run order by run"
    )


def settings(keys: Sequence[str], runs: Sequence[str] = ()) -> Call:
    """Values of hyperparameters."""
    where = among("key", keys) + (f" and {among('run', runs)}" if runs else "")
    return query(f"select run, key, value, number from params where {where} order by key, run")


def product(keys: Sequence[str], runs: Sequence[str]) -> Call:
    """The product of several settings of each run."""
    where = f"{among('key', keys)} and {among('run', runs)}"
    return query(f"select run, product(number) as value from params where {where} group by run order by run")


def settings_by_value(keys: Sequence[str], runs: Sequence[str]) -> Call:
    """Each value of a hyperparameter with how many of these runs have it, the most common first."""
    return query(
        "select min(key) as key, value, count(distinct run) as runs, "
        "string_agg(distinct run, ', ' order by run) as named, "
        "count(*) over () as settings from params "
        f"where {among('key', keys)} and {among('run', runs)} group by value order by runs desc, value"
    )


def summary_of(values: Sequence[float]) -> Call:
    """Mean, median, spread and sum of values that earlier results gave."""
    rows = ", ".join(f"({value!r}::double)" for value in values)
    return query(
        "select avg(v) as mean, median(v) as median, stddev_samp(v) as spread, sum(v) as total "
        f"from (values {rows}) as given(v)"
    )


def stretch(metrics: Sequence[str], runs: Sequence[str], unit: str, low: float | None, high: float | None) -> Call:
    """Each metric of each run between two positions: its first, last, lowest, highest and mean value."""
    ends = [f"{unit} >= {low:.10g}"] if low is not None else []
    ends += [f"{unit} <= {high:.10g}"] if high is not None else []
    within = "".join(f" and {end}" for end in ends)
    columns = ", ".join(_spot(spot) for spot in ("first", "last", "lowest", "highest", "mean"))
    return query(
        f"select run, metric, count(*) as points, {columns} from metrics where {_of(metrics, runs)}{within} "
        "group by run, metric order by run, metric"
    )


def varied_settings(ignored: str) -> Call:
    """Hyperparameters that are not the same in all runs, a row for each run; keys that only name a run are left out."""
    return query(
        "select run, list(key order by key) as keys, list(value order by key) as vals from params where key in "
        "(select p.key from params p group by p.key "
        "having count(distinct p.value) > 1 or count(distinct p.run) < (select count(*) from runs)) "
        f"and not regexp_matches(lower(key), {quoted(ignored)}) group by run order by run"
    )


def found_in_runs(findings: Iterable[str]) -> Call:
    """The first of these findings in each run that has one, causes before effects."""
    return query(
        "select run, finding, severity, onset_step, onset_epoch, role_in_cascade from findings "
        f"where severity <> 'info' and {among('finding', sorted(findings))} "
        "qualify row_number() over (partition by run order by "
        "case role_in_cascade when 'cause' then 0 when 'unknown' then 1 else 2 end) = 1 order by run"
    )


def not_checked(findings: Iterable[str]) -> Call:
    """The runs in which one of these could not be looked for, and why."""
    return query(
        f"select run, finding, reason from not_checked where {among('finding', sorted(findings))} order by run, finding"
    )


def waste(runs: Sequence[str]) -> Call:
    """What each of these runs (none: all) spent in vain, the largest first."""
    where = f"where {among('run', runs)} " if runs else ""
    columns = (
        "run, finding, unit, since, amount, round(100 * share) as percent, hours, round(money, 2) as money, currency"
    )
    return query(f"select {columns} from waste {where}order by hours desc nulls last, share desc, run")


def waste_in_all(runs: Sequence[str]) -> Call:
    """The same in sum, for each unit that the logs count in."""
    where = f"where {among('run', runs)} " if runs else ""
    return query(
        "select unit, count(*) as runs, sum(amount) as amount, sum(hours) as hours, "
        "round(sum(money), 2) as money, "
        f"max(currency) as currency from waste {where}group by unit order by runs desc, unit"
    )


def unchecked(runs: Sequence[str]) -> Call:
    """What to log next time after these runs (none: all), what serves most checks first."""
    where = f" and {among('run', runs)}" if runs else ""
    return query(
        "select log_next, string_agg(distinct finding, ', ' order by finding) as checks, count(distinct run) as runs "
        f"from not_checked where log_next <> ''{where} group by log_next "
        "order by count(distinct finding) desc, runs desc, log_next"
    )


def values_of_word(word: str) -> Call:
    """Runs whose settings have a value with this word."""
    whole = quoted(rf"(^|[^a-z]){word}([^a-z]|$)")
    return query(
        f"select run, key, value from params where lower(value) = {quoted(word)} "
        f"or regexp_matches(lower(value), {whole}) order by run, key"
    )

"""SQL from people and models can read the seven views and do nothing else, however it is written."""

import os
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from tools.errors import ToolError
from tools.records import Diagnosis, Finding, NotChecked
from tools.roles import NOTHING_GIVEN
from tools.store import Store
from tools.store.gate import FUNCTIONS
from tools.store.views import VIEWS
from tools.store.worker import Sealed


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sealed")
    for number in (1, 2):
        run = folder / "logs" / f"run-{number}"
        run.mkdir(parents=True)
        (run / "config.json").write_text('{"lr": 0.1, "optimizer": "adam"}')
        rows = "".join(f"{step},{1 / step},{'nan' if step == 9 else 2 / step}\n" for step in range(1, 11))
        (run / "metrics.csv").write_text("step,train_loss,val_loss\n" + rows)
    return folder


@pytest.fixture(scope="module")
def store(folder: Path) -> Iterator[Store]:
    with Store(folder / "store") as store:
        store.ingest([folder / "logs"])
        yield store


def files_in(folder: Path) -> set[Path]:
    return set(folder.rglob("*"))


FORBIDDEN = {
    "a write hidden in a WITH": "with x as (insert into metrics values (1) returning *) select * from x",
    "a delete hidden in a WITH": "with x as (delete from store.runs returning *) select * from x",
    "an update hidden in a WITH": "with x as (update store.runs set name = 'x' returning *) select * from x",
    "a write hidden in a WITH of a subquery": (
        "select * from (with x as (insert into store.runs select * from store.runs returning *) from x)"
    ),
    "an insert": "insert into metrics values (1)",
    "a drop": "drop view metrics",
    "a table": "create table t as select 1",
    "a temporary macro": "create temp macro f() as 1",
    "copy to a file": "copy metrics to '{folder}/out.csv'",
    "copy to a file in the allowed folder": "copy metrics to '{folder}/store/parts/out.csv'",
    "copy from a file": "copy metrics from '/etc/passwd'",
    "export": "export database '{folder}/out'",
    "import": "import database '{folder}/out'",
    "attach": "attach '{folder}/store/parts/x.duckdb' as x",
    "attach in memory": "attach ':memory:' as x",
    "use": "use memory",
    "detach": "detach memory",
    "a setting": "set memory_limit = '100GB'",
    "a reset": "reset memory_limit",
    "a variable": "set variable x = 1",
    "a pragma": "pragma database_list",
    "call": "call pragma_version()",
    "install": "install httpfs",
    "load": "load httpfs",
    "checkpoint": "checkpoint",
    "prepare": "prepare p as select 1",
    "explain": "explain analyze select 1",
    "vacuum": "vacuum",
    "transaction": "begin transaction",
    "read_csv": "select * from read_csv('/etc/passwd')",
    "read_csv in capitals": "SELECT * FROM READ_CSV('/etc/passwd')",
    "read_csv quoted": "select * from \"read_csv\"('/etc/passwd')",
    "read_csv with its schema": "select * from main.read_csv('/etc/passwd')",
    "read_text": "select content from read_text('/etc/passwd')",
    "read_blob": "select content from read_blob('/etc/passwd')",
    "read_parquet of our own parts": "select * from read_parquet('{folder}/store/parts/*/*.parquet')",
    "parquet_metadata": "select * from parquet_metadata('{folder}/store/parts/x.parquet')",
    "glob": "select * from glob('/etc/*')",
    "sniff_csv": "select * from sniff_csv('/etc/passwd')",
    "read_json": "select * from read_json('/proc/self/environ')",
    "a file as a table": "select * from '/etc/passwd'",
    "a file as a quoted table": 'from "/etc/passwd.csv"',
    "an address as a table": "from 'https://example.org/x.csv'",
    "a lateral file": "select * from runs, lateral (select * from read_text(runs.source))",
    "a Python variable": "select * from replies",
    "a Python module": "select * from sys",
    "getenv": "select getenv('HOME')",
    "getvariable": "select getvariable('x')",
    "current_setting": "select current_setting('temp_directory')",
    "settings": "select * from duckdb_settings()",
    "databases": "select * from duckdb_databases()",
    "a system view": "select * from duckdb_tables",
    "a system view behind a WITH of its name": (
        "with duckdb_tables as (select * from duckdb_tables) select * from duckdb_tables"
    ),
    "a system view beside a WITH of its name": (
        "select * from duckdb_tables where 1 in (with duckdb_tables as (select 1) from duckdb_tables)"
    ),
    "a system view as the first half of a recursion": (
        "with recursive duckdb_views as (from duckdb_views union all from duckdb_views where false) from duckdb_views"
    ),
    "a system view in a recursion of another name": (
        "with recursive t as (select view_name from duckdb_views union all select * from t where false) from t"
    ),
    "a system view that a later WITH names": "with a as (select * from b), b as (select 1) from a",
    "a system view beside an inner WITH of its name": (
        "with a as (with tables as (select 1) from tables) select * from a, tables"
    ),
    "pg_catalog": "select * from pg_catalog.pg_tables",
    "information_schema": "select * from information_schema.tables",
    "the tables under the views": "select * from store.runs",
    "the tables under the views, with the database": "select * from memory.store.runs",
    "show all tables": "show all tables",
    "show databases": "show databases",
    "summarize of a file": "summarize '/etc/passwd'",
    "describe of a file": "describe select * from read_csv('/etc/passwd')",
    "query": "select * from query('select 1')",
    "query_table": "select * from query_table('metrics')",
    "a serialized statement": "select * from json_execute_serialized_sql(json_serialize_sql('select 1'))",
    "a serialized plan": "select json_serialize_plan('select 1')",
    "log": "select write_log('x')",
    "pg_sleep": "select pg_sleep(100)",
    "sleep_ms": "select sleep_ms(100000)",
    "repeat": "select repeat('x', 4000000000)",
    "repeat as a table": "select * from repeat('x', 4000000000)",
    "random": "select setseed(0.1)",
    "error": "select error('boo')",
    "two statements": "select 1; select 2",
    "a drop after a comment": "select 1; -- harmless\n drop view metrics",
    "a drop after a semicolon in a comment": "/* select 1; */ drop view metrics",
    "a nested comment": "/* /* */ drop view metrics; /* */ */ drop view metrics",
    "nothing": "",
    "only a comment": "-- nothing",
    "a parameter": "select ?",
    "a named parameter": "select $x",
    "half a statement": "select from where",
    "no valid text": "select '\ud800' from nowhere",
    "a null byte": "select 1 from nowhere\0",
    "a time machine": "select * from metrics at (version => 1)",
    "a table function as a function": "select read_csv('/etc/passwd')",
    "a function by its schema": "select system.main.getvariable('x')",
    "an aggregate by its name": "select list_aggregate([1, 2], 'sum')",
    "a lambda that calls": "select list_transform([1], lambda x: getvariable('x'))",
    "a window that calls": "select getvariable('x') over ()",
    "an order that calls": "select 1 from runs order by current_setting('threads')",
    "a limit that calls": "select 1 limit getvariable('x')",
    "a filter that calls": "select count(*) filter (where getvariable('x')) from runs",
    "a PIVOT of whatever there is": "pivot metrics on metric using max(value)",
    "a very long statement": "select " + "1 + " * 10_000 + "1",
    "very deep brackets": "select " + "(" * 3_000 + "1" + ")" * 3_000,
    "very deep functions": "select " + "abs(" * 900 + "1" + ")" * 900,
}


@pytest.mark.parametrize("attack", FORBIDDEN)
def test_it_is_refused(attack: str, store: Store, folder: Path) -> None:
    before = files_in(folder)
    with pytest.raises(ToolError):
        store.query(FORBIDDEN[attack].replace("{folder}", str(folder)))
    assert files_in(folder) == before
    assert store.query("select count(*) from metrics").rows == ((40,),)


HEAVY = {
    "an endless range": "select count(*) from range(1000000000000) a, range(1000000000000) b",
    "a cross join": "select count(*) from metrics a, metrics b, metrics c, metrics d, metrics e, metrics f, metrics g",
    "an endless recursion": "with recursive r as (select 1 as x union all select x + 1 from r) select max(x) from r",
    "one huge value": "select length(lpad('x', 2000000000, 'y'))",
    "one huge list": "select list_sum(range(4000000000))",
    "a huge sum of text": "select length(string_agg(lpad('x', 1000000, 'y'), '')) from range(100000)",
    "a huge sort": "select * from range(3000000000) t(x) order by hash(x) limit 1",
    "huge cells": "select lpad('x', 100000000, 'y') from range(100)",
}


@pytest.mark.parametrize("attack", HEAVY)
def test_it_is_stopped_and_the_next_query_is_answered(attack: str, store: Store, folder: Path) -> None:
    before = files_in(folder)
    with pytest.raises(ToolError, match=r"longer than|more memory|too heavy"):
        store.query(HEAVY[attack], timeout_seconds=0.5)
    assert store.query("select count(*) from metrics").rows == ((40,),)
    assert files_in(folder) == before


USEFUL = {
    "best value per run": "select run, arg_min(step, value) from metrics where role = 'eval_loss' group by 1",
    "with": "with m as (select * from metrics), best as (select min(value) v from m) select * from best, m limit 3",
    "recursive": "with recursive r as (select 1 as x union all select x + 1 from r where x < 5) select max(x) from r",
    "windows": (
        "select step, value, lag(value) over w, avg(value) over (order by step rows 3 preceding) from metrics "
        "window w as (partition by run, metric order by step) qualify row_number() over w < 4"
    ),
    "join": "select r.number, p.value from runs r join params p using (run) where p.key = 'lr'",
    "asof join": "select * from runs r asof join metrics m on r.run = m.run and r.steps >= m.step",
    "subqueries": "select * from metrics where step = (select max(step) from metrics) or exists (from findings)",
    "pivot": "from metrics pivot (max(value) for metric in ('train_loss', 'val_loss')) limit 2",
    "unpivot": "select * from (unpivot metrics on value, epoch into name n value v)",
    "grouping sets": "select run, metric, count(*), grouping(run) from metrics group by rollup (run, metric)",
    "columns": "select columns('s.*') from metrics limit 1",
    "star": "select * exclude (run) replace (value * 2 as value) from metrics limit 1",
    "lists": "select list_transform([1, 2], lambda x: x + 1), [x for x in [1, 2] if x > 1], {'a': 1}.a",
    "quantiles": "select quantile_cont(value, [0.1, 0.9]), median(value), regr_slope(value, step) from metrics",
    "finite only": "select count(*) from metrics where not isfinite(value)",
    "range": "select * from range(3) union all select * from generate_series(1, 2)",
    "describe": "describe metrics",
    "summarize": "summarize select * from metrics where isfinite(value)",
    "show tables": "show tables",
    "values": "values (1, 'a'), (2, 'b')",
    "from first": "from metrics select max(value)",
    "main": "select m.run from main.metrics m limit 1",
    "quoted": 'select "value" from "metrics" limit 1',
    "one semicolon": "select 1;",
    "words in strings": "select 'insert into metrics; drop view runs -- read_csv(''/etc/passwd'')'",
}


@pytest.mark.parametrize("query", USEFUL)
def test_it_is_answered(query: str, store: Store) -> None:
    assert store.query(USEFUL[query]).rows


def test_the_views_have_the_agreed_columns(store: Store) -> None:
    for view, columns in VIEWS.items():
        assert store.query(f"select * from {view}").columns == columns


def test_nan_and_infinity_come_through(store: Store) -> None:
    ((nan, minus),) = store.query("select max(value), '-inf'::double from metrics where step = 9").rows
    assert str(nan) == "nan"
    assert minus == float("-inf")


def test_rows_beyond_the_limit_are_cut_and_it_says_so(store: Store) -> None:
    table = store.query("select * from range(1000000000000)", limit=3)
    assert table.rows == ((0,), (1,), (2,))
    assert table.truncated
    assert not store.query("select * from range(3)", limit=3).truncated


def test_a_long_cell_is_cut_and_it_says_so(store: Store) -> None:
    ((cell,),) = store.query("select lpad('x', 100000, 'y')").rows
    assert isinstance(cell, str)
    assert len(cell) < 3_000
    assert "98000 more characters" in cell


def test_many_long_rows_are_cut_in_all(store: Store) -> None:
    table = store.query("select lpad('x', 2000, 'y') from range(9000)", limit=9000)
    assert table.truncated
    assert 0 < len(table.rows) < 9000


def test_cells_are_plain_values(store: Store) -> None:
    table = store.query(
        "select 1.5::decimal(4, 1), 2::hugeint, timestamp '2026-01-02 03:04:05', date '2026-01-02', [1, 2], "
        "{'a': 1.5}, 'x'::blob, true, null, interval 2 days"
    )
    assert table.rows == (
        (1.5, 2, "2026-01-02 03:04:05", "2026-01-02", "[1, 2]", '{"a": 1.5}', "78", True, None, "2 days, 0:00:00"),
    )


@pytest.mark.parametrize(
    ("sql", "words"),
    [
        ("select stp from metrics", "step"),
        ("select * from metric", "Did you mean metrics?"),
        ("select avgg(value) from metrics", "avg"),
        ("select 1; select 2", "2 statements"),
        ("pivot metrics on metric using max(value)", "FILTER"),
        ("select max(value from metrics", "syntax error"),
        ("select now()::timestamptz", "not available"),
        ("select '2026-01-01'::timestamptz", "UTC"),
    ],
)
def test_an_error_names_the_complaint_and_a_way_out(sql: str, words: str, store: Store) -> None:
    with pytest.raises(ToolError, match=r"(?s).*") as caught:
        store.query(sql)
    assert words in str(caught.value)
    assert "Traceback" not in str(caught.value)
    assert "LINE 1" not in str(caught.value)


def test_findings_and_gaps_can_be_queried(store: Store) -> None:
    finding = Finding("divergence", "critical", 0.9, "val_loss", "it diverged", (), "lower lr", onset_step=9)
    gap = NotChecked("vanishing", ("grad_norm", "layer_grad_norm"), "not logged")
    store.save_diagnosis(Diagnosis("run-2", "faulty", (finding,), (gap,)))
    assert store.query("select run, finding, onset_step, detail from findings").rows == (
        ("run-2", "divergence", 9, "it diverged"),
    )
    assert store.query("select run, finding, missing from not_checked").rows == (
        ("run-2", "vanishing", "grad_norm, layer_grad_norm"),
    )


def test_the_database_itself_is_locked_even_without_the_gate(store: Store, folder: Path) -> None:
    con = Sealed(store.root, "", NOTHING_GIVEN).connection()
    for sql in (
        "select * from read_csv('/etc/passwd')",
        "from '/etc/passwd'",
        "copy (select 1) to '/tmp/out.csv'",
        f"copy (select 1) to '{folder}/out.csv'",
        "attach '/tmp/x.duckdb' as x",
        "set memory_limit = '100GB'",
        "set enable_external_access = true",
        "set allowed_directories = ['/']",
        "install httpfs",
        "select * from folder",
    ):
        with pytest.raises(duckdb.Error):
            con.execute(sql).fetchall()


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_the_worker_inherits_no_secrets_and_may_write_no_file(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-secret")
    with Store(store.root) as fresh:
        fresh.query("select 1")
        process = fresh._sql._process
        assert process is not None
        proc = Path("/proc") / str(process.pid)
        assert b"sk-secret" not in (proc / "environ").read_bytes()
        limits = {line[:26].strip(): line[26:].split()[0] for line in (proc / "limits").read_text().splitlines()}
        assert limits["Max file size"] == "0"
        assert limits["Max core file size"] == "0"
        assert limits["Max address space"].isdigit()


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_the_worker_ends_with_the_store(folder: Path) -> None:
    with Store(folder / "store") as store:
        store.query("select 1")
        process = store._sql._process
        assert process is not None
    assert process.poll() is not None
    assert not os.path.exists(f"/proc/{process.pid}")


def test_a_worker_that_was_killed_is_replaced(store: Store) -> None:
    store.query("select 1")
    process = store._sql._process
    assert process is not None
    process.kill()
    process.wait()
    assert store.query("select 2").rows == ((2,),)


def test_threads_take_turns(store: Store) -> None:
    answers: list[object] = []
    threads = [
        threading.Thread(target=lambda n=n: answers.append(store.query(f"select {n} + count(*) from metrics").rows))
        for n in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(str(rows) for rows in answers) == sorted(str(((n + 40,),)) for n in range(8))


def test_the_allowed_functions_exist() -> None:
    grammar = {"coalesce", "ifnull", "grouping", "grouping_id", "!", "->"}
    known = duckdb.connect().execute("select distinct lower(function_name) from duckdb_functions()").fetchall()
    assert FUNCTIONS - {name for (name,) in known} == grammar

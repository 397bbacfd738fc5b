"""Episodes of the monitors of Stable-Baselines3: several workers are one curve, and resuming turns no time back."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from tools.discovery import discover, read_run_files
from tools.records import Points


def monitor(rows: list[tuple[float, int, float]]) -> str:
    head = '#{"t_start": 1700000000.0, "env_id": "Toy-v0"}\nr,l,t\n'
    return head + "".join(f"{reward},{length},{at}\n" for reward, length, at in rows)


def rewards(folder: Path) -> tuple[list[float], list[float]]:
    (run,) = discover([folder]).runs
    (points,) = [part for part in read_run_files(run) if isinstance(part, Points) and "r" in part.names]
    mine = points.metric == points.names.index("r")
    return points.value[mine].tolist(), points.step[mine].tolist()


def test_episodes_of_several_workers_come_in_the_order_of_time_at_the_steps_of_all(tmp_path: Path) -> None:
    (tmp_path / "0.monitor.csv").write_text(monitor([(1.0, 10, 1.0), (3.0, 10, 3.0)]))
    (tmp_path / "1.monitor.csv").write_text(monitor([(2.0, 5, 2.0), (4.0, 5, 4.0)]))
    assert rewards(tmp_path) == ([1.0, 2.0, 3.0, 4.0], [10.0, 15.0, 25.0, 30.0])


def test_long_monitors_are_put_together_too(tmp_path: Path) -> None:
    for worker in (0, 1):
        rows = [(float(episode), 10, episode + worker / 2) for episode in range(3000)]
        (tmp_path / f"{worker}.monitor.csv").write_text(monitor(rows))
    values, steps = rewards(tmp_path)
    assert values == [float(episode // 2) for episode in range(6000)]
    assert steps == [10.0 * (episode + 1) for episode in range(6000)]


def test_a_clock_that_began_anew_puts_no_episode_before_those_above_it(tmp_path: Path) -> None:
    (tmp_path / "0.monitor.csv").write_text(monitor([(1.0, 10, 5.0), (2.0, 10, 9.0), (5.0, 10, 2.0), (6.0, 10, 4.0)]))
    (tmp_path / "1.monitor.csv").write_text(monitor([(3.0, 5, 9.5)]))
    assert rewards(tmp_path)[0] == [1.0, 2.0, 3.0, 5.0, 6.0]


def test_a_single_monitor_stays_as_it_was_written(tmp_path: Path) -> None:
    (tmp_path / "monitor.csv").write_text(monitor([(1.0, 10, 5.0), (2.0, 10, 9.0), (5.0, 10, 2.0)]))
    values, steps = rewards(tmp_path)
    assert values == [1.0, 2.0, 5.0]
    assert np.isnan(steps).all()

"""An agent that learns its way through a small maze: a table of preferences, a table of values, noisy moves."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from evals.projects.plan import Plan, Setting
from evals.projects.sheets import Cell, Rows, boxes

SIDE, LIMIT, EPISODES = 6, 40, 24
NEAR = 4
"""A small prize that is soon found; the large one lies in the far corner."""
MOVES = np.array([[0, 1], [1, 0], [0, -1], [-1, 0]])
Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Maze:
    """The settings, and what is changed from which iteration on: (iteration, setting, value)."""

    iterations: int = 300
    rate: float = 0.3
    critic_rate: float = 0.2
    bonus: float = 0.01
    passes: int = 4
    goal: int = 35
    seed: int = 1
    later: tuple[tuple[int, str, float], ...] = field(default=())

    def at(self, iteration: int) -> Maze:
        """The settings that hold in an iteration."""
        changed = {name: value for since, name, value in self.later if iteration >= since}
        return replace(self, **changed)  # type: ignore[arg-type]


def learn(maze: Maze) -> Rows:
    """Clipped-free policy gradient with a learned baseline; a row per iteration."""
    rng = np.random.default_rng(maze.seed)
    preferences, values = np.zeros((SIDE * SIDE, 4)), np.zeros(SIDE * SIDE)
    rows: Rows = []
    with np.errstate(all="ignore"):
        for iteration in range(1, maze.iterations + 1):
            now = maze.at(iteration)
            places, actions, rewards, lived = _play(preferences, int(now.goal), rng)
            returns = np.cumsum((rewards * lived)[:, ::-1], axis=1)[:, ::-1]
            seen, done, got = places[lived], actions[lived], returns[lived]
            advantage = got - values[seen]
            value_loss = float(np.mean(advantage**2))
            visits = np.maximum(1, np.bincount(seen, minlength=SIDE * SIDE))
            values += now.critic_rate * np.bincount(seen, advantage, SIDE * SIDE) / visits
            before = _chances(preferences)
            advantage = np.nan_to_num((advantage - advantage.mean()) / (advantage.std() + 1e-8))
            for _ in range(int(now.passes)):
                _improve(preferences, seen, done, advantage, now)
            after = _chances(preferences)
            moved = np.log(before[seen, done] + 1e-12) - np.log(after[seen, done] + 1e-12)
            entropy = float(-(after[seen] * np.log(after[seen] + 1e-12)).sum(axis=1).mean())
            rows.append({
                "iteration": iteration, "ep_rew_mean": float((rewards * lived).sum(axis=1).mean()),
                "ep_len_mean": float(lived.sum(axis=1).mean()), "approx_kl": float(np.abs(moved).mean()),
                "entropy": entropy, "value_loss": value_loss,
                "policy_loss": float(-(advantage * np.log(after[seen, done] + 1e-12)).mean()),
            })  # fmt: skip
    return rows


def _play(preferences: Floats, goal: int, rng: np.random.Generator) -> tuple[Ints, Ints, Floats, NDArray[np.bool_]]:
    """Episodes side by side: places, actions, rewards, and whether the episode was still on."""
    chances = _chances(preferences)
    place, over = np.zeros(EPISODES, np.int64), np.zeros(EPISODES, bool)
    trail = []
    for _ in range(LIMIT):
        drawn = (chances[place].cumsum(axis=1) > rng.random((EPISODES, 1))).argmax(axis=1)
        meant = np.where(rng.random(EPISODES) < 0.1, rng.integers(4, size=EPISODES), drawn)
        spot = np.clip(np.stack(divmod(place, SIDE), axis=1) + MOVES[meant], 0, SIDE - 1)
        moved = spot[:, 0] * SIDE + spot[:, 1]
        reward = np.where(moved == goal, 1.0, np.where(moved == NEAR, 0.3, -0.02))
        trail.append((place, drawn, reward, ~over))
        over = over | (moved == goal) | (moved == NEAR)
        place = np.where(over, place, moved)
    places, actions, rewards, lived = (np.stack(part, axis=1) for part in zip(*trail, strict=True))
    return places, actions, rewards, lived


def _improve(preferences: Floats, seen: Ints, done: Ints, advantage: Floats, now: Maze) -> None:
    chances = _chances(preferences)
    logs = np.log(chances + 1e-12)
    entropy = -(chances * logs).sum(axis=1, keepdims=True)
    chosen = np.eye(4)[done] - chances[seen]
    pull = advantage[:, None] * chosen - now.bonus * (chances * (logs + entropy))[seen]
    step = np.zeros_like(preferences)
    np.add.at(step, seen, pull)
    preferences += now.rate * step / len(seen) * SIDE


def _chances(preferences: Floats) -> Floats:
    powers = np.exp(preferences - preferences.max(axis=1, keepdims=True))
    result: Floats = powers / powers.sum(axis=1, keepdims=True)
    return result


MAZES: dict[str, Maze] = {
    "ppo_1": Maze(seed=3, bonus=0.05),
    "ppo_2": Maze(seed=2, rate=30, bonus=0.0),
    "ppo_3": Maze(bonus=0.05, later=((180, "bonus", 3.0),)),
    "ppo_4": Maze(bonus=0.05, later=((170, "rate", 4.0), (170, "passes", 12))),
    "ppo_5": Maze(bonus=0.05, later=((60, "critic_rate", 2.12),)),
    "ppo_7": Maze(seed=4, bonus=0.05, later=((170, "rate", 10.0), (170, "passes", 10), (170, "bonus", 1.0))),
    "ppo_6": Maze(goal=14, bonus=0.05, later=((120, "goal", 35),)),
}


def _shown(row: dict[str, Cell]) -> dict[str, Cell]:
    steps = int(row["iteration"]) * EPISODES * 20
    return {
        "rollout/ep_len_mean": row["ep_len_mean"], "rollout/ep_rew_mean": row["ep_rew_mean"],
        "time/iterations": row["iteration"], "time/total_timesteps": steps, "train/approx_kl": row["approx_kl"],
        "train/entropy_loss": -float(row["entropy"]), "train/policy_gradient_loss": row["policy_loss"],
        "train/value_loss": row["value_loss"],
    }  # fmt: skip


def _plan(run: str, maze: Maze) -> Plan:
    settings: dict[str, Setting] = {
        "algo": "ppo", "env": "Maze-6x6", "learning_rate": maze.rate, "ent_coef": maze.bonus, "seed": maze.seed,
        "n_epochs": maze.passes, "vf_learning_rate": maze.critic_rate,
    }  # fmt: skip

    def train() -> Rows:
        return [_shown(row) for row in learn(maze) if int(row["iteration"]) % 4 == 0]

    return Plan("maze", run, "stdout.log", train, boxes, settings, "config.yml")


PLANS: tuple[Plan, ...] = tuple(_plan(run, maze) for run, maze in MAZES.items())

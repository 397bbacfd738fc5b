"""Generators, experts and trees: what `evals.faults.domains` trains, in other logs."""

from __future__ import annotations

from evals.faults.recipes import Recipe
from evals.projects.plan import Plan
from evals.projects.sheets import lines_of_json, rounds, table
from evals.projects.supervised import Names, trained

GAN = Recipe("gan", learning_rate=5e-4, batch_size=64, rows=2000, steps=900, seed=911)
VAE = Recipe("vae", learning_rate=2e-3, kl_weight=0.5, batch_size=50, rows=2000, steps=700, warmup_steps=250, seed=919)
GAN_NAMES = {
    "step": "_step", "d_loss": "loss/critic_D", "g_loss": "loss/G", "d_real": "D(x)", "d_fake": "D(G(z))",
    "diversity": "samples/std",
}  # fmt: skip
VAE_NAMES = {
    "step": "_step", "train_loss": "train/elbo_loss", "reconstruction": "train/recon_loss", "kl": "train/kl_loss",
    "val_loss": "val/elbo_loss", "val_kl": "val/kl_loss",
}  # fmt: skip
GANS = {
    "gan-a": GAN,
    "gan-b": GAN.but(learning_rate=1e-6, judge_rate=3000.0, judge_steps=2),
    "gan-c": GAN.but(learning_rate=0.01, judge_rate=0.05),
    "gan-d": GAN.but(learning_rate=1.2e-4, judge_rate=10.0, judge_steps=3),
}
VAES = {"vae-a": VAE, "vae-b": VAE.but(kl_weight=18.0, warmup_steps=0)}
MOE = Recipe("moe", rows=2400, validation_rows=500, batch_size=128, steps=400, balance=0.05, learning_rate=3e-3,
             init_scale=0.5, seed=929)  # fmt: skip
MOE_NAMES = {"step": "step", "train_loss": "ce_loss", "val_loss": "eval_ce_loss", "val_accuracy": "eval_acc"} | {
    f"expert_{k}": f"router/expert_{k}/load" for k in range(8)
}
MOES = {"moe-1": MOE, "moe-2": MOE.but(balance=-0.04, init_scale=0.1)}
TREE = Recipe("boosting", rows=3000, validation_rows=800, steps=120, batch_size=3000, learning_rate=0.12, seed=937)
TREE_NAMES = {"step": "round", "train_loss": "train-logloss", "val_loss": "eval-logloss"}
TREES = {
    "fold-1": TREE,
    "fold-2": TREE.but(rows=180, steps=320, learning_rate=0.4),
    "fold-3": TREE.but(rows=900, steps=230),
}


def _plan(project: str, run: str, file: str, recipe: Recipe, names: Names, every: int) -> Plan:
    sheet = {"jsonl": lines_of_json, "csv": table, "log": rounds}[file.rpartition(".")[2]]
    settings = {"lr": recipe.learning_rate, "batch_size": recipe.batch_size, "steps": recipe.steps, "seed": recipe.seed}
    if recipe.task == "vae":
        settings |= {"kl_weight": recipe.kl_weight, "kl_warmup_steps": recipe.warmup_steps}
    return Plan(project, run, file, trained(recipe, names, every), sheet, settings)


PLANS: tuple[Plan, ...] = (
    *(_plan("generators", run, "wandb-history.jsonl", r, GAN_NAMES, 5) for run, r in GANS.items()),
    *(_plan("generators", run, "wandb-history.jsonl", r, VAE_NAMES, 5) for run, r in VAES.items()),
    *(_plan("experts", run, "progress.csv", r, MOE_NAMES, 4) for run, r in MOES.items()),
    *(_plan("trees", run, "xgb.log", r, TREE_NAMES, 1) for run, r in TREES.items()),
)

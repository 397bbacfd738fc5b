# ruff: noqa: E501 (log lines are as long as they are)
"""Settings that a script prints before it trains: whatever the way, they become parameters and no metrics."""

from __future__ import annotations

from pathlib import Path

import pytest

from tools.discovery import recognise
from tools.formats import Source
from tools.formats._configs import config_params
from tools.records import Param, Points, Scalar

STEPS = "".join(f"step {step} | loss {3 - step / 10:.2f} | grad_norm 0.5\n" for step in range(6))
LAUNCH = "[2024-01-01 10:00:00,000] [INFO] [runner.py:555:main] cmd = /usr/bin/python3 -u -m deepspeed.launcher.launch "
HEADS: dict[str, tuple[str, dict[str, Scalar]]] = {
    "a command": (
        "python train.py --lr 0.1 --batch-size 32 --use-amp --betas 0.9 0.95 --wd -1e-3\n",
        {"lr": 0.1, "batch_size": 32, "use_amp": True, "betas": "0.9 0.95", "wd": -0.001},
    ),
    "a command that the shell echoes": ("+ srun -n 8 python -u train.py --lr=1e-3 data=x\n", {"lr": 0.001, "data": "x"}),
    "torchrun": ("$ torchrun --nproc_per_node=8 train.py --lr 3e-4 --bf16 > out.log 2>&1\n", {"lr": 0.0003, "bf16": True}),
    "accelerate": ("accelerate launch --config_file ds.yaml train.py --epochs 3\n", {"epochs": 3}),
    "the DeepSpeed launcher": (f"{LAUNCH}--master_addr=127.0.0.1 main.py --learning_rate 9.65e-6\n", {"learning_rate": 9.65e-6}),
    "Hydra overrides": ("python main.py optim.lr=0.1 +trainer.max_epochs=10\n", {"optim.lr": 0.1, "trainer.max_epochs": 10}),
    "yolo": ("yolo detect train data=coco8.yaml epochs=10 lr0=0.01\n", {"data": "coco8.yaml", "epochs": 10, "lr0": 0.01}),
    "a Namespace over lines": ("Namespace(lr=0.1,\n          epochs=3,\n          name='x')\n", {"lr": 0.1, "epochs": 3, "name": "x"}),
    "TrainingArguments": (
        "TrainingArguments(\n_n_gpu=1,\nadafactor=False,\nlearning_rate=5e-05,\noutput_dir=./out,\n"
        "eval_strategy=<IntervalStrategy.NO: 'no'>,\n)\n",
        {"_n_gpu": 1, "adafactor": False, "learning_rate": 5e-05, "output_dir": "./out", "eval_strategy": "no"},
    ),
    "nested dataclasses": (
        "TrainConfig(lr=0.1, model=ModelConfig(depth=2))\n", {"lr": 0.1, "model.depth": 2},
    ),
    "pprint": ("{'lr': 0.1,\n 'model': {'depth': 2,\n           'name': 'vit'}}\n", {"lr": 0.1, "model.depth": 2, "model.name": "vit"}),
    "JSON over lines": ('{\n  "lr": 0.1,\n  "model": {\n    "depth": 2\n  }\n}\n', {"lr": 0.1, "model.depth": 2}),
    "the config of a model": (
        'Model config BertConfig {\n  "hidden_size": 768,\n  "vocab_size": 30522\n}\n\n',
        {"model.hidden_size": 768, "model.vocab_size": 30522},
    ),
    "names of several words": (
        "Batch size: 16\nlearning rate = 3e-3\nℹ Initial learn rate: 0.001\nwarmup_step:3/20\nepoch: 1/5\n",
        {"batch_size": 16, "learning_rate": 0.003, "initial_learning_rate": 0.001},
    ),
    "YAML": (
        "config:\n  lr: 0.1\n  model:\n    depth: 2\n  betas: [0.9, 0.95]\n",
        {"lr": 0.1, "model.depth": 2, "betas": "[0.9, 0.95]"},
    ),
    "a table": ("| key | value |\n|---|---|\n| lr   | 0.1   |\n| seed | 3     |\n", {"lr": 0.1, "seed": 3}),
    "absl flags": ("I0101 10:00:00.000000 1 train.py:10] --learning_rate=0.1\n", {"learning_rate": 0.1}),
    "gin": ("train.lr = 0.1\nModel.depth = 2\n", {"train.lr": 0.1, "Model.depth": 2}),
    "dots": ("  lr .................... 0.1\n", {"lr": 0.1}),
    "mmcv": ("optimizer = dict(type='SGD', lr=0.02)\ntotal_epochs = 12\n", {"optimizer.type": "SGD", "optimizer.lr": 0.02, "total_epochs": 12}),
    "a list": ("lr=0.1, batch_size=32, name=abc\n", {"lr": 0.1, "batch_size": 32, "name": "abc"}),
    "a list with words before it": ("Hyperparameters: lr: 0.1, epochs: 10\n", {"lr": 0.1, "epochs": 10}),
    "pairs behind a head": (
        "2026-04-11 22:14:05 INFO config: arch=resnet18 lr=0.001 batch_size=32 mixup=false\n",
        {"arch": "resnet18", "lr": 0.001, "batch_size": 32, "mixup": False},
    ),
    "pairs and tuples behind a head": (
        "Training hparams: --lr=0.1, --betas=(0.9, 0.95) | name='a b'\n", {"lr": 0.1, "betas": "(0.9, 0.95)", "name": "a b"},
    ),
    "quoted": ("name=\"foo bar\"\nlr='0.1'\n", {"name": "foo bar", "lr": 0.1}),
    "a secret option": ("python train.py --hf-token hf_abcdefghijklmnopqrstuvwxyz --lr 0.1\n", {"hf_token": "***", "lr": 0.1}),
}  # fmt: skip
NO_SETTINGS = [
    "Loading data (this may take\na while)\n",
    "Net(\n  (fc): Linear(in_features=10, out_features=5, bias=True)\n)\n",
    "python: command not found\n",
    "Downloading model.py from the hub: 100%\n",
    "warning (never closed\n",
    "config: lr=0.1 taken from=a file\n",
]


def read(tmp_path: Path, text: str) -> tuple[dict[str, Scalar], int]:
    """Settings, and the number of points beside them."""
    path = tmp_path / "train.log"
    path.write_text(text)
    found = recognise(path)
    assert found is not None
    parts = list(found[0].parse(Source(path)))
    params = {part.key: part.value for part in parts if isinstance(part, Param)}
    return params, sum(len(part.value) for part in parts if isinstance(part, Points))


@pytest.mark.parametrize("way", HEADS)
def test_printed_settings_are_parameters(tmp_path: Path, way: str) -> None:
    head, expected = HEADS[way]
    assert read(tmp_path, head + STEPS) == (expected, 12)


@pytest.mark.parametrize("head", NO_SETTINGS)
def test_what_only_opens_a_bracket_hides_no_metric(tmp_path: Path, head: str) -> None:
    assert read(tmp_path, head + STEPS) == ({}, 12)


FILES: dict[str, tuple[str, dict[str, Scalar]]] = {
    "config.json": ('{"lr": 1e-3, "opt": {"name": "adam"}, "auth": {"user": "me"}}', {"lr": 0.001, "opt.name": "adam", "auth": "***"}),
    "config.yaml": ("lr: 1e-3\nopt: !!python/object:os.system\n  name: adam\n", {"lr": 0.001, "opt.name": "adam"}),
    "hparams.yaml": ("f: !!python/name:torch.relu ''\nlr: 0.1\n", {"f": "", "lr": 0.1}),
    "conf.toml": ("lr = 0.1\n[model]\ndepth = 2\n", {"lr": 0.1, "model.depth": 2}),
    "config.ini": ("; comment\n[optimizer]\nlr = 0.1\nname: adam\n", {"optimizer.lr": 0.1, "optimizer.name": "adam"}),
    "config.gin": ("# comment\ntrain.lr = 0.1\n", {"train.lr": 0.1}),
    "flags.txt": ("--lr=0.1\n--name=x\n", {"lr": 0.1, "name": "x"}),
    "config.py": (
        "import os\nos.abort()\nlr = 2 * 0.1\nmodel = dict(depth=2, head=dict(k=1))\nname = os.getcwd()\n",
        {"lr": 0.2, "model.depth": 2, "model.head.k": 1, "name": "os.getcwd()"},
    ),
    "wandb_config.yaml": ("_wandb: {value: {x: 1}}\nlr: {desc: null, value: 0.1}\n", {"lr": 0.1}),
    "overrides.yaml": ("- optim.lr=0.1\n- +x=2\n", {"optim.lr": 0.1, "x": 2}),
    "model_config.json": ('{"architectures": ["Bert"], "model_type": "bert", "hidden_size": 8}',
                          {"model.architectures": "['Bert']", "model.model_type": "bert", "model.hidden_size": 8}),
}  # fmt: skip


@pytest.mark.parametrize("name", FILES)
def test_settings_in_a_file_are_read_and_never_executed(tmp_path: Path, name: str) -> None:
    text, expected = FILES[name]
    (tmp_path / name).write_text(text)
    assert {param.key: param.value for param in config_params(tmp_path / name)} == expected

"""What the hyperparameters say, whatever they are called. Every answer is None where the config does not tell."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from tools.records import Scalar

ADAPTIVE = ("adam", "lamb", "lion", "adafactor", "rmsprop", "adagrad", "nadam", "radam", "sophia", "muon", "shampoo")
FROM_SCRATCH = ("scratch", "random", "0", "no", "default")
_NUMBER = re.compile(r"[-+]?\d+\.?\d*(?:[eE][-+]?\d+)?")


def _key_words(key: str) -> str:
    """The last part of a nested key, lower case, words joined by one underscore: "optimizer.lr0" -> "lr0". Optimisers
    and initialisations are spelt as everybody spells them."""
    last = key.rsplit(".", 1)[-1].rsplit("/", 1)[-1].lstrip("-")
    spaced = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", last)
    joined = re.sub(r"[\s\-]+", "_", spaced).lower()
    return joined.replace("optimis", "optimiz").replace("initialis", "initializ")


@dataclass(frozen=True)
class Config:
    """Typed access to the hyperparameters of a run."""

    params: Mapping[str, Scalar]

    @cached_property
    def _by_name(self) -> dict[str, tuple[str, Scalar]]:
        found: dict[str, tuple[str, Scalar]] = {}
        for key, value in self.params.items():
            found.setdefault(_key_words(key), (key, value))
        return found

    def entry(self, *names: str) -> tuple[str, Scalar] | None:
        """(key as written, value) of the first of the names that is set to something."""
        for name in names:
            hit = self._by_name.get(name)
            if (
                hit is not None
                and hit[1] is not None
                and str(hit[1]).strip().lower() not in ("", "none", "null", "false")
            ):
                return hit
        return None

    def number(self, *names: str) -> float | None:
        """The first of the names that holds a number."""
        for name in names:
            hit = self._by_name.get(name)
            if hit is None or hit[1] is None or isinstance(hit[1], bool):
                continue
            try:
                return float(hit[1])
            except ValueError:
                continue
        return None

    def numbers(self, *names: str) -> tuple[float, ...]:
        """All numbers in the first of the names that is set: "[30, 60]" -> (30.0, 60.0)."""
        hit = self.entry(*names)
        return tuple(float(n) for n in _NUMBER.findall(str(hit[1]))) if hit else ()

    def text(self, *names: str) -> str:
        """The first of the names that is set, as lower-case text; "" when none is."""
        hit = self.entry(*names)
        return "" if hit is None else str(hit[1]).lower()

    @cached_property
    def learning_rate(self) -> float | None:
        """The base learning rate."""
        return self.number(
            "lr",
            "learning_rate",
            "base_lr",
            "lr0",
            "max_lr",
            "peak_lr",
            "initial_lr",
            "init_lr",
            "lr_base",
            "eta",
            "opt_base_learning_rate",
        )

    @cached_property
    def optimizer(self) -> str:
        """Lower-case name of the optimizer."""
        named = self.text("optimizer", "opt", "optim", "optimizer_name", "optimizer_type")
        if named:
            return named
        nested = [
            str(v).lower() for k, v in self.params.items() if re.search(r"optim\w*\.(name|type|class)$", k.lower())
        ]
        return nested[0] if nested else ""

    @property
    def adaptive(self) -> bool | None:
        """Whether the optimizer divides by gradient size (Adam and kin), so that clipping and gradient scale hardly
        matter."""
        return any(name in self.optimizer for name in ADAPTIVE) if self.optimizer else None

    @cached_property
    def momentum(self) -> float:
        """Momentum of SGD, 0 when not set."""
        return min(self.number("momentum", "sgd_momentum", "mom") or 0.0, 0.999)

    @cached_property
    def batch_size(self) -> float | None:
        """Rows per step."""
        return self.number(
            "batch_size", "bs", "batch", "train_batch_size", "per_device_train_batch_size", "micro_batch_size",
            "batchsize", "minibatch", "mini_batch_size",
            "global_batch_size", "minibatch_size",
        )  # fmt: skip

    @cached_property
    def eval_batch_size(self) -> float | None:
        """Rows per evaluation step."""
        return self.number(
            "eval_batch_size", "val_batch_size", "per_device_eval_batch_size", "test_batch_size", "valid_batch_size"
        )

    @cached_property
    def clip(self) -> float | None:
        """Gradient-norm limit; None when clipping is off."""
        value = self.number(
            "grad_clip", "gradient_clip_val", "clip_grad_norm", "max_grad_norm", "clip", "gradient_clip",
            "grad_clip_norm",
            "clip_norm", "clipnorm", "clip_grad", "grad_norm_clip", "gradient_clipping", "global_clipnorm",
        )  # fmt: skip
        return value if value is not None and value > 0 else None

    @cached_property
    def dropout(self) -> float:
        """The largest dropout rate set anywhere, 0 when none is."""
        rates = [self.number(k) for k in self._by_name if "dropout" in k or k in ("drop", "drop_rate", "pdrop")]
        return max([r for r in rates if r is not None and r <= 1], default=0.0)

    @cached_property
    def normalisation(self) -> str:
        """Name of the normalisation layers, "" when none is named."""
        return self.text("norm", "normalization", "norm_layer", "batch_norm", "batchnorm", "use_bn", "bn")

    @cached_property
    def weight_decay(self) -> float:
        """Weight decay or L2 penalty, 0 when not set."""
        return self.number("weight_decay", "wd", "l2", "l2_reg", "decay", "weight_decay_rate") or 0.0

    @cached_property
    def warmup(self) -> float | None:
        """Warm-up steps, epochs or share as written; None when the config does not speak of warm-up."""
        return self.number(
            "warmup", "warmup_steps", "warmup_iters", "warmup_epochs", "num_warmup_steps", "warmup_ratio",
            "warmup_updates",
            "lr_warmup_steps", "lr_warmup_iters", "lr_warmup",
        )  # fmt: skip

    @cached_property
    def epochs(self) -> float | None:
        """Planned epochs."""
        return self.number(
            "epochs",
            "num_epochs",
            "n_epochs",
            "max_epochs",
            "num_train_epochs",
            "total_epochs",
            "epoch",
            "train_epochs",
        )

    @cached_property
    def total_steps(self) -> float | None:
        """Planned optimizer steps."""
        return self.number(
            "max_steps", "max_iters", "total_steps", "train_iters", "num_steps", "iterations", "n_steps",
            "num_iterations",
            "training_steps", "max_updates", "num_train_steps", "train_steps", "n_iters", "num_iters",
        )  # fmt: skip

    @cached_property
    def classes(self) -> float | None:
        """Number of classes of a classifier."""
        return self.number(
            "num_classes", "n_classes", "classes", "nb_classes", "nclasses", "num_labels", "n_labels", "num_class"
        )

    @cached_property
    def train_rows(self) -> float | None:
        """Rows of the training set."""
        return self.number(
            "n_train", "train_size", "num_train_samples", "train_examples", "num_train", "n_train_samples",
            "train_samples", "train_rows", "num_train_rows", "training_rows", "training_samples", "training_examples",
            "num_examples", "ntrain", "dataset_size",
        )  # fmt: skip

    @cached_property
    def eval_rows(self) -> float | None:
        """Rows of the validation set."""
        return self.number(
            "n_val", "val_size", "num_val_samples", "val_examples", "num_val", "n_valid", "val_samples", "n_eval",
            "val_rows", "valid_rows", "validation_rows", "eval_rows", "dev_rows", "validation_samples",
        )  # fmt: skip

    @cached_property
    def hidden_layers(self) -> tuple[float, ...]:
        """Widths of the hidden layers."""
        numbers = self.numbers(
            "hidden", "hidden_sizes", "hidden_dims", "hidden_layers", "layer_sizes", "channels", "widths", "units",
            "hidden_layer_sizes",
        )  # fmt: skip
        count = self.number(
            "layers", "n_layers", "num_layers", "depth", "n_layer", "num_hidden_layers", "hidden_layers"
        )
        if len(numbers) <= 1 and count is not None and 1 < count <= 1000:
            return (numbers or (0.0,)) * int(count)
        return numbers

    @cached_property
    def activation(self) -> str:
        """Lower-case name of the non-linearity."""
        return self.text(
            "activation",
            "act_fn",
            "nonlinearity",
            "act",
            "activation_fn",
            "hidden_act",
            "activation_function",
            "nonlin",
        )

    @cached_property
    def initialisation(self) -> tuple[str, Scalar] | None:
        """(key, value) of a weight initialisation that is set."""
        return self.entry(
            "init", "initializer", "weight_init", "kernel_initializer", "init_method", "initialization", "w_init",
            "init_type",
            "w_hh_init", "init_scheme",
        )  # fmt: skip

    @cached_property
    def resume(self) -> tuple[str, Scalar] | None:
        """(key, value) that tells of a start from a checkpoint."""
        return self.entry(
            "resume", "resume_from", "resume_from_checkpoint", "init_from", "load_checkpoint", "ckpt_path",
            "restore_from",
            "checkpoint", "load_from", "from_checkpoint", "restart_from", "resume_ckpt", "resume_path", "load",
            "start_from",
            "resume_checkpoint", "pretrained_checkpoint",
        )  # fmt: skip

    @cached_property
    def pretrained(self) -> bool:
        """Whether the run starts from a model that others have trained: its first loss is no untrained one."""
        entry = self.entry(
            "model_name_or_path", "pretrained_model_name_or_path", "pretrained_model", "pretrained", "base_model",
            "lora_r", "lora_rank", "lora_alpha", "peft_type", "use_peft", "use_lora", "finetune", "fine_tune",
            "finetuning", "from_pretrained", "init_from", "_name_or_path", "base_model_name_or_path",
            "pretrained_checkpoint", "init_checkpoint", "finetune_from", "adapter_name",
        )  # fmt: skip
        return entry is not None and str(entry[1]).strip().lower() not in FROM_SCRATCH

    @cached_property
    def cross_entropy_named(self) -> bool:
        """Whether the config names a cross entropy or a task that has one."""
        words = " ".join(f"{k}={v}" for k, v in self.params.items()).lower()
        return bool(
            re.search(r"cross.?entropy|nll_loss|classif|=ce\b|vocab|gpt|language.?model|char_gpt|\blm\b", words)
        )

"""The words engineers use, as tables: quantities, hyperparameters, troubles, things that are rarely logged.

Phrases are space-separated lower-case words; a trailing * matches any ending, "..." up to three words in between.
"""

from __future__ import annotations

from collections.abc import Mapping


def bag(text: str) -> frozenset[str]:
    """The words of a text as a set."""
    return frozenset(text.split())


EVAL_WORDS = bag("val valid validation eval evaluation dev heldout holdout held-out hold-out vali")
TEST_WORDS = frozenset(["test"])
TRAIN_WORDS = bag("train training trn")

QUANTITIES: Mapping[str, tuple[str, ...]] = {
    "balanced_accuracy": ("balanced accuracy", "balanced acc", "bal acc", "bacc", "macro recall"),
    "accuracy": (
        "accuracy", "accuracies", "acc", "top1", "top-1", "top 1 accuracy", "exact match",
    ),
    "success": ("success rate", "hit rate", "win rate"),
    "f1": ("f1 score", "f1-score", "f1", "macro f1", "f score", "f-score"),
    "auc": ("auc", "auroc", "roc auc", "roc", "average precision"),
    "precision": ("precision", "recall", "map", "mean average precision"),
    "r2": (
        "r2 score", "r2", "r-squared", "r squared", "rsquared", "coefficient of determination", "explained variance",
    ),
    "mae": ("mae", "mean absolute error"),
    "rmse": ("rmse", "root mean squared error"),
    "mse": ("mse", "mean squared error"),
    "mape": ("mape",),
    "error_rate": (
        "error rate", "val error", "validation error", "eval error", "dev error", "test error", "train error",
        "training error", "wer", "cer", "misclassification",
    ),
    "fid": ("fid", "kid", "lpips"),
    "text_overlap": ("bleu", "rouge", "chrf", "meteor"),
    "overlap": ("iou", "miou", "dice", "jaccard"),
    "correlation": ("mcc", "kappa", "pearson", "spearman", "correlation", "ndcg", "mrr"),
    "image_quality": ("psnr", "ssim", "inception score"),
    "score": ("score", "metric"),
    "generator_loss": ("generator loss", "gen loss", "g loss", "loss g"),
    "discriminator_loss": ("discriminator loss", "disc loss", "d loss", "loss d", "critic loss"),
    "policy_loss": ("policy loss", "actor loss", "pg loss"),
    "value_loss": ("value loss", "vf loss", "value function loss"),
    "recon": ("reconstruction loss", "reconstruction error", "reconstruction", "recon loss", "recon error", "recon"),
    "loss_scale": ("loss scale", "loss-scale", "loss scaling", "grad scaler", "amp scale", "scaler"),
    "loss": ("cross entropy", "cross-entropy", "loss", "losses", "nll", "objective", "bce", "elbo"),
    "perplexity": ("perplexity", "ppl"),
    "learning_rate": ("learning rate", "learning-rate", "learningrate", "lr", "step size"),
    "grad_norm": (
        "gradient norm", "gradient norms", "grad norm", "grad norms", "grad-norm", "gnorm", "gradients", "gradient",
        "grads", "grad",
        "norm of the gradient",
    ),
    "weight_norm": ("weight norm", "weight norms", "param norm", "parameter norm"),
    "entropy": ("policy entropy", "entropy"),
    "kl": ("kl divergence", "kl term", "kl loss", "kl"),
    "reward": (
        "episode reward", "mean reward", "episode return", "average return", "mean return", "reward", "rewards",
        "episodic return",
        "return", "returns",
    ),
    "episode_length": ("episode length", "ep len", "episode lengths"),
    "answer_length": ("answer length", "completion length", "response length", "length of the answers"),
    "expert_load": ("expert load", "load of the experts", "expert usage"),
    "throughput": (
        "throughput", "frames per second", "fps",
        "samples per second", "tokens per second", "samples/s", "tokens/s", "it/s", "images per second",
        "samples per sec", "tokens per sec", "words per second", "words per sec", "steps per second", "steps per sec",
        "iterations per second", "examples per second", "tok/s", "wps", "tps", "speed",
    ),
    "step_time": (
        "step time", "time per step", "epoch time", "time per epoch", "epoch duration", "iteration time",
        "seconds per step",
    ),
    "data_time": ("data time", "data loading time", "dataloader time", "loading time"),
    "memory": (
        "gpu memory", "gpu mem", "cuda memory", "vram", "memory", "memory usage", "mem", "rss", "ram", "host memory",
    ),
    "dead_units": ("dead units", "dead neurons", "dead relus", "dead fraction"),
    "clip_rate": ("clip rate", "clip fraction", "clipped fraction", "share of clipped steps"),
    "skipped_steps": ("skipped steps", "overflow steps", "overflows"),
}  # fmt: skip
"""quantity -> what people call it; the keys are roles or families of tools/roles.py (and "recon")."""

PARAMS: Mapping[str, tuple[str, ...]] = {
    "learning_rate": (
        "learning rate", "learning rates", "learning-rate", "learning_rate", "lr", "lrs", "base_lr", "base lr",
        "step size", "max_lr",
        "peak lr", "initial lr", "lr0", "init_lr",
    ),
    "batch_size": (
        "batch size", "batch sizes", "batch-size", "batch_size", "batchsize", "bs", "train_batch_size",
        "per_device_train_batch_size",
        "minibatch size", "batch", "batches", "minibatch", "mini-batch",
    ),
    "weight_decay": (
        "weight decay", "weight-decay", "weight_decay", "wd", "l2", "l2 regularization", "l2_reg", "regularization",
    ),
    "dropout": ("dropout", "drop rate", "dropout rate", "dropout_rate", "p_drop"),
    "warmup": (
        "warmup", "warm-up", "warm up", "warmup_steps", "warmup_iters", "warmup_ratio", "warmup steps",
        "warmup_epochs",
    ),
    "optimizer": ("optimizer", "optimiser", "optim", "opt"),
    "schedule": (
        "schedule", "scheduler", "lr schedule", "lr_scheduler", "lr scheduler", "lr_schedule", "decay schedule",
        "lr decay", "rate ... decay*", "lr ... decay*", "decay ... rate",
    ),
    "max_epochs": ("max_epochs", "num_epochs", "n_epochs", "num_train_epochs", "epoch budget", "max epochs"),
    "max_steps": ("max_steps", "max_iters", "total_steps", "max steps"),
    "seed": ("seed", "random seed", "seeds"),
    "width": (
        "hidden size", "hidden", "width", "hidden_size", "hidden_dim", "d_model", "embedding size", "hidden units",
        "n_embd", "channels", "model size", "network size",
        *(f"{size} {net}" for size in ("biggest", "largest", "smallest", "bigger", "larger", "smaller", "widest")
          for net in ("model", "models", "net", "network")),
    ),
    "depth": ("depth", "layers", "number of layers", "num_layers", "n_layers", "n_layer", "layer count"),
    "momentum": ("momentum",),
    "lora_rank": (
        "lora rank", "lora_rank", "lora_r", "lora r", "rank did", "rank does", "rank ... use*", "by rank",
        "rank of adapter", "adapter rank", "for rank", "lora size", "size of lora", "adapter size", "ranks",
        *(f"{size} {what}" for size in ("biggest", "largest", "smallest", "bigger", "larger", "smaller")
          for what in ("lora", "adapter")),
    ),
    "label_smoothing": ("label smoothing", "label_smoothing", "smoothing"),
    "grad_clip": (
        "gradient clipping", "grad clipping", "grad clip", "grad_clip", "clip norm", "clip_norm", "max_grad_norm",
        "clipping", "clip",
        "gradient_clip_val", "clip_grad",
    ),
    "init": ("initialization", "initialisation", "init", "weight init", "init scheme"),
    "norm": ("normalization layer", "batch norm", "batchnorm", "layer norm", "layernorm", "norm layer"),
    "architecture": ("architecture", "arch", "model_name", "model type", "activation", "cell"),
    "data": ("dataset", "task", "data_name"),
    "beta": ("beta", "kl weight", "kl_weight", "kl coefficient"),
    "ent_coef": ("entropy coefficient", "ent_coef", "entropy bonus", "entropy coef", "ent coef"),
    "gamma": ("gamma", "discount", "discount factor"),
    "betas": ("betas", "adam betas"),
    "min_lr": ("min_lr", "final lr", "minimum lr"),
    "heads": ("heads", "attention heads", "n_head", "num_heads"),
    "context": ("context length", "ctx", "block_size", "sequence length", "seq_len"),
    "train_size": (
        "training set size", "train size", "num_train_samples", "train_size", "n_train",
        "number of training samples", "training examples", "train examples",
        "train_examples", "training samples", "training rows", "less data", "more data", "much data",
        "fewer examples", "most data", "least data", "amount of data", "data size", "dataset size", "fewest examples",
        "most examples", "size of dataset", "smallest dataset", "largest dataset", "biggest dataset",
    ),
    "augmentation": ("augmentation", "augment", "data augmentation"),
}  # fmt: skip
"""hyperparameter -> what people and configs call it; the last part of a dotted key counts too."""

ASPECTS: Mapping[str, tuple[str, ...]] = {
    "overfitting": (
        "overfit*", "over-fit*", "over fit*", "memoriz*", "memoris*", "generalization gap", "generaliz*",
        "generalis*",
        "val* loss go up", "val* loss went up", "val* loss rise", "val* loss rose", "val* loss start* ris*",
        "val* loss turn*", "loss go up again", "loss went up again", "loss turned up", "stop* ... too late",
        "train* ... too long", "ran ... too long", "run ... for too long", "went on too long", "too many epochs",
    ),
    "underfitting": ("model ... too small", "network ... too small", "capacity", "underfit*", "under-fit*",
                     "under fit*"),
    "vanishing": ("vanishing grad*", "vanish*", "gradients vanish*", "gradient* ... die out", "no gradient*"),
    "exploding_gradients": (
        "exploding grad*", "gradient explo*", "gradients explo*", "grad explo*", "grads explo*", "grad norm explo*",
    ),
    "memory": (
        "out of memory", "oom*", "run out of ram", "memory leak*", "leak* memory", "ran out of memory", "memory",
    ),
    "divergence": (
        "diverg*", "blow up", "blew up", "blows up", "blowing up", "blown up", "explod*", "explosion", "nan", "nans",
        "inf", "infinite",
        "non-finite", "nonfinite", "go to infinity", "went to infinity", "unstable", "instab*", "blowup", "blow-up",
        "kaboom",
    ),
    "crash": ("crash*", "die", "died", "dies", "killed", "abort*", "segfault*", "stopped early by",
              "not finish*", "unfinished", "never finish*", "not complete*", "incomplete"),
    "spike": ("spike*", "spiking", "jump in the loss", "bump in the loss", "jumps"),
    "slow": ("so slow", "slow down", "slowed down", "slowdown", "throughput drop*", "got slow*", "slower", "slow"),
    "plateau": (
        "plateau*", "stuck", "flat", "flatlin*", "stall*", "stagnat*", "no progress", "not learn*", "stop learning",
                "stopped learning", "stop improving", "stopped improving", "not improv*", "never learn*",
                "did not learn", "learn nothing",
                "learned nothing", "stop making progress", "stopped making progress", "stop progress*",
                "no longer improv*", "no further progress", "not train*", "does not learn", "not converg*"),
    "lr_too_high": (
        "lr ... too high", "learning rate ... too high", "lr ... too large", "lr ... too big", "lr too high",
        "learning rate too high", "lr too large", "lr too big", "learning rate too large", "too high a learning rate",
        "too high lr", "too large lr", "too big lr", "too high learning rate", "too large learning rate", "too hot",
    ),
    "lr_too_low": (
        "lr ... too low", "learning rate ... too low", "lr ... too small", "lr too low", "learning rate too low",
        "lr too small", "learning rate too small", "too low a learning rate", "too low lr", "too small lr",
        "too low learning rate", "too small learning rate",
    ),
    "noise": ("noisy", "noise", "jitter*", "oscillat*", "jagged"),
    "class_collapse": ("majority class", "class collaps*", "one class", "same class", "single class"),
    "exploration": ("entropy collaps*", "not explor*", "stop* explor*", "explor*", "too sure of"),
    "collapse": ("collaps*",),
    "label_noise": (
        "label noise", "nois* label*", "wrong label*", "bad label*", "mislabel*", "corrupt* label*",
        "labels ... wrong",
        "label* error*", "labels ok", "labels fine", "labels right", "labels clean", "labels correct",
        "trust ... labels", "bad data", "dirty data", "data quality",
    ),
    "loader": (
        "data loader*", "dataloader*", "wait* for ... data", "data bound", "input bound", "io bound", "loader bound",
        "input pipeline", "data loading", "data pipeline", "starv*",
    ),
    "experts": ("expert* ... idle", "idle expert*", "moe imbalance", "load balanc*", "unused expert*", "router*"),
    "forgetting": ("forget*", "forgot*"),
    "hang": ("hang", "hangs", "hung", "deadlock*", "froze", "stopped responding"),
    "frozen": ("frozen", "weights ... move", "weights ... change", "weights ... updat*"),
    "eval_mode": ("eval mode", "train mode", "training mode", "evaluation mode"),
    "below_chance": ("below chance", "worse than chance", "worse than random", "worse than guess*"),
    "order": ("shuffl*", "unshuffled", "sorted data", "data order", "order of ... data"),
    "overflow": ("overflow*",),
    "bad_init": ("bad init*", "wrong init*", "poor init*"),
    "leak": ("data leak*", "val leak*", "leakage", "leak* ... val*", "val* ... leak*", "leak* ... test",
        "rows leak*", "contaminat*", "too good to be true"),
    "clipping": ("over-clip*", "over clip*", "overclip*", "clipped too", "clip* ... too hard",
        "clip* ... too strong*",
                 "clipping too"),
    "decay": ("decay* ... too early", "decay* ... too soon", "schedule ... too short", "schedule ... end before"),
    "hacking": ("hack*", "game ... reward", "games ... reward", "gaming ... reward"),
    "dead": (
        "dead relu*", "dead unit*", "dead neuron*", "dying relu*", "units ... dead",
        "neurons ... dead", "relu* ... dead",
    ),
    "warmup": ("missing warmup", "no warmup", "without warmup", "lack of warmup"),
    "resume": ("bad resume", "resume*", "restart*"),
}  # fmt: skip
"""what an asker presumes -> the words for it; `troubles.FAMILIES` says which findings bear it out."""

FILLERS = bag(
    "so really actually exactly just please pls plz kindly the a an heck hell damn earth quite very again "
    "basically literally then hmm uh um maybe simply btw fyi currently even precisely roughly guys team "
    "there's dear also"
)
"""Words that change no meaning; they are left out before phrases are looked for."""

VALUES_OF: Mapping[str, frozenset[str]] = {
    "optimizer": bag("adam adamw sgd rmsprop adagrad lion adafactor lamb nesterov"),
    "schedule": bag("cosine linear constant polynomial exponential onecycle plateau_scheduler step"),
    "architecture": bag("gru lstm rnn cnn mlp transformer resnet vit unet relu gelu tanh silu leaky"),
    "init": bag("zeros kaiming xavier orthogonal"),
    "precision": bag("fp16 bf16 fp32"),
    "norm": bag("batchnorm layernorm prenorm postnorm"),
}
"""Settings whose values are words."""
SETTING_VALUES = frozenset().union(*VALUES_OF.values()) - {"step"}
"""Words that stand in configs as values: "runs with adam"."""

NUMBER_WORDS: Mapping[str, int] = {
    word: number
    for number, word in enumerate(
        ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
    )
}
ORDINALS: Mapping[str, int] = {
    "first": 1, "second": 2, "third": 3, "fourth": 4, "fifth": 5, "sixth": 6, "seventh": 7, "eighth": 8, "ninth": 9,
    "tenth": 10, "eleventh": 11, "twelfth": 12,
}  # fmt: skip

"""Terms in our own words, and the finding whose playbook says more."""

from __future__ import annotations

from collections.abc import Mapping

MEANINGS: Mapping[str, str] = {
    "loss_scale": (
        "The loss scale is the factor that mixed-precision training multiplies the loss with before the backward "
        "pass, so that small gradients do not vanish in half precision. It halves when a gradient overflows (the "
        "step is skipped) and grows again after a while without overflow. A few halvings are normal; a scale that "
        "keeps falling means that gradients really are non-finite."
    ),
    "learning_rate": (
        "The learning rate is the size of the step that the optimizer takes along the gradient. Too high and the "
        "loss oscillates or blows up; too low and training crawls. It is usually the first thing to tune."
    ),
    "batch_size": (
        "The batch size is the number of examples that a gradient is averaged over. Smaller batches are noisier; "
        "when it changes, the best learning rate changes with it."
    ),
    "weight_decay": (
        "Weight decay pulls the weights towards zero at every step. It counters overfitting; too much of it keeps "
        "the model from fitting even the training data."
    ),
    "dropout": (
        "Dropout switches off random units while training, which counters overfitting. It must be off in "
        "evaluation; training loss above validation loss is normal with it."
    ),
    "warmup": (
        "Warm-up raises the learning rate from near zero to its full size over the first steps, because the first "
        "gradients of fresh weights are large and optimizer statistics are still empty."
    ),
    "schedule": (
        "The learning-rate schedule says how the rate changes over training: constant, step-wise, cosine, linear "
        "decay. If it reaches zero before the model has converged, progress ends there."
    ),
    "momentum": (
        "Momentum averages gradients over steps, so that the optimizer keeps its direction. High momentum makes "
        "the effective step larger."
    ),
    "grad_clip": (
        "Gradient clipping scales a gradient down whose norm exceeds a limit. It saves a run from rare huge "
        "gradients; a limit far below the usual norm throttles every step."
    ),
    "grad_norm": (
        "The gradient norm is the length of the whole gradient. Sudden jumps by orders of magnitude announce a "
        "blow-up; values near zero mean that nothing is learned."
    ),
    "weight_norm": (
        "The weight norm is the length of the vector of all weights. It should move slowly; a sudden jump is "
        "damage, a steady fall is weight decay winning."
    ),
    "perplexity": (
        "Perplexity is the exponential of the cross-entropy per token: how many tokens the model hesitates "
        "between. Lower is better."
    ),
    "loss": (
        "The loss is the number that training minimises. Its size means something only against its start and "
        "against other runs."
    ),
    "accuracy": (
        "Accuracy is the share of examples that are classified right. With unbalanced classes look at balanced "
        "accuracy or F1 as well."
    ),
    "balanced_accuracy": (
        "Balanced accuracy is the mean of the recalls of all classes, so that always saying the majority class "
        "scores no better than chance."
    ),
    "f1": "F1 is the harmonic mean of precision and recall: high only when both are.",
    "r2": (
        "R² is the share of the target's variance that the model explains: 1 is perfect, 0 is no better than the "
        "mean, below zero is worse."
    ),
    "auc": (
        "AUC is the probability that a random positive example is ranked above a random negative one; 0.5 is chance."
    ),
    "entropy": "Entropy of a policy measures how undecided it is. If it falls to zero early, exploration has ended.",
    "kl": (
        "The KL divergence measures how far two distributions are apart. In a VAE, KL near zero means that the "
        "latents are ignored."
    ),
    "throughput": (
        "Throughput is how much is processed per second. A drop in the middle of a run usually is the input "
        "pipeline or the machine, not the model."
    ),
    "label_smoothing": (
        "Label smoothing trains towards slightly softened labels. The loss then cannot reach zero, which is fine."
    ),
    "seed": (
        "The seed fixes the random numbers. Runs that differ only in the seed show how large the noise between runs is."
    ),
    "overfitting": (
        "Overfitting means that the model learns its training examples instead of the rule: validation loss turns "
        "and rises while training loss keeps falling."
    ),
    "underfitting": (
        "Underfitting means that the model cannot even fit the training data: training and validation both stay "
        "far above what is reachable."
    ),
    "divergence": (
        "Divergence means that the loss blows up, to NaN or far above where it started, and does not come back."
    ),
    "plateau": (
        "A plateau is a stretch without improvement. After convergence it is the natural end; before it, something"
        " holds the run."
    ),
    "dead": "A dead ReLU unit outputs zero for every input, so it gets no gradient and cannot recover.",
    "spike": (
        "A loss spike is a sudden jump of the loss. One that recovers is harmless; one that does not has damaged "
        "the weights."
    ),
    "vanishing": (
        "Vanishing gradients: the first layers get orders of magnitude less gradient than the last, so they hardly"
        " learn."
    ),
    "exploding_gradients": (
        "Exploding gradients: the gradient norm jumps by orders of magnitude and the step it causes damages the run."
    ),
    "optimizer": (
        "The optimizer turns gradients into weight updates: SGD with one rate for all weights, Adam with a rate of"
        " its own for each."
    ),
    "gamma": "The discount factor says how much a later reward counts now.",
}

FINDING_OF: Mapping[str, str] = {
    "loss_scale": "fp16_overflow",
    "warmup": "missing_warmup",
    "grad_clip": "over_clipping",
    "entropy": "entropy_collapse",
    "kl": "posterior_collapse",
    "throughput": "throughput_drop",
    "overfitting": "overfitting",
    "underfitting": "underfitting",
    "divergence": "divergence",
    "plateau": "plateau",
    "dead": "dead_relu",
    "dead_units": "dead_relu",
    "spike": "loss_spike",
    "vanishing": "vanishing_gradients",
    "exploding_gradients": "exploding_gradients",
    "lr_too_high": "lr_too_high",
    "lr_too_low": "lr_too_low",
    "leak": "val_leakage",
    "memory": "memory_leak",
    "noise": "noisy_loss",
    "init": "bad_init",
    "clipping": "over_clipping",
    "resume": "bad_resume",
    "balanced_accuracy": "class_collapse",
}
"""entry of the lexicon -> finding whose playbook is about it."""

"""What terms mean, in our own words, and how else people call them."""

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
    "num_leaves": (
        "num_leaves is the largest number of leaves of a tree in LightGBM. More leaves fit finer; too many for the "
        "rows "
        "at hand memorise them, which shows in a training score far above the one in validation."
    ),
    "max_depth": (
        "max_depth is how many splits may follow one another in a tree. Deeper trees see more interactions of features "
        "and overfit sooner."
    ),
    "min_data_in_leaf": (
        "min_data_in_leaf (min_child_samples) is the least number of rows that a leaf may hold. More of them smooth "
        "the "
        "trees and counter overfitting; very few let single rows have leaves of their own."
    ),
    "feature_fraction": (
        "feature_fraction (colsample_bytree) is the share of the features that each tree may use. With less "
        "than all of them trees differ more, which counters overfitting; too low hides the features that matter."
    ),
    "bagging_fraction": (
        "bagging_fraction (subsample) is the share of the rows that a tree is grown on. Less than all of them counters "
        "overfitting and saves time."
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
        "R² is the share of the target's variance that the model explains: one is perfect, zero is no better than "
        "the mean, below zero is worse."
    ),
    "auc": (
        "AUC is the probability that a random positive example is ranked above a random negative one; one half is "
        "chance."
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
    "point_of_no_return": (
        "The point of no return is the onset of a fault that a run does not recover from. What is spent after it is "
        "in vain, so it is where the run should have been stopped, and the last checkpoint before it is worth keeping."
    ),
    "early_stopping": (
        "Early stopping ends a run once the validation score has not improved for some evaluations (the patience) and "
        "keeps the best checkpoint. It saves the time after the turn and hides the worst of overfitting."
    ),
    "epoch": "An epoch is one pass over the training data.",
    "step": "A step is one update of the weights, from one batch (or from several that are accumulated).",
    "checkpoint": "A checkpoint is the saved state of a run: weights, optimizer, step. A run can go on from it.",
    "gradient_accumulation": (
        "Gradient accumulation adds up the gradients of several small batches before one update, so that the batch is "
        "effectively larger than what fits into memory."
    ),
    "mixed_precision": (
        "Mixed precision computes in half precision (fp16 or bf16) and keeps a copy of the weights in fp32. It is "
        "faster; fp16 needs a loss scale, bf16 does not."
    ),
    "validation_set": (
        "The validation set is data that is not trained on. What is measured on it tells how the model does on new "
        "examples, and settings are chosen by it; the test set is kept for the very end."
    ),
    "hyperparameter": (
        "A hyperparameter is a setting that is chosen before training, such as the learning rate, and not learned."
    ),
    "generalization": "Generalization is how well a model does on data that it was not trained on.",
    "regularization": (
        "Regularization is whatever keeps a model from memorising: weight decay, dropout, augmentation, early stopping."
    ),
    "normalization": (
        "Normalization layers (batch norm, layer norm) bring the values inside the network to one scale, which lets "
        "larger learning rates work. Batch norm behaves differently in training and in evaluation."
    ),
    "convergence": "A run has converged when its loss no longer improves by more than its noise.",
    "sgd": "SGD steps along the gradient with one learning rate for all weights, usually with momentum.",
    "adam": (
        "Adam gives each weight a rate of its own, from running means of its gradient and of its square. AdamW takes "
        "weight decay out of that scaling."
    ),
    "cosine": "A cosine schedule lowers the learning rate along half a cosine, slowly at both ends, fast in between.",
    "ema": "An exponential moving average of the weights smooths their last steps; it often validates a little better.",
    "ablation": "An ablation takes one part away and keeps all else the same, to see what that part brings.",
    "confounded": (
        "Two runs are confounded when several settings changed between them at once: no one of them can be given the "
        "credit or the blame."
    ),
    "onset": "The onset of a finding is the step or epoch from which on it shows.",
    "cascade": "A cascade is one fault that leads to the next: too high a rate, then exploding gradients, then NaN.",
    "approx_kl": (
        "The approximate KL divergence of PPO says how far one update moved the policy. One or two hundredths are "
        "usual; a jump far above that means that single updates move the policy too far (lower the rate or set "
        "target_kl)."
    ),
    "clip_fraction": (
        "The clip fraction of PPO is the share of samples whose policy ratio was cut off at the clip range. A "
        "tenth to a third is usual; when nearly every sample is clipped, the updates are too large."
    ),
    "explained_variance": (
        "Explained variance says how well the value function predicts the returns: one is perfect, zero is no "
        "better than their mean, below zero is worse. It is like R² in regression."
    ),
    "entropy_loss": (
        "The entropy loss is the negative entropy of the policy. It begins well below zero and rises towards zero as "
        "the policy makes up its mind; at zero it no longer explores."
    ),
    "value_loss": "The value loss is the error of the value function, which predicts how much reward is still to come.",
    "policy_loss": (
        "The policy loss is what the updates of a policy minimise. Its size says little; a jump says that updates "
        "are large."
    ),
    "reward": (
        "The reward is what an agent is trained to collect; its mean over an episode is what such runs are judged by."
    ),
    "ent_coef": (
        "The entropy coefficient weighs a bonus for undecided policies. It keeps exploration up; without it a "
        "policy may settle before it is good."
    ),
    "lora": (
        "LoRA trains small low-rank matrices beside frozen weights, so that a large model is fine-tuned with few "
        "parameters."
    ),
    "lora_rank": (
        "The LoRA rank is the width of the low-rank matrices: more rank, more capacity, and more that can overfit."
    ),
    "lora_alpha": (
        "LoRA alpha scales the low-rank update: it is multiplied by alpha divided by the rank, so raising alpha "
        "acts like a higher learning rate of the adapter."
    ),
    "mixup": (
        "Mixup trains on blends of two examples and of their labels. It regularises; training loss is higher with it."
    ),
    "augmentation": (
        "Augmentation changes training examples at random (crops, noise, masks), which counters overfitting."
    ),
    "gradient": "The gradient says for each weight in which direction the loss grows; the optimizer steps against it.",
    "batch": "A batch is the examples that one update is computed from.",
    "generalization_gap": (
        "The generalization gap is the distance between training and validation results. Some is usual; one that grows "
        "is overfitting."
    ),
    "faulty": (
        "A run is called faulty when a check found something that counts against it (anything above a mere remark); "
        "healthy when none did; it cannot be judged when too little was logged."
    ),
    "bleu": "BLEU compares a translation with a reference by the word sequences they share; higher is better.",
    "baseline": "A baseline is the run that others are held against.",
    "fine_tuning": "Fine-tuning goes on training a model that was trained before, on new data and with a small rate.",
    "fanova": (
        "fANOVA splits the variance of the outcome over the settings: the importance of a setting is the share "
        "that goes with it."
    ),
    "width": (
        "The width of a layer (hidden size, channels) is how many units it has: wider fits more, and overfits "
        "more on little data."
    ),
    "depth": ("The depth is the number of layers: more can represent more and is harder to train."),
    "train_size": (
        "The training-set size is how many examples are trained on. The fewer there are, the sooner a model overfits."
    ),
    "max_epochs": (
        "The number of epochs is how often training goes over the data: too few and the run is still improving "
        "when it ends, too many and it overfits."
    ),
    "max_steps": ("The number of steps is how many updates are made in all."),
    "init": (
        "The initialisation is how weights are drawn before training. Too large or too small and the signal blows "
        "up or dies out in the first steps."
    ),
    "beta": ("Beta weighs the KL term of a VAE: high, the latents are ignored; low, they are not regular."),
    "betas": ("The betas of Adam say how long its running means of the gradient and of its square remember."),
    "heads": ("Attention heads are the parallel parts of an attention layer, each with its own view of the sequence."),
    "context": ("The context length is how many tokens a model sees at once."),
    "min_lr": ("The final learning rate is what the schedule comes down to at its end."),
    "data": (
        "The dataset is what the model is trained and judged on; scores of different datasets cannot be held "
        "against each other."
    ),
    "architecture": ("The architecture is the kind of network: which layers it has and how they are joined."),
    "lag": ("The lag is how many past values of a series a model sees."),
}


SPELLINGS: Mapping[str, tuple[str, ...]] = {
    "point_of_no_return": ("point no return",),
    "early_stopping": ("early stop", "stopping early", "patience"),
    "gradient_accumulation": ("grad accumulation", "accumulation"),
    "mixed_precision": ("fp16", "bf16", "amp", "half precision", "mixed precision training"),
    "validation_set": ("val set", "validation", "validation data", "dev set", "held out data", "heldout"),
    "hyperparameter": ("hyperparameters", "hparams", "hyper parameter"),
    "generalization": ("generalisation", "generalizing"),
    "regularization": ("regularisation", "regularizer"),
    "normalization": ("batch norm", "batchnorm", "layer norm", "layernorm", "normalisation"),
    "convergence": ("converged", "converge", "converging"),
    "adam": ("adamw",),
    "cosine": ("cosine schedule", "cosine decay", "cosine annealing"),
    "confounded": ("confounding", "confounder", "confounders"),
    "ablation": ("ablation study",),
    "checkpoint": ("checkpoints", "ckpt"),
    "step": ("training step", "update", "iteration"),
    "approx_kl": ("approximate kl",),
    "clip_fraction": ("clipfrac", "clip frac", "clipped fraction"),
    "explained_variance": ("ev", "explained var"),
    "entropy_loss": ("ent loss",),
    "value_loss": ("vf loss", "critic loss"),
    "lora": ("low rank adaptation",),
    "lora_rank": ("lora r", "rank of lora", "lora ranks"),
    "mixup": ("mix up",),
    "generalization_gap": ("generalisation gap", "train val gap"),
    "faulty": ("broken", "healthy", "cannot judge", "verdict"),
    "fine_tuning": ("finetuning", "finetune"),
    "fanova": ("importance", "importances"),
    "batch": ("minibatch", "mini batch"),
}
"""term -> how else people call it, where the tables of the lexicon do not say."""

"""How each role gets into a log: one concrete sentence for whoever trains."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from tools.roles.nouns import Role

TO_LOG: Mapping[Role, str] = {
    "train_loss": "Log the training loss at every step, `loss.item()` before the backward pass.",
    "eval_loss": "Evaluate on held-out rows at least once per epoch, under `model.eval()`, and log it as `val_loss`.",
    "train_score": "Log the accuracy on the training rows as `train_acc` as often as that on the validation rows.",
    "eval_score": "Log accuracy, and balanced accuracy or macro-F1 for uneven classes, on held-out rows as `val_acc`.",
    "loss_component": "Log each term of the loss by itself (`recon_loss`, `kl_loss`, ...), not only their sum.",
    "learning_rate": "Log `scheduler.get_last_lr()[0]` at every step as `lr`.",
    "grad_norm": "`torch.nn.utils.clip_grad_norm_` returns the norm before clipping: log it as `grad_norm`.",
    "layer_grad_norm": "Log `p.grad.norm()` of the first and the last layer as `grad_norm/LAYER`.",
    "weight_norm": "Log the norm of all weights once per epoch as `weight_norm`.",
    "update_norm": "Log the norm of the update, or its ratio to the weights, as `update_norm`.",
    "loss_scale": "With mixed precision log `scaler.get_scale()` at every step as `loss_scale`.",
    "skipped_steps": "Count the steps that `GradScaler` skips (the scale fell) and log them as `skipped_steps`.",
    "throughput": "Log samples or tokens per second as `samples_per_sec`, or the wall clock of each line.",
    "step_time": "Log the seconds per step as `step_time`.",
    "data_time": "Log the seconds that a step waits for its batch as `data_time`, beside `step_time`.",
    "memory": "Log `torch.cuda.max_memory_allocated() / 2**20` (or the process' RSS) as `memory_mb`.",
    "entropy": "Log the entropy of the policy as `entropy`.",
    "kl": "Log the KL term (of the posterior, or between old and new policy) as `kl`.",
    "policy_loss": "Log the policy's loss by itself as `policy_loss`.",
    "value_loss": "Log the critic's loss by itself as `value_loss`.",
    "reward": "Log the mean return of the last episodes as `ep_rew_mean`.",
    "episode_length": "Log the mean length of the last episodes as `ep_len_mean`.",
    "generator_loss": "Log the generator's loss as `g_loss`.",
    "discriminator_loss": "Log the discriminator's loss as `d_loss`.",
    "discriminator_real": "Log the discriminator's mean output for real samples as `d_real`.",
    "discriminator_fake": "Log the discriminator's mean output for generated samples as `d_fake`.",
    "diversity": "Log the standard deviation over a batch of generated samples as `sample_std`.",
    "dead_units": "Log the share of units of each layer that are zero for a whole batch as `dead_frac/LAYER`.",
    "clip_rate": "Log the share of steps whose gradient was clipped as `clip_rate`.",
    "epoch": "Log the epoch with each line.",
    "step": "Log the optimizer step with each line.",
    "tokens": "Log the tokens seen so far as `tokens`.",
    "time": "Begin each line with the wall clock, or log the seconds since the start as `time`.",
    "perplexity": "Log the perplexity on held-out text as `val_ppl`.",
    "expert_load": "Log the share of tokens that each expert gets as `moe/expert_N_load`.",
    "answer_length": "Log the mean length of the completions in tokens as `completions/mean_length`.",
    "system": "Log `utilization.gpu` of `nvidia-smi` as `gpu_util`.",
}


def to_log(missing: Iterable[str]) -> str:
    """What to log next time, a sentence for each role; a name that is no role is asked for as it is."""
    return " ".join(_sentence(role) for role in dict.fromkeys(missing))


def _sentence(role: str) -> str:
    known = next((sentence for name, sentence in TO_LOG.items() if name == role), None)
    return known or f"Log {role.replace('_', ' ')}."

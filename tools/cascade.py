"""What findings have to do with each other: which bring others with them, and which cannot be true together."""

from __future__ import annotations

from collections.abc import Mapping


def _ids(names: str) -> frozenset[str]:
    return frozenset(names.split())


NOTHING_LEARNED = _ids("bad_init lr_too_low not_learning plateau underfitting")
EXPLAINS: Mapping[str, frozenset[str]] = {
    "frozen_training": NOTHING_LEARNED | _ids("lr_decay_too_early vanishing_gradients"),
    "dead_relu": NOTHING_LEARNED | _ids("class_collapse vanishing_gradients zero_gradients"),
    "vanishing_gradients": NOTHING_LEARNED | _ids("class_collapse"),
    "bad_init": _ids("dead_relu lr_too_low not_learning plateau underfitting vanishing_gradients"),
    "over_clipping": NOTHING_LEARNED | _ids("not_converged"),
    "lr_decay_too_early": NOTHING_LEARNED | _ids("lr_schedule_ended"),
    "missing_warmup": NOTHING_LEARNED | _ids("exploding_gradients loss_spike lr_too_high"),
    "lr_too_high": _ids(
        "bad_init loss_spike noisy_validation not_learning oscillation plateau repeated_spikes "
        "rising_gradients underfitting upward_drift"
    ),
    "lr_too_low": _ids("bad_init not_converged not_learning plateau underfitting"),
    "underfitting": _ids("eval_below_train not_converged not_learning plateau"),
    "batch_too_small": _ids(
        "exploding_gradients loss_spike lr_too_high noisy_validation not_learning plateau repeated_spikes underfitting"
    ),
    "unshuffled_data": _ids(
        "batch_too_small exploding_gradients loss_spike lr_too_high noisy_validation oscillation repeated_spikes"
    ),
    "fp16_overflow": _ids("crash divergence exploding_gradients loss_spike nan_loss repeated_spikes zero_gradients"),
    "exploding_gradients": _ids("dead_relu divergence loss_spike lr_too_high nan_loss rising_gradients upward_drift"),
    "divergence": _ids(
        "crash dead_relu forgetting late_stopping loss_spike nan_loss not_learning overfitting rising_gradients "
        "upward_drift zero_gradients"
    ),
    "nan_loss": _ids("crash"),
    "bad_resume": _ids(
        "late_stopping loss_spike lr_schedule_reset lr_too_high overfitting repeated_spikes resumed stall"
    ),
    "loss_spike": _ids("exploding_gradients late_stopping lr_too_high overfitting"),
    "repeated_spikes": _ids("exploding_gradients loss_spike"),
    "label_noise": _ids(
        "corrupted_labels eval_below_train generalization_gap late_stopping noisy_validation overfitting "
        "score_against_loss worse_than_twins"
    ),
    "corrupted_labels": _ids(
        "eval_below_train generalization_gap late_stopping noisy_validation overfitting underfitting worse_than_twins"
    ),
    "forgetting": _ids("late_stopping lr_too_high overfitting plateau upward_drift"),
    "overfitting": _ids("late_stopping"),
    "below_chance": _ids("eval_mode_bug generalization_gap label_noise late_stopping overfitting"),
    "eval_mode_bug": _ids("generalization_gap late_stopping lr_too_high noisy_validation overfitting underfitting"),
    "memory_leak": _ids("oom_crash throughput_drop"),
    "posterior_collapse": NOTHING_LEARNED | _ids("lr_too_high"),
    "gan_discriminator_wins": _ids("gan_mode_collapse"),
    "val_leakage": _ids("eval_below_train"),
    "crash": _ids("stall"),
    "oom_crash": _ids("stall"),
    "entropy_collapse": _ids("policy_kl_explosion reward_collapse"),
    "policy_kl_explosion": _ids("reward_collapse value_loss_explosion"),
    "value_loss_explosion": _ids("reward_collapse"),
    "lr_schedule_reset": _ids("loss_spike resumed"),
    "zero_gradients": _ids("not_learning plateau"),
}
"""What a cause brings with it: findings that need no cause of their own once it is found, remarks that add nothing."""
CONTRADICTS: Mapping[str, frozenset[str]] = {
    "frozen_training": _ids("bad_init lr_too_high lr_too_low missing_warmup underfitting vanishing_gradients"),
    "below_chance": _ids("eval_mode_bug generalization_gap label_noise"),
    "divergence": _ids("eval_mode_bug late_stopping overfitting val_leakage"),
    "unshuffled_data": _ids("val_leakage"),
    "lr_decay_too_early": _ids("bad_init frozen_training lr_too_low"),
    "dead_relu": _ids("bad_init lr_too_low"),
    "vanishing_gradients": _ids("lr_too_high missing_warmup"),
    "fp16_overflow": _ids("frozen_training"),
    "class_collapse": _ids("bad_init"),
}
"""Findings that cannot be true together with a surer one: they are dropped, whatever their confidence."""
SYMPTOMS = frozenset({"not_learning", "plateau"})
"""Effects of whatever else is found."""
FROM_THE_START = frozenset({"missing_warmup", "batch_too_small", "unshuffled_data"})
"""Causes that were there at the first step, wherever their damage is seen first."""

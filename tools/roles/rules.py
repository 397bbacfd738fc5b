"""The table that gives words their role: rules from the specific to the general, the first that matches counts.

So "grad_norm/layer0" is not a loss of layer 0 and "entropy" not a cross entropy.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tools.roles.nouns import Role
from tools.roles.words import DECORATION, word_set

if TYPE_CHECKING:
    from tools.records import Goal

LOSS = r"\b(loss|losses|nll|cost|objective|obj|bce|xent|logloss|elbo|bpb|bpc|crossentropy|cross entropy|perceptual)\b"
_RATE = r"(s|sec|secs|second|seconds)"
_THING = r"(samples|sample|examples|tokens|tok|toks|imgs|img|images|words|steps|it|iters|batches|frames|rows)"

RULES: tuple[tuple[str, Role | None, Goal | None, float], ...] = (
    (r"^system\b(?!.*\b(allocated|rss|peak|usage (megabytes|mb))\b)", "system", None, 0.9),
    (r"\b(timestamp|ts|eta|wall( clock)?( time)?|unix)\b", "time", None, 0.9),
    (rf"\b{_THING} (per |p )?(device )?{_RATE}\b|\b(throughput|fps|mfu|sps|hfu)\b(?!.*total)",
     "throughput", "higher", 0.95),
    (r"\bsamples ?per ?sec", "throughput", "higher", 0.95),
    (r"\b(data|dataloader|loader|load|fetch|batch load) (time|ms|sec|s|wait|seconds)\b|\b(t|time) data\b",
     "data_time", "lower", 0.9),
    (r"\btime per (iteration|iter|step|batch|epoch|sample)"
     r"|\b(sec|secs|seconds|s|ms) per (it|iter|step|epoch|batch|kimg|tick)\b",
     "step_time", "lower", 0.95),
    (r"\b(epoch|batch|step|iter|iteration|train step|sec) (time|seconds|secs|sec|ms|s|duration|dt|kimg)\b"
     r"|\btime this iter\b"
     r"|\btime (iter|iteration|step|batch|epoch|cost)\b|\bstep avg\b|^(train )?dt( ms)?$|\biter ?time\b",
     "step_time", "lower", 0.9),
    (r"\b(runtime|elapsed|duration|total (time|sec|seconds|hours|days)|time (total|since)|walltime|uptime)\b",
     "time", None, 0.85),
    (r"^(train )?time( s| sec| ms)?$|\btrain seconds\b", "time", None, 0.5),
    (r"\b(ms|time|hours|days)\b", None, None, 0.0),
    (r"\b(cpu|gpu) (util|utilization|temp|temperature|percent|power)"
     r"|\b(disk|network|ram util|power watts|temperature c)\b",
     "system", None, 0.8),
    (r"\b(memory|mem|rss|vram|mib|ram|max rss|allocated|reserved)\b(?!.*(util|percent))", "memory", "lower", 0.9),
    (r"\b(loss|grad|gradient|scaler|amp|fp16|dynamic) scale(r)?\b|\bscaler( scale)?\b|^loss scale",
     "loss_scale", None, 0.95),
    (r"\b(skip|skipped|skips|overflow|overflows|overflowed)\b", "skipped_steps", "lower", 0.9),
    (r"\bnum zeros\b|\bnan iterations\b|\b(clip (range|threshold|fraction|coef|frac$)|clip norm|max norm)\b",
     None, None, 0.0),
    (r"\b(clipped|clip (rate|ratio|frac|share)|grad clip(ped)?|clip grad)\b", "clip_rate", "lower", 0.8),
    (r"\b(dead|dormant|inactive|zeros|sparsity|act zero|zero (frac|fraction|act|activations|rate|share)"
     r"|frac zero)\b",
     "dead_units", "lower", 0.9),
    (r"\b(update|updates)\b.*\b(norm|ratio|rms|weight|param)|\b(norm|ratio)\b.*\bupdates?\b",
     "update_norm", None, 0.85),
    (r"\b(grad|gradient|grads)\b.*\b(time|threshold|post clip|effective|abs|rolling|l1|var|std|coef|accum"
     r"|flow hist)\b",
     None, None, 0.0),
    (r"\b(grad|gradient|grads)\b.*\b(mean|low|high|min|max|histogram)\b", None, None, 0.0),
    (r"\b(grad|grads|gradient|gradients|gnorm|g norm|gradnorm)\b(?!.*\b(loss|penalty|policy|step)\b)",
     "grad_norm", None, 0.9),
    (r"^norm( total)?$", "grad_norm", None, 0.6),
    (r"\b(weight|weights|w|param|params|parameter|parameters) (l2 )?(norm|l2)\b", "weight_norm", None, 0.9),
    (r"\bl ?r\d*\b|\blearning rate\b|\blearningrate\b", "learning_rate", None, 0.95),
    (r"\b(diversity|sample (std|dist|spread|distance|variance|div)|modes|coverage|pairwise dist)\b",
     "diversity", "higher", 0.8),
    (r"\bdelta\b|\b(std|stdev|coef|coeff|weight|target|num|count|reg|penalty|hist stats|gap|signs)\b(?!.*\bloss\b)",
     None, None, 0.0),
    (r"\b(g|gen|generator|gan) loss\b|\bloss (g|gen|generator|gan)\b|\b(loss g|errg|g err)\b",
     "generator_loss", "lower", 0.9),
    (r"\b(d|disc|discriminator) loss (real|fake)\b", "loss_component", "lower", 0.8),
    (r"\b(d|disc|discriminator) loss\b|\bloss (d|disc|discriminator)\b|\b(errd|d err)\b",
     "discriminator_loss", "lower", 0.9),
    (r"^((metrics?|scalars?|stats?|gan) )?(d|p|disc|dis|discriminator|loss) "
     r"(out |x |prob |logit |logits |scores )?real\b|\breal (score|prob)\b"
     r"|^d x$",
     "discriminator_real", None, 0.8),
    (r"^((metrics?|scalars?|stats?|gan) )?(d|p|disc|dis|discriminator|loss) "
     r"(out |x |prob |logit |logits |scores )?fake\b|\bfake (score|prob)\b"
     r"|^d g z1?$",
     "discriminator_fake", None, 0.8),
    (r"\b(policy|policy gradient|actor|pi|pg|surrogate) (loss|objective)\b|\bloss (pi|policy|actor|pg)\b",
     "policy_loss", None, 0.9),
    (r"^lm loss value$", "eval_loss", "lower", 0.7),
    (r"\b(value|values|critic|vf|v|q|qf|baseline|td) (function )?loss\b|\bloss (v|vf|q|value|critic|critics)\b"
     r"|\btd error\b",
     "value_loss", "lower", 0.9),
    (r"\bkl[a-z]*\b|\bkullback\b|\bapprox kl\b", "kl", None, 0.9),
    (r"\b(?<!cross )(entropy|ent)\b(?! (coef|alpha|coeff|target))|^h$", "entropy", None, 0.8),
    (r"\b(ep|eps|episode|episodes|traj|mean|avg) (len|length|lengths|steps)\b|\b(eplen|len mean)\b",
     "episode_length", None, 0.9),
    (r"\b(max|min)\b.*\b(reward|rew|ret|return|returns)\b|\b(reward|rew|ret|return)\b.*\b(max|min)\b", None, None, 0.0),
    (r"\b(reward|rewards|rew|ret|return|returns|episodic return|eprewmean)\b", "reward", "higher", 0.9),
    (r"\b(ppl|perplexity)\b", "perplexity", "lower", 0.95),
    (r"\b(tokens|token count|consumed samples|consumed)\b", "tokens", None, 0.8),
    (r"^(epoch|epochs|num epoch)$", "epoch", None, 0.9),
    (r"^(global |train |training |ray tune )?(step|steps|iter|iters|iteration|iterations|it|kimg"
     r"|trainer global step)$",
     "step", None, 0.9),
    (r"\b(timesteps|timesteps total|num steps|iterations since|episodes total|envinteracts|env interacts"
     r"|interacts|kimgs?)\b",
     "step", None, 0.5),
)  # fmt: skip

FAMILIES: tuple[tuple[str, str, Goal], ...] = (
    (r"\b(balanced|bal) (acc|accuracy)\b|\bmacro (acc|accuracy|recall)\b|\buar\b|\bbacc\b|\bmean class acc",
     "balanced_accuracy", "higher"),
    (r"\b(f1|fscore|f beta|fbeta)\b", "f1", "higher"),
    (r"\b(auc|auroc|roc auc|auprc|average precision|aucpr)\b", "auc", "higher"),
    (r"\b(error|err) rate\b|\b(error|err|top1 err|merror|wer|cer|misclassification)$|\b(wer|cer)\b",
     "error_rate", "lower"),
    (r"\b(mae|mean absolute error|l1 error)\b", "mae", "lower"),
    (r"\b(rmse|root mean squared error)\b", "rmse", "lower"),
    (r"\b(mse|mean squared error)\b", "mse", "lower"),
    (r"\b(mape|smape)\b", "mape", "lower"),
    (r"\b(fid|fid50k|kid|lpips)\b", "fid", "lower"),
    (r"\b(r2|rsquared|r squared|explained variance|ev)\b", "r2", "higher"),
    (r"\b(acc|accuracy|accuracies|acc\d+|top\d?|correct|precision at 1|hit rate|success|success rate|em"
     r"|exact match|win rate)\b",
     "accuracy", "higher"),
    (r"\b(m?ap|map\d+|ap\d+|precision|recall|sensitivity|specificity)\b", "precision", "higher"),
    (r"\b(bleu\w*|rouge\w*|chrf|meteor|cider|spbleu)\b", "text_overlap", "higher"),
    (r"\b(iou|miou|dice|jaccard)\b", "overlap", "higher"),
    (r"\b(corr|correlation|pearson|spearman|kendall|kappa|mcc|matthews|ndcg|mrr)\b", "correlation", "higher"),
    (r"\b(psnr|ssim|inception score)\b", "image_quality", "higher"),
    (r"^(score|scores)$", "score", "higher"),
)  # fmt: skip

LOSS_NEUTRAL = DECORATION | word_set(
    "loss losses nll cost objective obj ce cross entropy crossentropy bce xent mse words bpb bpc logloss elbo"
)
GRAD_NEUTRAL = DECORATION | word_set(
    "grad grads gradient gradients gnorm gradnorm g norm l2 2 unclipped before clip preclip"
)

"""The table that gives words their role: rules from the specific to the general, the first that matches counts.

So "grad_norm/layer0" is not a loss of layer 0 and "entropy" not a cross entropy.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tools.roles.nouns import Role
from tools.roles.words import DECORATION, word_set

if TYPE_CHECKING:
    from tools.records import Goal

LOSS = (
    r"\b(loss|losses|nll|nloglik|cost|objective|obj|bce|xent|m?logloss|elbo|bpb|bpc|bpd|nats"
    r"|(bits|nats) per (dim|byte|char|token)"
    r"|crossentropy|cross entropy|neg(ative)? log ?(likelihood|prob(ability)?)|perceptual|hinge|huber)\b"
)
LIKELIHOOD = (
    r"^(?!.*\b(loss|losses|neg|negative|nll|nloglik)\b).*\b(log ?lik(e(lihood)?)?"
    r"|(log ?prob(ability)?|like(lihood)?) (for|per)|objective function for)\b"
)
"""Rises where a model learns, below zero as a rule; Kaldi calls each objective so ("for 'output'", "per frame")."""
_RATE = r"(s|sec|secs|second|seconds)"
_THING = r"(samples|sample|examples|tokens|tok|toks|imgs|img|images|words|steps|it|iters|batches|frames|rows|episodes)"
_NO_LOSS = r"^(?!.*\bloss\b).*"
_KNOWN = 0.9
"""How sure it is that a name without a role needs none."""

RULES: tuple[tuple[str, Role | None, Goal | None, float], ...] = (
    (r"^((opt|optim|optimizer|sched|scheduler) eta|step ?size|lrate|lrn rate)$", "learning_rate", None, 0.7),
    (r"\b(timestamps?|ts|eta|wall( clock)?( time)?|unix|remaining time|time (left|remaining))\b", "time", None, 0.9),
    (r"^time (iterations|total timesteps)$", "step", None, 0.9),
    (r"\b(total|num)\b.*\b(flos|flops)\b|\bflos\b", None, None, _KNOWN),
    (rf"\b{_THING} (per |p )?(device )?{_RATE}\b|\b(iter|step|epoch|batch|update|episode)s? per (device )?{_RATE}\b"
     r"|\b(throughput|fps|mfu|sps|hfu|wps|tps|tgs|ups|qps|tflops?)\b(?!.*total)",
     "throughput", "higher", 0.95),
    (r"\bsamples ?per ?sec", "throughput", "higher", 0.95),
    (r"\b(data|dataloader|loader|load|fetch|batch load) (time|ms|sec|s|wait|seconds)\b|\b(t|time) data\b"
     r"|\bdata loading( s| sec| ms| time)?$",
     "data_time", "lower", 0.9),
    (r"\btime per (iteration|iter|step|batch|epoch|sample)"
     r"|\b(sec|secs|seconds|s|ms) per (it|iter|step|epoch|batch|kimg|tick|img|sample)\b",
     "step_time", "lower", 0.95),
    (r"\b(epoch|batch|step|iter|iteration|train step|sec) (time|timing|seconds|secs|sec|ms|s|duration|dt|kimg)\b"
     r"|\btime this iter\b|\bend to end( s)?$"
     r"|\btime (iter|iteration|step|batch|epoch|cost)\b|\bstep avg\b|^(train )?dt( ms)?$|\biter ?time\b"
     r"|^t (step|iter|batch)$",
     "step_time", "lower", 0.9),
    (_NO_LOSS + r"\b(runtime|elapsed|duration|total (time|sec|seconds|hours|days)|time (total|since)"
     r"|walltime|uptime)\b",
     "time", None, 0.85),
    (r"^(train )?time( s| sec| ms)?$|\btrain seconds\b", "time", None, 0.5),
    (_NO_LOSS + r"\b(ms|time|timing|hours|days)\b", None, None, _KNOWN),
    (r"\bnum\b.*\b(alloc|ooms?|retries)\b", None, None, _KNOWN),
    (r"^system\b(?=.*\b(memory|mem|rss)\b)(?=.*\b(bytes|megabytes|mb|gb|mib|gib|rss)\b)"
     r"(?!.*\b(percent|percentage|available|free)\b)",
     "memory", "lower", 0.9),
    (r"^system\b(?! (loss|acc|score))|\b(gb|mb) (free|available)\b"
     r"|\b(memory|mem|ram|disk)\b.*\b(available|free|percent|percentage)\b"
     r"|\b(memory|mem|max reserved|max active)\b.* percent\b",
     "system", None, 0.8),
    (r"\b(cpu|gpu) (\d+ )?(util|utilization|temp|temperature|percent|power)"
     r"|\b(disk|network|ram util|power watts|temperature c)\b",
     "system", None, 0.8),
    (r"\b(memory|mem|rss|vram|mib|ram|max rss|allocated|reserved|alloc (gb|mb|gib|mib|bytes))\b"
     r"(?!.*(util|percent))",
     "memory", "lower", 0.9),
    (r"^(cuda|gpu|device) (\d )?(mb|gb|mib|gib|bytes)$", "memory", "lower", 0.85),
    (r"\b(loss|grad|gradient|scaler|amp|fp16|dynamic) scale(r)?\b|\bscaler( scale)?\b|^loss scale",
     "loss_scale", None, 0.95),
    (r"\b(skip|skipped|skips|overflow|overflows|overflowed)\b", "skipped_steps", "lower", 0.9),
    (r"\bnum zeros\b|\bnan iterations\b|\b(clip (range|threshold|fraction|coef|frac$)|clip norm|max norm)\b"
     r"|^(?!.*\bgrad).*\bclip ?frac\b|\bclip ratio (low|high|region|mean)\b|\bcompletions? clipped\b",
     None, None, _KNOWN),
    (r"\b(grad ?norm|gnorm) clipped$|\bclipped (grad ?norm|gnorm)$|\b(post|after) clip norm$", None, None, _KNOWN),
    (r"\b(clipped|clip(ping)? (rate|ratio|frac|share)|grad clip(ped)?|(?<!pre )(?<!before )clip grad)\b",
     "clip_rate", "lower", 0.8),
    (r"^clip$", "clip_rate", "lower", 0.6),
    (r"^(?!.*\b(loss|shared)\b)(?=.*\bexperts?\b)"
     r".*\b(load|usage|share|frac|fraction|probs?|tokens|count|util|utilization)\b",
     "expert_load", None, 0.9),
    (r"\bexperts?\b(?!.*\bloss\b)|\bdropped tokens\b|\b(router|gate) (entropy|probs?|logits?)\b", None, None, _KNOWN),
    (r"\b(dead|dormant|inactive|zeros|sparsity|act zero|zero (frac|fraction|act|activations|rate|share)"
     r"|frac zero)\b",
     "dead_units", "lower", 0.9),
    (r"\bnum\b.*\bgrad updates\b", None, None, _KNOWN),
    (r"\b(update|updates)\b.*\b(norm|ratio|rms|weight|param)|\b(norm|ratio)\b.*\bupdates?\b",
     "update_norm", None, 0.85),
    (r"\b(grad|gradient|grads)\b.*\b(time|threshold|post clip|effective|abs|rolling|l1|var|std|coef|accum"
     r"|flow hist)\b",
     None, None, _KNOWN),
    (r"\b(grad|gradient|grads)\b.*\b(mean|low|high|min|max|histogram)\b", None, None, _KNOWN),
    (r"\b(grad|grads|gradient|gradients|gnorm|g norm|gradnorm)\b(?!.*\b(loss|penalty|policy|step)\b)",
     "grad_norm", None, 0.9),
    (r"^norm( total)?$|^(total|global) norm$|^g l2( norm)?$", "grad_norm", None, 0.6),
    (r"\b(weight|weights|w|param|params|parameter|parameters) (l2 )?(norm|l2)\b", "weight_norm", None, 0.9),
    (r"\bl ?r(ate)?s?\d*\b|\blearn(ing)? ?rates?\b", "learning_rate", None, 0.95),
    (r"\b(diversity|samples? (std|dist|spread|distance|variance|div)|modes|coverage|pairwise dist)\b",
     "diversity", "higher", 0.8),
    (r"^((policy|losses|rollout|optim|optimizer|adam|kl|early stopping) )?(seed|id|rank|momentum|dropout|temperature"
     r"|eps|epsilon|alpha|betas?\d?|gamma|patience|lrm|bsz|wpb|batch size|bs|global batch size|world size|wd"
     r"|weight decay|ema decay|teacher forcing|exploration rate|ratio|samples|hp metric|counter|buffer size|gen len"
     r"|activation norm|stop iter|is)$",
     None, None, _KNOWN),
    (r"\b(r?mse|mae|logloss|loss|err|error|auc|acc|accuracy|f1|ndcg|map|score)\b.* (stdv?|stdev|stderr|sem)$",
     None, None, _KNOWN),
    (r"\b(n|num) updates\b|\bnum env steps\b|\btotal timesteps\b", "step", None, 0.6),
    (r"\bnum (input )?tokens( seen)?$", "tokens", None, 0.9),
    (r"^(best|lowest|highest)\b|^min (loss|nll|err|error)\b|\bobjective( function)? improvement\b", None, None, _KNOWN),
    (r"\b(std|stdev|coef|coeff|num|count)\b(?!.*\bloss\b)", None, None, _KNOWN),
    (r"\bdelta loss\b|\bremaining\b|\b(kl|loss|beta|aux|reg|entropy|ent) (weight|scale)$", None, None, _KNOWN),
    (r"\bdelta\b|\b(weight|target|hist stats|gap|signs)\b(?!.*\bloss\b)", None, None, 0.0),
    (r"^(?!.*\b(loss|losses|gradient penalty)\b).*\b(reg|penalty)\b", None, None, 0.0),
    (r"\b(logps|logits|log odds|non score reward|value estimate|q\w{0,2} ?(vals|values)|v ?vals|values? mean|q mean)\b"
     r"|\brewards? (chosen|rejected|margins?)\b",
     None, None, _KNOWN),
    (r"\b(g|gen|generator|gan) loss\b|\bloss (g|gen|generator|gan)\b(?! (reg|penalty))|\b(errg|g err|err g)\b",
     "generator_loss", "lower", 0.9),
    (r"\b(d|disc|discriminator) loss (real|fake)\b", "loss_component", "lower", 0.8),
    (r"\b(d|disc|discriminator) loss\b|\bloss (d|disc|discriminator)\b(?! (reg|penalty))|\b(errd|d err|err d)\b",
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
    (r"\b(value|values|critic|vf|v|q|qf|baseline|td)\d? (function )?loss\b|\bloss (v|vf|q|value|critic|critics)\d?\b"
     r"|\btd error\b",
     "value_loss", "lower", 0.9),
    (r"\b(approx)?kl[a-z]*\b|\bkullback\b", "kl", None, 0.9),
    (r"\b(?<!cross )(entropy|ent)\b(?! (coef|alpha|coeff|target))|^h$", "entropy", None, 0.8),
    (r"^(?!.*\b(prompts?|max|min|std|clipped|terminated|limit)\b)"
     r".*\b((completions?|responses?|answers?)\b.*\b(len|lengths?|tokens)|(generat\w*|output)\b.*\b(len|lengths?))\b",
     "answer_length", None, 0.9),
    (r"\b(completions?|responses?|prompts?|generated|output)\b.*\b(len|length|lengths)\b", None, None, _KNOWN),
    (r"\b(ep|eps|episode|episodes|episodic|traj|mean|avg) (len|length|lengths|steps)\b|\b(eplen|len mean|eplenmean)\b",
     "episode_length", None, 0.9),
    (r"\b(max|min)\b.*\b(reward|rew|ret|return|returns)\b|\b(reward|rew|ret|return)\b.*\b(max|min)\b",
     None, None, _KNOWN),
    (r"\b(reward|rewards|rew|ret|return|returns|episodic return|eprewmean)\b(?!.*\baccurac)|^objective scores?$",
     "reward", "higher", 0.9),
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
    (r"\b(f1|fscore|f beta|fbeta)\b"
     r"|^(scores )?((ents|sents|spans|(cats|nel) (macro|micro)) f|cats score)$",
     "f1", "higher"),
    (r"\b(auc|auroc|roc auc|auprc|average precision|aucpr)\b", "auc", "higher"),
    (r"\b(mape|smape|mase|wape|mean absolute percentage error)\b", "mape", "lower"),
    (r"\b(rmse|rmsle|root mean squared error)\b", "rmse", "lower"),
    (r"\b(mse|msle|mean squared( logarithmic)? error)\b", "mse", "lower"),
    (r"\b(mae|mean absolute error|l1 error)\b", "mae", "lower"),
    (r"\b(ece|calibration error|brier|pinball|crps)\b", "calibration", "lower"),
    (r"\b(error|err) rate\b|\b(error|err|top1 err|merror|wer|cer|misclassification)$|\b(wer|cer|eer|ter|min ?dcf)\b"
     r"|\berr \d\b|\bfalse (positive|negative)\b",
     "error_rate", "lower"),
    (r"\b(fid|fid50k|kid|lpips|fvd)\b", "fid", "lower"),
    (r"\b(chamfer|hausdorff|hd95|assd|emd|mcd|epe|abs rel)\b", "distance", "lower"),
    (r"\b(r2|rsquared|r squared|r 2|(explained|expl) (variance|var)|ev)\b", "r2", "higher"),
    (r"\b(success|success rate)\b", "success", "higher"),
    (r"\b(acc|accuracy|accuracies|[am]acc|acc\d+|top\d?|correct|precision at 1|prec ?\d|hit rate|hits \d+|pass \d+|em"
     r"|exact match|win ?rate|mmlu|hellaswag|arc (easy|challenge)|gsm8k|winogrande|piqa|boolq|humaneval|mbpp"
     r"|openbookqa|uas|las)\b",
     "accuracy", "higher"),
    (r"^(scores )?(ents|sents|spans|(cats|nel) (macro|micro)) [pr]$", "precision", "higher"),
    (r"\b(m?ap|map\d+|ap\d+|ap[lms]|coco (bbox|segm)|precision|recall|sensitivity|specificity)\b",
     "precision", "higher"),
    (r"\b(bleu\w*|rouge\w*|chrf|meteor|cider|spbleu|comet|bertscore)\b", "text_overlap", "higher"),
    (r"\b(m?iou|io u|dice|jaccard)\b", "overlap", "higher"),
    (r"\b(corr|correlation|pearsonr?|spearmanr?|kendall\w*|kappa|mcc|matthews|ndcg|mrr|silhouette|nmi|ari"
     r"|cosine similarity)\b",
     "correlation", "higher"),
    (r"\b(psnr|ssim|inception score|snr|sdr|pesq|stoi)\b", "image_quality", "higher"),
    (LIKELIHOOD, "log_likelihood", "higher"),
    (r"^((avg|mean|average|total|final) )?(score|scores|fitness|elo|core( metric)?)$", "score", "higher"),
)  # fmt: skip

LOSS_NEUTRAL = DECORATION | word_set(
    "loss losses nll cost objective ce cross entropy crossentropy bce xent mse words bpb bpc bpd bits dim byte char"
    " token nats logloss mlogloss nloglik elbo neg negative likelihood loglikelihood binary multi s samples reduced avr"
    " stats hinge huber l"
)
GRAD_NEUTRAL = DECORATION | word_set(
    "grad grads gradient gradients gnorm gradnorm g norm l2 2 unclipped before clip preclip pre inf default all"
    " overall whole"
)
OFTEN_TURNED = word_set("elbo objective")
"""Words for losses that some maximise."""

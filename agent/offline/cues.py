"""The cues: phrases that show what kind of question a clause is. Several may hold; `rules.py` weighs them by order."""

from __future__ import annotations

from collections.abc import Mapping

CUES: Mapping[str, tuple[str, ...]] = {
    "why": (
        "why", "how come", "what happened", "what ... happened", "what is happening", "what is going on", "what is wrong", "what was wrong",
        "what went wrong", "what goes wrong", "what made", "what makes", "what caused", "what causes", "what is causing", "reason*", "cause",
        "causes", "root cause*", "what is up with", "what up with", "whats up", "sup with", "wtf", "diagnos*", "debug*", "investigat*",
        "what killed", "what broke", "what is broken", "explain what", "explain ... behavio*", "what is the problem", "what is the issue",
        "what is the matter", "analy*", "figure out", "what led to", "to blame", "culprit", "post mortem", "postmortem", "what did ... in",
        "rca", "troubleshoot", "what problem*", "which problem*", "what issue*", "what is off", "what did go wrong", "explain ... fail*",
        "what do you make of", "what is killing", "story with", "story behind", "deal with", "what explains", "explanation for",
        "what is ailing", "what is bad", "look into", "take a look at", "what ruined", "what destroyed", "what fault", "what ... wrong",
        "explain why", "sense of", "looks off", "looks wrong", "looks weird", "looks bad", "looks strange", "looks broken", "look broken",
        "seems broken", "seems off", "acting up", "acting weird", "misbehav*", "is weird", "explain",
    ),
    "when": (
        "when", "since when", "from when", "at what point", "at which point", "what point", "which point", "which epoch", "what epoch",
        "which step", "what step", "which iteration", "what iteration", "how early", "how soon", "starting when", "from which", "since which",
        "how far in", "moment ... start", "where does it start", "where did it start", "where did ... start", "starting point", "onset",
        "first sign*", "first symptom*", "begin", "began", "beginning of the", "how long into", "how many epochs before",
        "how many steps before", "how many steps in", "how many epochs in", "the moment it", "where ... turn*", "timestamp", "how long until", "how long before",
    ),
    "compare": (
        "compare*", "comparison", "vs", "versus", "diff", "diffs", "difference", "differences", "differ", "differs", "different", "side by side",
        "contrast", "against", "stack up", "better than", "worse than", "beat", "beats", "outperform*", "head to head", "relative to", "distinguish*", "set apart", "sets apart", "in common",
    ),
    "plot": (
        "plot*", "chart*", "graph", "graphs", "draw*", "visuali*", "curve", "curves", "figure of", "overlay*", "show me ... curve*", "sketch",
        "picture of", "render", "diagram", "graphed", "trajectory", "a plot", "viz",
    ),
    "count": ("how many", "count", "number of", "how much of", "what fraction of", "what share of", "what percentage of", "tally", "total number"),
    "best": (
        "best", "winner", "wins", "won", "winning", "top", "highest", "lowest", "leader*", "champion", "strongest", "superior", "smallest",
        "largest", "minimum", "maximum", "did best", "performed best", "most accurate", "greatest", "peak", "rank*", "leading", "better",
        "max", "min", "ranking", "order by", "sort*", "biggest", "most promising", "number one", "maximal", "minimal", "fastest", "most",
        "least", "did well", "did better", "on top", "sota", "tops", "places", "podium",
    ),
    "worst": (
        "worst", "poorest", "weakest", "bottom", "loser", "did worst", "performed worst", "least accurate", "worse", "slowest", "last place",
        "terrible",
    ),
    "list": (
        "list", "which", "name", "show", "what runs", "give", "tell", "enumerate", "any", "are there", "is there", "all", "find",
        "identify", "anyone", "did any", "does any", "has any", "overview", "get", "what all",
    ),
    "broken": (
        "broken", "broke", "fail*", "faulty", "bad", "bad ones", "go wrong", "went wrong", "going wrong", "gone wrong", "problem*", "issue*",
        "wrong", "throw away", "throw out", "discard*", "trash*", "garbage", "toss", "useless", "unusable", "sick", "suspicious", "unhealthy",
        "ill", "in trouble", "trouble", "did not work", "not work*", "screwed up", "messed up", "fucked", "borked", "busted", "bust", "kill*",
        "not ok", "not fine", "not good", "not healthy", "red flag*", "go bad", "went bad", "off the rails", "went south", "go south",
        "derail*", "toast", "abnormal*", "anomal*", "misbehav*", "not worth keeping", "drop", "rubbish", "defective", "invalid", "kaput",
        "rerun", "re-run", "delete", "fall apart", "fell apart", "degrad*", "deteriorat*", "suck", "sucks", "sucked", "turned bad", "worse",
        "fall over", "fell over", "fell off", "tank", "tanked", "tanks", "goes wrong", "goes bad", "dubious", "look off", "looks off",
    ),
    "healthy": (
        "healthy", "ok", "okay", "fine", "good", "sane", "clean", "alright", "all right", "normal", "well", "sound", "successful", "succeed*",
        "work", "worked", "works", "usable", "working", "nominal", "worth keeping", "keep", "survived", "green", "lgtm", "kosher",
        "in good shape", "legit", "trust", "trustworthy", "reliable", "healthily",
    ),
    "use": (
        "ship", "deploy*", "use", "baseline", "production", "prod", "release", "publish", "go with", "rely on", "promote", "shippable", "ready",
        "good enough", "safe", "paper", "pick", "choose", "select", "take",
    ),
    "next": (
        "what should i try", "try next", "what next", "next", "what now", "how can i improve", "how to improve", "to improve", "improve it", "improve this", "improve on", "recommend*",
        "suggest*", "advice", "advise", "what would you change", "what would you do", "what to change", "what should i change",
        "what should we", "what should i do", "how do i fix", "how to fix", "how can i fix", "fix", "how do i get", "how can i get", "how to get",
        "what else", "where to go from here", "way forward", "go from here", "what to do", "should i change", "should i try", "should i lower",
        "should i raise", "should i increase", "should i decrease", "would you try", "would help", "next step*",
        "next experiment*", "what can i do", "what could i", "proposal", "propose", "how would you", "remedy", "tune", "worth trying",
        "what do i change", "what do i do", "how do i make", "how do i stop", "how to avoid", "how can i avoid", "how to prevent", "how do i prevent",
        "what settings should", "ideas", "would ... help", "squeeze", "push ... further", "what to try", "how do i squeeze", "get better", "do better",
    ),
    "matters": (
        "matters most", "matter most", "matters", "matter", "most important", "important", "importance", "impact", "sensitiv*", "influen*",
        "biggest effect", "biggest influence", "strongest effect", "biggest difference", "makes the difference", "made the difference",
        "drives", "driving", "drove", "effect of", "affect*", "which knob", "what knob", "knob", "which setting", "which hyper*", "what hyper*",
        "which param*", "decisive", "most effect", "lever", "which factor", "largest effect", "moves the needle", "depend*", "what setting",
        "role of", "counts most", "main factor", "explains the variance", "most influence", "correlat*", "which knobs",
    ),
    "define": (
        "what is", "what are", "what does ... mean", "what do you mean by", "define", "definition", "meaning of", "mean by", "what means",
        "explain", "how does ... work", "what exactly is", "tell me about", "what do we call", "eli5", "describe what", "how is ... defined",
        "how do you detect", "how do you know", "what counts as", "what is meant by", "remind me what",
    ),
    "setting": (
        "which", "what", "used", "use", "set", "setting", "settings", "config", "configuration", "hyperparameter*", "hyperparam*", "hparams",
        "param*", "value of", "how large", "how big", "how high", "how much", "how small",
    ),
    "config": (
        "config", "configs", "configuration", "settings", "hyperparameters", "hyperparams", "hparams", "hyper parameters", "params",
        "parameters", "how was ... configured", "setup",
    ),
    "duration": (
        "how long", "run for", "ran for", "train for", "trained for", "duration", "runtime", "run time", "how many epochs", "how many steps",
        "how many iterations", "number of epochs", "number of steps", "length of", "how many updates", "wall clock", "wall time", "how many hours",
        "how much time", "how many minutes", "last epoch", "last step", "how far did", "how far", "total steps", "total epochs",
    ),
    "value": (
        "value", "what is", "what was", "how high", "how low", "how big", "how large", "number", "figure", "reading", "level", "score", "at",
        "tell me", "give me", "get", "final", "last", "end", "what did", "how much", "how good", "what are", "show", "logged",
    ),
    "trend": (
        "still improving", "still learning", "still falling", "still dropping", "still going down", "still decreasing", "converge*", "trend",
        "saturat*", "going up", "going down", "rising", "falling", "decreasing", "increasing", "keep improving", "plateau*", "level* off",
        "flatten*", "done training", "train ... longer", "train longer", "longer training", "more epochs", "further training", "improving", "evolve*", "develop*",
        "progress*", "room to improve", "bottomed out", "settled",
    ),
    "describe": (
        "describe", "summar*", "overview", "tell me about", "info on", "information about", "details", "status of", "status", "what is this run",
        "tldr", "tl;dr", "recap", "show me run", "what do we have", "what have we got", "report on", "full report", "what do you know about",
        "how did ... go", "how did ... do", "how is ... doing", "how does ... look", "how is it going", "how did ... perform",
        "how well did", "how does it look", "how are things", "how is", "how was", "how are", "show", "about", "stats",
    ),
    "logged": (
        "what was logged", "what is logged", "which metrics", "what metrics", "list metrics", "available metrics", "metrics are logged",
        "what can i plot", "columns", "what do you have", "what data", "which data", "what got logged", "metric names", "list ... metrics",
        "what did ... log", "what is being logged", "what was recorded", "what got recorded", "metrics do we have", "metrics logged",
    ),
    "story": (
        "log line*", "log message*", "error message*", "traceback*", "stack trace*", "stacktrace*", "exception*", "warnings", "warning",
        "read the log", "stderr", "stdout", "in the logs", "in the log", "last lines", "tail", "show me the log", "show log", "error log",
        "what does the log say", "what did the log say", "any errors", "errors",
    ),
    "help": (
        "help", "what can you do", "what can i ask", "how do you work", "what do you do", "who are you", "what are you", "capabilities",
        "commands", "how does this work", "what questions", "what is this", "usage",
    ),
    "hello": ("hello", "hi", "hey", "good morning", "good evening", "good afternoon", "yo", "howdy", "greetings"),
    "thanks": ("thanks", "thank you", "thx", "cheers", "great", "perfect", "awesome", "nice", "cool", "got it", "ty", "makes sense", "good job"),
    "yesno": (
        "is", "are", "was", "were", "did", "does", "do", "has", "have", "can", "could", "should", "would", "am i", "will", "any sign*", "signs of",
        "or not", "or no", "looks", "look", "seem*", "whether", "confirm", "sure", "right", "true that", "y/n", "think",
    ),
    "final": (
        "final", "finally", "last", "at the end", "in the end", "end of training", "end up", "ended up", "ended", "ending", "finish", "finished",
        "finishing", "end with", "latest", "at completion", "after training", "most recent", "by the end", "eventually", "closing", "current",
        "the end", "end of the run", "end value", "terminal",
    ),
    "ever": (
        "ever", "at any", "any point", "any epoch", "any step", "anywhere", "all time", "all-time", "over the whole", "at some point",
        "best epoch", "best step", "best value", "over all", "across all epochs", "peak", "best checkpoint", "at its best", "at their best",
        "over the course", "throughout", "best val*", "in its life", "whole run", "any time", "single best",
    ),
    "failure": (
        "fail*", "broke", "breaks", "broken", "break", "went wrong", "goes wrong", "go wrong", "diverg*", "blew up", "blow up", "blows up",
        "explod*", "crash*", "died", "nan", "trouble began", "trouble start*", "went bad", "went south", "off the rails", "collaps*", "spiked",
        "at failure", "problem start*", "onset", "it happened", "that happened", "things went", "turned", "started to", "that point",
        "that moment", "that time", "fell apart", "that step", "that epoch", "gave up", "blowing up",
    ),
    "reach": (
        "reach*", "hit", "hits", "got to", "get to", "cross*", "pass*", "exceed*", "drop* below", "fell below", "fall* below", "got below",
        "go* below", "went below", "went above", "get below", "got above", "rise above", "rose above", "surpass*", "attain*", "achiev*", "got",
        "above", "below", "get above", "come below", "dip*", "break", "over", "under", "at least", "more than", "less than", "better than",
        "come under", "came under", "make it", "made it", "manage*", "beat", "stay*",
    ),
    "logscale": ("log scale", "log-scale", "logarithmic", "log axis", "log y", "semilog*", "logscale"),
    "metricword": ("metric", "metrics"),
    "runword": ("run", "runs", "experiment*", "trial*", "job", "jobs", "one", "ones", "model", "models", "config", "configs", "of them", "candidates"),
    "who_did": (
        "who is", "who ran", "who ... run*", "who ... train*", "who ... launch*", "who ... start*", "who did", "who ... submit*",
        "who ... own*", "who ... creat*", "who ... kick*", "who ... made", "who ... execut*", "who was", "whose run", "whose job",
        "whose is", "whose experiment", "author", "owner", "which user", "username", "by whom", "which colleague", "which engineer",
        "who does", "who has", "who set", "who",
    ),
    "side_by_side": (
        "compare*", "comparison", "diff", "vs", "versus", "side by side", "difference*", "head to head", "contrast", "differ*",
    ),
    "the_rest": ("rest", "others", "other runs", "sweep", "everything"),
    "define_strongly": (
        "mean", "means", "meaning", "define*", "definition", "explain", "work", "eli5", "detect", "counts as", "meant", "called",
    ),
    "ship": (
        "ship*", "deploy*", "baseline", "production", "prod", "release", "publish", "can i use", "should i use", "can we use",
        "should we use", "good enough", "trust*", "safe", "rely on", "promote", "shippable", "ready", "worth keeping", "keep",
        "paper", "go with", "usable", "use it", "use this", "continue with",
    ),
    "which_run": ("which run*", "what run*", "which model*", "which config*", "which experiment*"),
    "which_runs": ("which runs", "what runs", "runs with", "runs that", "runs have", "which ones"),
    "which_one": ("which one", "which of them", "which of these", "which of two"),
    "among": (
        "of these", "of those", "of them", "between them", "of two", "both", "among them", "among these", "which one", "better",
    ),
    "knob": (
        "knob*", "hyper*", "param*", "setting*", "factor*", "lever*", "config*", "drives", "driving", "what matter*", "sensitiv*",
        "influen*", "depend*", "matters most", "most important", "makes the difference", "made the difference", "moves the needle",
    ),
    "what_if": ("what if", "happen if", "happens if"),
    "which_value": (
        "what lr should", "which lr", "which learning rate", "which * should", "what * should", "should i use", "should we use",
        "best lr", "best learning rate", "best batch size", "to use",
    ),
    "mend": ("change", "fix", "do about", "remedy", "differently"),
    "moment": (
        "when", "at", "moment", "as", "once", "before", "while", "time", "where", "right before", "upon", "point", "during",
    ),
    "which_place": ("which epoch", "what epoch", "which step", "what step", "what point", "which point", "which iteration"),
    "how_many_steps": (
        "how many epochs", "how many steps", "how many iterations", "how many updates", "number of epochs", "number of steps",
        "how many hours", "how many minutes", "total epochs", "total steps", "number of iterations",
    ),
    "until": ("before", "until", "how many epochs in", "how many steps in", "how many iterations in"),
    "praise": ("best", "good", "well", "better", "win", "wins", "won"),
    "here": ("here", "going on", "sweep", "folder", "this project"),
    "of_best_run": (
        "of best", "for best run", "in best run", "of worst", "of winner", "best run have", "best run end", "worst run have", "best run at",
    ),
    "low": ("lowest", "smallest", "minimum", "min", "least", "minimal"),
    "high": ("highest", "largest", "maximum", "max", "greatest", "biggest", "most"),
    "ranking": ("rank*", "sort*", "order", "leaderboard", "ranking"),
    "several": ("top", "best runs", "podium", "leaders", "places"),
    "speed": ("fastest", "slowest", "speed"),
    "overview": (
        "overview", "summar*", "what do we have", "what have we got", "recap", "tldr", "tl;dr", "status", "how is it going",
        "how are things", "report on", "full report",
    ),
}  # fmt: skip

CLAUSE_STARTS = frozenset(
    "which what why when how is are was were did does do list name show plot compare tell give count who where since should can draw"
    " explain describe recommend suggest chart diagnose also graph has have from".split()
)
"""A conjunction before one of these begins a new clause."""

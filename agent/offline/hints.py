"""Smaller signs within a clause that tell questions with the same cues apart."""

from __future__ import annotations

HINTS: dict[str, tuple[str, ...]] = {
    "who_did": (
        "who is", "who ran", "who ... run*", "who ... train*", "who ... launch*", "who ... start*", "who did",
        "who ... submit*",
        "who ... own*", "who ... creat*", "who ... kick*", "who ... made", "who ... execut*", "who was", "whose run*",
        "whose job*",
        "whose is", "whose experiment*", "author", "owner", "which user", "username", "by whom", "which colleague",
        "which engineer",
        "who set", "who paid", "who wrote", "who made",
    ),
    "help": (
        "help", "what can you do", "what can i ask", "how do you work", "what do you do", "who are you",
        "what are you", "capabilities",
        "commands", "how does this work", "what questions", "what is this", "usage",
    ),
    "hello": ("hello", "hi", "hey", "good morning", "good evening", "good afternoon", "yo", "howdy", "greetings"),
    "thanks": (
        "thanks", "thank you", "thx", "cheers", "great", "perfect", "awesome", "nice", "cool", "got it", "ty",
        "makes sense", "good job",
    ),
    "side_by_side": (
        "compare*", "comparison", "diff", "vs", "versus", "side by side", "difference*", "head to head", "contrast",
        "differ*",
    ),
    "the_rest": ("rest", "others", "other runs", "sweep", "everything"),
    "define_strongly": (
        "mean", "means", "meaning", "what does ... do", "define*", "definition", "explain", "work", "eli5",
        "detect", "counts as",
        "meant", "called",
    ),
    "ship": (
        "ship*", "deploy*", "baseline", "production", "prod", "release", "publish", "can i use", "should i use",
        "can we use",
        "should we use", "good enough", "trust*", "safe", "rely on", "promote", "shippable", "ready", "worth keeping",
        "keep",
        "paper", "go with", "usable", "use it", "use this", "continue with",
    ),
    "judge": (
        "verdict", "thumbs", "assessment", "judg*", "opinion", "your take", "how healthy", "shape", "rate run",
        "evaluate run", "vet",
    ),
    "which_run": ("which run*", "what run*", "which model*", "which config*", "which experiment*"),
    "which_runs": ("which runs", "what runs", "runs with", "runs that", "runs have", "which ones"),
    "which_one": ("which one", "which of them", "which of these", "which of two"),
    "among": (
        "of these", "of those", "of them", "between them", "of two", "both", "among them", "among these", "which one",
        "better",
    ),
    "knob": (
        "knob*", "separat*", "hyper*", "param*", "setting*", "factor*", "lever*", "config*", "drives", "driving",
        "what matter*",
        "sensitiv*",
        "influen*", "depend*", "matters most", "most important", "makes the difference", "made the difference",
        "moves the needle",
    ),
    "what_if": (
        "what if", "happen if", "happens if", "happened if", "if i", "if we", "if it", "had used", "had been",
        "would have happened", "would ... have been", "would happen", "happens with", "would ... have done",
        "would ... have given", "would ... do", "would ... give",
    ),
    "weighs": (
        "bring*", "help*", "improv*", "pay off", "worth it", "ahead", "behind", "gap between", "distance between",
    ),
    "harms": ("hurt*", "harm*", "worse", "matter", "damage*", "slow*", "affect*", "cost"),
    "anything": ("anything", "any run", "any runs", "anyone", "something", "everything", "any of them",
        "one of them"),
    "first_time": ("first epoch", "first step", "first time", "first iteration"),
    "upward": ("up", "grow*", "ris*", "rose", "increas*", "climb*", "creep*"),
    "downward": ("down", "fall*", "drop*", "declin*", "decreas*", "shrink*", "fell", "lower"),
    "which_value": (
        "what lr should", "which lr", "which learning rate", "which * should", "what * should", "should i use",
        "should we use",
        "what ... would you", "which ... would you", "what ... do you", "which ... do you", "should i take",
        "should we take", "should i pick", "best lr", "best learning rate", "best batch size", "to use",
    ),
    "mend": ("change", "fix", "do about", "remedy", "differently"),
    "moment": (
        "when", "at", "moment", "as", "once", "before", "while", "time", "where", "right before", "upon", "point",
        "during",
    ),
    "which_place": (
        "which epoch", "what epoch", "which step", "what step", "what point", "which point", "which iteration",
    ),
    "how_many_steps": (
        "how many epochs", "how many steps", "how many iterations", "how many updates", "number of epochs",
        "number of steps",
        "how many hours", "how many minutes", "total epochs", "total steps", "number of iterations",
    ),
    "until": ("before", "until", "how many epochs in", "how many steps in", "how many iterations in"),
    "goes_on": (
        "worth continuing", "worth to continue", "worth going on", "worth finishing", "worth running",
        "worth letting",
        "worth waiting", "keep running", "keep ... running", "keep going", "keep ... going", "keep training",
        "keep ... training", "let ... run", "let ... finish", "let ... go on", "should i continue",
        "should we continue", "should ... continue", "should ... go on", "point in continuing", "sense to continue",
    ),
    "stops": (
        "should i stop", "should we stop", "should i kill", "should we kill", "should i abort", "should we abort",
        "should i cancel", "should we cancel", "should i terminate", "should i interrupt", "should ... be stopped",
        "should ... be killed", "better to stop", "better stop", "pull plug", "give up on", "can i stop",
        "can i kill",
        "stop ... now", "stop ... early", "kill ... now", "sense to stop", "worth stopping",
    ),
    "will_end": (
        "will ... end", "will ... end up", "will ... finish", "will ... land", "going to end", "going to finish",
        "going to land", "ends if", "end if", "if ... goes on", "if ... continues", "if ... keeps going", "heading",
        "headed", "foretell", "foresee", "forecast", "extrapolat*", "projected", "expected final", "expected end",
        "expected to end", "expected to finish", "eta", "would ... end up", "will ... final", "time left",
        "steps left", "epochs left", "hours left", "time remaining",
    ),
    "saved_by_stopping": (
        "stopping ... save", "stopping ... would save", "stopping ... saves", "would ... save", "do i save",
        "do we save", "can i save by", "could i save by", "save by stopping", "save by killing", "save if i stop",
        "save if we stop", "killing ... save", "saved by stopping", "gain by stopping",
    ),
    "ends_better": (
        "beat", "beats", "outperform*", "better", "overtake*", "catch up", "surpass*", "win", "worse", "ahead",
    ),
    "praise": ("do right", "get right", "best", "good", "well", "better", "win", "wins", "won"),
    "here": ("here", "going on", "sweep", "folder", "this project"),
    "of_best_run": (
        "of best", "for best run", "in best run", "of worst", "of winner", "best run have", "best run end",
        "worst run have", "best run at",
    ),
    "low": ("lowest", "smallest", "minimum", "min", "least", "minimal"),
    "high": ("highest", "largest", "maximum", "max", "greatest", "biggest", "most"),
    "ranking": ("rank*", "sort*", "order", "leaderboard", "ranking"),
    "several": ("top", "best runs", "podium", "leaders", "places", "medal*", "gold", "first second"),
    "speed": ("fastest", "slowest", "speed"),
    "overview": (
        "overview", "summar*", "what do we have", "what have we got", "recap", "tldr", "tl;dr", "status",
        "how is it going",
        "how are things", "report on", "full report",
    ),
}  # fmt: skip

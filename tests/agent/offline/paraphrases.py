"""Questions as engineers type them, by kind. {r} and {s} stand for run names, {m} for words of a metric."""

from agent.offline.known import Known, KnownMetric, KnownRun

NUMBERED = Known(
    tuple(KnownRun(f"run-{i}", i, f"run-{i}") for i in range(1, 12)),
    (
        KnownMetric("val_loss", "eval_loss", 11, 100),
        KnownMetric("train_loss", "train_loss", 11, 100),
        KnownMetric("val_acc", "eval_score", 11, 100),
        KnownMetric("grad_norm", "grad_norm", 11, 100),
    ),
    ("lr", "batch_size", "epochs", "seed", "optimizer"),
)
"""The project that most of them are asked about."""

WHY = """
what's behind the poor outcome of {r}
{r} is no good. reason?
how did {r} end up so bad?
why did {r} fail?
why is {r} so bad
whats wrong with {r}
what's wrong with {r}?
what happened to {r}
what happened in {r}??
what went wrong in {r}
wtf happened with {r}
{r} looks broken to me, what happened there?
{r} is terrible, why?
can you explain why {r} failed
explain why {r} is so bad pls
diagnose {r}
debug {r}
please debug {r} for me
analyse {r}
analyze {r}
root cause of {r}'s failure?
root cause for {r}
what's the root cause of {r} failing
what caused {r} to fail
what made {r} fail
what's up with {r}
whats up with {r}?
so {r} is garbage. how come?
how come {r} did so badly
any idea why {r} went south
reason for {r} failing?
what is the reason {r} did not work
what is the problem with {r}
what's the issue with {r}?
what's the matter with {r}
{r} - why?
why {r} bad
why {r} fail
y did {r} fail, why
what broke {r}
what killed {r}
investigate {r}
look into {r} please
can you take a look at {r} and tell me what's wrong
{r} went off the rails, what is the cause?
figure out what's wrong with {r}
give me a post mortem of {r}
what is going on with {r}
what's going on in {r}?
what's the deal with {r}
troubleshoot {r}
whats the culprit in {r}
{r} is underperforming, why is that
why does {r} perform so poorly
why is {r}'s {m} so poor
why's {r} so much worse than the others
do you know why {r} went wrong?
could you tell me why {r} broke
hey, why did {r} not work?
what did go wrong with {r}
why did {r} fial
wht went wrong with {r}
why is {r} failing
what do you make of {r}
what ruined {r}?
""".strip().splitlines()

WHY_DIVERGED = """
why did {r} diverge?
why did {r} blow up
what made {r} blow up to NaN?
what made {r} explode
why is the loss of {r} nan
why does {r} have NaNs
why did {r}'s loss explode
what caused the divergence in {r}
what caused {r} to diverge
why did the loss of {r} go to infinity
why did {r} divereged
reason for the nan in {r}?
how come {r} diverged
explain the divergence of {r}, why?
why was {r} unstable
what led to the blow-up of {r}
what's the cause of the instability in {r}
why did {r} go nan
diagnose the divergence in {r}
why did {r} blow-up
""".strip().splitlines()

WHEN = """
when did it start in {r}?
when did {r} go wrong
when exactly did {r} go off the rails?
at which epoch did {r} start to go wrong?
at what step did {r} break
which epoch did {r} fail at
since when is {r} broken
since when has {r} been failing?
at what point did {r} fail
from which epoch on is {r} bad
when did the trouble in {r} begin
when does {r} start to degrade
how early did {r} go bad
at which step did things go wrong in {r}
what step did {r} diverge at
when did {r} diverge
when did {r} blow up
when did {r} start overfitting
from which epoch does {r} overfit
which step does {r} first go nan
when was the first sign of trouble in {r}
onset of the problem in {r}?
what epoch did {r} go south
at what epoch does {r} start to fall apart
how soon did {r} break
how many epochs in did {r} go wrong
in which epoch did {r} derail
what iteration did {r} crash at
when did {r} begin to fail
where did it start to go wrong in {r}
when did {r} crash
pinpoint when {r} went wrong
when did {r} stop learning
""".strip().splitlines()

HEALTH = """
is {r} ok?
is {r} fine
is {r} healthy?
was {r} ok
is {r} broken?
did {r} fail
did {r} go wrong?
is there anything wrong with {r}?
anything wrong with {r}
does {r} look ok to you
does {r} look healthy
is everything ok with {r}
{r} ok?
{r} fine?
is {r} any good
is {r} a good run?
did {r} work
has {r} gone wrong
are there problems in {r}
any problems with {r}?
any issues with {r}?
is {r} sane
would you say {r} is healthy
was {r} successful?
do you see any red flags in {r}
can you confirm that {r} is fine
is {r} working
""".strip().splitlines()

USE = """
can i ship {r}?
should we ship {r}
can we deploy {r}
is {r} good enough to deploy?
can i use {r} as a baseline
is {r} ready for production
is {r} safe to use
would you use {r} as our baseline
can i trust {r}
should i use {r} for the paper
is {r} usable?
ok to ship {r}?
can {r} go to prod
""".strip().splitlines()

OVERFIT = """
is {r} overfitting?
is {r} overfitting? since when?
does {r} overfit
did {r} overfit?
{r}: overfitting or not, and from which epoch on?
any sign of overfitting in {r}
any overfitting in {r}?
is there overfitting in {r}
overfitting in {r}?
would you say {r} overfits? from when?
{r} overfit?
has {r} overfitted, and if so since which epoch
check {r} for overfitting
is {r} memorizing the training set
is {r} overfiting
do you think {r} is overfit
tell me if {r} overfits
are we overfitting in {r}
does {r} show signs of overfitting
""".strip().splitlines()

BEST = """
which run is best by {m}?
which run is the best one by {m}
best run by {m}
best run in terms of {m}?
which run has the best {m}
what run has the best {m}?
which run got the best {m}
which run reached the best {m}, and what value?
who wins on {m}
which run wins by {m}?
which run performs best on {m}
which run did best on {m}
what's the best run by {m}? give me the number too
name the best run by {m}
tell me the best run wrt {m}
what is the best {m} and which run got it
find the run with the best {m}
give me the top run by {m}
show the best run according to {m}
winner by {m}?
which experiment had the best {m}
which of the runs is the best one regarding {m}
best {m} over all runs?
best model by {m}
which config gives the best {m}
what's our best {m} so far
best {m}?
which run tops {m}
who has the best {m}
sweep winner on {m}
which one performed best ({m})
""".strip().splitlines()

BEST_PLAIN = """
which run is best?
which run is the best
best run?
what's the best run
whats our best run
who won
which run performed best
which one is the best one
which run should i pick as the winner
top run?
best one overall?
which run did best
name the best run
""".strip().splitlines()

WORST = """
which run is worst by {m}
worst run by {m}?
which run has the worst {m}
what's the worst run in terms of {m}
who did worst on {m}
which run performed worst on {m}
worst {m} of all runs?
""".strip().splitlines()

TOP3 = """
top 3 runs by {m}
top 3 by {m}?
top three runs by {m}
give me the three best runs by their best {m}, in order
the 3 best runs by {m}
best 3 runs on {m}
which 3 runs are best by {m}
rank the top 3 by {m}
podium by {m}
list the three best runs by {m}
show the 3 best runs wrt {m}
what are the top 3 runs ({m})
top-3 by {m}
first three places by {m}
name the best three runs by {m}
who are the top three on {m}
""".strip().splitlines()

FINAL = """
what's the final {m} of {r}?
final {m} of {r}
last {m} of {r}
last logged {m} for {r}?
what {m} did {r} end with
{m} of {r} at the end
what was the {m} of {r} at the end of training?
{r} final {m}
what is {r}'s final {m}
where did {m} of {r} end up
what {m} did {r} finish with?
ending {m} for {r}
tell me the last {m} value of {r}
{m} after training for {r}
latest {m} in {r}
{r}: {m} at the end?
what's the final value of {m} in {r}
most recent {m} of {r}
give me the final {m} for {r}
how high was the {m} of {r} in the end
""".strip().splitlines()

AT_EPOCH = """
{m} of {r} at epoch 16?
what was the {m} of {r} at epoch 16
what's {r}'s {m} at epoch 16
{r} {m} epoch 16
value of {m} in {r} at epoch 16
give me {m} at epoch 16 for {r}
how high was {m} at epoch 16 in {r}
{m} for {r} after 16 epochs
at epoch 16, what was the {m} of {r}?
what did {m} look like at epoch 16 in {r}
{r} at epoch 16: {m}?
{m} @ epoch 16 of {r}
{m} in the 16th epoch of {r}
tell me the {m} in epoch 16 for {r}
epoch 16 {m} of {r}
what {m} did {r} have at epoch 16
read off {m} at epoch 16 for {r}
{m} value of {r}, epoch 16
""".strip().splitlines()

COUNT_ABOVE = """
how many runs got {m} above 0.5
how many runs reached {m} above 0.5?
how many runs ever got {m} above 0.5, at any epoch?
count the runs that reached a {m} above 0.5 at any point of training
count runs with {m} > 0.5
number of runs with {m} over 0.5
how many of the runs have a {m} higher than 0.5
how many runs exceed 0.5 {m}
in how many runs did {m} go above 0.5
how many experiments reached more than 0.5 {m}
how many got {m} above 0.5?
what number of runs passed {m} of more than 0.5
how many runs had {m} greater than 0.5 at some point
how many runs beat a {m} of 0.5
tally the runs whose {m} exceeded 0.5
""".strip().splitlines()

COUNT_BROKEN = """
how many runs are broken?
how many runs failed
how many of them failed
how many runs went wrong
count the broken runs
how many bad runs are there
number of failed runs
how many runs are faulty?
how many runs had problems
""".strip().splitlines()

LIST_BROKEN = """
any duds in here
what runs blew up or otherwise failed
name every run that did not train properly
who crashed and burned?
list all the broken runs
list the broken runs
which runs are broken?
which runs failed
which runs should I throw away because something went wrong?
what runs are broken
which runs went wrong?
which ones are bad
show me the failed runs
any broken runs?
which runs have problems
which runs are faulty
which runs have issues?
which runs can i delete because they failed
which of the runs are garbage
tell me which runs are broken
name the runs that failed
what are the broken runs
which runs did not work
which runs look suspicious
list runs that went wrong
give me all failed runs
are there any broken runs
which experiments failed?
which runs are unusable
find the broken runs
which runs should be discarded
are any runs broken
which runs are not healthy
did any run fail?
which runs went off the rails
enumerate the faulty runs
show broken
which runs are toast
is anything broken?
anything wrong in this sweep?
which runs need a rerun because they broke
which runs have something wrong with them
""".strip().splitlines()

LIST_DIVERGED = """
which runs diverged?
list the runs that diverged
did any run diverge
which runs blew up
which runs have nans
which ones exploded?
any run with nan?
show me all diverged runs
which runs went nan
""".strip().splitlines()

COMPARE = """
compare {r} and {s}
compare {r} with {s}
compare {r} to {s}
{r} vs {s}
{r} versus {s}?
diff {r} vs {s}
diff {r} and {s} - config and best {m}
what's the difference between {r} and {s}
what differs between {r} and {s}?
what is different in {r} and {s}
how do {r} and {s} differ
how does {r} compare to {s}
which is better, {r} or {s}?
is {r} better than {s}
which one did better, {r} or {s}, on {m}?
compare {r} and {s}: what's different in the config and which one did better on {m} (best value it ever reached)?
put {r} and {s} side by side
{r} or {s}: which is better by {m}
difference in settings between {r} and {s}
compare the configs of {r} and {s}
comparison of {r} and {s} please
contrast {r} with {s}
did {r} beat {s}?
does {r} outperform {s}
config diff {r} {s}
how is {r} different from {s}
comparre {r} and {s}
head to head {r} {s}
why is {r} better than {s}
""".strip().splitlines()

PLOT = """
plot {m} of {r} and {s} on one chart
plot {m} of {r} and {s}
plot {m} for {r} and {s}
show me a plot of {m} for {r} and {s}
draw {m} of {r} and {s}
chart {m} for {r}, {s}
graph {m} of {r} and {s}
can you plot {m} of {r} vs {s}
visualize {m} for {r} and {s}
{m} curves of {r} and {s}
overlay {m} of {r} and {s}
plot {r} and {s}, {m}
show the {m} curve of {r} and {s}
give me a chart with {m} of {r} and {s}
i want to see the {m} curves for {r} and {s}
plto {m} of {r} and {s}
make a graph of {m} for {r} and {s}
plot {m}: {r}, {s}
""".strip().splitlines()

NEXT = """
which hyperparameters for my next attempt?
how could {m} be improved further?
what would you tweak to get better {m}
what should I try next to get the best {m}?
what should i try next
what next?
what to try next
what should we run next to improve {m}
what would you try next?
how can i improve {m}
how to improve {m}?
how do i get a better {m}
suggest the next experiment
recommend hyperparameters for the next run
which settings should i try next
any suggestions for the next run?
what now
what would you change to get better {m}
next steps?
propose the next trial
any advice how to push {m} further?
where should i go from here
what's the next thing to try
how do i squeeze out more {m}
give me a recommendation for the next run
what experiment should i run next
""".strip().splitlines()

MATTERS = """
which hyperparameter matters most?
which hyperparameter matters most for {m}
what hyperparameter has the biggest impact on {m}
which setting matters the most
which knob matters most
what matters most for {m}: which knob?
which hyperparam is most important
most important hyperparameter?
what drives {m} in this sweep
which parameter has the largest effect on {m}
which setting has the strongest influence
what is {m} most sensitive to
which hyperparameter influences {m} the most
hyperparameter importance?
which config option made the biggest difference
what setting makes the difference
which knob should i care about, what has the most impact
what hyperparameters matter here
rank the hyperparameters by importance
""".strip().splitlines()

LR_AT_FAILURE = """
when {r} died, how large was the lr?
step size in effect when {r} went south?
what was the lr of {r} when it went wrong?
lr at the moment {r} broke?
what was the learning rate of {r} when it failed
learning rate of {r} at the time it diverged
lr of {r} at failure
what lr did {r} have when it blew up
at what lr did {r} break
what learning rate was {r} at when things went wrong
which lr was {r} using when it failed
lr when {r} diverged?
what was the lr in {r} right before it blew up
lr at the point where {r} went off the rails
learning rate at the onset of the problem in {r}
which learning rate did {r} have at the moment it went bad
tell me the lr of {r} at the moment of failure
""".strip().splitlines()

SETTING_LR = """
which lr did {r} use?
what lr did {r} use
what learning rate was used in {r}
lr of {r}?
learning rate of {r}
what is the learning rate for {r}
{r}'s lr
what's the lr in {r}
with which learning rate was {r} trained
what lr was {r} run with
which learning rate does {r} have
tell me the lr of {r}
""".strip().splitlines()

DURATION = """
how long did {r} run?
how long did {r} run, in epochs?
how many epochs did {r} run
how many epochs did {r} train for
for how many epochs was {r} trained
how many steps did {r} do
how long was {r} trained for
how many steps did {r} take
number of epochs of {r}?
what was the last epoch of {r}
how far did {r} get
how long did {r} take
runtime of {r}
total steps of {r}?
""".strip().splitlines()

GPU = """
was the gpu throttling from heat in {r}?
what was the GPU temperature when {r} failed?
did the GPU overheat in {r}? what temp?
how hot did the gpu get in {r}
gpu temp during {r}
what was the temperature of the gpu in {r}
was the gpu overheating
did thermal throttling happen in {r}
gpu temprature of {r}?
""".strip().splitlines()

COMMIT = """
which git commit was the best run trained from?
which commit was {r} run on
what's the git sha of {r}
git hash for {r}?
what code version was used for {r}
which revision did {r} use
commit of {r}
from which branch was {r} launched
""".strip().splitlines()

COST = """
what did we pay for these runs?
how much did these runs cost in total?
what did {r} cost
how many dollars did we spend on this sweep
how expensive was {r}?
total cost of the sweep in usd
what's the price of {r}
how much money did we burn on these runs
""".strip().splitlines()

WASTED = """
how much did {r} waste?
how much was wasted in {r}
how many steps did {r} waste
how many hours were wasted by {r}?
how much compute was wasted on {r}
how much of {r} was wasted
how much time did we waste with {r}
how much of {r} was for nothing?
what share of {r} was in vain
when was the point of no return of {r}?
how much money was wasted on {r}
was {r} a waste of time?
how many gpu hours did {r} squander
how many epochs of {r} were wasted
how much could we have saved by stopping {r}
""".strip().splitlines()

WASTED_IN_ALL = """
how many hours were wasted in total?
how much was wasted overall
how much compute did we waste in this sweep?
how much did all runs waste
which runs wasted the most?
total waste?
how many steps were wasted in all
what did the broken runs waste
how much money went down the drain
wasted hours per run
how much time was wasted altogether?
""".strip().splitlines()

TO_LOG = """
what should I log next time?
what should we log next time
what could not be checked?
what was not checked
which checks could not be made?
what to log in the next run
which metrics are missing?
what would you need to be sure?
what else should i log
what should be logged in addition?
""".strip().splitlines()

PERSON = """
whose runs are these?
who launched these runs?
who ran {r}
who started {r}?
who trained {r}
which colleague launched {r}
who submitted these jobs
who is the owner of {r}
whose run is {r}
who is responsible for {r}, who kicked it off?
""".strip().splitlines()

DEFINE = """
what is loss scale?
what is a loss scale
what's loss scaling
what does overfitting mean
define overfitting
explain overfitting
what is gradient clipping?
what does warmup mean
what is perplexity?
meaning of weight decay
explain dead relu
what are vanishing gradients
what is posterior collapse?
eli5 batch size
what does divergence mean?
what is meant by plateau
""".strip().splitlines()

HELP = """
help
what can you do?
what can i ask you
how does this work?
who are you
what questions can i ask
""".strip().splitlines()

NONSENSE = """
tell me a joke
what's the weather tomorrow
write a poem about cats
what's the capital of france
asdf qwer
how do i bake a pizza
should i buy bitcoin
""".strip().splitlines()

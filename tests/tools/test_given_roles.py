"""What users say about names: words for roles, pairs of the command line."""

from pathlib import Path

import pytest

from tools.diagnosis import diagnose
from tools.errors import ToolError
from tools.records import Diagnosis
from tools.roles import NOTHING_GIVEN, Given, Part, assign_roles, given_from, given_pairs, part_named
from tools.store import Store
from tools.toolbox import Toolbox


@pytest.mark.parametrize(
    ("word", "part"),
    [
        ("eval_loss", Part("eval_loss")),
        ("val_loss", Part("eval_loss")),
        ("Validation Loss", Part("eval_loss")),
        ("valid-loss", Part("eval_loss")),
        ("dev_loss", Part("eval_loss")),
        ("test_loss", Part("eval_loss")),
        ("loss", Part("train_loss")),
        ("training_loss", Part("train_loss")),
        ("lr", Part("learning_rate")),
        ("gnorm", Part("grad_norm")),
        ("accuracy", Part("eval_score", "accuracy")),
        ("val_acc", Part("eval_score", "accuracy")),
        ("train_acc", Part("train_score", "accuracy")),
        ("val_f1", Part("eval_score", "f1")),
        ("eval_score", Part("eval_score")),
        ("return", Part("reward")),
        ("ppl", Part("perplexity")),
        ("tokens_per_sec", Part("throughput")),
        ("None", Part(None)),
    ],
)
def test_a_role_has_everyday_words(word: str, part: Part) -> None:
    assert part_named(word) == part


@pytest.mark.parametrize(
    ("word", "near"),
    [("evl_loss", "eval_loss"), ("vall_loss", "val_loss"), ("learnin_rate", "learning_rate"), ("zz", "none")],
)
def test_an_unknown_role_names_the_nearest(word: str, near: str) -> None:
    with pytest.raises(ToolError, match=f"no role '{word}'.*{near}"):
        part_named(word)


def test_pairs_of_the_command_line_add_up() -> None:
    given = given_pairs(["val_loss=a=b", "eval_loss=c", "lr=*/lr"], ["x=y=lower"])
    assert given == Given({Part("eval_loss"): ("a=b", "c"), Part("learning_rate"): ("*/lr",)}, {"x=y": "lower"})


@pytest.mark.parametrize("pair", ["val_loss", "=x", "val_loss=", "nonsense=x"])
def test_a_pair_that_says_no_role_is_refused(pair: str) -> None:
    with pytest.raises(ToolError):
        given_pairs([pair])


def test_a_pair_that_is_turned_round_is_turned_back() -> None:
    with pytest.raises(ToolError, match="val_loss=my_metric"):
        given_pairs(["my_metric=val_loss"])


@pytest.mark.parametrize("pair", ["my_metric", "my_metric=up", "=lower"])
def test_a_goal_is_lower_or_higher(pair: str) -> None:
    with pytest.raises(ToolError, match="NAME=lower"):
        given_pairs(goals=[pair])


def named(names: str, *roles: str, goals: tuple[str, ...] = ()) -> dict[str, tuple[object, ...]]:
    """Role, confidence, split, goal, family of each name."""
    found = given_pairs(roles, goals).named(assign_roles(names.split()))
    return {name: (m.role, m.confidence, m.split, m.goal, m.family) for name, m in found.items()}


def test_a_metric_plays_the_role_that_the_user_gave_it() -> None:
    assert named("zorp x", "val_loss=zorp")["zorp"] == ("eval_loss", 1.0, "eval", "lower", "loss")
    assert named("zorp x", "lr=zorp")["zorp"] == ("learning_rate", 1.0, None, None, "")
    assert named("zorp x", "gnorm=z*")["zorp"] == ("grad_norm", 1.0, None, None, "")
    assert named("test/zorp x", "val_loss=*/zorp")["test/zorp"] == ("eval_loss", 1.0, "test", "lower", "loss")
    assert named("zorp x", "eval_score=zorp")["zorp"] == ("eval_score", 1.0, "eval", "higher", "")
    assert named("zorp x", "val_acc=zorp")["zorp"] == ("eval_score", 1.0, "eval", "higher", "accuracy")
    assert named("val_wer x", "eval_score=val_wer")["val_wer"] == ("eval_score", 1.0, "eval", "lower", "error_rate")
    assert named("zorp x", "val_loss=zorp")["x"] == (None, 0.0, None, None, "")


def test_a_name_with_brackets_is_no_glob_for_itself() -> None:
    assert named("loss[a] lossa", "lr=loss[a]")["loss[a]"][0] == "learning_rate"


def test_a_role_that_is_given_is_taken_from_the_others() -> None:
    found = named("train_loss val_loss zorp", "val_loss=zorp")
    assert [found[name][0] for name in ("train_loss", "val_loss", "zorp")] == [
        "train_loss",
        "loss_component",
        "eval_loss",
    ]
    found = named("lr zorp", "lr=zorp")
    assert found["lr"][:2] == (None, 1.0)
    found = named("val_acc val_f1 zorp", "val_acc=zorp")
    assert [found[name][0] for name in ("val_acc", "val_f1", "zorp")] == [None, "eval_score", "eval_score"]
    found = named("box_loss cls_loss aux", "loss_component=aux")
    assert found["box_loss"][0] == "train_loss"


def test_a_metric_can_be_told_to_play_no_role() -> None:
    assert named("val_loss x", "none=val_loss")["val_loss"][:2] == (None, 1.0)


def test_the_better_direction_can_be_turned() -> None:
    assert named("val_acc", goals=("val_acc=lower",))["val_acc"] == ("eval_score", 1.0, "eval", "lower", "")
    assert named("zorp", goals=("zorp=lower",))["zorp"] == (None, 1.0, None, "lower", "")
    assert named("zorp", "eval_score=zorp", goals=("zorp=lower",))["zorp"][:4] == ("eval_score", 1.0, "eval", "lower")


def test_a_loss_that_is_better_when_higher_is_a_score() -> None:
    elbo = named("val_elbo", goals=("val_elbo=higher",))["val_elbo"]
    assert elbo == ("eval_score", 1.0, "eval", "higher", "objective")
    told = named("zorp", "loss=zorp", goals=("*=higher",))["zorp"]
    assert told == ("train_score", 1.0, "train", "higher", "objective")


def test_what_is_said_last_counts_role_by_role() -> None:
    both = given_pairs(["val_loss=a"], ["a=lower"]).over(given_pairs(["eval_loss=b", "lr=c"], ["a=higher", "b=lower"]))
    assert both == Given({Part("eval_loss"): ("a",), Part("learning_rate"): ("c",)}, {"a": "lower", "b": "lower"})


def test_what_is_given_survives_as_text() -> None:
    given = given_pairs(["val_f1=a", "none=b", "lr=c", "lr=d"], ["a=lower"])
    assert given_from(given.as_json()) == given
    assert not NOTHING_GIVEN


def test_a_name_that_no_run_logs_is_told_with_the_nearest() -> None:
    (complaint,) = given_pairs(["val_loss=my_metrc", "lr=a"], ["a=lower"]).unlogged(["a", "my_metric", "b"])
    assert (
        str(complaint) == "No run logs 'my_metrc'; what is said about it counts for nothing. The nearest are my_metric."
    )


@pytest.fixture
def logs(tmp_path: Path) -> Path:
    """Two runs with metrics of unknown names, one of which overfits by one of them."""
    folder = tmp_path / "logs"
    folder.mkdir()
    for name, rise in (("run-1", 0.05), ("run-2", 0.0)):
        rows = ["step,zorp,quux,wibble"]
        for i in range(60):
            train = 2.0 * 0.93**i + 0.1
            rows.append(f"{i},{train:.4f},{train + 0.2 + rise * max(0, i - 25):.4f},{i % 3}")
        (folder / f"{name}.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    (folder / "run-3.csv").write_text("step,loss\n" + "".join(f"{i},{1 / (i + 1)}\n" for i in range(30)), "utf-8")
    return folder


GIVEN = given_pairs(["train_loss=zorp", "val_loss=quux"])


def diagnosed(store: Store, run: str) -> Diagnosis:
    made = diagnose(store.load(run))
    store.save_diagnosis(made)
    return made


def test_everyone_sees_the_given_roles_without_reading_again(logs: Path, tmp_path: Path) -> None:
    with Store(tmp_path / "store") as plain:
        plain.ingest([logs])
    with Store(tmp_path / "store", GIVEN) as store:
        assert store.ingest([logs]).read == 0
        assert {m.name: m.role for m in store.summaries("run-1")} == {
            **{"zorp": "train_loss", "quux": "eval_loss", "wibble": None}
        }
        series = store.load("run-1").series
        assert (series["quux"].role, series["quux"].goal, series["quux"].split) == ("eval_loss", "lower", "eval")
        siblings = {one.run: one for one in store.load("run-3").siblings}
        assert siblings["run-2"].metrics["quux"].role == "eval_loss"
        rows = store.query("select run, metric from roles where role = 'eval_loss' order by all").rows
        assert rows == (("run-1", "quux"), ("run-2", "quux"))
        assert store.query("select count(*) from metrics where role = 'eval_loss'").rows == ((120,),)
        assert Toolbox(store).describe_run("run-1").unmapped == ("wibble",)
        best = Toolbox(store).list_runs(sort_by="eval_loss").rows
        assert [row.metric for row in best] == ["quux", "quux", ""]
        assert Toolbox(store).compare_runs(["run-1", "run-2"]).winner == "run-2"


def test_a_judgement_holds_for_the_roles_it_was_made_with(logs: Path, tmp_path: Path) -> None:
    found = "select run from findings where finding = 'overfitting'"
    with Store(tmp_path / "store", GIVEN) as store:
        store.ingest([logs])
        assert "overfitting" in [f.id for f in diagnosed(store, "run-1").findings]
        diagnosed(store, "run-3")
        assert store.query(found).rows == (("run-1",),)
    with Store(tmp_path / "store") as store:
        assert store.diagnosis("run-1") is None
        assert store.diagnosis("run-3") is not None
        assert diagnosed(store, "run-1").verdict == "cannot_judge"
        assert store.query(found).rows == ()
    with Store(tmp_path / "store", given_pairs(["eval_loss=zorp"])) as store:
        assert store.diagnosis("run-1") is None
        assert store.diagnosis("run-3") is not None
    with Store(tmp_path / "store", GIVEN) as store:
        known = store.diagnosis("run-1")
        assert known is not None
        assert known.verdict == "faulty"
        assert store.query(found).rows == (("run-1",),)


def test_the_store_says_which_names_no_run_logs(logs: Path, tmp_path: Path) -> None:
    with Store(tmp_path / "store", given_pairs(["eval_loss=quuux", "train_loss=zorp"])) as store:
        store.ingest([logs])
        assert [str(one).count("'quuux'") for one in store.unlogged()] == [1]


@pytest.mark.parametrize(
    "word", ["val_loss", "train_loss", "val_acc", "train_acc", "val_f1", "lr", "none", "score", "kl"]
)
def test_a_part_can_be_written_as_a_word_and_read_again(word: str) -> None:
    part = part_named(word)
    assert part_named(part.word) == part

import json
import os
import signal
import time

import pytest

from enem.batch.artefacts import records, stored_as
from enem.batch.collect import collect
from enem.batch.membership import batch_name, batches, states_of
from enem.batch.places import Place, places
from enem.batch.record import Record, read_record
from enem.batch.stage import Stage, Task
from enem.errors import InputError
from enem.lanes import shared_out, side_by_side
from enem.names import STATES


class Work:
    """Writes one file a place, fails where it is told to, and remembers where it was."""

    def __init__(self, **failures):
        self.failures = failures
        self.done = []

    def __call__(self, place):
        self.done.append(place.state)
        if place.state in self.failures:
            raise self.failures[place.state]
        place.file("made.csv").write_text(place.name)


@pytest.fixture
def store(tmp_path):
    for state in ("AC", "RS"):
        (tmp_path / state).mkdir()
        (tmp_path / state / "data.csv").write_text(state)
    return tmp_path


def run(store, work, settings=None, after=()):
    tasks = [
        Task(p, [p.file("data.csv")], [p.file("made.csv")], [p.record(s) for s in after])
        for p in places(store, ["AC", "RS"])
    ]
    Stage("stage", settings or {"draws": 10}).run(tasks, lambda: work, store / "receipt.json")
    return json.loads((store / "receipt.json").read_text())


def test_what_is_up_to_date_is_not_done_again(store):
    assert run(store, Work()) == {"AC": "made", "RS": "made"}
    again = Work()
    assert run(store, again) == {"AC": "kept", "RS": "kept"}
    assert again.done == []


@pytest.mark.parametrize("change", ["input", "output", "record"])
def test_one_change_redoes_one_place(store, change):
    run(store, Work())
    if change == "input":
        # a stage is a process; this one has read the file already
        from enem.batch import record

        record._file_digest.cache_clear()
        (store / "RS/data.csv").write_text("other")
    else:
        (store / "RS" / {"output": "made.csv", "record": "stage.json"}[change]).unlink()
    assert run(store, Work()) == {"AC": "kept", "RS": "made"}


def test_other_settings_redo_everything(store):
    run(store, Work())
    assert run(store, Work(), {"draws": 20}) == {"AC": "made", "RS": "made"}


def test_a_users_mistake_costs_one_place_and_is_not_tried_again(store):
    work = Work(AC=InputError("nobody is left in AC."))
    assert run(store, work) == {"AC": "refused", "RS": "made"}
    again = Work()
    assert run(store, again) == {"AC": "refused", "RS": "kept"}
    assert again.done == []


def test_a_later_stage_passes_the_problem_on(store):
    run(store, Work(AC=InputError("nobody is left in AC.")))
    for place in places(store, ["AC", "RS"]):
        (place.file("stage.json")).rename(place.record("earlier"))
    work = Work()
    assert run(store, work, after=["earlier"]) == {"AC": "refused", "RS": "made"}
    assert work.done == ["RS"]
    assert read_record(store / "AC/stage.json").problem == "nobody is left in AC."


def test_what_the_work_needs_is_loaded_once_and_only_when_there_is_work(store):
    loaded = []

    def ready():
        loaded.append(os.getpid())
        return Work()

    def run_it():
        tasks = [
            Task(p, [p.file("data.csv")], [p.file("made.csv")], [])
            for p in places(store, ["AC", "RS"])
        ]
        Stage("stage", {}).run(tasks, ready, store / "receipt.json", lanes=2)

    run_it()
    assert loaded == [os.getpid()]
    run_it()
    assert loaded == [os.getpid()]


def test_a_fault_lets_the_others_finish_and_is_tried_again(store):
    with pytest.raises(InputError, match="stage broke at AC"):
        run(store, Work(AC=MemoryError("no room")))
    assert not (store / "receipt.json").exists()
    again = Work()
    assert run(store, again) == {"AC": "made", "RS": "kept"}
    assert again.done == ["AC"]


def test_an_earlier_stage_that_has_not_run_is_named(store):
    with pytest.raises(InputError, match="--forcerun earlier"):
        run(store, Work(), after=["earlier"])


def test_collecting_links_and_renews_the_time(store):
    run(store, Work())
    source, destination = store / "RS/made.csv", store / "results/made.csv"
    inode, before = source.stat().st_ino, source.stat().st_mtime_ns
    collect([store / "RS/stage.json"], [source], [destination])
    assert destination.read_text() == "RS"
    assert destination.stat().st_ino == inode
    assert destination.stat().st_mtime_ns >= before
    assert not list(destination.parent.glob(".*"))


def test_collecting_tells_the_problem_of_this_state_only(store):
    run(store, Work(AC=InputError("nobody is left in AC.")))
    collect([store / "RS/stage.json"], [store / "RS/made.csv"], [store / "out.csv"])
    with pytest.raises(InputError, match="nobody is left in AC"):
        collect([store / "AC/stage.json"], [store / "AC/made.csv"], [store / "other.csv"])
    assert not (store / "other.csv").exists()


def test_collecting_what_is_gone_says_what_to_do(store):
    run(store, Work())
    (store / "RS/made.csv").unlink()
    with pytest.raises(InputError, match="Delete the folder"):
        collect([store / "RS/stage.json"], [store / "RS/made.csv"], [store / "out.csv"])


def test_a_state_stays_in_its_batch(tmp_path):
    assert batches(tmp_path, ["RS"]) == {"RS": "RS"}
    (tmp_path / "RS").mkdir()
    assert batches(tmp_path, ["RS", "SC", "AC"]) == {"RS": "RS", "SC": "AC-SC", "AC": "AC-SC"}
    (tmp_path / "AC-SC").mkdir()
    assert batches(tmp_path, ["AC", "RS"]) == {"RS": "RS", "AC": "AC-SC"}


def test_the_name_of_a_batch_says_its_states():
    assert batch_name(list(STATES)) == "all"
    assert states_of("all") == list(STATES)
    assert states_of(batch_name(["SC", "AC"])) == ["AC", "SC"]


def test_a_place_knows_where_its_artefacts_go(tmp_path):
    place = Place(tmp_path, ("AC",))
    results = tmp_path / "results/2019/AC/mean/pooled/summary.csv"
    assert stored_as(place, results) == tmp_path / "AC/mean/pooled/summary.csv"
    sample = tmp_path / "data/samples/2019/AC/mean.parquet"
    assert stored_as(place, sample) == tmp_path / "AC/mean/sample.parquet"
    loo = tmp_path / "data/loo/2019/AC/mean/pooled.parquet"
    assert stored_as(place, loo) == tmp_path / "AC/mean/pooled/loo.parquet"


def test_every_stage_has_a_record_of_a_state(tmp_path):
    found = records(Place(tmp_path, ("AC",)), ["mean", "CN"], ["pooled", "income"])
    assert len(found) == 1 + 3 * 4 + 2
    assert found[0] == tmp_path / "AC/tabulate_cells.json"
    assert found[-1] == tmp_path / "AC/CN/compare_models.json"


def test_a_record_reads_as_it_was_written(tmp_path):
    Record("abc", "São Paulo").write(tmp_path / "record.json")
    assert read_record(tmp_path / "record.json") == Record("abc", "São Paulo")
    assert read_record(tmp_path / "none.json") is None


def test_lanes_run_at_the_same_time_in_processes_of_their_own(tmp_path):
    # each waits for the other's file: one after the other they would never end
    def work(mine, other):
        (tmp_path / mine).touch()
        deadline = time.monotonic() + 20
        while not (tmp_path / other).exists() and time.monotonic() < deadline:
            time.sleep(0.01)
        return f"{os.getpid()} {(tmp_path / other).exists()}"

    ended = side_by_side([lambda: work("a", "b"), lambda: work("b", "a")])
    (first, saw_b), (second, saw_a) = (each.split() for each in ended)
    assert (saw_a, saw_b) == ("True", "True")
    assert len({first, second, str(os.getpid())}) == 3


def test_a_killed_lane_is_an_error_and_what_the_other_finished_stays(store):
    def perform(place):
        if place.state == "RS":
            os.kill(os.getpid(), signal.SIGKILL)
        place.file("made.csv").write_text("made")

    tasks = [Task(p, [], [p.file("made.csv")], []) for p in places(store, ["AC", "RS"])]
    with pytest.raises(InputError, match=r"status -9.*run again"):
        Stage("stage", {}).run(tasks, lambda: perform, store / "receipt.json", lanes=2)
    assert not (store / "receipt.json").exists()
    assert (store / "AC" / "made.csv").exists()
    again = Work()
    assert run_in_lanes(store, again) == {"AC": "made", "RS": "made"}


def run_in_lanes(store, work):
    tasks = [Task(p, [], [p.file("made.csv")], []) for p in places(store, ["AC", "RS"])]
    Stage("stage", {"draws": 1}).run(tasks, lambda: work, store / "receipt.json", lanes=2)
    return json.loads((store / "receipt.json").read_text())


def test_whoever_is_free_takes_the_next_and_answers_keep_their_order():
    def do(thing):
        # who takes the first holds it until all others are done
        time.sleep(0.5 if thing == "a" else 0.001)
        return thing, os.getpid()

    found = shared_out("abcdefgh", do, 2)
    assert [thing for thing, _ in found] == list("abcdefgh")
    holder = found[0][1]
    assert {process for _, process in found[1:]} == {found[1][1]} != {holder}


def test_what_is_wrong_in_one_process_is_said_by_the_job():
    def refuse():
        raise InputError("cells.csv is missing")

    with pytest.raises(InputError, match=r"^cells\.csv is missing$"):
        side_by_side([lambda: 1, refuse])


def test_any_other_error_in_one_process_reaches_the_job_with_its_traceback():
    def fail():
        return {}["the real cause"]

    with pytest.raises(RuntimeError, match=r"(?s)Traceback.*in fail.*KeyError: 'the real cause'"):
        side_by_side([lambda: 1, fail])


@pytest.mark.parametrize(("things", "lanes"), [("", 2), ("a", 2), ("abc", 1)])
def test_few_things_need_few_processes(things, lanes):
    found = shared_out(things, lambda thing: (thing, os.getpid()), lanes)
    assert found == [(thing, os.getpid()) for thing in things]

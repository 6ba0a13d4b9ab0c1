import hashlib
import json
import multiprocessing
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from enem.atomic import NotWrittenError
from enem.batch.artefacts import STAGES, records, stored_as
from enem.batch.collect import collect
from enem.batch.membership import batch_name, batches, states_of
from enem.batch.places import Place, places
from enem.batch.record import Record, contents, read_record
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
        place.file("made.csv").write_text(f"made of {place.name}")


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


def receipt_of(store, stage):
    path = store / f"{stage}.json"
    path.write_text("{}")
    return path


def test_an_earlier_stage_that_has_not_run_is_named_and_runs_next_time(store):
    receipt = receipt_of(store, "earlier")
    with pytest.raises(InputError, match=r"AC/earlier\.json is gone.*Run the same command again"):
        run(store, Work(), after=["earlier"])
    assert not receipt.exists()


def emptied(path):
    path.write_bytes(b"")


def cut(path):
    path.write_bytes(path.read_bytes()[:-5])


def edited_at_the_same_size_and_time(path):
    before = path.stat()
    path.write_text(path.read_text().replace("made", "fake"))
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


DAMAGE = [emptied, cut, edited_at_the_same_size_and_time, Path.unlink]


@pytest.mark.parametrize("damage", DAMAGE)
def test_an_output_that_is_no_longer_what_was_made_is_made_again(store, damage, caplog):
    run(store, Work())
    damage(store / "RS/made.csv")
    assert run(store, Work()) == {"AC": "kept", "RS": "made"}
    assert (store / "RS/made.csv").read_text() == "made of RS"
    assert [r.getMessage() for r in caplog.records if r.levelname == "WARNING"] == [
        f"{store}/RS/made.csv is gone or no longer what stage made: made again."
    ]


@pytest.mark.parametrize("damage", [emptied, cut, lambda path: path.write_text("[]")])
def test_a_damaged_record_counts_as_absent(store, damage, caplog):
    run(store, Work())
    damage(store / "RS/stage.json")
    assert run(store, Work()) == {"AC": "kept", "RS": "made"}
    assert "RS/stage.json is damaged" in caplog.text


def test_another_list_of_outputs_is_made(store):
    run(store, Work())
    tasks = [
        Task(p, [p.file("data.csv")], [p.file("made.csv"), p.file("data.csv")], [])
        for p in places(store, ["AC", "RS"])
    ]
    Stage("stage", {"draws": 10}).run(tasks, Work, store / "receipt.json")
    assert set(json.loads((store / "receipt.json").read_text()).values()) == {"made"}


@pytest.mark.parametrize("damage", DAMAGE)
def test_a_later_stage_does_not_read_what_is_no_longer_what_was_made(store, damage):
    run(store, Work())
    receipt = receipt_of(store, "stage")
    damage(store / "RS/made.csv")
    tasks = [
        Task(p, [p.file("made.csv")], [p.file("later.csv")], [p.record("stage")])
        for p in places(store, ["AC", "RS"])
    ]
    with pytest.raises(InputError, match=r"RS/made\.csv is gone or no longer what stage made"):
        Stage("later", {}).run(tasks, Work, store / "later_receipt.json")
    assert not receipt.exists()


def test_a_full_disk_is_no_property_of_a_place(store):
    full = NotWrittenError("RS/made.csv was not written: No space left on device")
    with pytest.raises(InputError, match="stage broke at RS"):
        run(store, Work(RS=full))
    assert run(store, Work()) == {"AC": "kept", "RS": "made"}, "tried again"


def collect_from(store, state, destination, batch="RS"):
    place = Place(store, (state,))
    receipts = store / "batches" / batch
    where = {place.file("made.csv"): destination}
    collect([place.record("stage")], where, receipts, place.record("collect_results"))


def test_collecting_copies_and_renews_the_time(store):
    run(store, Work())
    source, destination = store / "RS/made.csv", store / "results/made.csv"
    before = source.stat().st_mtime_ns
    collect_from(store, "RS", destination)
    assert destination.stat().st_mtime_ns >= before
    assert not list(destination.parent.glob(".*"))
    destination.write_text("edited")
    assert source.read_text() == "made of RS"


def test_collecting_tells_the_problem_of_this_state_only(store):
    run(store, Work(AC=InputError("nobody is left in AC.")))
    collect_from(store, "RS", store / "out.csv")
    with pytest.raises(InputError, match="nobody is left in AC"):
        collect_from(store, "AC", store / "other.csv")
    assert not (store / "other.csv").exists()


@pytest.mark.parametrize("damage", DAMAGE)
def test_what_is_lost_is_not_handed_out_and_its_stage_runs_next_time(store, damage):
    run(store, Work())
    (store / "batches/RS").mkdir(parents=True)
    receipt = receipt_of(store / "batches/RS", "stage")
    damage(store / "RS/made.csv")
    with pytest.raises(InputError, match=r"RS/made\.csv is gone or no longer what stage made"):
        collect_from(store, "RS", store / "out.csv")
    assert not (store / "out.csv").exists()
    assert not receipt.exists()


@pytest.fixture
def finished(store):
    """A store with one batch of two states whose stage ended, and its results."""
    tasks = [Task(p, [], [p.file("made.csv")], []) for p in places(store, ["AC", "RS"])]
    Stage(STAGES[0], {}).run(tasks, Work, store / f"batches/AC-RS/{STAGES[0]}.json")
    for place in places(store, ["AC", "RS"]):
        where = {place.file("made.csv"): store / f"results/{place.state}.csv"}
        folder = store / "batches/AC-RS"
        collect([place.record(STAGES[0])], where, folder, place.record("collect_results"))
    return store


TOGETHER = {"AC": "AC-RS", "RS": "AC-RS"}


def test_what_is_sound_stays_in_its_batch(finished):
    assert batches(finished, ["AC", "RS"]) == TOGETHER
    os.utime(finished / "RS/made.csv")
    assert batches(finished, ["AC", "RS"]) == TOGETHER, "only touched"


@pytest.mark.parametrize(
    ("lost", "damage"),
    [
        ("RS/made.csv", emptied),
        ("RS/made.csv", Path.unlink),
        (f"RS/{STAGES[0]}.json", emptied),
        (f"RS/{STAGES[0]}.json", Path.unlink),
        ("results/RS.csv", lambda path: path.write_text("XX")),
        ("results/RS.csv", emptied),
    ],
)
def test_a_state_that_lost_something_gets_a_batch_until_all_is_made(finished, lost, damage, caplog):
    damage(finished / lost)
    assert batches(finished, ["AC", "RS"]) == {"AC": "AC-RS", "RS": "RS.1"}
    assert f"{lost} " in caplog.text
    # begun, and not through: its jobs see it as the one that was planned
    (finished / "batches/RS.1").mkdir()
    if lost.startswith("results"):
        assert batches(finished, ["AC", "RS"]) == {"AC": "AC-RS", "RS": "RS.1"}


def test_a_result_that_is_deleted_is_snakemakes_to_see(finished):
    (finished / "results/RS.csv").unlink()
    assert batches(finished, ["AC", "RS"]) == TOGETHER


@pytest.mark.parametrize("damage", [emptied, cut, lambda path: path.write_text("[]")])
def test_a_damaged_receipt_counts_as_absent(finished, damage):
    damage(finished / f"batches/AC-RS/{STAGES[0]}.json")
    assert batches(finished, ["AC", "RS"]) == {"AC": "AC-RS.1", "RS": "AC-RS.1"}
    assert batches(finished, ["AC"]) == {"AC": "AC.1"}


def test_a_state_stays_in_its_batch(tmp_path):
    assert batches(tmp_path, ["RS"]) == {"RS": "RS"}
    (tmp_path / "batches/RS").mkdir(parents=True)
    assert batches(tmp_path, ["RS", "SC", "AC"]) == {"RS": "RS", "SC": "AC-SC", "AC": "AC-SC"}
    (tmp_path / "batches/AC-SC").mkdir()
    assert batches(tmp_path, ["AC", "RS"]) == {"RS": "RS", "AC": "AC-SC"}


def test_the_name_of_a_batch_says_its_states():
    assert batch_name(list(STATES)) == "all"
    assert states_of("all") == list(STATES)
    assert states_of(batch_name(["SC", "AC"])) == ["AC", "SC"]
    assert states_of(batch_name(["SC", "AC"], again=2)) == ["AC", "SC"]
    assert states_of(batch_name(list(STATES), again=1)) == list(STATES)


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
    (tmp_path / "made.csv").write_text("ação", encoding="utf-8")
    record = Record("abc", "São Paulo", contents([tmp_path / "made.csv"]))
    record.write(tmp_path / "record.json")
    assert read_record(tmp_path / "record.json") == record
    known = hashlib.sha256("ação".encode()).hexdigest()
    assert record.made[str(tmp_path / "made.csv")].sha256 == known
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


def test_ctrl_c_while_processes_start_is_not_lost(monkeypatch):
    start = multiprocessing.context.ForkProcess.start

    def interrupted(process):
        os.kill(os.getpid(), signal.SIGINT)
        start(process)

    monkeypatch.setattr(multiprocessing.context.ForkProcess, "start", interrupted)
    before = signal.getsignal(signal.SIGINT)
    with pytest.raises(KeyboardInterrupt):
        side_by_side([lambda: 1, lambda: 2])
    assert signal.getsignal(signal.SIGINT) is before


ORPHANS = """
import os, sys, time
from pathlib import Path
sys.path.insert(0, {library!r})
from enem import lanes

folder = Path(sys.argv[1])
if sys.argv[2] == "other":  # a system without prctl
    lanes.sys.platform = "other"

def work(number):
    (folder / f"{{os.getpid()}}.started").touch()
    time.sleep(0.2)
    (folder / f"{{os.getpid()}}.{{number}}.done").touch()

lanes.shared_out(range(1000), work, 2)
"""


@pytest.mark.parametrize("platform", ["linux", "other"])
def test_lanes_end_with_their_parent(tmp_path, platform):
    script = ORPHANS.format(library=str(Path(__file__).parents[1] / "workflow"))
    parent = subprocess.Popen([sys.executable, "-c", script, str(tmp_path), platform])
    until(lambda: len(list(tmp_path.glob("*.started"))) == 2)
    parent.kill()
    parent.wait()
    lanes = [int(path.stem) for path in tmp_path.glob("*.started")]
    until(lambda: not any(map(alive, lanes)))
    done = set(tmp_path.glob("*.done"))
    time.sleep(0.5)
    assert set(tmp_path.glob("*.done")) == done


def until(true):
    deadline = time.monotonic() + 20
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def alive(process):
    try:
        # an orphan that has ended and that nobody has asked for is a zombie
        return "\nState:\tZ" not in Path(f"/proc/{process}/status").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False

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
from enem.batch.artefacts import records, stored_as
from enem.batch.audit import audit_jobs, audit_stages, put_aside
from enem.batch.chunk import Chunk
from enem.batch.collect import collect
from enem.batch.places import Place, places
from enem.batch.record import Record, contents, read_record, record_of_job
from enem.batch.stage import Stage, Task
from enem.errors import InputError
from enem.lanes import shared_out, side_by_side


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


def chunk_of(store, stage="stage"):
    both = places(store, ["AC", "RS"])
    return Chunk(Place(store, ()).ended(stage), [place.ended(stage) for place in both])


def run(store, work, settings=None, after=()):
    chunk = chunk_of(store)
    tasks = [
        Task(p, [p.file("data.csv")], [p.file("made.csv")], [p.record(s) for s in after])
        for p in chunk.places()
    ]
    Stage("stage", settings or {"draws": 10}).run(tasks, lambda: work, chunk)
    return json.loads(chunk.edition.read_text())


def test_a_chunk_names_the_states_that_are_done_together(store):
    chunk = Chunk.of(["s/stages/fit.json", "s/AC/stages/fit.json", "s/RS/stages/fit.json"])
    assert [place.name for place in chunk.places(["mean"])] == ["AC/mean", "RS/mean"]
    run(store, Work(AC=InputError("nobody is left in AC.")))
    assert json.loads((store / "AC/stages/stage.json").read_text()) == {"AC": "refused"}
    assert json.loads((store / "RS/stages/stage.json").read_text()) == {"RS": "made"}


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
        Stage("stage", {}).run(tasks, ready, chunk_of(store), lanes=2)

    run_it()
    assert loaded == [os.getpid()]
    run_it()
    assert loaded == [os.getpid()]


def test_a_fault_lets_the_others_finish_and_is_tried_again(store):
    with pytest.raises(InputError, match="stage broke at AC"):
        run(store, Work(AC=MemoryError("no room")))
    assert not chunk_of(store).edition.exists()
    again = Work()
    assert run(store, again) == {"AC": "made", "RS": "kept"}
    assert again.done == ["AC"]


def through(store, stage, state="RS"):
    path = Place(store, (state,)).ended(stage)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("{}")
    return path


def test_an_earlier_stage_that_has_not_run_is_named_and_runs_next_time(store):
    ended = through(store, "earlier", "AC")
    with pytest.raises(InputError, match=r"AC/earlier\.json is gone.*Run the same command again"):
        run(store, Work(), after=["earlier"])
    assert not ended.exists()


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
    Stage("stage", {"draws": 10}).run(tasks, Work, chunk_of(store))
    assert set(json.loads(chunk_of(store).edition.read_text()).values()) == {"made"}


@pytest.mark.parametrize("damage", DAMAGE)
def test_a_later_stage_does_not_read_what_is_no_longer_what_was_made(store, damage):
    run(store, Work())
    ended = through(store, "stage")
    damage(store / "RS/made.csv")
    tasks = [
        Task(p, [p.file("made.csv")], [p.file("later.csv")], [p.record("stage")])
        for p in places(store, ["AC", "RS"])
    ]
    with pytest.raises(InputError, match=r"RS/made\.csv is gone or no longer what stage made"):
        Stage("later", {}).run(tasks, Work, chunk_of(store, "later"))
    assert not ended.exists()


def test_a_full_disk_is_no_property_of_a_place(store):
    full = NotWrittenError("RS/made.csv was not written: No space left on device")
    with pytest.raises(InputError, match="stage broke at RS"):
        run(store, Work(RS=full))
    assert run(store, Work()) == {"AC": "kept", "RS": "made"}, "tried again"


def collect_from(store, state, destination):
    place = Place(store, (state,))
    collect(place, [place.record("stage")], {place.file("made.csv"): destination})


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
    ended = through(store, "stage")
    damage(store / "RS/made.csv")
    with pytest.raises(InputError, match=r"RS/made\.csv is gone or no longer what stage made"):
        collect_from(store, "RS", store / "out.csv")
    assert not (store / "out.csv").exists()
    assert not ended.exists()


def audited(store):
    both = places(store, ["AC", "RS"])
    return {path for place in both for path in audit_stages(place, [place.record("stage")])}


@pytest.mark.parametrize("lost", ["made.csv", "stage.json"])
@pytest.mark.parametrize("damage", [emptied, cut, Path.unlink])
def test_a_stage_is_not_through_with_a_state_that_lost_something(store, lost, damage, caplog):
    run(store, Work())
    damage(store / "RS" / lost)
    assert audited(store) == {chunk_of(store).states[1]}
    assert f"RS/{lost} is gone or" in caplog.text
    assert run(store, Work()) == {"AC": "kept", "RS": "made"}


def test_what_is_sound_or_only_touched_or_not_made_yet_is_no_fault(store, caplog):
    assert audited(store) == set()
    run(store, Work())
    os.utime(store / "RS/made.csv")
    assert audited(store) == set()
    assert not caplog.text


@pytest.fixture
def job(tmp_path, monkeypatch):
    """The record of a job that made two results, in the folder of a run."""
    monkeypatch.chdir(tmp_path)
    made = [Path(f"results/2019/RS/{name}") for name in ("cells.csv", "figure.svg")]
    made[0].parent.mkdir(parents=True)
    for path in made:
        path.write_text(path.name)
    record = record_of_job("logs/draw_figures/2019/RS/mean.log")
    assert record == Path("data/records/draw_figures/2019/RS/mean.json")
    Record("", None, contents(made)).write(record)
    os.utime(made[1])  # as Snakemake does
    return record


def test_an_edited_result_is_kept_elsewhere_and_made_again(job, caplog):
    edited = Path("results/2019/RS/figure.svg")
    edited.write_text("edited")
    assert list(audit_jobs([job], ("results/2019/RS/",))) == [edited]
    assert caplog.messages == [
        f"{edited} was changed by other hands: it is made again, and what it held is kept as "
        f"data/replaced/{edited}."
    ]
    put_aside(edited)
    assert not edited.exists()
    assert (Path("data/replaced") / edited).read_text() == "edited"


@pytest.mark.parametrize("change", ["edited", "gone", "added"])
def test_a_folder_of_which_a_file_was_changed_is_kept_elsewhere_whole(
    tmp_path, monkeypatch, change
):
    monkeypatch.chdir(tmp_path)
    folder, kept = Path("results/atlas/figures"), Path("data/replaced/results/atlas/figures")
    record = Path("data/records/build_atlas.json")
    for _ in range(2):  # also where an earlier one is kept
        folder.mkdir(parents=True)
        for name in ("map.csv", "map.svg"):
            (folder / name).write_text(name)
        Record("", None, contents([folder])).write(record)
        (folder / ".snakemake_timestamp").touch()
        assert list(audit_jobs([record], ("results/atlas/",))) == []
        if change == "gone":
            (folder / "map.svg").unlink()
        else:
            (folder / {"edited": "map.svg", "added": "own.svg"}[change]).write_text("edited")
        assert list(audit_jobs([record], ("results/atlas/",))) == [folder]
        put_aside(folder)
        assert not folder.exists()
        assert (kept / "map.csv").read_text() == "map.csv"


def test_results_that_are_sound_or_gone_or_not_asked_for_are_left_alone(job, caplog):
    assert list(audit_jobs([job], ("results/2019/RS/",))) == []
    Path("results/2019/RS/cells.csv").unlink()  # Snakemake sees that
    Path("results/2019/RS/figure.svg").write_text("edited")
    assert list(audit_jobs([job], ("results/2018/", "results/2019/AC/"))) == []
    assert not caplog.text


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
        Stage("stage", {}).run(tasks, lambda: perform, chunk_of(store), lanes=2)
    assert not chunk_of(store).edition.exists()
    assert (store / "AC" / "made.csv").exists()
    again = Work()
    assert run_in_lanes(store, again) == {"AC": "made", "RS": "made"}


def run_in_lanes(store, work):
    tasks = [Task(p, [], [p.file("made.csv")], []) for p in places(store, ["AC", "RS"])]
    Stage("stage", {"draws": 1}).run(tasks, lambda: work, chunk_of(store), lanes=2)
    return json.loads(chunk_of(store).edition.read_text())


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

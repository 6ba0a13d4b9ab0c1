import copy
import re
from dataclasses import replace
from pathlib import Path

import pytest
import yaml
from snakemake.utils import update_config

from enem.config.formulas import MODEL_NAME, RESERVED, models_for
from enem.config.settings import load_settings
from enem.editions import edition_named, load_editions
from enem.errors import InputError
from enem.mixed.variables import COVARIATES, Covariate
from enem.names import STATES
from inep_zip import csv_bytes, participants, write_zip
from made import REPOSITORY, SCHEMA, shipped_config

NOWHERE = Path("data/raw")
LEVELS = ["municipality", "school"]
DEFAULTS = {
    "pooled": {"formula": "score ~ income", "levels": []},
    **{
        name: {"formula": f"score ~ income + {further}", "levels": LEVELS}
        for name, further in (
            ("school_type", "(income | school_type)"),
            ("income", "(1 | income_bracket)"),
            (
                "school_type_income",
                "(income | school_type) + (1 | school_type:income_bracket)",
            ),
            (
                "school_context",
                "school_income + (income | school_type) + (school_income | school_type)",
            ),
        )
    },
}
NO_INCOME = replace(load_editions()["2019"], name="2024", income_column=None)


def configured(**changes):
    """Return the shipped config with changes by dotted key; a value of ... removes the key."""
    config = copy.deepcopy(shipped_config())
    for dotted, value in changes.items():
        *sections, key = dotted.split("__")
        place = config
        for section in sections:
            place = place[section]
        if value is ...:
            del place[key]
        else:
            place[key] = value
    return config


def load(raw=NOWHERE, **changes):
    return load_settings(configured(**changes), SCHEMA, raw)


def refusal(raw=NOWHERE, **changes):
    with pytest.raises(InputError) as caught:
        load(raw, **changes)
    message = str(caught.value)
    assert message.endswith((".", "?"))
    return message


def test_the_shipped_config_is_accepted():
    settings = load()
    assert settings["editions"] == ["2017"]
    assert settings["states"] == ["RS"]
    assert settings["outcomes"] == ["mean"]
    assert settings["models"] == list(DEFAULTS)
    assert settings["formulas"] == DEFAULTS
    assert settings["sources"] == {"2017": "inep"}


def keys_of(node, prefix=""):
    found = set()
    for key, value in node.items():
        found |= {prefix + key} | (
            keys_of(value, f"{prefix}{key}.") if isinstance(value, dict) else set()
        )
    return found


def schema_keys(node, prefix=""):
    found = set()
    for key, value in node.get("properties", {}).items():
        found |= {prefix + key} | schema_keys(value, f"{prefix}{key}.")
    return found


def test_schema_and_shipped_config_have_the_same_keys():
    schema, config = yaml.safe_load(SCHEMA.read_text()), shipped_config()
    numbers = {"mean", "sd", "median", "log_sd", "df", "scale", "eta"}
    # what models are called is the user's
    mine = {k for k in keys_of(config) if not k.startswith("formulas.")}
    mine = {k for k in mine if not ("priors." in k and k.split(".")[-1] in numbers)}
    assert mine == schema_keys(schema)


def sections(node, path=""):
    if "properties" in node:
        yield path, node
        for key, value in node["properties"].items():
            yield from sections(value, f"{path}.{key}")


def test_every_section_of_the_schema_is_strict_and_complete():
    for path, node in sections(yaml.safe_load(SCHEMA.read_text())):
        if ".priors." in path:
            # families have different numbers, which must be numbers
            assert node["additionalProperties"] == {"type": "number"}
        else:
            assert node["additionalProperties"] is False, path
            assert set(node["required"]) == set(node["properties"]), path


def test_every_shipped_prior_gives_its_reason():
    config = shipped_config()
    for prior in [*config["priors"].values(), *config["atlas"]["priors"].values()]:
        assert len(prior["reason"]) > 20


@pytest.mark.parametrize(
    ("changes", "key", "meant"),
    [
        ({"edition": 2019}, "edition", "editions"),
        ({"sampler__tunes": 500}, "sampler.tunes", "sampler.tune"),
        ({"checks__rhat_max": 1.1}, "checks.rhat_max", "checks.r_hat_max"),
        ({"income__alternatives__non": [1]}, "income.alternatives.non", "income.alternatives.none"),
        ({"priors__tau_slop": {"family": "half_normal"}}, "priors.tau_slop", "priors.tau_slope"),
        ({"priors__tau_schol": {"family": "half_normal"}}, "priors.tau_schol", "priors.tau_school"),
        (
            {"formulas__mine": {"formula": "score ~ income", "level": []}},
            "formulas.mine.level",
            "formulas.mine.levels",
        ),
    ],
)
def test_misspelt_keys_are_named_with_a_suggestion(changes, key, meant):
    assert refusal(**changes) == f"Config key {key} is unknown; did you mean {meant}?"


@pytest.mark.parametrize(
    ("text", "value"),
    [
        *((text, True) for text in ("true", "True", "yes", "on", "sim")),
        *((text, False) for text in ("false", "no", "off", "não")),
    ],
)
def test_words_for_true_and_false_are_understood(text, value):
    assert load(report__each_state=text)["report"]["each_state"] is value


def test_a_text_that_is_no_boolean_is_refused():
    message = refusal(report__each_state="perhaps")
    assert "report.each_state is 'perhaps'" in message
    assert message.endswith("type boolean, which is true or false.")


@pytest.mark.parametrize("text", ["yes", "true"])
def test_a_word_for_true_is_no_number(text):
    assert f"sampler.draws is {text!r}: it must be of type integer." in refusal(sampler__draws=text)


def test_a_key_like_no_other_is_refused_with_what_is_known():
    message = refusal(zzz=1)
    assert message.startswith("Config key zzz is unknown; known: editions, states, outcomes")


def test_several_misspelt_keys_are_all_named():
    message = refusal(stats="AC", sampler__chain=2)
    assert "Config key stats is unknown; did you mean states?" in message
    assert "Config key sampler.chain is unknown; did you mean sampler.chains?" in message


def test_missing_keys_are_named_once_each():
    message = refusal(sampler__draws=..., sampler__seed=..., interval=...)
    assert message.count("sampler.draws") == message.count("sampler.seed") == 1
    assert "Config misses interval; copy from config.yaml." in message
    assert "Config misses sampler.draws, sampler.seed; copy from config.yaml." in message


@pytest.mark.parametrize(
    ("changes", "parts"),
    [
        ({"sampler__draws": "many"}, ["sampler.draws is 'many'", "type integer"]),
        ({"sampler__draws": 10}, ["sampler.draws is 10", "at least 100"]),
        ({"sampler__target_accept": 1}, ["sampler.target_accept is 1", "below 1"]),
        ({"interval__mass": 0}, ["interval.mass is 0", "above 0"]),
        ({"effects__incomes": [0]}, ["effects.incomes", "above 0"]),
        ({"sensitivity__bin_width": -1}, ["sensitivity.bin_width", "at least 0"]),
        ({"interval__mass": 90}, ["interval.mass is 90: it must be below 1. Did you mean 0.9?"]),
        ({"interval__mass": "90"}, ["interval.mass is 90", "below 1. Did you mean 0.9?"]),
        ({"interval__mass": "90%"}, ["it must be of type number. Did you mean 0.9?"]),
        ({"interval__mass": "0,9"}, ["interval.mass is '0,9'", "Did you mean 0.9?"]),
        ({"interval__mass": 900}, ["interval.mass is 900: it must be below 1."]),
        ({"interval": 0.9}, ["interval is 0.9", "type object, with the keys mass."]),
        ({"checks__r_hat_max": "1,01"}, ["checks.r_hat_max is '1,01'", "Did you mean 1.01?"]),
        ({"income__none": 2}, ["income.none is 2", "at most 1"]),
        ({"states": 5}, ["states is 5", "type string"]),
        ({"states": False}, ["states is False", "type string"]),
        ({"states": []}, ["states is []", "at least 1 value"]),
        ({"states": ["AC", "AC"]}, ["states is ['AC', 'AC']", "names a value twice"]),
        ({"source": ""}, ["source is ''", "must not be empty"]),
        ({"editions": 2019.5}, ["editions is 2019.5", "type integer or string"]),
        ({"retrieve__ca_bundle": 3}, ["retrieve.ca_bundle is 3", "type string or null"]),
        ({"priors": None}, ["priors is None", "type object"]),
        ({"priors__slope__reason": ...}, ["misses priors.slope.reason"]),
        ({"priors__slope__sd": "wide"}, ["priors.slope.sd is 'wide'", "type number"]),
    ],
)
def test_values_that_cannot_be_are_refused(changes, parts):
    message = refusal(**changes)
    assert message.startswith("Config ")
    for part in parts:
        assert part in message


@pytest.mark.parametrize(
    ("changes", "guess"),
    [
        ({"models": "school_types"}, "Did you mean school_type?"),
        ({"outcomes": "redacao"}, "Did you mean REDACAO?"),
        ({"outcomes": ["mean", "mt"]}, "Did you mean MT?"),
        ({"state_by": "residency"}, "Did you mean residence?"),
        ({"sampler__engine": "Nutpie"}, "Did you mean nutpie?"),
        ({"checks__on_convergence_failure": "warning"}, "Did you mean warn?"),
        ({"population__school_type": "self-reported"}, "Did you mean self_reported?"),
        ({"population__trainees": "excluded"}, "Did you mean exclude?"),
        ({"report__language": "pt-BR"}, "Did you mean pt?"),
        ({"outcomes": "redação"}, "Did you mean REDACAO?"),
        ({"levels": "schools"}, "Did you mean ['school']?"),
        (
            {"effects__profiles": [{"school_type": "private", "income": 1}]},
            "Did you mean privada?",
        ),
    ],
)
def test_unknown_choices_are_refused_with_a_guess(changes, guess):
    message = refusal(**changes)
    assert message.endswith(guess)
    assert "must be one of" in message
    key = next(iter(changes)).replace("__", ".")
    assert message.startswith(f"Config key {key}")


@pytest.mark.parametrize(
    ("state", "guess"),
    [
        *(("rs", "RS"), ("Ac", "AC"), ("br", "BR"), ("al", "AL")),
        *(("Acre", "AC"), ("sao paulo", "SP"), ("Rio Grande do Sul", "RS"), ("Brasil", "BR")),
    ],
)
def test_a_state_that_is_misspelt_is_refused_with_the_right_one(state, guess):
    message = refusal(states=["SP", state])
    assert f"Config key states has {state!r}, which is no state. Did you mean {guess}?" in message
    assert "or BR for the whole country, or all." in message


def test_a_place_that_is_no_state_is_refused():
    message = refusal(states="Lisboa")
    assert "'Lisboa', which is no state" in message
    assert all(state in message for state in STATES)


@pytest.mark.parametrize("year", range(1998, 2009))
def test_editions_that_cannot_carry_the_analysis_are_refused_with_the_reason(year):
    for value in (year, str(year), [2019, year]):
        message = refusal(editions=value)
        assert f"Config key editions has {year}. The {year} edition cannot carry" in message
        assert "IRT scale" in message
        assert "Choose among 2009, 2010" in message


@pytest.mark.parametrize("value", [1997, 2026, "2O17", "simulate"])
def test_editions_that_do_not_exist_are_refused(value):
    message = refusal(editions=value)
    assert f"Config key editions has {value}. There is no such edition." in message
    assert "2025, simulated, several as 2017,2019 or 2017-2019." in message


@pytest.mark.parametrize(("value", "meant"), [("2O17", "2017"), ("simulate", "simulated")])
def test_an_edition_that_is_misspelt_is_guessed(value, meant):
    assert refusal(editions=value).endswith(f"Did you mean {meant}?")


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("2017-2019", ["2017", "2018", "2019"]),
        ("2017–2018", ["2017", "2018"]),
        ("2017:2018", ["2017", "2018"]),
        ("2017,2019", ["2017", "2019"]),
        ("2009; 2017..2018, simulated", ["2009", "2017", "2018", "simulated"]),
        (["2017-2018", 2021], ["2017", "2018", "2021"]),
        ("2019-2019", ["2019"]),
    ],
)
def test_several_editions_are_understood_as_people_write_them(written, meant):
    assert load(editions=written)["editions"] == meant


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("2019-2017", "has 2019-2017, a range that ends before it begins: write 2017-2019."),
        ("2008-2010", "editions has 2008. The 2008 edition cannot carry"),
        ("2017-2019,2018", "it names a value twice."),
        ("2017 2018", "editions has 2017 2018. There is no such edition."),
    ],
)
def test_ranges_that_cannot_be_are_refused(written, said):
    assert said in refusal(editions=written)


@pytest.mark.parametrize(
    ("key", "written", "meant"),
    [
        ("states", "RS,SC", ["RS", "SC"]),
        ("states", "RS; SC, ", ["RS", "SC"]),
        ("outcomes", "mean,MT", ["mean", "MT"]),
        ("models", "pooled, school_type", ["pooled", "school_type"]),
        ("levels", "municipality,school", ["municipality", "school"]),
        ("models_without_income", "one_mean,school_type_means", ["one_mean", "school_type_means"]),
    ],
)
def test_commas_divide_a_text_where_several_values_make_sense(key, written, meant):
    assert load(**{key: written})[key] == meant


def test_a_source_with_a_comma_is_one_path(tmp_path):
    assert "a,b.zip" in refusal(editions=2019, source=str(tmp_path / "a,b.zip"))


def test_scalars_lists_and_all():
    settings = load(editions="all", states="all")
    assert settings["editions"] == [str(year) for year in range(2009, 2026)]
    assert settings["states"] == list(STATES)
    settings = load(
        editions=[2019, "2018"], states=["AC", "BR"], outcomes=["mean", "MT"], models="pooled"
    )
    assert settings["editions"] == ["2019", "2018"]
    assert settings["states"] == ["AC", "BR"]
    assert settings["outcomes"] == ["mean", "MT"]
    assert settings["models"] == ["pooled"]
    assert settings["sources"] == {"2019": "inep", "2018": "inep"}


def test_loading_leaves_the_given_config_as_it_was():
    config = configured(editions=2019)
    before = copy.deepcopy(config)
    load_settings(config, SCHEMA, NOWHERE)
    assert config == before


def test_an_edition_named_as_number_and_text_is_named_twice():
    assert "names a value twice" in refusal(editions=[2019, "2019"])


@pytest.mark.parametrize("year", [*range(2009, 2012), *range(2019, 2024)])
def test_self_reported_types_are_refused_where_nobody_was_asked(year):
    message = refusal(editions=[2017, year], population__school_type="self_reported")
    assert "Config key population.school_type is self_reported" in message
    assert f"questionnaire of the {year} edition does not ask it" in message
    assert "2012, 2013, 2014, 2015, 2016, 2017, 2018" in message
    assert "population.school_type: enrolled" in message


def test_applications_that_cannot_be_told_apart_are_refused():
    message = refusal(editions=[2019, 2016], population__applications="regular")
    assert "population.applications is regular" in message
    assert "in 2016: which booklets" in message
    assert message.endswith("Use population.applications: all, or other editions.")
    told = load(editions=[2019, 2020], population__applications="regular")
    assert told["population"]["applications"] == "regular"


def test_self_reported_types_are_accepted_where_asked():
    editions = [*range(2012, 2019), "simulated"]
    settings = load(editions=editions, population__school_type="self_reported")
    assert len(settings["sources"]) == 8


@pytest.mark.parametrize(
    ("changes", "parts"),
    [
        (
            {"priors__slope__family": "cauchy"},
            ["priors.slope.family is 'cauchy'", "use one of normal"],
        ),
        ({"priors__tau_cell__family": "half normal"}, ["Did you mean half_normal?"]),
        ({"priors__sigma__family": "normal"}, ["priors.sigma.family is 'normal'", "half_normal"]),
        ({"priors__intercept__sd": 0}, ["priors.intercept.sd is 0", "positive"]),
        ({"priors__tau_cell__sd": -3}, ["priors.tau_cell.sd is -3", "positive"]),
        ({"priors__slope__mean": ...}, ["priors.slope of family normal needs exactly mean, sd"]),
        ({"priors__slope__spread": 3}, ["priors.slope of family normal", "mean, sd, spread"]),
        (
            {"priors__context__family": "half_normal"},
            ["priors.context.family", "use one of normal"],
        ),
        ({"priors__tau_school__family": "normal"}, ["priors.tau_school.family", "half_normal"]),
        ({"priors__two_levels__mean": 5}, ["priors.two_levels.mean is 5", "use 0"]),
        ({"priors__slope__mean": float("inf")}, ["priors.slope.mean is inf", "finite"]),
    ],
)
def test_priors_that_cannot_be_are_refused_by_key(changes, parts):
    message = refusal(**changes)
    for part in parts:
        assert part in message


def test_a_slope_may_have_a_negative_prior_mean():
    assert load(priors__slope__mean=-5)["priors"]["slope"]["mean"] == -5


@pytest.fixture
def lgpd(tmp_path):
    folder = tmp_path / "mine"
    folder.mkdir()
    return write_zip(folder / "microdados_enem_2019.zip", csv_bytes(participants({})))


@pytest.fixture
def first_release(tmp_path):
    row = {"SG_UF_RESIDENCIA": "AC", "NU_IDADE": "18"}
    rows = [
        {k: v for k, v in (p | row).items() if k != "TP_FAIXA_ETARIA"} for p in participants({})
    ]
    folder = tmp_path / "old"
    folder.mkdir()
    return write_zip(folder / "microdados_enem_2019.zip", csv_bytes(rows))


def test_a_file_and_its_folder_are_both_sources(lgpd):
    for source in (lgpd, lgpd.parent):
        assert load(editions=2019, source=str(source))["sources"] == {"2019": str(lgpd.resolve())}


@pytest.mark.parametrize(
    ("source", "edition", "where"),
    [
        ("inep", 2017, "the file that INEP publishes today"),
        ("lgpd", 2019, "microdados_enem_2019.zip"),
    ],
)
def test_residence_is_refused_where_the_file_has_none(lgpd, source, edition, where):
    source = str(lgpd) if source == "lgpd" else source
    message = refusal(editions=edition, source=source, state_by="residence")
    assert "Config key state_by is residence" in message
    assert where in message
    assert f"of edition {edition} has no column SG_UF_RESIDENCIA" in message
    assert "Use state_by: exam or state_by: school" in message


def test_residence_is_accepted_for_a_first_release(first_release):
    settings = load(editions=2019, source=str(first_release), state_by="residence")
    assert settings["sources"] == {"2019": str(first_release.resolve())}


def test_residence_is_accepted_for_real_first_releases(shared_microdata):
    source = shared_microdata / "microdados_enem_2017_RS_sample.zip"
    assert load(source=str(source), state_by="residence")["sources"]["2017"] == str(
        source.resolve()
    )
    lgpd = shared_microdata / "first_rows"
    assert "microdados_enem_2017.zip" in refusal(source=str(lgpd), state_by="residence")


def test_all_editions_are_found_in_a_folder_of_real_zips(shared_microdata):
    folder = shared_microdata / "first_rows"
    sources = load(editions=[*range(2009, 2025)], source=str(folder))["sources"]
    assert len(sources) == 16
    for year, path in sources.items():
        assert path.endswith(f"microdados_enem_{year}.zip")


def test_a_source_of_another_edition_is_refused(lgpd):
    message = refusal(editions=[2019, 2018], source=str(lgpd))
    assert "2018" in message
    assert lgpd.name in message


def test_a_source_inside_data_raw_is_refused(lgpd):
    for source in (lgpd, lgpd.parent):
        message = refusal(raw=lgpd.parent, editions=2019, source=str(source))
        assert f"Config key source is {str(source)!r}" in message
        assert "Move the file elsewhere" in message


def test_a_missing_source_is_refused(tmp_path):
    message = refusal(editions=2019, source=str(tmp_path / "gone.zip"))
    assert "gone.zip" in message
    assert "there is no file or folder" in message
    assert "`inep`" in message
    (tmp_path / "notes.txt").write_text("x")
    message = refusal(editions=2019, source=str(tmp_path))
    assert "has no microdados_enem_2019.zip; it holds notes.txt" in message


def test_a_source_that_is_no_zip_is_refused(tmp_path):
    page = tmp_path / "microdados_enem_2019.zip"
    page.write_text("<html>404</html>")
    assert str(page) in refusal(editions=2019, source=str(page))


def test_a_damaged_edition_among_several_is_left_to_its_jobs(lgpd):
    damaged = lgpd.with_name("microdados_enem_2020.zip")
    damaged.write_bytes(lgpd.read_bytes()[:-40])
    assert "central directory" in refusal(editions=2020, source=str(lgpd.parent))
    sources = load(editions=[2019, 2020], source=str(lgpd.parent))["sources"]
    assert sources == {"2019": str(lgpd.resolve()), "2020": str(damaged.resolve())}
    # one that is not there is a matter of the configuration
    assert "has no microdados_enem_2021.zip" in refusal(
        editions=[2019, 2021], source=str(lgpd.parent)
    )


def test_a_source_that_nothing_would_read_is_refused(lgpd):
    message = refusal(editions="simulated", source=str(lgpd))
    assert f"source is {str(lgpd)!r}, but editions is simulated alone" in message
    assert "editions: 2019" in message
    assert load(editions=["simulated", 2019], source=str(lgpd))["sources"]["2019"]


def test_inep_in_capitals_is_no_path():
    assert refusal(source="INEP") == "Config key source is 'INEP': write it as inep."


def test_the_simulated_release_needs_no_source():
    settings = load(editions="simulated")
    assert settings["sources"] == {"simulated": "simulated"}
    # a first release, it has a residence
    assert load(editions="simulated", state_by="residence")["state_by"] == "residence"


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"covariates": ["sex"]}, "covariates is gone; characteristics of participants are terms"),
        ({"wide": {"lkj_eta": 2}}, "wide is gone; its priors stand under priors"),
        ({"joint": "perhaps"}, "joint is 'perhaps': it must be of type boolean"),
        ({"joint": "school_type_income"}, "fitted by the lines of school_type alone, since in a s"),
        ({"joint": True, "states": ["AC", "BR"]}, "joint is true and states has BR, but a poste"),
        (
            {"priors__correlation__family": "normal"},
            "correlation takes correlation matrices: use one",
        ),
        ({"priors__correlation__eta": 0}, "priors.correlation.eta is 0"),
        ({"priors__two_levels__mean": 5}, "priors.two_levels.mean is 5"),
        ({"priors__two_levels__sd": -1}, "priors.two_levels.sd is -1"),
    ],
)
def test_what_models_add_is_checked_before_anything_runs(changes, said):
    assert said in refusal(**changes)


def with_formulas(**formulas):
    return configured()["formulas"] | formulas


def test_a_model_is_one_line_of_the_configuration():
    mine = "score ~ income + (1 | sex) + (income | race)"
    settings = load(formulas__mine=mine, models=["pooled", "mine"])
    assert settings["models"] == ["pooled", "mine"]
    assert settings["formulas"] == {
        "pooled": DEFAULTS["pooled"],
        "mine": {"formula": mine, "levels": LEVELS},
    }


@pytest.mark.parametrize("levels", [[], ["municipality"], ["school"], LEVELS])
def test_levels_join_models_that_have_none_of_their_own(levels):
    own = {"formula": "score ~ income", "levels": "school"}
    settings = load(levels=levels, formulas__mine=own, models=["pooled", "income", "mine"])
    found = {name: entry["levels"] for name, entry in settings["formulas"].items()}
    assert found == {"pooled": [], "income": levels, "mine": ["school"]}


def test_a_single_level_is_a_list():
    assert load(levels="school")["formulas"]["income"]["levels"] == ["school"]


@pytest.mark.parametrize(
    ("changes", "parts"),
    [
        (
            {"levels": ["municipality", "schools"]},
            ["levels is ['municipality', 'schools']", "Did you mean ['municipality', 'school']?"],
        ),
        ({"levels": ["school", "municipality"]}, ["must be one of [], ['municipality'], "]),
        (
            {"formulas__mine": {"formula": "score ~ income", "levels": ["state"]}},
            ["formulas.mine.levels is ['state']"],
        ),
        (
            {"formulas__mine": {"levels": []}},
            ["formulas.mine has no formula", 'mine: "score ~ income"'],
        ),
        ({"formulas__mine": None}, ["formulas.mine is None", "type object"]),
        ({"formulas__mine": 3}, ["formulas.mine is 3"]),
        ({"formulas__mine": {"formula": 3}}, ["formulas.mine.formula is 3", "type string"]),
        ({"formulas": "score ~ income"}, ["formulas is 'score ~ income'", "type object"]),
        (
            {"formulas__mine": "score ~ incom"},
            ["formulas.mine is 'score ~ incom'", "names incom: use one of income, "],
        ),
        ({"formulas__mine": ""}, ["formulas.mine is ''"]),
        (
            {"formulas__mine": "score ~ income + os.system('true')"},
            ["formulas.mine is ", "calls nothing"],
        ),
        (
            {"models": ["pooled", "mine"]},
            ["models is 'mine'", "one of config key formulas: pooled, school_type, "],
        ),
    ],
)
def test_formulas_that_cannot_be_are_refused(changes, parts):
    message = refusal(**changes)
    assert message.startswith("Config key ")
    for part in parts:
        assert part in message


@pytest.mark.parametrize(
    "name", ["Mine", "my model", "1st", "_mine", "a/b", "..", "", "é", 3, "a" * 41]
)
def test_names_that_no_model_can_have_are_refused(name):
    message = refusal(formulas={**with_formulas(), name: "score ~ income"})
    assert f"formulas has the name {name!r}" in message
    assert "lower-case letters" in message


@pytest.mark.parametrize("name", RESERVED)
def test_names_of_other_results_are_refused(name):
    message = refusal(formulas=with_formulas(**{name: "score ~ income"}))
    assert f"formulas has the name {name!r}" in message
    assert "covariates, estimation, figures" in message
    assert re.fullmatch(MODEL_NAME, f"{name}_2")


def test_a_models_folder_is_no_other_folder_of_results():
    path = re.compile(f"results/mean/(?P<model>{MODEL_NAME})/effects.csv")
    assert path.fullmatch("results/mean/statesmen/effects.csv")["model"] == "statesmen"
    assert not path.fullmatch("results/mean/states/effects.csv")


@pytest.mark.parametrize("old", ["pooled", "income"])
def test_a_users_file_changes_the_formulas_that_it_names(old):
    config = configured()
    update_config(config, {"formulas": {old: "score ~ sex", "mine": "score ~ race"}})
    config["models"] = [old, "mine", "school_type"]
    found = load_settings(config, SCHEMA, NOWHERE)["formulas"]
    assert {name: entry["formula"] for name, entry in found.items()} == {
        old: "score ~ sex",
        "mine": "score ~ race",
        "school_type": DEFAULTS["school_type"]["formula"],
    }


def test_a_users_file_may_change_levels_alone():
    config = configured()
    update_config(config, {"formulas": {"pooled": {"levels": ["school"]}}})
    found = load_settings(config, SCHEMA, NOWHERE)["formulas"]["pooled"]
    assert found == {"formula": "score ~ income", "levels": ["school"]}


TYPES = {"formula": "score ~ 1 + (1 | school_type)", "levels": []}


def test_models_that_need_income_are_left_out_where_there_is_none():
    kept, left_out = models_for(NO_INCOME, {**DEFAULTS, "types": TYPES})
    assert kept == ["types"]
    assert list(left_out) == list(DEFAULTS)
    assert str(left_out["pooled"]) == (
        "Model pooled is left out of 2024, BR: it needs family income, which the edition does not "
        "hold."
    )
    assert models_for(edition_named("2019"), DEFAULTS) == (list(DEFAULTS), {})


def test_an_edition_without_any_model_is_refused():
    with pytest.raises(
        InputError, match="No model of config key models is left: add one"
    ) as caught:
        models_for(NO_INCOME, DEFAULTS)
    remedy = re.search('types: "(.*?)"', str(caught.value))[1]
    assert models_for(NO_INCOME, {"types": {"formula": remedy, "levels": []}})[0] == ["types"]


def test_models_with_what_an_edition_does_not_ask_are_left_out():
    formulas = {"race": {"formula": "score ~ (1 | race)", "levels": []}, "types": TYPES}
    kept, left_out = models_for(edition_named("2009"), formulas)
    assert kept == ["types"]
    assert "needs race, which the edition does not record in a way that compares" in str(
        left_out["race"]
    )
    assert "2010, 2011" in str(left_out["race"])
    message = refusal(editions=[2009, 2019], formulas__mine="score ~ (1 | race)", models="mine")
    assert "Model mine is left out of 2009" in message


def test_states_are_a_variable_of_the_whole_country_alone():
    changes = {"formulas__mine": "score ~ (income | state)", "models": "mine"}
    assert "Model mine is left out of 2017, RS: it needs states" in refusal(**changes)
    assert "2017, RS" in refusal(states=["BR", "RS"], **changes)
    assert load(states="BR", **changes)["models"] == ["mine"]


def test_a_new_covariate_is_known_to_the_configuration(monkeypatch):
    changes = {"formulas__mine": "score ~ (1 | schooling)", "models": "mine"}
    refusal(**changes)
    monkeypatch.setitem(COVARIATES, "schooling", Covariate(("sex",), ("a", "b", "c"), "a"))
    settings = load(**changes)
    assert list(settings["formulas"]) == ["mine"]


PORTUGUESE = REPOSITORY / "config.pt-BR.yaml"


def test_the_portuguese_config_is_the_shipped_one_but_for_its_comments():
    texts = [path.read_text(encoding="utf-8") for path in (REPOSITORY / "config.yaml", PORTUGUESE)]
    lines = [[line for line in text.splitlines() if "#" not in line] for text in texts]
    assert lines[0] == lines[1]
    assert yaml.safe_load(texts[0]) == yaml.safe_load(texts[1])
    blocks = [re.findall(r"(?m)^( *)#.*(?:\n\1#.*)*", text) for text in texts]
    # as many comments, at the same depth
    assert blocks[0] == blocks[1]


def test_no_comment_of_the_portuguese_config_is_left_in_english():
    comments = re.findall(r"(?m)^ *# (.*)$", PORTUGUESE.read_text(encoding="utf-8"))
    english = {"the", "of", "which", "or", "and", "with", "each"}
    found = [line for line in comments if english & set(re.findall(r"[a-z]+", line.lower()))]
    assert found == []

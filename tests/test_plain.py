import numpy as np
import pyarrow as pa
import pytest

from enem.convert import kernel
from enem.convert.arrays import decoded, texts
from enem.convert.blocks import Block, LineBlocks
from enem.convert.columns import plan_columns
from enem.convert.csv_stream import open_csv
from enem.convert.parse import BlockParser
from enem.convert.recoding import UnexpectedValueError
from enem.editions import edition_named
from enem.errors import InputError
from inep_zip import PARTICIPANT, csv_bytes, header_of, participants

PLAIN = {
    "SG_UF_PROVA": ["AC", "RS", ""],
    "NO_MUNICIPIO_PROVA": ["Brasiléia", "São João d'Aliança", "", "X" * 150],
    "TP_FAIXA_ETARIA": ["1", "20", ""],
    "TP_PRESENCA_LC": ["0", "1", "2"],
    "NU_NOTA_CN": ["", "0", "0.0", "433.9", "1000", "1100", "999.95", "0.1", "512.345678"],
    "NU_NOTA_REDACAO": ["", "0", "500", "1000.00", "560.0"],
    "CO_MUNICIPIO_ESC": ["1200104", "0", "", "2147483647"],
    "Q006": ["A", "Q", ""],
}
ODD = {
    "NU_ANO": ["2018", ""],
    "SG_UF_PROVA": ["XX", "A", "RSS", " RS"],
    "TP_FAIXA_ETARIA": ["0", "21", "3.0"],
    "NU_NOTA_CN": ["1100.1", "-1", "1e2", "5.", ".5", ".", "1.2.3", "12a", " 500", "+5", "nan"],
    "NU_NOTA_MT": ["4" * 20, "0." + "3" * 20, "inf"],
    "CO_MUNICIPIO_ESC": ["12.0", "2147483648", "-3", " 7", "4" * 20, "1e6"],
    "Q006": ["R", "a"],
}


@pytest.fixture(scope="module")
def parser():
    plan = plan_columns("the file", edition_named("2019"), list(PARTICIPANT))
    return BlockParser(plan)


def block_of(rows):
    return Block.of(2, csv_bytes(rows).partition(b"\n")[2])


def by_library(parser, block):
    return parser._harmonise(parser._read(block.data))


def random_rows(rng, count):
    choices = {column: rng.choice(values, count) for column, values in PLAIN.items()}
    changes = [dict(zip(choices, row, strict=True)) for row in zip(*choices.values(), strict=True)]
    return participants(*changes)


@pytest.mark.parametrize("seed", range(20))
def test_plain_lines_give_what_the_csv_library_reads(parser, seed):
    rng = np.random.default_rng(seed)
    block = block_of(random_rows(rng, int(rng.integers(1, 60))))
    found = parser._read_plain(block)
    assert found is not None
    expected = by_library(parser, block)
    assert found.batch.equals(expected.batch)
    assert found.unknown == expected.unknown == {}
    found.batch.validate(full=True)


@pytest.mark.parametrize(
    ("column", "value"), [(column, value) for column, values in ODD.items() for value in values]
)
def test_what_is_odd_is_left_to_the_csv_library(parser, column, value):
    rows = participants({}, {column: value}, {})
    assert parser._read_plain(block_of(rows)) is None


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text.replace(b"\n", b"\r\n"),
        lambda text: text.replace(b"433.9", b"433\r9", 1),
        lambda text: text.replace(b"\n", b"\n\n", 1),
        lambda text: text.removesuffix(b"\n"),
        lambda text: text.replace(b";433.9", b"", 1),
        lambda text: text.replace(b";433.9", b"", 1).replace(b"584.3\n", b"584.3;1\n"),
        lambda text: text.replace(b";433.9", b";433.9;", 1),
        lambda text: text.replace(b";B\n", b"\nB;", 1),
        lambda text: text + b"1;2\n",
    ],
)
def test_lines_that_are_not_whole_are_left_to_the_csv_library(parser, change):
    text = csv_bytes(participants({}, {})).partition(b"\n")[2]
    changed = change(text)
    assert changed != text
    assert parser._read_plain(Block.of(2, changed)) is None


def test_a_fault_is_explained_although_the_fast_way_met_it(parser):
    rows = participants({}, {"NU_NOTA_CN": "1100.1"}, {})
    with pytest.raises(InputError, match=r"NU_NOTA_CN has '1100.1' at line 3\b"):
        parser(block_of(rows))


@pytest.mark.parametrize("year", [*range(2009, 2024)])
def test_first_rows_of_every_edition_are_read_the_same(shared_microdata, year):
    path = shared_microdata / "first_rows" / f"microdados_enem_{year}.zip"
    assert_same_blocks(path, str(year))


def test_a_real_state_is_plain_and_read_the_same(shared_microdata):
    assert assert_same_blocks(shared_microdata / "microdados_enem_2019_AC.zip", "2019") > 0


def assert_same_blocks(path, edition):
    """Compare both ways on each block, and return how many the fast one took."""
    plan = plan_columns("the file", edition_named(edition), header_of(path, edition))
    parser, taken = BlockParser(plan), 0
    with open_csv(path, edition) as member:
        for block in LineBlocks(member, "the file"):
            if block.data.isspace():
                continue
            found = parser._read_plain(block)
            try:
                expected = by_library(parser, block)
            except (pa.ArrowInvalid, UnexpectedValueError):
                expected = None
            assert (found is None) or found.batch.equals(expected.batch)
            taken += found is not None
    return taken


def test_every_byte_that_ends_a_field_is_found_wherever_it_is():
    rng = np.random.default_rng(5)
    for size in [*range(1, 40), 1000]:
        text = rng.choice(np.frombuffer(b";\n:\x0b\xbb\x8a\0\x01a", np.uint8), size)
        words = text[: size - size % 8].view(np.uint64)
        found = [kernel._zero_bytes(word ^ kernel.SEMICOLONS) for word in words]
        marks = np.array(found, np.uint64).view(np.uint8)
        np.testing.assert_array_equal(marks == 0x80, text[: len(marks)] == ord(";"))
        assert set(marks.tolist()) <= {0, 0x80}
    assert [kernel._lowest_byte(np.uint64(0x80 << 8 * place)) for place in range(8)] == [*range(8)]


def test_latin_1_names_become_strings():
    names = ["", "Brasiléia", "Ação", "plain", "ÿ" * 3]
    data = pa.array([name.encode("latin-1") for name in ["in front", *names, "behind"]])
    assert decoded(data).to_pylist() == ["in front", *names, "behind"]
    assert decoded(data.slice(1, len(names))).to_pylist() == names
    assert texts(names).to_pylist() == names

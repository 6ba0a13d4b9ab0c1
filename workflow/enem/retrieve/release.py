"""Put an edition's zip in its place, with a record of what it is and where it came from."""

import json
import logging
from pathlib import Path

from enem.atomic import write_json
from enem.errors import InputError
from enem.retrieve.contents import damage
from enem.retrieve.download import Downloaded, download
from enem.retrieve.failures import ways_on
from enem.retrieve.first import compare_with_first
from enem.retrieve.formats import file_facts
from enem.retrieve.local import find_local, link_or_copy
from enem.retrieve.sources import Source
from enem.retrieve.verify import sha256_of

logger = logging.getLogger(__name__)

INEP = "inep"

Record = dict[str, str | int | bool | None]


def retrieve_release(
    edition: str,
    setting: str,
    sources: dict[str, Source],
    destination: Path,
    record_path: Path,
    *,
    ca_bundle: Path | None,
    retries: int,
    timeout: float,
    slowest: float = 0.0,
) -> None:
    """Fetch or find the zip of an edition, prove that it is whole, and record what it is.

    The record is JSON with ``edition``, ``source`` (the address, or the path as given),
    ``sha256``, ``bytes``, ``etag`` and ``last_modified`` (null where the server sent none or none
    was asked), and ``pinned``: whether the zip is the one that the table of sources pins.  It has
    no clock time, so that the same file gives the same record.

    Parameters
    ----------
    edition
        Year of the exam.
    setting
        ``inep`` to download, or the path of a zip or of a folder of zips, which is linked.
    sources
        The table of sources, by edition.
    destination
        Where the zip goes.  One that is there already is kept when its checksum is that of a
        record of the same address, and its members are not damaged.
    record_path
        Where the record goes.
    ca_bundle, retries, timeout, slowest
        As in :func:`enem.retrieve.download.download`.

    Raises
    ------
    InputError
        When there is no such zip, or it cannot be had whole.
    """
    if setting == INEP:
        if edition not in sources:
            raise InputError(
                "data/sources.csv has no row for the edition {edition}, so there is no "
                "address to download it from; add one. {ways_on}",
                edition=edition,
                ways_on=ways_on(edition),
            )
        source = sources[edition]
        record = _kept(source, destination, record_path)
        if record is None:
            got = download(
                source,
                destination,
                ca_bundle=ca_bundle,
                retries=retries,
                timeout=timeout,
                slowest=slowest,
            )
            record = _downloaded(source, got)
        compare_with_first(record, destination)
    else:
        record = _link(edition, setting, sources.get(edition), destination)
    write_json(record, record_path)


def _kept(source: Source, destination: Path, record_path: Path) -> Record | None:
    if not (destination.is_file() and record_path.is_file()):
        return None
    record = json.loads(record_path.read_text(encoding="utf-8"))
    if record["source"] != source.url or source.sha256 not in (None, record["sha256"]):
        return None
    if sha256_of(destination) != record["sha256"]:
        logger.warning("%s is not the file of its record: downloading it again", destination)
        return None
    if found := damage(destination):
        logger.warning("%s Downloading it again.", found)
        return None
    logger.info("%s is here already, with the sha256 of its record", destination)
    return {**record, "pinned": source.sha256 is not None}


def _downloaded(source: Source, got: Downloaded) -> Record:
    return {
        "edition": source.edition,
        "source": source.url,
        **got._asdict(),
        "pinned": source.sha256 is not None,
    }


def _link(edition: str, setting: str, source: Source | None, destination: Path) -> Record:
    found = find_local(setting, edition)
    facts = file_facts(found)
    pin = source.sha256 if source else None
    # A file of one's own may be a sample or an older issue: said, not refused.
    if pin is not None and facts["sha256"] != pin:
        logger.warning(
            "%s has the sha256 %s, not the %s that data/sources.csv pins for %s",
            *(found, facts["sha256"], pin, edition),
        )
    link_or_copy(found, destination)
    return {
        "edition": edition,
        "source": setting,
        **facts,
        "etag": None,
        "last_modified": None,
        "pinned": facts["sha256"] == pin,
    }

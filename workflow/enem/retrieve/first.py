"""Remember what was first downloaded into a folder, and notice when INEP changes it."""

import json
import logging
from pathlib import Path

from enem.atomic import write_json
from enem.errors import in_full

logger = logging.getLogger(__name__)

FACTS = ("source", "sha256", "bytes")


def compare_with_first(record: dict, destination: Path) -> None:
    """Warn when a download is not the file that was first downloaded to the same place.

    The first one's address, sha256 and size are kept in ``<name>.first.json`` beside it, which
    stays when the file and its record are removed or replaced.

    Parameters
    ----------
    record
        What has been downloaded.
    destination
        Where it lies.
    """
    path = destination.with_name(f"{destination.name}.first.json")
    now = {name: record[name] for name in FACTS}
    if not path.is_file():
        write_json(now, path)
        return
    first = json.loads(path.read_text(encoding="utf-8"))
    if now["sha256"] != first["sha256"]:
        logger.warning(
            "%s is another file than the one first downloaded here: that one had the sha256 %s "
            "and %s bytes (from %s), this one has %s and %s bytes (from %s). INEP has issued it "
            "anew, and results may differ. Delete %s to take this one for the first.",
            *(destination, first["sha256"], in_full(first["bytes"]), first["source"]),
            *(now["sha256"], in_full(now["bytes"]), now["source"], path),
        )

"""Convert INEP's zip into one typed table of all states."""

from enem.convert.release import convert_release
from enem.convert.report import ConversionReport
from enem.convert.zip_stream import InflatedMember, layout_of, open_member, read_header

__all__ = [
    "ConversionReport",
    "InflatedMember",
    "convert_release",
    "layout_of",
    "open_member",
    "read_header",
]

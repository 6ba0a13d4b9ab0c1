"""The scripts that draw the interactive chart in a reader's browser."""

import altair as alt
import vl_convert


def drawing_library() -> str:
    """Bundle Vega, Vega-Lite and their embedder to one script that asks for nothing."""
    version = alt.SCHEMA_VERSION.removeprefix("v").rpartition(".")[0]
    return vl_convert.javascript_bundle("window.vegaEmbed = vegaEmbed;", vl_version=version)

"""The interactive chart's specification and its static companion."""

from typing import Any

import altair as alt
import vl_convert

from enem.figures.palette import INK, MARKS, MUTED, PALE, in_scheme
from enem.language import Language, named
from enem.language.phrases import message
from enem.report.sections.explore import Exploration
from enem.report.tables import Table

NUMBER_LOCALES = {"pt": "pt-BR", "en": "en-US"}
FONT = "DejaVu Sans, Verdana, sans-serif"
ROW = 46
"""Height of a school type's row of intervals, pixels."""
SHADES = {"wide": 0.22, "half": 0.3}


AXES = {"labelColor": MUTED, "titleColor": INK, "gridColor": PALE}


def number_locale(code: str) -> dict[str, Any]:
    """Return how Vega writes numbers in a language."""
    return vl_convert.get_format_locale(NUMBER_LOCALES[code])


def profile_chart(language: Language) -> dict[str, Any]:
    """Specify the interactive chart; the page's script fills ``bins`` and ``summaries``.

    ``bins``: role, low, high, share, color, other (whether it is the second type), tip.
    ``summaries``: row, label, low, high, from, to, q25, q75, mean, color, dark, tip.
    """
    chart = alt.vconcat(_distribution(language), _intervals(language), spacing=8)
    chart = chart.configure(font=FONT, background="transparent").configure_view(stroke=None)
    chart = chart.configure_axis(
        **{name: in_scheme(color) for name, color in AXES.items()},
        labelFontSize=12,
        titleFontSize=12,
    )
    return chart.resolve_scale(x="shared").to_dict()


def _distribution(language: Language) -> alt.LayerChart:
    score = alt.X("low:Q", title=None, scale=alt.Scale(zero=False, nice=False))
    score = score.axis(labels=False, ticks=False)
    share = alt.Y("share:Q", title=language.plain(message("participants")))
    share = share.axis(format=".0%", tickCount=4, minExtent=46).stack(None)
    color = alt.Color("color:N", scale=None)
    base = alt.Chart(alt.NamedData("bins"))
    filled = base.transform_filter("!datum.other").mark_bar(opacity=0.35, binSpacing=0)
    outline = base.mark_line(interpolate="step-after", strokeWidth=2)
    dash = alt.StrokeDash("other:N", legend=None, scale=alt.Scale(range=[[1, 0], [5, 3]]))
    hover = base.transform_filter("!datum.other").mark_bar(opacity=0)
    return alt.layer(
        filled.encode(x=score, x2="high:Q", y=share, y2=alt.datum(0), color=color),
        outline.encode(x=score, y=share, color=color, strokeDash=dash, detail="other:N"),
        hover.encode(x=score, x2="high:Q", y=alt.value(0), y2=alt.value("height"), tooltip="tip:N"),
    ).properties(height=200)


def _intervals(language: Language) -> alt.LayerChart:
    title = language.plain(message("score (points)"))
    row = alt.Y("row:N", axis=None, scale=alt.Scale(paddingInner=0.1))
    color = alt.Color("color:N", scale=None)
    base = alt.Chart(alt.NamedData("summaries")).encode(y=row, tooltip="tip:N")

    def spread(low: str, high: str, **mark: Any) -> alt.Chart:
        x = alt.X(f"{low}:Q", title=title, scale=alt.Scale(zero=False, nice=False))
        return base.mark_bar(yOffset=8, y2Offset=8, **mark).encode(x=x, x2=f"{high}:Q", color=color)

    label = base.mark_text(align="left", baseline="middle", dy=-14, fontSize=12, fontWeight="bold")
    return alt.layer(
        spread("from", "to", height=4, opacity=0.55),
        spread("q25", "q75", height=14, opacity=0.4),
        base.mark_rule(yOffset=8, strokeWidth=5, color=in_scheme(INK)).encode(
            x="low:Q", x2="high:Q"
        ),
        base.mark_point(
            yOffset=8,
            filled=True,
            opacity=1,
            fill=in_scheme("#ffffff"),
            stroke=in_scheme(INK),
            strokeWidth=2,
            size=60,
        ).encode(x="mean:Q"),
        label.encode(x=alt.value(0), text="label:N", color=alt.Color("dark:N", scale=None)),
    ).properties(height={"step": ROW})


def static_chart(made: Exploration, income: Table, language: Language) -> str:
    """Draw, as SVG, what the interactive chart can show: one panel a school type."""
    names = {name: language.plain(named("school", name)) for name in made.school_types}
    columns = 2 if len(names) % 2 == 0 else min(len(names), 3)
    base = alt.Chart(alt.Data(values=_static_rows(made, income, names))).encode(
        x=alt.X("wages:Q", title=language.plain(message("family income (minimum wages)")))
        .scale(type="log", nice=False)
        .axis(values=[0.25, 1, 2, 5, 10, 20], format="~r", grid=False),
        color=alt.Color("color:N", scale=None),
    )
    title = language.plain(message("score (points)"))
    wide = alt.Y("from:Q", title=title, scale=alt.Scale(zero=False))
    layers = alt.layer(
        base.mark_area(opacity=SHADES["wide"]).encode(y=wide, y2="to:Q"),
        base.mark_area(opacity=SHADES["half"]).encode(y="q25:Q", y2="q75:Q"),
        base.mark_line(strokeWidth=2, point=alt.OverlayMarkDef(size=20)).encode(y="mean:Q"),
    ).properties(width=620 / columns, height=190)
    panels = alt.Facet("name:N", title=None, sort=list(names.values()))
    chart = layers.facet(panels, columns=columns)
    chart = (
        chart.configure(font=FONT, background="transparent")
        .configure_axis(**AXES)
        .configure_view(stroke=None)
        .configure_header(labelFontSize=13, labelColor=INK)
    )
    return vl_convert.vegalite_to_svg(chart.to_dict(), format_locale=NUMBER_LOCALES[language.code])


def _static_rows(made: Exploration, income: Table, names: dict[str, str]) -> list[dict[str, Any]]:
    p, rows = made.profiles, []
    for g, name in enumerate(made.school_types):
        for b, letter in enumerate(made.brackets):
            low, q25, _, q75, high = p.quantiles[:, g, b]
            rows.append(
                {
                    "name": names[name],
                    "color": MARKS[name].color,
                    "wages": income.column("value_min_wages", income_bracket=letter)[0],
                    "mean": p.expected[0, g, b],
                    "from": low,
                    "to": high,
                    "q25": q25,
                    "q75": q75,
                }
            )
    return rows

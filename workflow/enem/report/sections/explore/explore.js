"use strict";
{
  let data;
  const place = document.getElementById("explore-chart");
  const said = document.getElementById("explore-said");
  const select = Object.fromEntries(
    ["outcome", "type", "bracket", "other"].map((name) => [name, document.getElementById(`explore-${name}`)])
  );
  let words, drawn, turn = 0;

  const fill = (key, values) => words.messages[key].replace(/\{(\w+)\}/g, (_, name) => values[name]);
  const written = (options) => {
    const format = new Intl.NumberFormat(words.tag, { signDisplay: "negative", ...options });
    return (value) => format.format(value).replace("-", "\u2212");
  };
  const points = (value) => written({ minimumFractionDigits: 1, maximumFractionDigits: 1 })(value);
  const count = (value) => written({})(value);
  const percent = (value, digits = 0) =>
    written({ style: "percent", minimumFractionDigits: digits, maximumFractionDigits: digits })(value);

  const offer = (list, entries, chosen) => {
    list.replaceChildren(...entries.map(([value, text]) => new Option(text, value, false, value === chosen)));
  };

  // Everything that is known of one school type at the chosen income.
  const cell = (made, type) => {
    const [g, b] = [made.types.indexOf(type), made.brackets.indexOf(select.bracket.value)];
    const [mean, low, high] = made.expected[g][b];
    const [from, q25, median, q75, to] = made.quantiles[g][b];
    return { g, b, type, name: words.types[type], n: made.n[g][b], mean, low, high, from, q25, median, q75, to,
      shares: made.shares[g][b], ...data.marks[type] };
  };

  const numbers = (one) => ({
    type: one.name, income: words.brackets[select.bracket.value], mass: percent(data.mass),
    mean: points(one.mean), low: points(one.low), high: points(one.high), from: points(one.from),
    to: points(one.to), q25: points(one.q25), q75: points(one.q75),
    n: one.n === null ? "" : count(one.n), smallest: count(data.smallest),
  });

  const size = (one) => fill(one.n === null ? "explore.n_few" : "explore.n", numbers(one));

  const sentences = (made, one, other) => {
    const told = [fill("explore.expected", numbers(one)), fill("explore.predicted", numbers(one)), size(one)];
    if (other) {
      const [mean, low, high] = made.gaps[one.g][other.g][one.b].map(points);
      told.push(fill("explore.gap", { ...numbers(one), other: other.name, mean, low, high }));
    }
    return told;
  };

  const speak = (made, one, other) => {
    said.replaceChildren(
      ...sentences(made, one, other).map((text) => {
        const paragraph = document.createElement("p");
        paragraph.textContent = text;
        return paragraph;
      })
    );
  };

  const bins = (made, shown) =>
    shown.flatMap((one, index) =>
      one.shares.map((share, k) => {
        const [low, high] = [made.edges[k], made.edges[k + 1]];
        const parts = shown.map((each) => `${each.name}: ${percent(each.shares[k], 1)}`);
        const range = fill("explore.bin", { low: count(low), high: count(high) });
        return { low, high, share, other: index > 0, color: one.color, tip: [range, ...parts].join("\n") };
      })
    );

  const summaries = (shown) =>
    shown.map((one, row) => ({
      ...one, shares: null, row,
      label: fill(one.n === null ? "explore.label_few" : "explore.label", numbers(one)),
      tip: [fill("explore.expected", numbers(one)), size(one)].join("\n"),
    }));

  const tip = document.createElement("div");
  tip.id = "chart-tip";
  tip.hidden = true;
  document.body.append(tip);
  const explain = (_, event, item, text) => {
    // a finger leaves what it has touched at once
    if (!text && event?.pointerType === "touch") return;
    tip.hidden = !text;
    if (!text) return;
    tip.textContent = text;
    tip.style.left = `${Math.max(4, Math.min(event.clientX + 12, innerWidth - tip.offsetWidth - 4))}px`;
    tip.style.top = `${Math.max(4, event.clientY - tip.offsetHeight - 12)}px`;
  };
  // The library explains what a pointer moves over, which a finger does not.
  addEventListener("pointerdown", (event) => {
    if (event.pointerType !== "touch") return;
    tip.hidden = true;
    const { clientX, clientY } = event;
    const moved = new PointerEvent("pointermove", { clientX, clientY, bubbles: true });
    if (place.contains(event.target)) event.target.dispatchEvent(moved);
  });

  const draw = async (made, shown) => {
    const mine = ++turn;
    place.ariaBusy = "true";
    const chart = structuredClone(words.chart);
    const width = Math.max(place.clientWidth - 96, 160);
    for (const view of chart.vconcat) view.width = width;
    chart.datasets = { bins: bins(made, shown), summaries: summaries(shown) };
    const target = document.createElement("div");
    // ast: expressions are interpreted, so that the page needs no leave to evaluate text as code
    const result = await vegaEmbed(target, chart, {
      actions: false, renderer: "svg", ast: true, formatLocale: words.locale, defaultStyle: false,
      tooltip: explain,
    });
    if (mine !== turn) return result.finalize();
    drawn?.finalize();
    drawn = result;
    place.replaceChildren(target);
    place.ariaBusy = "false";
  };

  const update = () => {
    const made = data.outcomes[select.outcome.value];
    for (const option of select.other.options) option.disabled = option.value === select.type.value;
    if (select.other.value === select.type.value) select.other.value = "";
    const one = cell(made, select.type.value);
    const other = select.other.value ? cell(made, select.other.value) : null;
    speak(made, one, other);
    return draw(made, other ? [one, other] : [one]);
  };

  const choices = (keep) => {
    const made = data.outcomes[select.outcome.value];
    const chosen = keep.type in words.types && made.types.includes(keep.type) ? keep : made.first;
    const names = made.types.map((type) => [type, words.types[type]]);
    offer(select.type, names, chosen.type);
    offer(select.bracket, made.brackets.map((b) => [b, words.brackets[b]]), chosen.bracket);
    offer(select.other, [["", words.messages["explore.nobody"]], ...names], chosen.other ?? "");
    select.other.parentElement.hidden = names.length < 2;
  };

  const start = (keep, outcome) => {
    words = data.languages[document.documentElement.lang];
    const names = Object.keys(data.outcomes).map((name) => [name, words.outcomes[name]]);
    offer(select.outcome, names, outcome);
    choices(keep);
    return update();
  };

  const kept = () => Object.fromEntries(
    ["type", "other", "bracket"].map((name) => [name, select[name].value])
  );

  // The score that the page shows, where the chart has it.
  const chosen = () => {
    const id = document.querySelector("input[name=outcome]:checked")?.id ?? "";
    return Object.keys(data.outcomes).find((name) => id === `outcome-${name}`);
  };

  const begin = async () => {
    const library = document.createElement("script");
    library.textContent = await unpacked("drawing-library");
    data = JSON.parse(await unpacked("explore-data"));
    document.head.append(library);
    const first = chosen() ?? Object.keys(data.outcomes)[0];
    await start(data.outcomes[first].first, first);
    for (const name of ["type", "bracket", "other"]) select[name].addEventListener("change", update);
    select.outcome.addEventListener("change", () => { choices(kept()); update(); });
    // the page's tabs choose a score here too
    for (const each of document.querySelectorAll("input[name=outcome]")) {
      each.addEventListener("change", () => {
        if (!chosen()) return;
        select.outcome.value = chosen();
        choices(kept());
        update();
      });
    }
    for (const choice of document.querySelectorAll("input[name=language]")) {
      choice.addEventListener("change", () => start(kept(), select.outcome.value));
    }
    let width = innerWidth;
    addEventListener("resize", () => {
      if (innerWidth === width) return;
      width = innerWidth;
      update();
    });
  };

  const show = (live) => {
    document.getElementById("explore-live").hidden = !live;
    document.getElementById("explore-failed").hidden = live;
    document.documentElement.classList.toggle("scripted", live);
  };

  show(true);
  // Where the chart cannot be unpacked or drawn, the static figure takes its place again.
  begin().catch(() => show(false));
}

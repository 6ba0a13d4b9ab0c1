"use strict";

// Text that the page carries as gzip in base64.
const unpacked = (id) => {
  const bytes = Uint8Array.from(atob(document.getElementById(id).textContent), (c) => c.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Response(stream).text();
};

{
  const choices = [...document.querySelectorAll("input[name=language]")];
  const tabs = [...document.querySelectorAll("input[name=outcome]")];
  const pages = document.querySelector(".pages");
  const fromAtlas = new URLSearchParams(location.search).get("from") === "atlas";

  // What is read at the top of the window: the first block that begins below its edge, since one
  // that begins above may be longer in one language, and otherwise the one that fills the window;
  // the table of contents stays where it is.
  const landmark = () => {
    const shown = [
      ...document.querySelectorAll("h1, h2, h3, h4, p, li, figure, tr, summary, dt, pre"),
    ].filter((element) => element.offsetParent && !element.closest("nav, [lang]:not(html)"));
    const begins = shown.find((element) => element.getBoundingClientRect().top >= 0);
    if (begins && begins.getBoundingClientRect().top < innerHeight) return begins;
    return shown.find((element) => element.getBoundingClientRect().bottom > 0);
  };

  const speak = (choice) => {
    document.documentElement.lang = choice.value;
    document.title = choice.dataset.title;
    lead();
    for (const code of document.querySelectorAll("textarea[data-figure]")) embed(code);
  };

  // What an address says of how the page is seen: its language and, where there are tabs, the score.
  const seen = (search) => {
    const asked = new URLSearchParams(search);
    asked.set("lang", choices.find((choice) => choice.checked).id.replace("language-", ""));
    const tab = tabs.find((each) => each.checked);
    if (tab) asked.set("score", tab.id.replace("outcome-", ""));
    if (fromAtlas) asked.set("from", "atlas");
    return `?${asked}`;
  };

  // Links to other pages of the results, and to figures of this one, open it as it is seen.
  const lead = () => {
    for (const way of document.links) {
      const page = way.host === location.host && way.pathname.endsWith(".html");
      const other = way.pathname !== location.pathname || way.closest(".pages");
      if (page && other) way.search = seen(way.search);
    }
    for (const way of document.querySelectorAll(".bar .link")) way.search = seen("");
  };

  // The address follows what is chosen, where the browser lets it; nothing is loaded again.
  const follow = () => {
    try {
      history.replaceState(history.state, "", seen(location.search) + location.hash);
    } catch { /* a page without an address of its own */ }
  };

  // Pixels that a framed figure takes, on a phone or in the widest frame: its drawing; its caption,
  // where that is seen, in one of two languages; and the bar with the margins.  In a frame that is
  // lower the style shrinks the drawing.
  const PHONE = 336, WIDEST = 680, LETTER = 8.4, LINE = 22, BAR = 120;
  const tall = (figure) => {
    const high = (svg, width) => width * svg.viewBox.baseVal.height / svg.viewBox.baseVal.width;
    const wide = figure.querySelector(".card > svg");
    // no drawing but tiles of words; what is folded away has no height to be asked for
    if (!wide) return Math.ceil(figure.offsetHeight || WIDEST) + BAR;
    const caption = figure.querySelector("figcaption");
    const shown = getComputedStyle(caption).position !== "absolute";
    const long = shown ? caption.textContent.length / 2 * LETTER : 0;
    const needed = (svg, width) => high(svg, width) + Math.ceil(long / width) * LINE;
    const phone = needed(figure.querySelector(".narrow > svg") ?? wide, PHONE);
    return Math.ceil(Math.max(phone, needed(wide, WIDEST - 42)) + BAR);
  };

  // The page's own address, so that the code works wherever the page has been put.
  const embed = (code) => {
    const address = new URL(location.href.split(/[?#]/)[0]);
    const lang = document.documentElement.lang.slice(0, 2);
    address.search = new URLSearchParams({ figure: code.dataset.figure, lang });
    const frame = document.createElement("iframe");
    frame.src = address;
    frame.title = document.title;
    const height = tall(document.getElementById(code.dataset.figure));
    for (const [name, value] of Object.entries({ width: "100%", height, loading: "lazy" })) {
      frame.setAttribute(name, value);
    }
    // written, not set: the policy of this page takes no style of an element
    const style = `style="max-width: ${WIDEST}px; border: 0"`;
    code.value = frame.outerHTML.replace("<iframe ", `<iframe ${style} `);
  };

  // What stands under another outcome's tab is shown before it is jumped to.
  const reveal = (id) => {
    const block = id && document.getElementById(id)?.closest(".outcome");
    const name = block && [...block.classList].find((each) => each.startsWith("of-"));
    const tab = name && document.getElementById(name.replace("of-", "outcome-"));
    if (tab) open(tab);
  };

  // By an address rather than by hand: what listens to the tabs hears of it all the same.
  const open = (tab) => {
    tab.checked = true;
    tab.dispatchEvent(new Event("change", { bubbles: true }));
  };

  const switchTo = (choice) => {
    const element = landmark();
    const before = element ? element.getBoundingClientRect().top : 0;
    speak(choice);
    if (element) scrollBy({ top: element.getBoundingClientRect().top - before, behavior: "instant" });
  };

  for (const choice of choices) {
    choice.addEventListener("change", () => { switchTo(choice); follow(); });
  }
  for (const tab of tabs) {
    tab.addEventListener("change", (event) => { lead(); if (event.isTrusted) follow(); });
  }
  for (const way of document.querySelectorAll(".bar .link")) {
    way.addEventListener("click", follow);
  }

  const back = document.querySelector(".pages .atlas");
  if (back && fromAtlas) {
    back.href = back.dataset.address;
    back.hidden = false;
  }

  // report.html?lang=en opens in English; a reloaded page keeps the choice that its form kept.
  const asked = new URLSearchParams(location.search);
  const start = choices.find((choice) => choice.id === `language-${asked.get("lang")}`);
  if (start) start.checked = true;
  speak(choices.find((choice) => choice.checked));

  const score = tabs.find((tab) => tab.id === `outcome-${asked.get("score")}`);
  if (score) open(score);
  reveal(location.hash.slice(1));
  addEventListener("hashchange", () => reveal(location.hash.slice(1)));

  // From a page to the other one comes to the section that one reads, or else to the last one
  // before it that both have.
  const common = (pages?.dataset.sections ?? "").split(" ").map((id) => document.getElementById(id));
  const point = () => {
    const begun = common.filter((each) => each && each.getBoundingClientRect().top < innerHeight / 3);
    const hash = scrollY < 1 || !begun.length ? "" : `#${begun.at(-1).id}`;
    const ways = document.querySelectorAll(".pages a:not([aria-current], .atlas), a.other-page");
    for (const way of ways) way.hash = hash;
  };
  if (pages) for (const event of ["scroll", "resize", "load"]) addEventListener(event, point);

  const framed = document.getElementById(asked.get("figure"));
  if (framed) {
    reveal(framed.id);
    document.documentElement.classList.add("framed");
    const whole = framed.querySelector(".whole input");
    if (whole) whole.checked = true;
    for (let part = framed; part && part !== document.body; part = part.parentElement) {
      part.classList.add("kept");
      if (part.tagName === "DETAILS") part.open = true;
    }
  }

  // Numbers say where they come from; the atlas's do so at once, and where nothing can be unpacked
  // they keep their place in the list.
  const trace = async () => {
    const sources = JSON.parse(await unpacked("sources"));
    for (const { dataset } of document.querySelectorAll("[data-s]")) {
      dataset.source = sources[parseInt(dataset.s, 36)];
    }
  };
  if (document.getElementById("sources")) trace().catch(() => {});

  let folded = [];
  addEventListener("beforeprint", () => {
    folded = [...document.querySelectorAll("details:not([open])")];
    for (const details of folded) details.open = true;
  });
  addEventListener("afterprint", () => {
    for (const details of folded) details.open = false;
  });
}

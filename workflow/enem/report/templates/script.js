"use strict";
{
  const choices = [...document.querySelectorAll("input[name=language]")];

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
    for (const way of document.querySelectorAll(".pages a")) {
      way.search = `?lang=${choice.id.replace("language-", "")}`;
    }
    for (const code of document.querySelectorAll("textarea[data-figure]")) embed(code);
  };

  // The page's own address, so that the code works wherever the page has been put.
  const embed = (code) => {
    const address = new URL(location.href.split(/[?#]/)[0]);
    const lang = document.documentElement.lang.slice(0, 2);
    address.search = new URLSearchParams({ figure: code.dataset.figure, lang });
    const frame = document.createElement("iframe");
    frame.src = address;
    frame.title = document.title;
    for (const [name, value] of [["width", "100%"], ["height", "560"], ["loading", "lazy"]]) {
      frame.setAttribute(name, value);
    }
    code.value = frame.outerHTML;
  };

  // What stands under another outcome's tab is shown before it is jumped to.
  const reveal = (id) => {
    const block = id && document.getElementById(id)?.closest(".outcome");
    const name = block && [...block.classList].find((each) => each.startsWith("of-"));
    const tab = name && document.getElementById(name.replace("of-", "outcome-"));
    if (tab) tab.checked = true;
  };

  const switchTo = (choice) => {
    const element = landmark();
    const before = element ? element.getBoundingClientRect().top : 0;
    speak(choice);
    if (element) scrollBy({ top: element.getBoundingClientRect().top - before, behavior: "instant" });
  };

  for (const choice of choices) {
    choice.addEventListener("change", () => switchTo(choice));
  }

  // report.html?lang=en opens in English; a reloaded page keeps the choice that its form kept.
  const asked = new URLSearchParams(location.search).get("lang");
  const start = choices.find((choice) => asked && choice.id === `language-${asked}`);
  if (start) start.checked = true;
  speak(choices.find((choice) => choice.checked));

  reveal(location.hash.slice(1));
  addEventListener("hashchange", () => reveal(location.hash.slice(1)));

  const framed = document.getElementById(new URLSearchParams(location.search).get("figure"));
  if (framed) {
    reveal(framed.id);
    document.documentElement.classList.add("framed");
    for (let part = framed; part && part !== document.body; part = part.parentElement) {
      part.classList.add("kept");
      if (part.tagName === "DETAILS") part.open = true;
    }
  }

  let folded = [];
  addEventListener("beforeprint", () => {
    folded = [...document.querySelectorAll("details:not([open])")];
    for (const details of folded) details.open = true;
  });
  addEventListener("afterprint", () => {
    for (const details of folded) details.open = false;
  });
}

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

  let folded = [];
  addEventListener("beforeprint", () => {
    folded = [...document.querySelectorAll("details:not([open])")];
    for (const details of folded) details.open = true;
  });
  addEventListener("afterprint", () => {
    for (const details of folded) details.open = false;
  });
}

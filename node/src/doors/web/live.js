// Looks again when the node says that something changed. Nothing is decided here, and without this file everything works.
"use strict";
(() => {
  const SETTLE_MS = 400;
  let source = null;
  let timer = null;

  const busy = () => {
    const main = document.getElementById("main");
    const field = document.activeElement;
    const typing = field && main.contains(field) && field.matches("input, textarea, select");
    return typing || main.querySelector("details[open], :user-invalid") !== null || touched;
  };
  let touched = false;
  document.addEventListener("input", () => { touched = true; });

  const say = () => {
    const changed = document.getElementById("changed");
    if (changed) changed.hidden = false;
  };
  // What an approval would be bound to; nothing on a page that decides nothing.
  const decided = (page) => page.querySelector("#main input[name=digest]")?.value;

  const look = async () => {
    if (busy()) {
      say();
      return;
    }
    let response;
    try {
      response = await fetch(location.href, { redirect: "error" });
    } catch {
      return;
    }
    const page = new DOMParser().parseFromString(await response.text(), "text/html");
    // Nothing else comes into the place of what is being decided: whoever reads it would approve what they have not read.
    if (decided(document) && decided(document) !== decided(page)) {
      say();
      return;
    }
    for (const part of ["header.top", "#main"]) {
      const [old, fresh] = [document.querySelector(part), page.querySelector(part)];
      if (old && fresh && old.innerHTML !== fresh.innerHTML) old.replaceWith(fresh);
    }
    document.title = page.title;
  };

  const listen = () => {
    if (document.hidden || source) return;
    source = new EventSource("/live");
    source.addEventListener("change", () => {
      clearTimeout(timer);
      timer = setTimeout(look, SETTLE_MS);
    });
  };
  const rest = () => {
    if (source) source.close();
    source = null;
  };
  // A browser has few connections to one place: only the page in front listens.
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) { rest(); return; }
    listen();
    look();
  });
  if (document.querySelector("header.top nav")) listen();
})();

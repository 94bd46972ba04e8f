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

  const PARTS = ["header.top", "#main"];
  const told = (page) => PARTS.map((part) => page.querySelector(part)?.innerHTML).join();
  let known = told(document);

  const look = async () => {
    let response;
    try {
      response = await fetch(location.href, { redirect: "error" });
    } catch {
      return;
    }
    // The page that answers a form is not there to be looked at again.
    if (response.status === 405) return;
    const page = new DOMParser().parseFromString(await response.text(), "text/html");
    const news = told(page);
    if (news === known) return;
    // Nothing else comes into the place of what is being decided: whoever reads it would approve what they have not read.
    if (busy() || (decided(document) && decided(document) !== decided(page))) {
      say();
      return;
    }
    known = news;
    for (const part of PARTS) {
      const [old, fresh] = [document.querySelector(part), page.querySelector(part)];
      if (old && fresh && old.innerHTML !== fresh.innerHTML) old.replaceWith(fresh);
    }
    document.title = page.title;
  };

  const listen = () => {
    if (document.hidden || source) return;
    source = new EventSource("/live");
    // What changed before it listened, it was not told.
    source.addEventListener("open", look);
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
  });
  if (document.querySelector("header.top nav")) listen();
})();

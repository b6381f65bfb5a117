// Keeps open pages up to date: a stream says that a page has changed, and the page fetches itself.
// Nothing depends on it.
//
// A browser has one stream for all its visible pages, which stand side by side in windows of their
// own. One tab holds it, whoever has the lock; the others say what they show, and hear what it hears.
// A hidden tab holds no stream and shows nothing new: it is told when it is looked at again.
"use strict";

(() => {
  const shownVersion = (root) => root.querySelector("#content [data-version]")?.dataset.version;
  const person = (root) => root.querySelector(".account-person")?.textContent;
  const main = document.querySelector("#content");
  const here = location.pathname + location.search;
  if (!shownVersion(document) || !navigator.locks || !window.BroadcastChannel) return;

  // What the stream's end, or a refusal of it, is waited out for, and by how much chance, so that not
  // everybody comes back at once.
  const SOON = 5000, LATER = 60000;
  const soon = (wait) => wait * (1 + Math.random());

  // --- The page: fetched again quietly, unless somebody is in the middle of something.

  const notice = document.createElement("div");
  notice.className = "changed";
  notice.setAttribute("role", "status");
  main.before(notice);

  const isInUse = () => {
    const field = document.activeElement;
    return main.contains(field) && field.matches("input, select, textarea")
      || main.querySelector("input[form=ticked]:checked, [aria-busy=true]")
      || !getSelection().isCollapsed && getSelection().containsNode(main, true);
  };

  const offer = () => {
    if (notice.firstChild) return;
    const button = document.createElement("button");
    button.type = "button";
    button.className = "button button-small";
    button.textContent = "Show";
    button.addEventListener("click", () => update(true));
    notice.append("This page has changed.", button);
  };

  // Puts another version in the place of what is shown. What was typed, ticked and unfolded stays,
  // and so do the place on the page and in a wide table, and the focus.
  const show = (next) => {
    const fresh = next.querySelector("#content");
    const form = main.querySelector(".filter-form");
    const unfolded = [...main.querySelectorAll("details")].map((details) => details.open);
    const ticked = [...main.querySelectorAll("input[form=ticked]:checked")].map((box) => box.value);
    const aside = [...main.querySelectorAll(".table-wrap")].map((wrap) => wrap.scrollLeft);
    const top = scrollY;
    const focused = main.contains(document.activeElement) ? document.activeElement : null;
    const wasAsked = notice.contains(document.activeElement);
    const like = (one) => one.tagName === focused.tagName
      && one.getAttribute("href") === focused.getAttribute("href")
      && one.textContent.trim() === focused.textContent.trim();

    if (form) fresh.querySelector(".filter-form")?.replaceWith(form);
    main.replaceChildren(...fresh.childNodes);
    document.title = next.title;
    notice.replaceChildren();

    const details = main.querySelectorAll("details");
    if (details.length === unfolded.length) details.forEach((one, at) => { one.open = unfolded[at]; });
    for (const box of main.querySelectorAll("input[form=ticked]")) box.checked = ticked.includes(box.value);
    main.querySelectorAll(".table-wrap").forEach((wrap, at) => { wrap.scrollLeft = aside[at] ?? 0; });
    if (focused) {
      const again = focused.isConnected ? focused
        : [...main.querySelectorAll("a, button, summary")].find(like) ?? main;
      again.focus({ preventScroll: true });
    }
    scrollTo(scrollX, top);
    if (wasAsked) main.focus({ preventScroll: true });
    document.dispatchEvent(new Event("shown"));
  };

  let updating = false, isOutdated = false;
  const update = async (anyway = false) => {
    if (document.hidden) return;
    if (!anyway && isInUse()) return offer();
    if (updating) { isOutdated = true; return; }
    updating = true;
    try {
      const answer = await fetch(here, { headers: { Accept: "text/html" } });
      // Signed out, or no longer there: that is for the whole page to say.
      if (answer.redirected || [401, 403, 404].includes(answer.status)) return location.reload();
      if (!answer.ok) return;
      const next = new DOMParser().parseFromString(await answer.text(), "text/html");
      if (person(next) !== person(document)) return location.reload();
      if (shownVersion(next) === shownVersion(document)) return;
      // Somebody may have begun meanwhile.
      if (!anyway && isInUse()) return offer();
      show(next);
      say({ shows: { tab, page: here, version: shownVersion(document) } });
    } catch {
      // Offline, say: what changes next says so again.
    } finally {
      updating = false;
      if (isOutdated) { isOutdated = false; update(); }
    }
  };

  // --- The browser: who shows what, and who holds the stream.

  const tab = crypto.randomUUID();
  const channel = new BroadcastChannel("quayfront");
  const say = (what) => channel.postMessage(what);
  const shows = new Map();
  let leaving, letGo, stream, opening, isGoing = false;

  // Whoever signs out here is on the way to the page that says so.
  document.addEventListener("submit", ({ target }) => { isGoing ||= target.method === "post"; });

  const hear = ({ changed, ended }) => {
    if (isGoing) return;
    if (ended) location.reload();
    if (changed === here) update();
  };

  channel.addEventListener("message", ({ data }) => {
    if (data.who && leaving) say({ shows: { tab, page: here, version: shownVersion(document) } });
    if (letGo && data.shows) {
      const isNew = shows.get(data.shows.tab)?.page !== data.shows.page;
      shows.set(data.shows.tab, data.shows);
      if (isNew) openIn(0);
    }
    if (letGo && data.hides && shows.delete(data.hides)) openIn(0);
    hear(data);
  });

  const openIn = (wait) => {
    clearTimeout(opening);
    opening = setTimeout(open, wait);
  };

  const open = () => {
    stream?.close();
    shows.set(tab, { page: here, version: shownVersion(document) });
    const query = new URLSearchParams();
    for (const { page, version } of [...shows.values()].slice(-8)) {
      query.append("page", page);
      query.append("version", version);
    }
    let wait = LATER;
    stream = new EventSource(`/events?${query}`);
    stream.addEventListener("open", () => { wait = SOON; });
    stream.addEventListener("changed", ({ data }) => { say({ changed: data }); hear({ changed: data }); });
    stream.addEventListener("ended", () => { say({ ended: true }); hear({ ended: true }); });
    // A browser would come back by itself, with what was shown when it first came.
    stream.addEventListener("error", () => {
      stream.close();
      // It may have been refused because nobody is signed in any more.
      if (wait === LATER) update();
      openIn(soon(wait));
    });
  };

  const hold = () => new Promise((resolve) => {
    if (!leaving) return resolve();
    letGo = resolve;
    shows.clear();
    say({ who: true });
    // The others answer first.
    openIn(100);
  });

  const join = () => {
    if (leaving) return;
    leaving = new AbortController();
    say({ shows: { tab, page: here, version: shownVersion(document) } });
    navigator.locks.request("quayfront-events", { signal: leaving.signal }, hold).catch(() => {});
  };

  const leave = () => {
    leaving?.abort();
    leaving = null;
    clearTimeout(opening);
    stream?.close();
    letGo?.();
    letGo = stream = null;
    say({ hides: tab });
  };

  const look = () => { if (document.hidden) leave(); else join(); };
  document.addEventListener("visibilitychange", look);
  addEventListener("pagehide", leave);
  addEventListener("pageshow", () => { isGoing = false; look(); });
})();

// Makes the pages a little nicer. Nothing depends on it.
"use strict";

// One menu at a time: opening one, a click elsewhere, or Escape closes the others.
const menus = () => document.querySelectorAll("details.menu[open]");

document.addEventListener("toggle", (event) => {
  if (event.target.matches?.("details.menu[open]")) {
    // What it stands in stays open.
    for (const menu of menus()) if (!menu.contains(event.target)) menu.open = false;
  }
}, true);

document.addEventListener("click", (event) => {
  for (const menu of menus()) if (!menu.contains(event.target)) menu.open = false;
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const menu of menus()) {
    const inside = menu.contains(document.activeElement);
    menu.open = false;
    if (inside) menu.querySelector("summary").focus();
  }
});

// "5 minutes ago" beside the time at which the data was read.
const ago = (then) => {
  const minutes = Math.round((Date.now() - then) / 60000);
  const relative = new Intl.RelativeTimeFormat(document.documentElement.lang, { numeric: "auto" });
  if (minutes < 1) return "just now";
  if (minutes < 60) return relative.format(-minutes, "minute");
  if (minutes < 48 * 60) return relative.format(-Math.round(minutes / 60), "hour");
  return relative.format(-Math.round(minutes / 1440), "day");
};

const tellAges = () => {
  for (const time of document.querySelectorAll("time[data-ago]")) {
    const then = Date.parse(time.dateTime);
    if (Number.isNaN(then) || then > Date.now() + 60000) continue;
    let beside = time.nextElementSibling;
    if (!beside) {
      beside = document.createElement("span");
      time.after(beside);
    }
    beside.textContent = ` (${ago(then)})`;
  }
};
setInterval(tellAges, 60000);

// A page that the browser brings back as it was left is asked for again: the session may have ended,
// or its data changed.
window.addEventListener("pageshow", (event) => {
  if (event.persisted) location.reload();
});

// What is done with ticked rows waits for a ticked row.
const countTicks = () => {
  for (const form of document.querySelectorAll("form[data-ticked]")) {
    form.querySelector("button").disabled = ![...form.elements].some((element) => element.checked);
  }
};
document.addEventListener("change", countTicks);
// A page that is come back to has its boxes ticked again.
addEventListener("pageshow", countTicks);

// A reference can be copied, where the browser lets a page do that.
const offerCopies = () => {
  if (!navigator.clipboard) return;
  for (const text of document.querySelectorAll("[data-copy]")) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "button button-small";
    button.textContent = "Copy";
    button.addEventListener("click", async () => {
      try {
        await navigator.clipboard.writeText(text.textContent);
        button.textContent = "Copied";
      } catch {
        button.textContent = "Could not copy";
      }
    });
    text.after(" ", button);
  }
};

// A new password can be looked at while it is typed.
for (const form of document.querySelectorAll("form[data-reveal]")) {
  const fields = [...form.querySelectorAll("input[type=password]")];
  const label = document.createElement("label");
  label.className = "check reveal";
  const box = document.createElement("input");
  box.type = "checkbox";
  box.addEventListener("change", () => {
    for (const field of fields) field.type = box.checked ? "text" : "password";
  });
  // What is sent is a password again, so that no browser remembers it as a text.
  form.addEventListener("submit", () => { for (const field of fields) field.type = "password"; });
  label.append(box, fields.length > 2 ? "Show the passwords" : "Show the password");
  const button = form.querySelector("button[type=submit]");
  (button.closest("p") ?? button).before(label);
}

// Fields left empty stay out of a list's address.
document.addEventListener("formdata", (event) => {
  if (!event.target.matches("form.filter-form")) return;
  const filled = [...event.formData].filter(([, value]) => value !== "");
  for (const name of new Set(event.formData.keys())) event.formData.delete(name);
  for (const [name, value] of filled) event.formData.append(name, value);
});

// A file that takes a while to make: said from the click on, until it comes or fails. The address
// gets a token, and the answer brings a cookie named after it.
const PATIENCE = 10 * 60 * 1000;

const token = () => {
  const bytes = crypto.getRandomValues(new Uint8Array(12));
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
};

// Where it is said: in the region that stands beside the link, or in one that is put there. What
// stood in it before stands there again afterwards.
const regions = new Map();

const region = (asker) => {
  if (!regions.has(asker)) {
    let status = asker.parentElement.querySelector(".making[role=status]");
    if (!status) {
      status = document.createElement("span");
      status.className = "making";
      status.setAttribute("role", "status");
      asker.after(status);
    }
    regions.set(asker, { status, before: status.textContent });
  }
  return regions.get(asker);
};

const say = (asker) => {
  region(asker).status.textContent = asker.dataset.making || "The file is being made. This may take a moment.";
  asker.setAttribute("aria-busy", "true");
};

const stopSaying = (asker) => {
  const { status, before } = region(asker);
  status.textContent = before;
  asker.removeAttribute("aria-busy");
};

const waitFor = (asker, name) => {
  const until = Date.now() + PATIENCE;
  const look = setInterval(() => {
    const has = document.cookie.split("; ").some((cookie) => cookie.startsWith(`${name}=`));
    if (!has && Date.now() < until) return;
    clearInterval(look);
    document.cookie = `${name}=; Path=/; Max-Age=0; SameSite=Strict`;
    stopSaying(asker);
  }, 250);
};

// The regions stand there before anything is said in them: only then is it read out.
const sayMakings = () => {
  for (const asker of regions.keys()) if (!asker.isConnected) regions.delete(asker);
  for (const link of document.querySelectorAll("a[data-making]")) {
    region(link);
    link.addEventListener("click", () => {
      const plain = link.href;
      const made = token();
      const address = new URL(plain);
      address.searchParams.set("making", made);
      link.href = address.href;
      // What is copied or opened later is the plain address again.
      setTimeout(() => { link.href = plain; });
      say(link);
      waitFor(link, `quayfront-made-${made}`);
    });
  }
  // Forms likewise, where they ask for a file by GET.
  for (const form of document.querySelectorAll("form[data-making]")) {
    region(form);
    let made;
    form.addEventListener("submit", () => {
      made = token();
      say(form);
      waitFor(form, `quayfront-made-${made}`);
    });
    form.addEventListener("formdata", (event) => { if (made) event.formData.append("making", made); });
  }
};

// What is shown, now and whenever a page has put other content in its place.
const prepare = () => {
  tellAges();
  countTicks();
  offerCopies();
  sayMakings();
};
prepare();
document.addEventListener("shown", prepare);

// Who comes back to a page that the browser has kept finds nothing being made.
addEventListener("pageshow", (event) => { if (event.persisted) for (const asker of regions.keys()) stopSaying(asker); });

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
tellAges();
setInterval(tellAges, 60000);

// What is done with ticked rows waits for a ticked row.
for (const form of document.querySelectorAll("form[data-ticked]")) {
  const button = form.querySelector("button");
  const count = () => {
    button.disabled = ![...form.elements].some((element) => element.checked);
  };
  document.addEventListener("change", count);
  // A page that is come back to has its boxes ticked again.
  window.addEventListener("pageshow", count);
  count();
}

// A reference can be copied, where the browser lets a page do that.
if (navigator.clipboard) {
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
}

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
for (const form of document.querySelectorAll("form.filter-form")) {
  form.addEventListener("formdata", (event) => {
    const filled = [...event.formData].filter(([, value]) => value !== "");
    for (const name of new Set(event.formData.keys())) event.formData.delete(name);
    for (const [name, value] of filled) event.formData.append(name, value);
  });
}

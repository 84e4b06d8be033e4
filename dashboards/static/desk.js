// Keys for the desk. Every one of them does what a link or a button on the page does: nothing works only with keys.

const KEYS = [
  ["j", "the next report"],
  ["k", "the report before"],
  ["Enter", "open the marked report"],
  ["a", "accept and go to the next"],
  ["r", "set it aside"],
  ["1 to 9", "choose the place or category with this number"],
  ["/", "search"],
  ["?", "this list"],
];

const lines = [...document.querySelectorAll("ol.queue[data-queue] > li > a")];
const report = document.querySelector("[data-report]");

function isTyping(target) {
  return target.matches("textarea, select, input:not([type=radio], [type=checkbox])");
}

function moveTo(step) {
  const at = lines.indexOf(document.activeElement);
  const wanted = at === -1 ? (step > 0 ? 0 : lines.length - 1) : at + step;
  lines[Math.min(Math.max(wanted, 0), lines.length - 1)]?.focus();
}

function act(key) {
  const found = document.querySelector(`[data-key="${key}"]`);
  if (!found) return false;
  if (found.matches("input")) {
    found.focus();
    found.select();
  } else if (found.matches("summary")) {
    found.parentElement.open = true;
    found.parentElement.scrollIntoView({ block: "center" });
    found.parentElement.querySelector("input:not([type=hidden])")?.focus();
  } else {
    found.click();
  }
  return true;
}

function choose(digit) {
  const label = [...document.querySelectorAll(".option")].find((option) => option.querySelector("kbd")?.textContent === digit);
  const input = label?.querySelector("input");
  if (!input) return false;
  input.click();
  input.focus();
  return true;
}

function showKeys() {
  let dialog = document.querySelector("dialog.keys");
  if (!dialog) {
    dialog = document.createElement("dialog");
    dialog.className = "keys";
    dialog.setAttribute("aria-labelledby", "keys-title");
    const title = document.createElement("h2");
    title.id = "keys-title";
    title.textContent = "Keys";
    const list = document.createElement("dl");
    list.className = "facts";
    for (const [key, words] of KEYS) {
      const term = document.createElement("dt");
      const name = document.createElement("kbd");
      name.textContent = key;
      term.append(name);
      const meaning = document.createElement("dd");
      meaning.textContent = words;
      list.append(term, meaning);
    }
    const close = document.createElement("button");
    close.className = "button";
    close.textContent = "Close";
    close.addEventListener("click", () => dialog.close());
    const body = document.createElement("div");
    body.className = "stack";
    body.append(title, list, close);
    dialog.append(body);
    document.body.append(dialog);
  }
  if (!dialog.open) dialog.showModal();
}

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
  if (document.querySelector("dialog[open]")) return;
  let done = true;
  if (event.key === "?") showKeys();
  else if ((event.key === "j" || event.key === "k") && lines.length) moveTo(event.key === "j" ? 1 : -1);
  else if (event.key === "k" && report) history.back();
  else if (/^[1-9]$/.test(event.key)) done = choose(event.key);
  else if ("ajr/".includes(event.key)) done = act(event.key);
  else done = false;
  if (done) event.preventDefault();
});

// A form is sent once, however often its button is pressed.
for (const form of document.querySelectorAll("form[method=post]")) {
  form.addEventListener("submit", (event) => {
    if (form.dataset.sent) event.preventDefault();
    form.dataset.sent = "yes";
  });
}
addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
});

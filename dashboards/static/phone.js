/* The phone page, live. Without this module the page works by plain forms.

   Nothing typed is lost: the draft and every unsent text stay in this browser until the service has them. A text keeps
   its number however often it is sent, so the service counts it once. */

const form = document.querySelector("#composer");
const box = form.elements.text;
const notice = document.querySelector("#notice");
const scroll = document.querySelector("#scroll");
const unsent = document.querySelector("#unsent");
const words = form.dataset;
const shelf = `answerable.phone.${words.programme}`;
const { watch } = await import(words.files);
const kept = read();
const blobs = new Map();
const file = watch(form, words, say, count);
let sending = false;
let pause = 1000;
let timer = 0;

function read() {
  try {
    return { draft: "", waiting: [], ...JSON.parse(localStorage.getItem(shelf) ?? "{}") };
  } catch {
    return { draft: "", waiting: [] };
  }
}

function keep() {
  try {
    if (kept.draft || kept.waiting.length) localStorage.setItem(shelf, JSON.stringify(kept));
    else localStorage.removeItem(shelf);
  } catch {
    /* A browser that keeps nothing still texts; only a reload would lose the draft. */
  }
}

function number() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/* Put the service's pieces in their places, touching only what changed, so that a screen reader says only what is new. */
function show(parts) {
  for (const [id, html] of Object.entries(parts)) {
    const place = document.getElementById(id);
    const fresh = document.createElement("template");
    fresh.innerHTML = html;
    if (id === "thread") merge(place, fresh.content);
    else replace(place, fresh.content);
  }
}

function merge(list, fresh) {
  const wanted = [...fresh.children];
  if (!wanted.length && list.children.length) wanted.push(forgotten());
  const names = new Set(wanted.map((item) => item.id));
  for (const old of [...list.children]) if (!names.has(old.id)) old.remove();
  wanted.forEach((item, position) => {
    const old = document.getElementById(item.id);
    if (!old) list.insertBefore(item, list.children[position] ?? null);
    else if (!old.isEqualNode(item)) old.replaceWith(item);
  });
}

/* Our reply to FORGET is erased with the rest: what stays on the screen says that it is done. */
function forgotten() {
  const note = document.createElement("li");
  note.className = "thread-note";
  note.id = "text-forgotten";
  note.textContent = words.forgotten;
  return note;
}

function replace(place, fresh) {
  const open = new Set([...place.querySelectorAll("details[open] > summary")].map((summary) => summary.textContent));
  const focused = place.contains(document.activeElement) ? document.activeElement.textContent : null;
  place.replaceChildren(fresh);
  for (const summary of place.querySelectorAll("details > summary")) {
    if (open.has(summary.textContent)) summary.parentElement.open = true;
  }
  if (focused !== null) {
    const same = [...place.querySelectorAll("button, summary")].find((part) => part.textContent === focused);
    (same ?? box).focus();
  }
}

function say(text) {
  notice.textContent = text;
  notice.hidden = !text;
}

function drawUnsent(failed) {
  unsent.replaceChildren(
    ...kept.waiting.map(({ id, text, sort }) => {
      const item = document.createElement("li");
      item.className = "text mine pending";
      const bubble = document.createElement("div");
      bubble.className = "bubble";
      const line = document.createElement("p");
      line.dir = "auto";
      line.textContent = text;
      const foot = document.createElement("p");
      foot.className = "bubble-foot";
      foot.textContent = failed ? words.notSent : words.sending;
      foot.id = `sending-${id}`;
      if (sort) {
        const carried = document.createElement("p");
        carried.className = "bubble-file";
        carried.textContent = file.named(sort);
        bubble.append(carried);
      }
      if (text) bubble.append(line);
      bubble.append(foot);
      if (failed) {
        const again = document.createElement("button");
        again.type = "button";
        again.className = "button";
        again.textContent = words.retry;
        again.addEventListener("click", flush);
        bubble.append(again);
      }
      item.append(bubble);
      return item;
    }),
  );
  scroll.scrollTop = 0;
}

/* Send what waits, one after the other, in order. */
async function flush() {
  if (sending || !kept.waiting.length) return;
  sending = true;
  clearTimeout(timer);
  drawUnsent(false);
  let failed = false;
  while (kept.waiting.length && !failed) failed = !(await send(kept.waiting[0]));
  sending = false;
  drawUnsent(failed);
  if (!failed) {
    pause = 1000;
    return;
  }
  say(navigator.onLine ? words.notSent : words.offline);
  timer = setTimeout(flush, pause);
  pause = Math.min(pause * 2, 60000);
}

/* True once the service has the text, or has said that it never will. */
async function send({ id, text }) {
  let answer;
  try {
    answer = await post(id, text, blobs.get(id));
    if (answer.ok) show(answer.parts);
  } catch {
    return false;
  }
  if (!answer.ok && (answer.status >= 500 || answer.status === 429)) return false;
  kept.waiting.shift();
  blobs.delete(id);
  if (!answer.ok) {
    kept.draft = box.value = text;
    say(answer.parts.advice);
  } else if (!kept.waiting.length) {
    say("");
  }
  keep();
  return true;
}

/* Unlike fetch, this tells how far a file has come. */
function post(id, text, carried) {
  const body = new FormData();
  body.append("id", id);
  body.append("text", text);
  if (carried) body.append("file", carried.blob, carried.name);
  return new Promise((done, fail) => {
    const request = new XMLHttpRequest();
    request.open("POST", form.action);
    request.setRequestHeader("Accept", "application/json");
    request.timeout = carried ? 180000 : 30000;
    for (const name of ["error", "abort", "timeout"]) request.addEventListener(name, fail);
    request.upload.addEventListener("progress", ({ loaded, total }) => {
      const foot = document.getElementById(`sending-${id}`);
      if (carried && foot) foot.textContent = `${words.sending} ${Math.round((100 * loaded) / total)}\u00a0%`;
    });
    request.addEventListener("load", () => {
      try {
        const parts = JSON.parse(request.responseText);
        done({ ok: request.status >= 200 && request.status < 300, status: request.status, parts });
      } catch (error) {
        fail(error);
      }
    });
    request.send(body);
  });
}

function take(text, carried = null) {
  const id = number();
  if (carried) blobs.set(id, carried);
  kept.waiting.push(carried ? { id, text, sort: carried.sort } : { id, text });
  keep();
  drawUnsent(false);
  flush();
}

/* How many SMS a text would be: GSM-7 holds 160 or parts of 153, any other letter makes it 70 or parts of 67. */
function segments(text) {
  const letters = [...text];
  const plain = letters.every((letter) => words.basic.includes(letter) || words.extended.includes(letter));
  const costs = letters.map((letter) => (plain ? (words.extended.includes(letter) ? 2 : 1) : letter.length));
  const [whole, part] = plain ? [160, 153] : [70, 67];
  if (costs.reduce((sum, cost) => sum + cost, 0) <= whole) return 1;
  let count = 1;
  let room = part;
  for (const cost of costs) {
    if (cost > room) {
      count += 1;
      room = part;
    }
    room -= cost;
  }
  return count;
}

function count() {
  const text = box.value;
  const parts = [];
  if (text && words.basic) parts.push(`${segments(text)} SMS`);
  if (text.length > 100) parts.push(`${box.maxLength - text.length} ${words.left}`);
  document.querySelector("#counter").textContent = parts.join(" · ");
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  const quick = event.submitter?.name === "quick" ? event.submitter.value : null;
  if (quick !== null) {
    take(quick);
    return;
  }
  if (!box.value.trim() && !file.waiting) return;
  take(box.value.trim() ? box.value : "", file.take());
  kept.draft = box.value = "";
  keep();
  count();
  box.focus();
});

box.addEventListener("input", () => {
  kept.draft = box.value;
  keep();
  count();
});

box.addEventListener("keydown", (event) => {
  const fine = matchMedia("(pointer: fine)").matches;
  if (event.key === "Enter" && !event.shiftKey && !event.isComposing && fine) {
    event.preventDefault();
    form.requestSubmit();
  }
});

addEventListener("offline", () => say(words.offline));
addEventListener("online", () => {
  say("");
  flush();
});

/* Words wait in this browser when the page closes; files do not. */
const lost = kept.waiting.filter(({ sort }) => sort);
if (lost.length) {
  kept.waiting = kept.waiting.filter(({ sort }) => !sort);
  kept.draft = [kept.draft, ...lost.map(({ text }) => text)].filter(Boolean).join("\n");
  keep();
  say(words.fileLost);
}
if (box.value) {
  kept.draft = box.value;
  keep();
} else {
  box.value = kept.draft;
}
count();
file.choose();
flush();

const events = new EventSource(`${words.events}?seen=${encodeURIComponent(words.pulse)}`);
events.addEventListener("message", (event) => show(JSON.parse(event.data)));

document.querySelector("#leave").addEventListener("submit", () => localStorage.removeItem(shelf));

// What a reply costs, said as one types. The server counts, so that nothing is counted in two ways.
const field = document.querySelector("textarea[data-weigh]");
const place = document.getElementById("weight");
const csrf = field?.form.elements.csrf.value;
let asked = 0;
let timer;

async function weigh() {
  const turn = ++asked;
  const body = new URLSearchParams({ csrf, text: field.value });
  try {
    const response = await fetch(field.dataset.weigh, { method: "POST", body });
    if (!response.ok || turn !== asked) return;
    place.innerHTML = await response.text();
  } catch {
    // Without a connection the button that says what it costs is still there.
  }
}

field?.addEventListener("input", () => {
  clearTimeout(timer);
  timer = setTimeout(weigh, 250);
});
// A file that is too large is refused before it is sent, so that nobody waits for that.
const file = document.querySelector("input[type=file][data-most]");
file?.addEventListener("change", () => {
  const isTooLarge = (file.files[0]?.size ?? 0) > Number(file.dataset.most);
  file.setCustomValidity(isTooLarge ? file.dataset.tooLarge : "");
  file.reportValidity();
});
if (field?.value && !place.textContent.trim()) weigh();

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
if (field?.value && !place.textContent.trim()) weigh();

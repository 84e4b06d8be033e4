// How many characters are left, said as one types.
for (const field of document.querySelectorAll("[data-counted]")) {
  const left = document.createElement("p");
  left.className = "hint";
  left.setAttribute("role", "status");
  const count = () => {
    left.textContent = field.dataset.counted.replace("{}", field.maxLength - field.value.length);
  };
  field.addEventListener("input", count);
  field.after(left);
  count();
}

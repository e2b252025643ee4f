/* A button with data-copy="id" copies the text of that element, and says so with data-copied. */
for (const button of document.querySelectorAll("[data-copy]")) {
  if (!navigator.clipboard) continue;
  button.hidden = false;
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(document.getElementById(button.dataset.copy).textContent);
    button.querySelector("[role=status]").textContent = button.dataset.copied;
  });
}

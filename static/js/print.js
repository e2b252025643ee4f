/* A button with data-print prints the page, which is also how one gets a PDF. */
for (const button of document.querySelectorAll("[data-print]")) {
  button.hidden = false;
  button.addEventListener("click", () => print());
}

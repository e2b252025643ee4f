// Keeps one empty input ready behind the last person: without it, the page offers a few.
document.addEventListener("input", ({ target }) => {
  if (target.getAttribute("list") !== "accounts" || !target.value) return;
  const same = [...target.form.elements].filter((element) => element.name === target.name);
  if (same.length < 2 || same.at(-1) !== target) return;
  const next = target.cloneNode();
  next.value = "";
  next.removeAttribute("value");
  next.id = `${same[0].id}_${same.length}`;
  next.setAttribute("aria-label", target.getAttribute("aria-label").replace(/\d+/, same.length + 1));
  target.after(next);
});

/* The strip chart's tooltips: a first tap shows one, a second follows its link; Escape hides it. */
const SHOWN = "shown";
const HUSHED = "hushed";
const marks = (name) => document.querySelectorAll(`.strip-mark.${name}`);

function hide(name) {
  for (const mark of marks(name)) mark.classList.remove(name);
}

let touched = false;
document.addEventListener("pointerdown", (event) => {
  touched = event.pointerType === "touch";
});
document.addEventListener("click", (event) => {
  const mark = event.target.closest(".strip-mark");
  const follow = !touched || mark?.classList.contains(SHOWN);
  hide(SHOWN);
  if (!mark || follow) return;
  event.preventDefault();
  mark.classList.add(SHOWN);
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  hide(SHOWN);
  for (const mark of document.querySelectorAll(".strip-mark:is(:hover, :focus-visible)")) mark.classList.add(HUSHED);
});
for (const end of ["pointerout", "focusout"]) {
  document.addEventListener(end, (event) => event.target.closest(".strip-mark")?.classList.remove(HUSHED));
}

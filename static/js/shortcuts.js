// Single keys for the workspace. They never act while somebody types, nor with Ctrl, Alt or Meta held,
// so that nothing is taken from the browser or a screen reader. The page lists them in #shortcuts.
const dialog = document.getElementById("shortcuts");
const typing = (element) => element.closest("input, textarea, select, [contenteditable]") !== null;

const follow = (rel) => document.querySelector(`.walk a[rel="${rel}"]`)?.click();
const keys = {
  j: () => follow("next"),
  k: () => follow("prev"),
  e: () => document.querySelector(".workspace-main :is(input:not([type='hidden']), textarea):not([hidden])")?.focus(),
  "?": () => dialog.showModal(),
};

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.isComposing || event.ctrlKey || event.altKey || event.metaKey) return;
  if (event.key === "Escape") {
    if (typing(event.target) && event.target.closest(".workspace-main")) event.target.blur();
    return;
  }
  if (typing(event.target) || dialog.open || !Object.hasOwn(keys, event.key)) return;
  event.preventDefault();
  keys[event.key]();
});

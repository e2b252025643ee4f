// Small comforts of the workspace: a link to a field puts the cursor into it, and a preview is
// rendered when it is opened.
const focusTarget = () => {
  const target = location.hash.length > 1 && document.getElementById(decodeURIComponent(location.hash.slice(1)));
  const control = target && target.matches(".text-field") && target.querySelector("[name='body']");
  if (control) control.focus({ preventScroll: true });
};

// The browser goes to the target first, and takes the focus away as it does.
addEventListener("hashchange", () => setTimeout(focusTarget));
addEventListener("load", () => setTimeout(focusTarget));

for (const button of document.querySelectorAll("[data-preview]")) {
  const shown = document.getElementById(button.getAttribute("aria-controls"));
  button.hidden = false;
  button.addEventListener("click", () => {
    shown.hidden = !shown.hidden;
    button.setAttribute("aria-expanded", String(!shown.hidden));
    if (!shown.hidden) htmx.trigger(button, "preview");
  });
}

// The panel is a sheet on a narrow screen: following a link in it to this page closes it.
const panel = document.getElementById("panel");
panel.addEventListener("click", ({ target }) => {
  if (target.closest("a") && panel.matches(":popover-open")) panel.hidePopover();
});

// On a narrow screen the sections are a strip that scrolls: it starts at the current one.
const strip = document.getElementById("sections");
const current = strip.querySelector("[aria-current]");
if (current) strip.scrollLeft = current.offsetLeft - (strip.clientWidth - current.offsetWidth) / 2;

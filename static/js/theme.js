// The reader's choice of light or dark. Runs before the first paint, so the page never flashes.
(() => {
  const KEY = "theme";
  const root = document.documentElement;

  const stored = () => {
    try {
      return localStorage.getItem(KEY) || "";
    } catch {
      return "";
    }
  };
  const apply = (theme) => {
    if (theme) root.dataset.theme = theme;
    else delete root.dataset.theme;
  };

  apply(stored());

  addEventListener("storage", (event) => {
    if (event.key === KEY) apply(event.newValue);
  });

  document.addEventListener("DOMContentLoaded", () => {
    for (const control of document.querySelectorAll("[data-theme-switch]")) {
      control.hidden = false;
      for (const input of control.querySelectorAll("input")) input.checked = input.value === stored();
      control.addEventListener("change", ({ target }) => {
        try {
          localStorage.setItem(KEY, target.value);
        } catch {
          // Storage can be forbidden: the choice then lasts for this page.
        }
        apply(target.value);
      });
    }
  });
})();

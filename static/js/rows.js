// Rows of a list (templates/postmortems/_rows.html), which all work without this file. It adds:
// Escape leaves a form, Alt + arrows and the grip move a row, what the server tells after a change
// ("row-placed", "why-asked") is done on the page without touching anything typed, and an answer that
// htmx has no place for is told.
const live = document.createElement("div");
live.className = "visually-hidden";
live.setAttribute("role", "status");
document.body.append(live);

const movable = (list) => [...list.children].filter((item) => item.dataset.move);
const rowOf = (node) => node.closest?.("li[data-move]");

const announce = (item) => {
  const rows = movable(item.parentElement);
  live.textContent = item.parentElement.dataset.moved
    .replace("{place}", rows.indexOf(item) + 1)
    .replace("{count}", rows.length);
};

const send = (item, values) =>
  htmx.ajax("POST", item.dataset.move, { source: item, swap: "none", values });

// Whether a control holds what nobody has saved.
const typed = (control) => {
  if (control.type === "hidden") return false;
  if (control.matches("select")) {
    const first = [...control.options].findIndex((option) => option.defaultSelected);
    return control.selectedIndex !== Math.max(first, 0);
  }
  if (control.matches("[type=checkbox], [type=radio]")) return control.checked !== control.defaultChecked;
  return "defaultValue" in control && control.value !== control.defaultValue;
};
// What the server sent back is not saved either (data-unsaved): there the fields start with what was typed.
const holdsUnsaved = (form) => "unsaved" in form.dataset || [...form.elements].some(typed);
const unsaved = () => [...document.querySelectorAll(".workspace-main .row-form")].some(holdsUnsaved);

// The mark in the bar (static/js/autosave.js) says when a row is not saved, and the browser asks before it
// is lost.
const tellUnsaved = () => document.dispatchEvent(new CustomEvent("rows-typed", { detail: unsaved() }));
for (const name of ["input", "change", "htmx:afterRequest"]) document.addEventListener(name, tellUnsaved);
tellUnsaved();
addEventListener("beforeunload", (event) => {
  if (unsaved()) event.preventDefault();
});

// Signing in again, in another tab, changes the token that this page came with.
document.addEventListener("htmx:configRequest", ({ detail }) => {
  detail.headers["X-CSRFToken"] = document.cookie.match(/(?:^|;\s*)csrftoken=([^;]+)/)?.[1] ?? "";
  delete detail.parameters.csrfmiddlewaretoken;
});

// Without a word, a button whose request fails would seem to do nothing. Refusals come with their reason, which
// base.html has shown among the messages, until the next attempt.
const messages = document.getElementById("messages");
document.addEventListener("htmx:beforeSend", ({ detail }) => {
  if (detail.requestConfig.verb === "post") messages.replaceChildren();
});
for (const name of ["htmx:responseError", "htmx:sendError"]) {
  document.addEventListener(name, ({ detail: { requestConfig, xhr } }) => {
    if (requestConfig.verb !== "post" || (xhr.status && xhr.status < 500)) return;
    messages.innerHTML = document.getElementById("no-answer").innerHTML;
    messages.scrollIntoView();
  });
}

document.addEventListener("keydown", (event) => {
  const { target, key } = event;
  const form = target.closest?.(".row-form");
  if (key === "Escape" && form && !event.isComposing) {
    if (!holdsUnsaved(form)) form.querySelector("[data-cancel]")?.click();
  } else if (event.altKey && (key === "ArrowUp" || key === "ArrowDown") && !form) {
    const item = rowOf(target);
    if (!item) return;
    event.preventDefault();
    const by = key === "ArrowUp" ? -1 : 1;
    const rows = movable(item.parentElement);
    if (rows[rows.indexOf(item) + by]) send(item, { by });
  }
});

// The server has moved a row: put its item there, and give back the focus that moving takes away.
document.addEventListener("row-placed", ({ detail }) => {
  const item = document.getElementById(detail.ref);
  const list = document.getElementById(detail.list);
  if (!item) return;
  const moved = item.parentElement === list;
  if (!list) return item.remove();
  const focused = item.contains(document.activeElement) ? document.activeElement : null;
  const before = detail.after === null
    ? list.querySelector(":scope > .add")
    : (document.getElementById(detail.after)?.nextElementSibling ?? (detail.after ? null : list.firstElementChild));
  if (before !== item) list.insertBefore(item, before);
  focused?.focus();
  if (moved && item.dataset.move) announce(item);
});

// A why was answered: the chain's progress and, unless somebody has begun to change it, the next question.
document.addEventListener("why-asked", ({ detail }) => {
  for (const mark of document.querySelectorAll(`[data-progress="${detail.list}"]`)) mark.textContent = detail.progress;
  const question = document.getElementById(`${detail.list}-question`);
  if (question && question.value === question.defaultValue) question.value = question.defaultValue = detail.question;
});

// Dragging by the grip, with a mouse, a pen or a finger.
document.addEventListener("pointerdown", (event) => {
  const item = event.button === 0 && event.target.closest?.(".grip") && rowOf(event.target);
  if (!item) return;
  event.preventDefault();
  const list = item.parentElement;
  const next = item.nextElementSibling;
  const start = movable(list).indexOf(item);
  const abort = new AbortController();
  const options = { signal: abort.signal };
  item.classList.add("dragging");

  const finish = () => {
    abort.abort();
    item.classList.remove("dragging");
  };
  addEventListener("pointermove", ({ clientY }) => {
    const others = movable(list).filter((row) => row !== item);
    const below = others.find((row) => {
      const { top, height } = row.getBoundingClientRect();
      return clientY < top + height / 2;
    });
    const before = below ?? others.at(-1)?.nextElementSibling ?? null;
    if (before !== item && before !== item.nextElementSibling) list.insertBefore(item, before);
  }, options);
  addEventListener("pointerup", () => {
    finish();
    const to = movable(list).indexOf(item);
    if (to !== start) send(item, { to });
  }, options);
  const cancel = () => {
    finish();
    list.insertBefore(item, next);
  };
  addEventListener("pointercancel", cancel, options);
  addEventListener("keydown", ({ key }) => key === "Escape" && cancel(), options);
});

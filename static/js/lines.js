// One-line fields that show a long text on several lines (textarea[data-line]): Enter submits their form,
// a line break that is pasted becomes a space, and they grow where the style sheet alone cannot do it.
const LINE = "textarea[data-line]";
const grows = CSS.supports("field-sizing", "content");

const joined = (text) => text.replace(/\s*\n\s*/g, " ");

const fit = (field) => {
  if (grows) return;
  field.style.height = "auto";
  field.style.height = `${field.scrollHeight + field.offsetHeight - field.clientHeight}px`;
};

document.addEventListener("keydown", (event) => {
  const { target, key } = event;
  if (key !== "Enter" || event.isComposing || !target.matches(LINE)) return;
  event.preventDefault();
  target.form.requestSubmit();
});

// Before the listeners of the field itself, which are to see the text as it stays.
document.addEventListener("input", ({ target }) => {
  if (!target.matches(LINE)) return;
  if (target.value.includes("\n")) {
    const caret = joined(target.value.slice(0, target.selectionEnd)).length;
    target.value = joined(target.value);
    target.setSelectionRange(caret, caret);
  }
  fit(target);
}, { capture: true });

const fitAll = (root) => root.querySelectorAll(LINE).forEach(fit);
fitAll(document);
document.addEventListener("htmx:afterSwap", ({ target }) => fitAll(target.parentElement ?? document));

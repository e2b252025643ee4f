/* Several forms share a page that sending any of them reloads: what is half typed in the others is
   kept in this tab, and is back in its place when the page is. */
const KEPT = "half-typed";
const texts = [...document.querySelectorAll("main form[method=post] textarea")];
const key = ({ form, name }) => `${form.action} ${name}`;
const read = () => JSON.parse(sessionStorage.getItem(KEPT) ?? "{}");
let sent;

const kept = read();
for (const text of texts) {
  const known = kept[key(text)];
  if (!known || text.value === known.typed) continue;
  /* Somebody else may have filled it in meanwhile: theirs stays, too. */
  text.value = text.value === known.before ? known.typed : `${text.value}\n\n${known.typed}`;
  for (let part = text.closest("details"); part; part = part.parentElement.closest("details")) part.open = true;
}

addEventListener("submit", ({ target }) => { sent = target; });
addEventListener("pageshow", () => { sent = undefined; });
addEventListener("pagehide", () => {
  const now = read();
  for (const text of texts) {
    delete now[key(text)];
    if (text.form !== sent && text.value !== text.defaultValue) {
      now[key(text)] = { before: text.defaultValue, typed: text.value };
    }
  }
  sessionStorage.setItem(KEPT, JSON.stringify(now));
});

// Saves each text as it is typed, through the same address as its Save button.
//
// A text is shown as saved only after the server has said so. Until then it is also kept in
// sessionStorage, and the browser asks before the page is left. One request at a time per field.
const DELAY = 800;
const LONGEST_WAIT = 30_000;
const SHOWN_FROM = 0.8; // A counter appears when this part of the limit is used.

const mark = document.getElementById("saved");
const fields = [];
let rowTyped = false;

const csrfToken = () => document.cookie.match(/(?:^|;\s*)csrftoken=([^;]+)/)?.[1] ?? "";

// Storage can be forbidden or full: saving to the server goes on without it.
const storage = (action) => {
  try {
    return action(sessionStorage);
  } catch {
    return null;
  }
};

class Field {
  constructor(form) {
    this.form = form;
    this.control = form.elements.body;
    this.status = form.querySelector("[data-status]");
    this.counter = form.querySelector("[data-limit]");
    this.key = `text:${form.getAttribute("action")}`;
    this.keptKey = `kept-${this.key}`;
    // The version field may hold what a reload restored; the page's own answer is the truth.
    this.version = form.elements.version.defaultValue;
    this.saved = this.outcome.dataset.outcome === "saved" ? this.control.defaultValue : null;
    this.state = "";
    this.wait = 0;
    this.held = false; // A conflict or a refusal waits for the person.
    form.querySelector("[data-save]").hidden = true;
    this.offerKept();
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.save();
    });
    form.addEventListener("click", (event) => this.choose(event.target));
    this.control.addEventListener("input", () => this.typed());
    this.control.addEventListener("blur", () => this.save());
    if (this.dirty) this.typed();
    this.count();
  }

  get dirty() {
    return this.control.value !== this.saved;
  }

  typed() {
    this.count();
    storage((store) => store.setItem(this.key, this.control.value));
    if (this.invalid) this.held = false;
    this.schedule(DELAY);
    if (!this.held) this.show("saving");
  }

  schedule(delay) {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.save(), delay);
  }

  async save({ leaving = false } = {}) {
    clearTimeout(this.timer);
    if (this.running || this.held) return;
    if (!this.dirty) {
      if (this.state) this.acknowledged(this.saved);
      return;
    }
    const body = this.control.value;
    const data = new FormData(this.form);
    data.set("body", body);
    data.set("version", this.version);
    data.delete("csrfmiddlewaretoken");
    this.running = true;
    this.show("saving");
    let response;
    let answer = "";
    try {
      response = await fetch(this.form.action, {
        method: "POST",
        body: new URLSearchParams(data),
        headers: { "HX-Request": "true", "X-CSRFToken": csrfToken() },
        keepalive: leaving && body.length < 15_000,
        redirect: "error",
      });
      answer = await response.text();
    } catch {
      response = null;
    }
    this.running = false;
    this.answered(response, answer, body);
  }

  answered(response, answer, body) {
    const status = response?.status ?? 0;
    if (status === 200 || status === 409 || status === 422) {
      this.wait = 0;
      const outcome = this.replaceOutcome(answer);
      this.invalid = status === 422;
      if (status === 200) {
        this.version = outcome.dataset.version;
        this.acknowledged(body);
        document.body.dispatchEvent(new CustomEvent("document-changed", { bubbles: true }));
      } else {
        this.held = true;
        this.show("refused");
      }
      return;
    }
    if (status === 401 || status === 403) this.explain(answer);
    if (status === 404 || status === 405 || status === 413) {
      this.held = true;
      this.show("refused");
      return;
    }
    this.show("failed");
    this.wait = Math.min(this.wait * 2 || 1_000, LONGEST_WAIT);
    this.schedule(this.wait);
  }

  // Why nothing is saved: once, since the attempts go on, and a screen reader would read it out at each.
  explain(html) {
    if (this.explained === html) return;
    this.explained = html;
    this.outcome.innerHTML = html;
  }

  acknowledged(body) {
    this.saved = body;
    if (this.dirty) {
      this.show("saving");
      this.schedule(DELAY);
      return;
    }
    storage((store) => store.removeItem(this.key));
    this.show("saved");
    const preview = this.form.querySelector("[data-preview][aria-expanded='true']");
    if (preview) htmx.trigger(preview, "preview");
  }

  get outcome() {
    return this.form.querySelector("[data-outcome]");
  }

  replaceOutcome(html) {
    const parsed = new DOMParser().parseFromString(html, "text/html").querySelector("[data-outcome]");
    this.outcome.replaceWith(parsed);
    this.explained = "";
    const invalid = parsed.dataset.outcome === "invalid";
    this.control.toggleAttribute("aria-invalid", invalid);
    if (invalid) this.control.setAttribute("aria-invalid", "true");
    this.form.parentElement.classList.toggle("invalid", invalid);
    return parsed;
  }

  // The two ways out of a conflict, and of a text that an earlier page has kept.
  choose(button) {
    const keep = button.dataset.keep;
    if (keep) {
      const { outcome } = this;
      const theirs = outcome.querySelector("[data-theirs]").value;
      const both = outcome.querySelector("[data-both]").value;
      this.version = outcome.dataset.version;
      this.saved = theirs;
      this.held = false;
      if (keep === "theirs") this.control.value = theirs;
      if (keep === "both") this.control.value = both;
      outcome.replaceChildren();
      outcome.removeAttribute("role");
      this.control.focus();
      if (keep === "mine") this.save();
      else if (keep === "theirs") this.acknowledged(theirs);
      else this.typed();
      this.count();
    } else if ("restore" in button.dataset) {
      this.control.value = this.kept;
      this.typed();
      this.closeOffer();
    } else if ("discard" in button.dataset) {
      this.closeOffer();
    }
  }

  offerKept() {
    this.kept = storage((store) => store.getItem(this.key) ?? store.getItem(this.keptKey));
    if (this.kept === null || this.kept === this.control.value) return;
    storage((store) => store.setItem(this.keptKey, this.kept));
    const offer = this.form.querySelector("[data-kept]");
    offer.querySelector("pre").textContent = this.kept;
    offer.hidden = false;
  }

  closeOffer() {
    storage((store) => store.removeItem(this.keptKey));
    this.form.querySelector("[data-kept]").hidden = true;
    this.control.focus();
  }

  count() {
    const limit = Number(this.counter.dataset.limit);
    const length = [...this.control.value].length;
    this.counter.hidden = length < limit * SHOWN_FROM;
    this.counter.textContent = `${length} / ${limit}`;
    this.counter.classList.toggle("over", length > limit);
  }

  show(state) {
    if (this.state !== state) {
      this.state = state;
      this.status.dataset.state = state === "refused" ? "failed" : state;
      this.status.textContent = mark.dataset[state];
    }
    showMark();
  }
}

// The mark says the worst of all: "saved" only when everything on the page is.
const showMark = () => {
  const worst = ["refused", "failed", "saving"].find((each) => fields.some((field) => field.state === each));
  const state = worst ?? (rowTyped ? "typed" : "saved");
  mark.dataset.state = state === "refused" ? "failed" : state;
  mark.lastElementChild.textContent = mark.dataset[state];
};

for (const form of document.querySelectorAll("form[data-autosave]")) fields.push(new Field(form));
mark.hidden = false;
showMark();
document.addEventListener("rows-typed", ({ detail }) => {
  rowTyped = detail;
  showMark();
});
const saveAll = (options) => fields.forEach((field) => field.save(options));

addEventListener("beforeunload", (event) => {
  if (!fields.some((field) => field.dirty)) return;
  saveAll({ leaving: true });
  event.preventDefault();
});
document.addEventListener("visibilitychange", () => saveAll({ leaving: document.hidden }));
addEventListener("online", () => saveAll());
addEventListener("focus", () => saveAll());

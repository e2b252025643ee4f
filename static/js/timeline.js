// What the rows of the timeline show because of each other. The server writes all of it into the page;
// after a change of one row this file brings the others up to date: their order, the date where the day
// changes, the findings (#timeline-head brings them), and the reasons asked for milestones without a time.
const ROWS = "#rows-event > li";

const rowTimes = () => [...document.querySelectorAll(`${ROWS} > .row-time`)];
const instant = (time) => time.getAttribute("datetime");

// A line that was added stands last at first; the server places rows that were edited ("row-placed").
const placeLast = () => {
  const times = rowTimes();
  const last = times.at(-1);
  times.find((time) => instant(time) > instant(last))?.parentElement.before(last.parentElement);
};

const showDays = () => {
  let day = "";
  for (const time of rowTimes()) {
    time.querySelector(".row-day").hidden = time.dataset.day === day;
    ({ day } = time.dataset);
  }
};

const showFindings = () => {
  for (const note of document.querySelectorAll(`${ROWS} .row-note`)) note.remove();
  for (const note of document.querySelector("#timeline-head > template").content.querySelectorAll("[data-for]")) {
    document.getElementById(note.dataset.for)?.querySelector(".row-text")?.append(note.cloneNode(true));
  }
};

const askReasons = () => {
  const found = document.getElementById("timeline-head").dataset.found.split(" ");
  for (const field of document.querySelectorAll("[data-unknown]")) field.hidden = found.includes(field.dataset.unknown);
};

document.addEventListener("htmx:afterSwap", ({ detail }) => {
  if (!/\/(timeline|rows\/event)\//.test(detail.pathInfo.requestPath)) return;
  placeLast();
  showDays();
  showFindings();
  askReasons();
});

// Several lines pasted into the one-line form are a chat or a log: they go to the page that reads those.
document.addEventListener("paste", (event) => {
  const form = event.target.closest?.("form[data-paste]");
  const text = event.clipboardData?.getData("text/plain") ?? "";
  if (!form || event.target.name !== "line" || !text.trim().includes("\n")) return;
  event.preventDefault();
  const area = document.createElement("textarea");
  area.name = "text";
  area.hidden = true;
  area.value = text;
  form.append(area);
  form.action = form.dataset.paste;
  form.submit();
});

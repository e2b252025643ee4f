// The button of the paste's preview says how many rows are ticked.
const button = document.querySelector("button[data-many]");
const boxes = document.querySelectorAll("input[name='keep']");

const count = () => {
  const ticked = [...boxes].filter((box) => box.checked).length;
  button.textContent = ticked === 1 ? button.dataset.one : button.dataset.many.replace("{count}", ticked);
  button.disabled = ticked === 0;
};

if (boxes.length) {
  document.addEventListener("change", count);
  count();
}

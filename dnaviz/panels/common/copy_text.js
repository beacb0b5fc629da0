// A paragraph and a button that copies it. Text is only ever set as text, never as HTML.
function render({ model, el }) {
  el.classList.add("dnaviz-copy");
  const head = document.createElement("div");
  const heading = document.createElement("h3");
  const button = document.createElement("button");
  button.type = "button";
  button.className = "dnaviz-quiet";
  button.textContent = "Copy";
  const said = document.createElement("span");
  said.className = "dnaviz-said";
  said.setAttribute("role", "status");
  head.append(heading, button, said);
  const words = document.createElement("p");
  el.append(head, words);
  const show = () => {
    heading.textContent = model.get("heading");
    words.textContent = model.get("text");
    button.setAttribute("aria-label", "Copy: " + model.get("heading"));
    said.textContent = "";
  };
  button.addEventListener("click", async () => {
    said.textContent = (await copy(model.get("text"))) ? "Copied" : "Select the text to copy it.";
  });
  model.on("change", show);
  show();
}

export default { render };

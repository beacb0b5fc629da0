// A button that asks the kernel for a file when pressed, and saves what comes back.
function render({ model, el }) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "dnaviz-quiet";
  el.append(button);
  const show = () => {
    button.textContent = model.get("label");
    button.disabled = model.get("disabled");
  };
  button.addEventListener("click", () => model.send({ wanted: true }));
  const receive = (content) => {
    if (!content || typeof content.name !== "string" || typeof content.data !== "string") return;
    const bytes = Uint8Array.from(atob(content.data), (c) => c.charCodeAt(0));
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([bytes], { type: "application/octet-stream" }));
    link.download = content.name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10000);
  };
  model.on("change:label", show);
  model.on("change:disabled", show);
  model.on("msg:custom", receive);
  show();
  return () => model.off("msg:custom", receive);
}

export default { render };

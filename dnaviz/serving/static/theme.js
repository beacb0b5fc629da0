// Light or dark, before anything is drawn; the panels read and write the same setting.
(() => {
  const KEY = "dnaviz-theme";
  const system = matchMedia("(prefers-color-scheme: dark)");
  const stored = () => { try { return localStorage.getItem(KEY); } catch { return null; } };
  const show = () => {
    const dark = stored() ? stored() === "dark" : system.matches;
    document.documentElement.dataset.dnavizTheme = dark ? "dark" : "light";
  };
  show();
  // The cookie lets the visitor in from now on: the token need not stay in the address bar.
  const asked = new URLSearchParams(location.search);
  if (asked.has("token")) {
    asked.delete("token");
    const rest = asked.toString();
    history.replaceState(history.state, "", location.pathname + (rest ? "?" + rest : "") + location.hash);
  }
  system.addEventListener("change", show);
  document.addEventListener("DOMContentLoaded", () => {
    const button = document.getElementById("site-shade");
    if (!button) return;
    const label = () => {
      const dark = document.documentElement.dataset.dnavizTheme === "dark";
      button.textContent = dark ? "Light" : "Dark";
      button.setAttribute("aria-label", dark ? "Switch to light colors" : "Switch to dark colors");
    };
    label();
    button.hidden = false;
    button.addEventListener("click", () => {
      const dark = document.documentElement.dataset.dnavizTheme !== "dark";
      try { localStorage.setItem(KEY, dark ? "dark" : "light"); } catch { /* private window */ }
      show();
      label();
    });
  });
})();

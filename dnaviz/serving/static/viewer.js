// Keeps a dashboard's page in touch with its kernel: says that the page is open and whether it is
// used, and tells the visitor when the kernel is about to end, has ended, or cannot be reached.
(() => {
  const EVERY = 10_000;
  const WARN_BELOW = 90;
  const config = JSON.parse(document.getElementById("jupyter-config-data").textContent);
  const address = `${config.baseUrl}api/viewers/${config.kernelId}`;
  const notice = document.getElementById("site-notice");
  const words = document.getElementById("site-notice-words");
  const stay = document.getElementById("site-stay");
  const again = document.getElementById("site-again");
  let used = true;
  let failures = 0;
  let timer;

  const mark = () => { used = true; };
  for (const event of ["pointerdown", "pointermove", "keydown", "wheel", "touchstart"]) {
    addEventListener(event, mark, { passive: true, capture: true });
  }

  function tell(text, button) {
    words.textContent = text;
    stay.hidden = button !== stay;
    again.hidden = button !== again;
    notice.hidden = !text;
  }

  function ended(text) {
    clearTimeout(timer);
    tell(text, again);
    document.body.dataset.dnavizEnded = "true";
  }

  async function report() {
    clearTimeout(timer);
    try {
      const reply = await fetch(`${address}${used ? "?used=1" : ""}`, { cache: "no-store" });
      used = false;
      failures = 0;
      const left = (await reply.json()).seconds_left;
      if (left === null) {
        return ended("This dashboard has ended. Reload the page to go on where you were.");
      }
      if (left < WARN_BELOW) tell("Nobody has used this page for a while; it will end soon.", stay);
      else tell("");
    } catch {
      failures += 1;
      if (failures > 1) tell("The server cannot be reached just now. Trying again …");
    }
    timer = setTimeout(report, EVERY);
  }

  stay.addEventListener("click", () => { used = true; report(); });
  again.addEventListener("click", () => location.reload());
  // On leaving, end the kernel; a page restored from the browser's memory has none any more.
  addEventListener("pagehide", () => {
    clearTimeout(timer);
    navigator.sendBeacon(`${config.baseUrl}voila/api/shutdown/${config.kernelId}`);
  });
  addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });
  report();
})();

// Keeps a dashboard's page in touch with its kernel: says that the page is open and whether it is
// used, and tells the visitor when the kernel is about to end, has ended, or cannot be reached, and
// when something is too long to be sent.
(() => {
  const EVERY = 10_000;
  const SOON = 2_000;
  const WARN_BELOW = 90;
  const LONGEST_TEXT = 2 ** 20;
  const LONGEST = 10 * 2 ** 20;
  const CUT = "The server cannot be reached just now. What you do is kept, and done when it is back.";
  const TOO_LONG = "That is too long to be sent and was not taken: text of 1 MB and files of 10 MB at most.";
  const config = JSON.parse(document.getElementById("jupyter-config-data").textContent);
  const address = `${config.baseUrl}api/viewers/${config.kernelId}`;
  const notice = document.getElementById("site-notice");
  const words = document.getElementById("site-notice-words");
  const stay = document.getElementById("site-stay");
  const again = document.getElementById("site-again");
  let used = true;
  let cut = false;
  let over = false;
  let told = "";
  let timer;
  let line;

  const mark = () => { used = true; };
  for (const event of ["pointerdown", "pointermove", "keydown", "wheel", "touchstart"]) {
    addEventListener(event, mark, { passive: true, capture: true });
  }

  // Whoever acts on a page that has ended is pointed to what still answers.
  function act(event) {
    if (!over || event.target.closest?.(".site-header, .site-notice, .site-skip")) return;
    if (event.type === "keydown" && !["Enter", " "].includes(event.key)) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    notice.classList.remove("site-again");
    void notice.offsetWidth; // so that it is played anew
    notice.classList.add("site-again");
    again.focus();
  }
  for (const event of ["click", "keydown"]) addEventListener(event, act, { capture: true });

  function tell(text, button) {
    words.textContent = text;
    stay.hidden = button !== stay;
    again.hidden = button !== again;
    notice.hidden = !text;
  }

  function ended(text) {
    clearTimeout(timer);
    over = true;
    tell(text, again);
    document.body.dataset.dnavizEnded = "true";
  }

  function lose() {
    if (over) return;
    cut = true;
    tell(CUT);
    clearTimeout(timer);
    timer = setTimeout(report, SOON);
  }

  async function report() {
    clearTimeout(timer);
    try {
      const reply = await fetch(`${address}${used ? "?used=1" : ""}`, {
        cache: "no-store", signal: AbortSignal.timeout(EVERY),
      });
      const about = await reply.json();
      used = false;
      const left = about.seconds_left;
      if (left === null) {
        return ended("This dashboard has ended. Reload the page to go on where you were.");
      }
      told = about.told || told;
      // Packets were lost for a while, and the line to the kernel has held.
      if (line?.readyState === WebSocket.OPEN) cut = false;
      if (cut) tell(CUT);
      else if (left < WARN_BELOW) tell("Nobody has used this page for a while; it will end soon.", stay);
      else tell(told);
    } catch {
      return lose();
    }
    timer = setTimeout(report, cut ? SOON : EVERY);
  }

  // Bytes of a message but for the files it carries: of its parts, the one before the files' first.
  function textOf(data) {
    if (typeof data === "string") return data.length;
    const view = new DataView(data.buffer ?? data, data.byteOffset ?? 0, data.byteLength);
    const offset = (part) => Number(view.getBigUint64(8 * (part + 1), true));
    return offset(5) - offset(4);
  }

  // The page's line to its kernel. When it breaks, the application connects again and sends then
  // what was to be sent in the meantime.
  window.WebSocket = class extends WebSocket {
    constructor(...names) {
      super(...names);
      line = this;
      this.addEventListener("open", () => { cut = false; report(); });
      this.addEventListener("close", lose);
    }

    send(data) {
      told = "";
      if ((data.byteLength ?? 0) > LONGEST + LONGEST_TEXT || textOf(data) > LONGEST_TEXT) {
        told = TOO_LONG;
        tell(told);
        return;
      }
      super.send(data);
    }
  };

  stay.addEventListener("click", () => { used = true; report(); });
  again.addEventListener("click", () => location.reload());
  // On leaving, end the kernel; a page restored from the browser's memory has none any more.
  addEventListener("pagehide", () => {
    clearTimeout(timer);
    over = true;
    fetch(`${config.baseUrl}voila/api/shutdown/${config.kernelId}`, {
      method: "POST", keepalive: true, referrerPolicy: "same-origin",
    }).catch(() => { /* the page is gone */ });
  });
  addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });
  report();
})();

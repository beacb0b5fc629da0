"use strict";
(() => {
  const INDEX = /\.(bai|csi|tbi|crai|idx)$/i;
  const INDEXED = /\.(bam|cram)$/i;
  const SHOWN = /\.(bed|bedgraph|bdg|gff3?|gtf|vcf|wig|narrowpeak|broadpeak)(\.b?gz)?$|\.(bam|cram|bw|bigwig|bb|bigbed)$/i;
  const READ_BY_PARTS = /\.(bw|bigwig|bb|bigbed)$/i;
  const MOST_UNINDEXED = 100e6;
  const view = document.getElementById("view");
  const message = document.getElementById("message");
  const config = JSON.parse(document.getElementById("config").textContent);
  const [, first, last] = /:(\d+)-(\d+)$/.exec(config.locus);
  const whole = { start: Number(first) - 1, end: Number(last) };
  const say = (text) => { message.textContent = text; };

  // The part that is shown, 0-based, changed in place as igv.js's own buttons do.
  let moving = false;
  async function show(browser, start, end) {
    if (moving) return;
    moving = true;
    const frame = browser.referenceFrameList[0];
    const pixels = (frame.end - frame.start) / frame.bpPerPixel;
    const width = Math.min(Math.max(end - start, 20), whole.end - whole.start);
    frame.start = Math.min(Math.max(start, whole.start), whole.end - width);
    frame.end = frame.start + width;
    frame.bpPerPixel = width / pixels;
    try {
      await browser.updateViews();
    } finally {
      moving = false;
    }
  }

  function zoom(browser, factor, at = 0.5) {
    const { start, end } = browser.referenceFrameList[0];
    const center = start + (end - start) * at;
    return show(browser, center - (center - start) * factor, center + (end - center) * factor);
  }

  function move(browser, share) {
    const { start, end } = browser.referenceFrameList[0];
    const step = (end - start) * share;
    return show(browser, start + step, end + step);
  }

  // Own files: an index belongs to the file whose name it continues, or shares up to its suffix.
  function pairs(files) {
    const indices = files.filter((file) => INDEX.test(file.name));
    const data = files.filter((file) => !INDEX.test(file.name));
    const left = new Set(indices);
    const result = data.map((file) => {
      const index = indices.find((one) => {
        const stem = one.name.replace(INDEX, "");
        return stem === file.name || stem === file.name.replace(INDEXED, "");
      });
      left.delete(index);
      return [file, index];
    });
    return [result, [...left]];
  }

  async function add(browser, files) {
    say("");
    const [tracks, alone] = pairs(files);
    const words = alone.map((index) => `${index.name} is the index of a file that was not chosen: choose both together.`);
    for (const [file, index] of tracks) {
      if (!SHOWN.test(file.name)) {
        words.push(`${file.name} is of no kind that can be shown: choose BED, GFF, VCF, bedGraph, bigWig, BAM or CRAM.`);
        continue;
      }
      if (!index && INDEXED.test(file.name)) {
        words.push(`${file.name} needs its index: choose ${file.name}.${/cram$/i.test(file.name) ? "crai" : "bai"} together with it.`);
        continue;
      }
      if (!index && file.size > MOST_UNINDEXED && !READ_BY_PARTS.test(file.name)) {
        words.push(`${file.name} is too large to be read whole: pack it by bgzip, index it by tabix, and choose both files together.`);
        continue;
      }
      try {
        await browser.loadTrack({ url: file, name: file.name, ...(index ? { indexURL: index } : { indexed: false }) });
      } catch {
        words.push(`${file.name} cannot be read: it is damaged, or another kind of file than its name says.`);
      }
    }
    say(words.join("\n"));
  }

  async function start() {
    const browser = await igv.createBrowser(view, config);
    globalThis.browser = browser; // for who looks into the page from its console
    document.getElementById("files").addEventListener("change", async (event) => {
      await add(browser, [...event.target.files]);
      event.target.value = "";
    });
    addEventListener("dragover", (event) => event.preventDefault());
    addEventListener("drop", (event) => {
      event.preventDefault();
      if (event.dataTransfer.files.length) add(browser, [...event.dataTransfer.files]);
    });
    view.addEventListener("keydown", (event) => {
      if (event.target !== view || event.ctrlKey || event.metaKey || event.altKey) return;
      const act = {
        ArrowLeft: () => move(browser, -0.25), ArrowRight: () => move(browser, 0.25),
        "+": () => zoom(browser, 0.5), "=": () => zoom(browser, 0.5), "-": () => zoom(browser, 2),
        Home: () => show(browser, whole.start, whole.end),
      }[event.key];
      if (!act) return;
      event.preventDefault();
      act();
    });
    view.addEventListener("wheel", (event) => {
      const sideways = event.shiftKey ? event.deltaY || event.deltaX : event.deltaX;
      if (!event.ctrlKey && !sideways) return;
      event.preventDefault();
      const box = view.getBoundingClientRect();
      if (event.ctrlKey) zoom(browser, event.deltaY < 0 ? 0.8 : 1.25, (event.clientX - box.left) / box.width);
      else move(browser, Math.sign(sideways) * 0.1);
    }, { passive: false });
    document.documentElement.dataset.ready = "yes";
  }

  start().catch((error) => say(`The view cannot be drawn: ${error && error.message ? error.message : error}.`));
})();

// browser.js CHROMIUM SITE: what test_browser.sh checks, of a site of one board or of several. Prints each finding; exit status 1 when there is one.
"use strict";
const fs = require("fs");
const zlib = require("zlib");
const {chromium} = require("playwright-core");
const axe = require.resolve("axe-core");
const [, , program, site] = process.argv;
const several = fs.existsSync(site + "/b/strict");
const board = several ? "b/dockyard/index.html" : "index.html";
const pages = several ? ["index.html", "b/strict/index.html", "b/strict/plots.html", "b/strict/m/quern-s.html", "b/fresh/index.html", "b/fresh/m/quern-s.html",
  "methodology.html", "faq.html", "runs/index.html", "RUN"] : ["index.html", "b/dockyard/by-latency.html", "b/dockyard/plots.html", "b/dockyard/m/quern-n.html", "b/dockyard/m/cheeky.html",
  "b/dockyard/m/hebrew.html", "methodology.html", "faq.html", "runs/index.html", "RUN"];
let findings = 0;

function found(where, what) {
  findings++;
  console.log(where + ": " + what);
}

const HOUR = 3600000;

// The page's clock stands `hours` after the night it shows, whatever today is.
async function open(browser, path, width, scheme, javaScriptEnabled, hours = 3) {
  const context = await browser.newContext({viewport: {width, height: width < 500 ? 844 : 900}, colorScheme: scheme, javaScriptEnabled, bypassCSP: false});
  await context.addInitScript(ms => { Date.now = () => Number(document.body.dataset.asOf) + ms; }, hours * HOUR);
  const page = await context.newPage(), where = `${path} ${width} ${scheme}${javaScriptEnabled ? "" : " no script"}`;
  page.on("console", m => found(where, "console: " + m.text()));
  page.on("pageerror", e => found(where, "script error: " + e));
  page.on("requestfailed", r => found(where, "not loaded: " + r.url()));
  page.on("request", r => { if (!r.url().startsWith("file://") && !r.url().startsWith("data:")) found(where, "asks the network: " + r.url()); });
  await page.goto("file://" + site + "/" + path);
  return {context, page, where};
}

// axe is not part of the page: it is evaluated from outside, so the page's own policy stays in force.
async function inspect(page, where) {
  await page.evaluate(fs.readFileSync(axe, "utf8"));
  const result = await page.evaluate(() => window.axe.run(document, {preload: false, runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}));
  for (const v of result.violations)
    found(where, `axe ${v.id}: ${v.help}: ${v.nodes.slice(0, 3).map(n => n.target + " " + n.failureSummary.split("\n")[1]).join("; ")}`);
}

// How light the lower right corner of a plot is on the screen, 0 to 255: there is nothing but paper.
async function paper(browser, page) {
  const png = await page.locator("figure img").first().screenshot();
  const blank = await browser.newPage();
  const light = await blank.evaluate(async data => {
    const image = await createImageBitmap(await (await fetch(data)).blob()), canvas = new OffscreenCanvas(1, 1).getContext("2d");
    canvas.drawImage(image, 3 - image.width, 3 - image.height);
    return canvas.getImageData(0, 0, 1, 1).data[1];
  }, "data:image/png;base64," + png.toString("base64"));
  await blank.close();
  return light;
}

// What a printed page is filled with, and how often. A plot is not made of pixels there.
async function printed(page) {
  const pdf = (await page.pdf({format: "A4", landscape: true})).toString("latin1"), colours = {};
  for (const [, stream] of pdf.matchAll(/stream\r?\n([^]*?)endstream/g)) {
    let text;
    try { text = zlib.inflateSync(Buffer.from(stream, "latin1")).toString("latin1"); } catch { continue; } // a font
    for (const c of text.match(/[\d.]+ [\d.]+ [\d.]+ rg/g) || []) colours[c] = (colours[c] || 0) + 1;
  }
  return JSON.stringify(Object.entries(colours).sort());
}

// The pages of a PDF, in its own language.
function contents(pdf) {
  const object = n => { const at = pdf.indexOf(`\n${n} 0 obj`); return pdf.slice(at, pdf.indexOf("endobj", at)); };
  return [...pdf.matchAll(/\/Type \/Page\b[^]*?\/Contents (\d+) 0 R/g)].map(([, n]) => {
    const stream = /stream\r?\n([^]*)endstream/.exec(object(n));
    return zlib.inflateSync(Buffer.from(stream[1], "latin1")).toString("latin1");
  });
}

const shown = page => page.locator("tr.m:visible").count();

(async () => {
  const run = fs.readdirSync(site + "/runs").filter(f => f !== "index.html").sort()[0];
  const browser = await chromium.launch({executablePath: program, args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync"]});

  for (const name of pages)
    for (const width of [1440, 1024, 390])
      for (const scheme of ["light", "dark"]) {
        const path = name === "RUN" ? "runs/" + run : name;
        const {context, page, where} = await open(browser, path, width, scheme, true);
        const over = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
        if (over > 0) found(where, `${over} px wider than the window`);
        const cut = await page.evaluate(() => [...document.querySelectorAll("svg text")].filter(t => {
          const own = t.getBoundingClientRect(), all = t.ownerSVGElement.getBoundingClientRect();
          return own.left < all.left - .5 || own.right > all.right + .5;
        }).map(t => t.textContent));
        if (cut.length) found(where, "labels cut off by their picture: " + cut);
        const broken = await page.evaluate(() => [...document.images].filter(i => !i.complete || !i.naturalWidth).map(i => i.currentSrc));
        if (broken.length) found(where, "pictures that are not there: " + broken);
        if (width === 1024 || (width === 390 && scheme === "dark")) {
          await context.close();
          continue;
        }
        await inspect(page, where);
        await context.close();
      }

  for (const scheme of ["light", "dark"]) // a board that nobody has run for a year says so
    for (const width of [1440, 390]) {
      const {context, page, where} = await open(browser, board, width, scheme, true, 24 * 365);
      if (!await page.locator("#stale").isVisible()) found(where, "a year later there is no banner");
      if (!(await page.locator(".age").textContent()).includes("365 days ago")) found(where, "a year later the age is " + await page.locator(".age").textContent());
      await inspect(page, where + " a year later");
      await context.close();
    }
  { // a fresh one does not
    const {context, page, where} = await open(browser, board, 1440, "light", true);
    if (await page.locator("#stale").isVisible()) found(where, "three hours later there is a banner");
    await context.close();
  }
  { // whole without a script, and filters work
    const {context, page, where} = await open(browser, board, 1440, "light", false);
    const all = await shown(page);
    if (all !== 16) found(where, `${all} rows, expected 16`);
    await page.locator("label:has(#f4-1)").click();
    if (await shown(page) !== 9) found(where, "the filter 'ranked' leaves " + await shown(page) + " rows, expected 9");
    await page.locator("label:has(#f1-1)").click();
    const some = await shown(page);
    if (some < 1 || some >= 9) found(where, "two filters leave " + some + " rows");
    await page.locator("button[type=reset]").click();
    if (await shown(page) !== 16) found(where, "'Show all' leaves " + await shown(page) + " rows");
    await context.close();
  }
  { // with one: search, the address keeps the filters, the age of the night
    const {context, page, where} = await open(browser, board, 1440, "light", true);
    await page.fill("input[type=search]", "quern");
    if (await shown(page) !== 4) found(where, "the search for 'quern' leaves " + await shown(page) + " rows, expected 4");
    await page.locator("label:has(#f3-1)").click();
    const address = page.url(), left = await shown(page);
    if (!address.includes("q=quern") || !address.includes("latency=fast")) found(where, "the address does not keep the filters: " + address);
    await page.goto("about:blank");
    await page.goto(address);
    if (await shown(page) !== left) found(where, "the address does not bring the filters back");
    await context.close();
  }
  for (const width of [1440, 390]) { // points of a plot can be followed, without a script
    const {context, page, where} = await open(browser, "b/dockyard/plots.html", width, "light", false);
    const spot = page.locator("#parameters .plot svg:visible a circle");
    if (await spot.count() < 5) found(where, await spot.count() + " points can be followed");
    const at = await page.evaluate(() => {
      const svg = [...document.querySelectorAll("#parameters .plot svg")].find(s => s.getBoundingClientRect().width), a = svg.getBoundingClientRect(), b = document.querySelector("#parameters img").getBoundingClientRect();
      return [a.left - b.left, a.top - b.top, a.width - b.width, a.height - b.height].map(Math.abs);
    });
    if (Math.max(...at) > 1) found(where, "the links lie beside the picture by " + at);
    await spot.last().click();
    if (!page.url().includes("/b/dockyard/m/")) found(where, "a point leads to " + page.url());
    await context.close();
  }
  for (const name of pages.filter(name => /plots|m\/quern/.test(name) && !/fresh/.test(name))) { // plots follow the screen and a page's own choice, and paper is light
    const on = {};
    for (const scheme of ["light", "dark"]) {
      const {context, page, where} = await open(browser, name, 1440, scheme, true);
      const light = await paper(browser, page);
      if (scheme === "dark" ? light > 60 : light < 200) found(where, "the plot's paper is " + light);
      on[scheme] = await printed(page);
      if (on[scheme] !== on.light || on[scheme].length < 100) found(where, `printed it has the colours ${on[scheme]}, from a light screen ${on.light}`);
      await page.evaluate(() => { document.documentElement.style.colorScheme = "light"; });
      const chosen = await paper(browser, page);
      if (chosen < 200) found(where, "on a page that chose to be light the plot's paper is " + chosen);
      await context.close();
    }
  }
  { // sorting keeps the filters
    const {context, page, where} = await open(browser, board, 1440, "light", true);
    await page.locator("label:has(#f5-1)").click();
    const front = await shown(page);
    if (front < 1 || front >= 9) found(where, "the filter 'Pareto front' leaves " + front + " rows");
    await page.locator(".board thead a", {hasText: "M par."}).click();
    await page.waitForURL(/by-parameters/);
    if (await shown(page) !== front) found(where, `sorted, ${await shown(page)} rows are left of ${front}`);
    await page.locator("button[type=reset]").click();
    if (await shown(page) !== 16) found(where, "'Show all' after sorting leaves " + await shown(page) + " rows");
    await context.close();
  }
  for (const width of [1440, 1024, 390]) { // what has the focus is never under the head or the first columns that stick
    const {context, page, where} = await open(browser, board, width, "light", true);
    const hidden = await page.evaluate(() => {
      const links = [...document.querySelectorAll(".board tbody a"), ...document.querySelectorAll(".board tbody a")].reverse(), bad = [];
      for (const a of links) {
        a.focus();
        const r = a.getBoundingClientRect(), head = Math.max(...[...document.querySelectorAll(".board thead th")].map(h => h.getBoundingClientRect().bottom));
        const name = a.closest("tr").querySelector("th.model"), edge = name ? name.getBoundingClientRect().right : 0;
        if (r.top < head - 1 || (!a.closest(".model, .apart") && r.left < edge - 1)) bad.push(a.textContent);
      }
      return bad;
    });
    if (hidden.length) found(where, hidden.length + " links under what sticks when they have the focus: " + hidden.slice(0, 3));
    await page.locator(".budget a").first().click();
    const [row, head] = await page.evaluate(() => [document.querySelector("tr:target").getBoundingClientRect().top,
      Math.max(...[...document.querySelectorAll(".board thead th")].map(h => h.getBoundingClientRect().bottom))]);
    if (row < head - 2) found(where, "the row that a budget leads to is under the head");
    await context.close();
  }
  for (const name of pages.filter(name => /^index|plots|m\/(quern|cheeky)/.test(name))) { // on paper: nothing sticks, nothing is taller than a page, no page is empty
    const {context, page, where} = await open(browser, name, 1032, "dark", true);
    await page.emulateMedia({media: "print", colorScheme: "dark"});
    const odd = await page.evaluate(() => [...document.querySelectorAll("main *")].filter(n => getComputedStyle(n).position === "sticky" ||
      (n.matches("figure") && n.getBoundingClientRect().height > 703)).map(n => n.tagName + "." + n.className));
    if (odd.length) found(where, "on paper these stick or are taller than a page: " + [...new Set(odd)]);
    const pdf = (await page.pdf({preferCSSPageSize: true})).toString("latin1"), box = /\/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]/.exec(pdf);
    if (!(Math.abs(box[1] - 842) < 2 && Math.abs(box[2] - 595) < 2)) found(where, "the paper is " + box[0]);
    const sheets = contents(pdf);
    if (sheets.length < 1 || sheets.length > 12) found(where, sheets.length + " pages of paper");
    if (/plots/.test(name) && (sheets[0].match(/ l$/gm) || []).length < 50) found(where, "the first page of paper has no plot");
    sheets.forEach((text, i) => { if ((text.match(/T[jJ]/g) || []).length < 4 && text.length < 5000) found(where, `page ${i + 1} of ${sheets.length} is as good as empty`); });
    await context.close();
  }
  { // each page has a title of its own
    const titles = {};
    for (const name of fs.readdirSync(site, {recursive: true}).filter(n => /\.html$/.test(n) && n !== "index.html")) {
      const title = /<title>(.*)<\/title>/.exec(fs.readFileSync(site + "/" + name, "utf8"))[1];
      if (titles[title]) found(name, "has the title of " + titles[title] + ": " + title);
      titles[title] = name;
    }
  }
  { // the phone: sticky columns stay, and "More columns" brings a group beside them
    const {context, page, where} = await open(browser, board, 390, "light", true);
    await page.locator(".more a", {hasText: "Cost"}).click();
    await page.waitForTimeout(200);
    const at = await page.evaluate(() => {
      const box = document.querySelector(".board-box"), l = box.getBoundingClientRect().left;
      return {scrolled: box.scrollLeft, group: document.querySelector("#g-cost").getBoundingClientRect().left - l, model: document.querySelector("td.rank").getBoundingClientRect().left - l};
    });
    if (!(at.scrolled > 100 && at.group > 130 && at.group < 180 && Math.abs(at.model) < 2)) found(where, "'More columns: Cost' lands at " + JSON.stringify(at));
    await context.close();
  }
  await browser.close();
  console.log(findings ? `${findings} findings` : `${pages.length} pages, nothing found`);
  process.exit(findings ? 1 : 0);
})().catch(e => { console.log(String(e)); process.exit(1); });

// Opens the collector's pages in a real Chromium, as an admin does: signs in with the keyboard alone, compares what
// the pages show with what the API answers, and looks at every page light and dark, narrow and wide.
//
// In the environment: REKEY_URL, REKEY_USER, REKEY_PASSWORD, REKEY_API_TOKEN of a running collector, REKEY_DEVICE
// for the page to look at, PLAYWRIGHT for the folder of playwright-core, CHROMIUM for the browser. With
// REKEY_SCREENSHOTS, a folder, a picture of each page is left there.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import path from "node:path";

const { REKEY_URL: url, REKEY_USER: user, REKEY_PASSWORD: password, REKEY_API_TOKEN: token } = process.env;
const { REKEY_DEVICE: device, REKEY_SCREENSHOTS: screenshots } = process.env;
const { chromium } = createRequire(import.meta.url)(process.env.PLAYWRIGHT);

const quiet = [
  "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
  "--disable-component-update", "--disable-sync",
];
const states = ["compliant", "action-needed", "failed", "waiting", "silent"];
const label = (word) => (word[0].toUpperCase() + word.slice(1)).replace("-", " ");

async function ask(path) {
  const answer = await fetch(url + path, { headers: { authorization: `Bearer ${token}` } });
  assert.equal(answer.status, 200, path);
  return answer.json();
}

/** The rows of the table below a heading, each an object from the column's name to its text. */
function table(page, heading) {
  return page.evaluate((heading) => {
    const titled = [...document.querySelectorAll("section")].find(
      (section) => section.querySelector("h2")?.textContent.trim() === heading,
    );
    const rows = (titled ?? document).querySelectorAll("tbody tr");
    return [...rows].map((row) =>
      // What stands beside a name, such as a badge, is not the name.
      Object.fromEntries([...row.children].map((cell) => [
        cell.dataset.label, ((cell.tagName === "TH" && cell.querySelector("a")) || cell).textContent.trim(),
      ])),
    );
  }, heading);
}

async function signInWithTheKeyboard(page) {
  await page.goto(`${url}/devices/${device}`);
  assert.equal(new URL(page.url()).pathname, "/login", "a stranger is asked to sign in");
  const focused = () => page.evaluate(() => document.activeElement.name || document.activeElement.textContent);
  assert.equal(await focused(), "user");
  await page.keyboard.type(user);
  await page.keyboard.press("Tab");
  assert.equal(await focused(), "password");
  await page.keyboard.type("not-the-password");
  await page.keyboard.press("Enter");
  await page.waitForSelector("[role=alert]");
  assert.equal(await focused(), "password", "only the password has to be typed again");
  await page.keyboard.type(password);
  await page.keyboard.press("Enter");
  await page.waitForSelector("nav");
  assert.equal(new URL(page.url()).pathname, `/devices/${device}`, "it goes on to where it was asked for");
  await page.keyboard.press("Tab");
  assert.equal(await focused(), "Skip to the content");
  await page.keyboard.press("Enter");
  assert.equal(await page.evaluate(() => document.activeElement.id), "content");
}

async function theOverviewIsTheAnswer(page) {
  await page.goto(`${url}/`);
  const numbers = await ask("/api/v1/compliance");
  const tiles = await page.$$eval(".tile", (tiles) =>
    tiles.map((tile) => [tile.querySelector(".state").textContent, Number(tile.querySelector(".count").textContent)]),
  );
  assert.deepEqual(Object.fromEntries(tiles), Object.fromEntries(states.map((state) => [label(state), numbers.devices[state]])));
  const organizations = await table(page, "By organization");
  assert.deepEqual(organizations.map(({ Done, Declared, "Not reported": _, ...row }) => row), numbers.organizations.map((organization) => ({
    Organization: organization.name,
    ...Object.fromEntries(states.map((state) => [label(state), String(organization.devices[state])])),
    "Stale found": String(organization.findings.stale),
    "Unsure found": String(organization.findings.unsure),
  })));
  const places = await table(page, "By place");
  assert.deepEqual(places, numbers.places.map((place) => ({
    Place: place.name,
    Workstations: String(place.devices),
    Stale: String(place.findings.stale),
    Unsure: String(place.findings.unsure),
  })));
  const { devices } = await ask("/api/v1/devices");
  const rows = await table(page, "Workstations");
  const brief = devices.map((one) => `${label(one.state)} ${one.machine.name} ${one.findings.stale}`);
  assert.deepEqual(rows.map((row) => `${row.State} ${row.Workstation} ${row.Stale}`).sort(), brief.sort());
}

/** Fills the form that has these fields, and sends it. */
async function send(page, button, fields) {
  const form = page.locator("form", { has: page.getByRole("button", { name: button, exact: true }) }).last();
  for (const [label, value] of Object.entries(fields)) {
    const field = form.getByLabel(label, { exact: false });
    if ((await field.evaluate((one) => one.tagName)) === "SELECT") await field.selectOption(value);
    else await field.fill(value);
  }
  await Promise.all([page.waitForEvent("load"), form.getByRole("button", { name: button, exact: true }).click()]);
}

const machines = async (page) => (await table(page, "no heading")).map((row) => row.Workstation);

async function theListIsCutAndGivenAsATable(page) {
  await page.goto(`${url}/devices`);
  const { devices } = await ask("/api/v1/devices");
  await send(page, "Show", { State: "failed", Order: "heard" });
  const failed = devices.filter((one) => one.state === "failed").map((one) => one.machine.name);
  assert.ok(failed.length > 0);
  assert.deepEqual((await machines(page)).sort(), failed.sort());
  const table = await page.getByRole("link", { name: "Download as CSV" }).getAttribute("href");
  const csv = await fetch(url + table, { headers: { authorization: `Bearer ${token}` } });
  const lines = (await csv.text()).trim().split("\r\n");
  assert.equal(lines.length, failed.length + 1, "the table has the same filter");
  await page.goto(`${url}/devices?state=failed&sort=heard&organization=contoso`);
  await page.click(".chip:has-text('Failed')");
  assert.equal(await page.locator(".chip").count(), 1, "a chip takes only its own condition away");
  assert.equal(new URL(page.url()).searchParams.get("organization"), "contoso");
  await page.getByLabel("Machine or person").fill("no such machine");
  await page.keyboard.press("Enter");
  await page.waitForSelector("text=No workstation fits");
}

async function anAdminSetsAnOrganization(page) {
  await page.goto(`${url}/settings`);
  assert.equal(new URL(page.url()).pathname, "/settings/organizations");
  const marked = await page.$$eval("nav a[aria-current]", (links) => links.map((link) => link.textContent));
  assert.deepEqual(marked, ["Settings", "Organizations"]);
  await send(page, "Add", {
    Name: "northwind", Connected: "2027-01-15T18:00", "Whom people ask": "help@northwind.example",
  });
  await page.waitForSelector("[role=status]");
  const { organizations } = await ask("/api/v1/organizations");
  const northwind = organizations.find((one) => one.name === "northwind");
  assert.equal(northwind.connected_at, "2027-01-15T18:00:00Z");
  await page.goto(`${url}/announcement?organization=northwind`);
  const letter = await page.textContent(".letter");
  for (const part of ["15 Jan 2027, 18:00 UTC", "help@northwind.example", "rekey run"]) assert.ok(letter.includes(part), part);
  assert.equal(await page.inputValue("select[name=when]"), "before");
}

async function supportIsAsked(page) {
  await page.goto(`${url}/ssh-keys?organization=contoso`);
  const { keys } = await ask("/api/v1/ssh-keys?organization=contoso");
  assert.ok(keys.length > 0);
  const shown = await page.$$eval(".prints code:first-child", (codes) => codes.map((code) => code.textContent));
  assert.deepEqual(shown.sort(), keys.map((key) => key.md5).sort());
  assert.ok((await page.inputValue("#body")).includes("https://dev.azure.com/contoso"));
  await send(page, "Note the ticket", { "Number of a new ticket": "2611 0042" });
  await page.waitForSelector("text=2611 0042");
  await page.getByRole("button", { name: /^Cleared/ }).click();
  await page.waitForSelector(".ticket.cleared");
  const { tickets } = await ask("/api/v1/ssh-keys?organization=contoso");
  assert.deepEqual(tickets.map((ticket) => [ticket.number, ticket.state, ticket.changed_by]), [["2611 0042", "cleared", user]]);
}

async function aRosterIsImported(page) {
  await page.goto(`${url}/settings/roster`);
  const text = "E-mail;Name;Device\nrobin@contoso.example;Robin Moe;CONTOSO-LT-99\n";
  await page.setInputFiles("input[type=file]", { name: "people.csv", mimeType: "text/csv", buffer: Buffer.from(text) });
  await send(page, "Look at it", {});
  assert.equal(await page.textContent("h1"), "What this file changes");
  const before = await ask("/api/v1/compliance");
  assert.equal(before.people["never-reported"], 0, "looking keeps nothing");
  await send(page, "Keep it", {});
  await page.click("text=1 person has never reported");
  const rows = await table(page, "no heading");
  assert.deepEqual(rows.map((row) => row.State), ["Never reported"]);
  const after = await ask("/api/v1/compliance");
  assert.equal(after.people["never-reported"], 1);
}

async function aSecretIsMadeAndShownOnce(page) {
  await page.goto(`${url}/settings/enrolment`);
  await send(page, "Make it", { "Name: what it is for": "laptops", "Ends after days": "30" });
  const secret = /rekey-enroll-[0-9a-f]{64}/;
  assert.match(await page.textContent("main"), secret);
  await page.goto(`${url}/settings/enrolment`);
  assert.doesNotMatch(await page.textContent("main"), secret);
}

async function cleaningIsPausedAndGoesOn(page) {
  const all = async () => (await ask("/api/v1/cleaning")).all;
  await page.goto(`${url}/settings/cleaning`);
  const button = (name) => page.getByRole("button", { name, exact: true });
  await page.getByLabel("Why").first().fill("A look at the failures");
  await Promise.all([page.waitForEvent("load"), button("Pause all").click()]);
  assert.equal(await all(), "paused");
  await page.goto(`${url}/`);
  assert.match(await page.textContent(".caution"), /paused for all workstations, by \w+.*A look at the failures/s);
  await page.click("text=Look at it");
  await Promise.all([page.waitForEvent("load"), button("Let all go on").click()]);
  assert.equal(await all(), "allowed");
  await page.goto(`${url}/`);
  assert.equal(await page.locator(".caution").count(), 0);
}

async function theListIsDownloaded(page) {
  const download = page.waitForEvent("download");
  await page.click("text=Download as CSV");
  const file = await download;
  assert.equal(file.suggestedFilename(), "rekey-devices.csv");
  const lines = (await readFile(await file.path(), "utf8")).trim().split("\r\n");
  const { devices } = await ask("/api/v1/devices");
  assert.equal(lines.length, devices.length + 1);
}

/** On paper there is no navigation, and nothing is cut at the edge. */
async function theAuditIsMadeForPaper(page) {
  await page.goto(`${url}/audit`);
  await page.emulateMedia({ media: "print" });
  assert.equal(await page.isVisible("header nav"), false);
  assert.equal(await page.isVisible("h1"), true);
  await page.setViewportSize({ width: 690, height: 1000 });
  assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= 690));
  if (screenshots) await page.screenshot({ path: path.join(screenshots, "audit-print.png"), fullPage: true });
  await page.emulateMedia({ media: null });
  await page.setViewportSize({ width: 1280, height: 800 });
}

async function theDevicePageIsTheAnswer(page) {
  await page.goto(`${url}/`);
  await page.click(`a[href="/devices/${device}"]`);
  await page.waitForSelector(".banner");
  const answer = await ask(`/api/v1/devices/${device}`);
  const { report } = answer;
  const text = (selector) => page.$eval(selector, (element) => element.textContent.trim());
  const all = (selector) => page.$$eval(selector, (elements) => elements.map((element) => element.textContent.trim()));
  assert.equal(await text("h1"), answer.machine.name);
  assert.equal(await text(".banner .state"), label(answer.state));
  const open = report.findings.filter((finding) => finding.verdict !== "current" && !finding.accepted);
  const shown = await all("section[aria-labelledby=left] > .findings > .finding .verdict");
  assert.deepEqual(shown.sort(), open.map((finding) => label(finding.verdict)).sort());
  const stores = await all("section[aria-labelledby=left] > .findings > .finding .what code");
  assert.deepEqual(stores.sort(), open.map((finding) => finding.store).sort());
  assert.equal((await all(".steps li")).length, report.steps.length);
  assert.equal((await all(".keys li")).length, report.ssh_keys.length);
  const outcomes = (await all(".outcomes .count")).map(Number);
  assert.equal(outcomes.reduce((sum, count) => sum + count, 0), report.outcomes.length);
  const history = await table(page, "Reports");
  assert.deepEqual(
    history.map((row) => [row.State, row.Stale, row.Unsure]),
    answer.history.map((one) => [label(one.state), String(one.findings.stale), String(one.findings.unsure)]),
  );
  const page_text = await text("main");
  for (const finding of open) assert.ok(page_text.includes(finding.location.path ?? ""), finding.location.path);
}

/** No page is wider than the window, in light and dark, on a telephone and on a desk. */
async function everyPageFits(browser, cookies) {
  const pages = {
    sign_in: "/login", overview: "/", overview_of_one: "/?organization=contoso", workstations: "/devices",
    workstations_cut: "/devices?state=action-needed&organization=contoso&system=linux", device: `/devices/${device}`,
    ssh_keys: "/ssh-keys", ssh_keys_of_one: "/ssh-keys?organization=contoso", readiness: "/readiness",
    announcement: "/announcement?organization=contoso", audit: "/audit", organizations: "/settings/organizations",
    cleaning: "/settings/cleaning", people: "/settings/people", tokens: "/settings/api-tokens",
    webhooks: "/settings/webhooks", enrolment: "/settings/enrolment", roster: "/settings/roster", everybody: "/people", account: "/settings/account", log: "/audit-log", missing: "/devices/none",
  };
  for (const colorScheme of ["light", "dark"]) {
    for (const width of [320, 1280]) {
      const context = await browser.newContext({ colorScheme, viewport: { width, height: 800 } });
      const page = await context.newPage();
      const complaints = [];
      page.on("pageerror", (error) => complaints.push(String(error)));
      page.on("console", (message) => message.type() === "error" && complaints.push(message.text()));
      for (const [name, address] of Object.entries(pages)) {
        if (name !== "sign_in") await context.addCookies(cookies);
        await page.goto(url + address);
        const wide = await page.evaluate(() => {
          const there = document.documentElement.clientWidth;
          const wide = [...document.querySelectorAll("body *")].filter((one) =>
            !one.closest(".hidden, .skip, .fold thead") && one.getBoundingClientRect().right > there + 1);
          return document.documentElement.scrollWidth > there ? wide.map((one) => one.outerHTML.slice(0, 120)) : [];
        });
        if (screenshots) {
          await page.screenshot({ path: path.join(screenshots, `${name}-${colorScheme}-${width}.png`), fullPage: true });
        }
        assert.deepEqual(wide, [], `${name} is wider than ${width} pixels, ${colorScheme}`);
        const cut = await page.$$eval("main *", (elements) =>
          elements.filter((element) => element.clientWidth > 1 && element.scrollWidth > element.clientWidth + 1 &&
            getComputedStyle(element).overflowX === "hidden" && !element.closest(".hidden")).map((element) => element.outerHTML.slice(0, 200)),
        );
        assert.deepEqual(cut, [], `${name} hides what is too wide at ${width}`);
        const background = await page.evaluate(() => getComputedStyle(document.body).backgroundColor);
        const bright = background.match(/\d+/g).slice(0, 3).every((part) => Number(part) > 127);
        assert.equal(bright, colorScheme === "light", `${name} is ${background}, ${colorScheme}`);
      }
      // A page that is not there says so in its status, and the browser logs that.
      assert.deepEqual(complaints.filter((text) => !text.includes("404")), []);
      await context.close();
    }
  }
}

const browser = await chromium.launch({ executablePath: process.env.CHROMIUM, args: quiet });
try {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
  context.setDefaultTimeout(20_000);
  const page = await context.newPage();
  await signInWithTheKeyboard(page);
  await theOverviewIsTheAnswer(page);
  await theDevicePageIsTheAnswer(page);
  await theListIsCutAndGivenAsATable(page);
  await anAdminSetsAnOrganization(page);
  await supportIsAsked(page);
  await aRosterIsImported(page);
  await aSecretIsMadeAndShownOnce(page);
  await cleaningIsPausedAndGoesOn(page);
  await theListIsDownloaded(page);
  await theAuditIsMadeForPaper(page);
  const cookies = await context.cookies();
  assert.ok(cookies.every((cookie) => cookie.httpOnly && cookie.sameSite === "Lax"), JSON.stringify(cookies.map(({ value, ...rest }) => rest)));
  await everyPageFits(browser, cookies);
  await page.click("text=Sign out");
  await page.waitForSelector("input[name=password]");
  const after = await page.goto(`${url}/devices`);
  assert.equal(new URL(after.url()).pathname, "/login", "signed out is signed out");
} finally {
  await browser.close();
}

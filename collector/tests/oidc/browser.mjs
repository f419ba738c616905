// Signs in at the provider in a real Chromium: redirects, cookies and the pages' own rules (CSP) must let
// that through, and another site's link must find somebody who is signed in.
//
// In the environment: REKEY_URL of a running collector that signs in at a running provider.mjs, REKEY_USER and
// REKEY_PASSWORD, PLAYWRIGHT for the folder of playwright-core, CHROMIUM for the browser. With
// REKEY_SCREENSHOTS, a folder, a picture of each page is left there.
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import path from "node:path";

const { REKEY_URL: url, REKEY_USER: user, REKEY_PASSWORD: password, REKEY_SCREENSHOTS: screenshots } = process.env;
const { chromium } = createRequire(import.meta.url)(process.env.PLAYWRIGHT);
const quiet = [
  "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
  "--disable-component-update", "--disable-sync",
];

async function atTheProvider(page, name) {
  await page.goto(`${url}/settings/people`);
  await page.click("text=Sign in with your work account");
  await page.fill("input[name=login]", name);
  await page.fill("input[name=password]", "any");
  await page.click("button[type=submit]");
  // Whether the program may know who it is.
  await page.click("button[type=submit]");
}

async function shoot(browser, cookies, pages) {
  for (const colorScheme of ["light", "dark"]) {
    for (const width of [360, 1280]) {
      const context = await browser.newContext({ colorScheme, viewport: { width, height: 800 } });
      await context.addCookies(cookies);
      const page = await context.newPage();
      for (const [name, address] of Object.entries(pages)) {
        await page.goto(url + address);
        const there = await page.evaluate(() => [document.documentElement.scrollWidth, document.documentElement.clientWidth]);
        if (screenshots) {
          await page.screenshot({ path: path.join(screenshots, `${name}-${colorScheme}-${width}.png`), fullPage: true });
        }
        assert.ok(there[0] <= there[1], `${name} is wider than ${width} pixels: ${there}`);
      }
      await context.close();
    }
  }
}

const browser = await chromium.launch({ executablePath: process.env.CHROMIUM, args: quiet });
const another = createServer((_, response) => {
  response.setHeader("content-type", "text/html");
  response.end(`<a href="${url}/audit-log">to the log</a>`);
});
await new Promise((listening) => another.listen(0, "localhost", listening));
try {
  const context = await browser.newContext();
  context.setDefaultTimeout(20_000);
  const page = await context.newPage();
  const complaints = [];
  // What the provider's own pages complain of is not ours.
  page.on("console", (message) => {
    if (message.type() === "error" && message.location().url.startsWith(url)) complaints.push(message.text());
  });
  await atTheProvider(page, "admin");
  await page.waitForSelector("h1:has-text('People who use the collector')");
  assert.equal(new URL(page.url()).pathname, "/settings/people", "on to the page that was asked for");

  // A link in a mail or a chat.
  await page.goto(`http://localhost:${another.address().port}/`);
  await page.click("text=to the log");
  await page.waitForSelector("h1:has-text('Audit log')");

  await page.goto(`${url}/settings/people`);
  await page.fill("input[name=name]", "kim");
  await page.click("button:has-text('Add')");
  await page.waitForSelector("h1:has-text('kim can sign in now')");
  if (screenshots) await page.screenshot({ path: path.join(screenshots, "shown_once.png"), fullPage: true });
  await page.goto(`${url}/settings/api-tokens`);
  await page.fill("input[name=name]", "nightly export");
  await page.click("button:has-text('Make it')");
  await page.waitForSelector("pre code");

  await shoot(browser, await context.cookies(), {
    people: "/settings/people", person: "/settings/people/2", local_person: "/settings/people/1",
    tokens: "/settings/api-tokens", account: "/settings/account", log: "/audit-log",
  });
  await page.goto(url);
  await page.click("text=Sign out");
  await page.waitForSelector("text=Sign out there too");
  if (screenshots) await page.screenshot({ path: path.join(screenshots, "signed_out.png"), fullPage: true });
  assert.deepEqual(complaints, []);
  await context.close();

  const stranger = await browser.newContext();
  const second = await stranger.newPage();
  await atTheProvider(second, "stranger");
  await second.waitForSelector("h1:has-text('You have no role here')");
  if (screenshots) await second.screenshot({ path: path.join(screenshots, "no_role.png"), fullPage: true });
  await second.goto(`${url}/login`);
  await second.fill("input[name=user]", user);
  await second.fill("input[name=password]", password);
  await second.click("button:has-text('Sign in')");
  await second.waitForSelector("nav");
  await shoot(browser, [], { login: "/login" });
  await shoot(browser, await stranger.cookies(), { local_account: "/settings/account" });
} finally {
  await browser.close();
  another.close();
}

// The operator's page: by keyboard, on small screens, in light and dark. It has no script.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { after, before, test } from 'node:test';
import { faintThings } from './readable.mjs';
import { startSite } from './site.mjs';
import { Visitor, freshName, launch } from './visitor.mjs';

let site, browser, url, secret;
const elsewhere = Boolean(process.env.ZOOBAR_URL) && 'the state directory of a site elsewhere cannot be read';

before(async () => {
  if (elsewhere) return;
  site = await startSite(['console { port: 0 }']);
  url = `http://${fs.readFileSync(`${site.state}/listening.console`, 'utf8').trim()}`;
  secret = fs.readFileSync(`${site.state}/operator.secret`, 'utf8').trim();
  browser = await launch();
  const member = await Visitor.at(browser, site.url);
  await member.register(freshName('alice'));
  await member.leave();
});
after(async () => {
  await browser?.close();
  await site?.stop();
});

async function signedIn(options) {
  const visitor = await Visitor.at(browser, url, options);
  await visitor.go('/');
  await visitor.page.waitForFunction(() => document.activeElement?.id === 'secret');  // nobody has clicked there
  await visitor.page.keyboard.type(secret);
  await visitor.page.keyboard.press('Enter');
  await visitor.page.getByRole('heading', { name: /processes (are|is) (not )?well/ }).waitFor();
  return visitor;
}

test('fits its screen and is readable, in light and dark', { skip: elsewhere }, async () => {
  const folder = process.env.ZOOBAR_SCREENSHOTS;
  if (folder) fs.mkdirSync(folder, { recursive: true });
  for (const colorScheme of ['light', 'dark']) {
    for (const width of [1440, 390, 320]) {
      const visitor = await signedIn({ colorScheme, viewport: { width, height: 900 } });
      await visitor.go('/?still');
      const over = await visitor.page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      assert.ok(over <= 0, `the page is ${over} px too wide at ${width}`);
      assert.deepEqual(await visitor.page.evaluate(faintThings), []);
      if (folder) await visitor.page.screenshot({ path: `${folder}/console-${width}-${colorScheme}.png`, fullPage: true });
      await visitor.leave();
    }
  }
});

test('the picture has every role, and every arrow a name', { skip: elsewhere }, async () => {
  const visitor = await signedIn();
  for (const role of ['master', 'dispatcher', 'app', 'bank', 'console']) {
    assert.equal(await visitor.page.locator('.picture .name', { hasText: new RegExp(`^${role}$`) }).count(), 1, role);
  }
  const names = await visitor.page.locator('.picture .arrow title').allTextContents();
  assert.ok(names.length > 20);
  assert.ok(names.every((name) => /^[a-z]+ may call [a-z]+/.test(name)), names.join());
  await visitor.leave();
});

test('renews itself, can be held, and ends with "Sign out"', { skip: elsewhere }, async () => {
  const visitor = await signedIn();
  await visitor.page.waitForNavigation({ timeout: 60_000 });  // nobody has asked for it
  await visitor.page.getByRole('link', { name: 'Hold it' }).click();
  await visitor.page.getByText('This page does not renew itself').waitFor();
  const held = await visitor.page.reload();
  assert.equal(held.headers().refresh, undefined);
  await visitor.page.getByRole('button', { name: 'Sign out' }).click();
  await visitor.page.getByLabel('Operator secret').waitFor();
  await visitor.go('/');
  await visitor.page.getByLabel('Operator secret').waitFor();
  await visitor.leave();
});

test('a wrong secret is refused in words', { skip: elsewhere }, async () => {
  const visitor = await Visitor.at(browser, url);
  await visitor.go('/');
  await visitor.page.getByLabel('Operator secret').fill('wrong');
  await visitor.page.getByRole('button', { name: 'Sign in' }).click();
  await visitor.page.getByRole('alert').getByText('This is not the operator secret.').waitFor();
  visitor.complaints = visitor.complaints.filter((text) => !text.includes('403'));
  await visitor.leave();
});

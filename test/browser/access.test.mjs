// The pages for everybody: no violation of axe-core's rules, and no sideways scrolling with text of double size.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import { after, before, test } from 'node:test';
import { startSite } from './site.mjs';
import { Visitor, freshName, home, launch } from './visitor.mjs';

const axeSource = fs.readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const name = freshName('alice'), friend = freshName('bob');
let site, browser, state;
// Each page with something on it, and some with nothing.
const pages = {
  home: '', users: `users?user=${friend}`, self: `users?user=${name}`, nobody: 'users?user=ghost', search: 'users',
  transfer: 'transfer', confirm: `transfer?recipient=${friend}&zoobars=2&review=yes`,
  refused: `transfer?recipient=${friend}&zoobars=200&review=yes`, account: 'account', members: 'members',
  'no members': 'members?search=nobody-has-this', journal: 'journal', 'journal end': 'journal?before=1', offers: 'offers',
  statement: 'statement', program: 'program', manual: 'manual', tasks: 'tasks', password: 'password', close: 'close', echo: 'echo?s=x',
  missing: 'nowhere',
};

before(async () => {
  site = await startSite(['tasks { file: "tasks.textproto" scoreboard: true }']);
  browser = await launch();
  const bob = await Visitor.at(browser, site.url), alice = await Visitor.at(browser, site.url);
  await bob.register(friend);
  await bob.page.getByRole('textbox', { name: 'Profile' }).fill('<h2>Stamps</h2><p>I collect <b>old maps</b>.</p>');
  await bob.page.getByRole('button', { name: 'Save profile' }).click();
  await alice.register(name);
  await alice.page.getByRole('textbox', { name: 'Profile' }).fill('#!python\nprint("<p>hello</p>")\n1 / 0\n');
  await alice.page.getByRole('button', { name: 'Save profile' }).click();
  for (const amount of [1, 2]) await alice.send(friend, amount);
  await bob.offer(name, 2, 'for the map');
  await alice.offer(friend, 1, 'for the stamps');
  state = await alice.context.storageState();
  await alice.leave();
  await bob.leave();
});
after(async () => {
  await browser?.close();
  await site?.stop();
});

// What axe-core finds on the page that is open, a line for each.
async function violations(page) {
  await page.evaluate(axeSource);
  return page.evaluate(async () => {
    const found = await axe.run(document);
    return found.violations.flatMap((rule) => rule.nodes.map((node) => `${rule.id}: ${node.html.slice(0, 120)}`));
  });
}

for (const colorScheme of ['light', 'dark']) {
  test(`axe-core finds no violation on any page, ${colorScheme}`, async () => {
    for (const width of [1280, 390]) {
      const member = await Visitor.at(browser, site.url, { storageState: state, colorScheme, viewport: { width, height: 844 } });
      for (const [page, path] of Object.entries(pages)) {
        await member.go(home + path);
        assert.deepEqual(await violations(member.page), [], `${page}, ${width} px`);
      }
      await member.go(home);
      await member.page.getByRole('button', { name: 'Run preview' }).click();
      await member.page.getByRole('region', { name: 'Preview' }).waitFor();
      assert.deepEqual(await violations(member.page), [], `preview, ${width} px`);
      await member.context.close();
      const stranger = await Visitor.at(browser, site.url, { colorScheme, viewport: { width, height: 844 } });
      await stranger.go(`${home}login`);
      assert.deepEqual(await violations(stranger.page), [], `login, ${width} px`);
      await stranger.logIn(name, 'wrong');
      assert.deepEqual(await violations(stranger.page), [], `refused login, ${width} px`);
      await stranger.leave();
    }
  });
}

test('with text of double size, no page scrolls sideways at 320 px (WCAG 2.1, 1.4.10 and 1.4.4)', async () => {
  const folder = process.env.ZOOBAR_SCREENSHOTS;
  if (folder) fs.mkdirSync(folder, { recursive: true });
  // What a reader gets who sets the size of the browser's text to 200 %: rem becomes 32 px, and the viewport stays.
  const large = ['--force-device-scale-factor=1', '--blink-settings=defaultFontSize=32,minimumFontSize=12'];
  const reader = await launch(large);
  const wide = [];
  try {
    for (const loggedIn of [true, false]) {
      const visitor = await Visitor.at(reader, site.url, { storageState: loggedIn ? state : undefined, viewport: { width: 320, height: 700 } });
      for (const [page, path] of Object.entries(loggedIn ? pages : { login: 'login' })) {
        await visitor.go(home + path);
        const size = await visitor.page.evaluate(() => getComputedStyle(document.documentElement).fontSize);
        assert.equal(size, '32px');
        if (folder) await visitor.page.screenshot({ path: `${folder}/${page.replace(' ', '-')}-320-large.png`, fullPage: true });
        const over = await visitor.page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
        if (over <= 0) continue;
        const widest = await visitor.page.evaluate(() => [...document.querySelectorAll('body *')]
          .filter((one) => one.getBoundingClientRect().right > innerWidth && !one.closest('.scroll, pre'))
          .map((one) => one.outerHTML.slice(0, 80)).slice(-3));
        wide.push(`${page} is ${over} px too wide: ${widest.join(' | ')}`);
      }
      await visitor.context.close();
    }
  } finally {
    await reader.close();
  }
  assert.deepEqual(wide, []);
});

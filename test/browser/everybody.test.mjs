// The site for everybody: by keyboard alone, without JavaScript, on small screens, in light and dark, by screen reader.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { after, before, test } from 'node:test';
import { faintThings } from './readable.mjs';
import { startSite } from './site.mjs';
import { Visitor, freshName, home, launch, password } from './visitor.mjs';

const name = freshName('alice'), friend = freshName('bob');
const failing = `#!python
import socket
print('<h2>Bees</h2><p>I keep <b>bees</b>.</p>')
open('notes', 'w').write('seen')
if api.get_visitor() != api.get_self():
    socket.create_connection(('127.0.0.1', 80))
raise ValueError('${'no-line-of-a-small-screen-holds-this-'.repeat(5)}')`;
let site, browser, state;
const pages = {
  login: 'login', home: '', users: `users?user=${friend}`, transfer: 'transfer', account: 'account', members: 'members',
  journal: 'journal', offers: 'offers', program: 'program', manual: 'manual', tasks: 'tasks', failing: `users?user=${name}`,
};

before(async () => {
  site = await startSite(['tasks { file: "tasks.textproto" scoreboard: true }']);
  browser = await launch();
  const bob = await Visitor.at(browser, site.url), alice = await Visitor.at(browser, site.url);
  await bob.register(friend);
  await bob.write('<h2>Hello there</h2><p>I collect stamps and <b>old maps</b>.</p><ul><li>1908: Crete</li><li>1931: Fiji</li></ul>');
  await bob.page.getByRole('button', { name: 'Save profile' }).click();
  await alice.register(name);
  // A program that fails, so that its owner's pages show everything they can show about a program.
  await alice.write(failing);
  await alice.page.getByRole('button', { name: 'Save profile' }).click();
  await bob.go(`${home}users?user=${name}`);
  for (const amount of [1, 2]) await alice.send(friend, amount);
  await bob.send(name, 5);
  const long = 'a-note-that-no-line-of-a-small-screen-holds-'.repeat(4);
  await alice.offer(friend, 1, 'for the stamps');
  await bob.offer(name, 2, long);
  await bob.offer(name, 1, long);
  await alice.go(`${home}offers`);
  await alice.page.getByRole('button', { name: /^Decline/ }).first().click();
  await alice.page.getByRole('status').getByText('You declined').waitFor();
  state = await alice.context.storageState();
  await alice.leave();
  await bob.leave();
});
after(async () => {
  await browser?.close();
  await site?.stop();
});
// alice, logged in.
const arrive = (options) => Visitor.at(browser, site.url, { storageState: state, ...options });

test('every page fits its screen, in light and dark', async () => {
  const folder = process.env.ZOOBAR_SCREENSHOTS;
  if (folder) fs.mkdirSync(folder, { recursive: true });
  for (const colorScheme of ['light', 'dark']) {
    for (const width of [1280, 390, 320]) {
      const visitor = await arrive({ colorScheme, viewport: { width, height: width > 400 ? 900 : 844 } });
      for (const [page, path] of Object.entries(pages)) {
        await visitor.go(home + path);
        const over = await visitor.page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
        assert.ok(over <= 0, `${page} is ${over} px too wide at ${width}`);
        if (folder && width !== 320) {
          await visitor.page.screenshot({ path: `${folder}/${page}-${width}-${colorScheme}.png`, fullPage: true });
        }
      }
      await visitor.leave();
    }
  }
});

test('a program that was tried fits its screen and is readable, in light and dark', async () => {
  const folder = process.env.ZOOBAR_SCREENSHOTS;
  for (const colorScheme of ['light', 'dark']) {
    for (const width of [1280, 390, 320]) {
      const visitor = await arrive({ colorScheme, viewport: { width, height: 844 } });
      await visitor.go(home);
      await visitor.page.getByRole('button', { name: 'Run preview' }).click();
      await visitor.page.getByRole('region', { name: 'Preview' }).waitFor();
      const over = await visitor.page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      assert.ok(over <= 0, `${over} px too wide at ${width}`);
      assert.deepEqual(await visitor.page.evaluate(faintThings), [], colorScheme);
      if (folder && width !== 320) {
        await visitor.page.screenshot({ path: `${folder}/tried-${width}-${colorScheme}.png`, fullPage: true });
      }
      await visitor.leave();
    }
  }
});

test('text and borders of controls stand out enough (WCAG 2.1 AA)', async () => {
  for (const colorScheme of ['light', 'dark']) {
    const visitor = await arrive({ colorScheme });
    for (const path of Object.values(pages)) {
      await visitor.go(home + path);
      assert.deepEqual(await visitor.page.evaluate(faintThings), [], `${path} in ${colorScheme}`);
    }
    await visitor.leave();
  }
});

test('a member gets everything done by keyboard alone', async () => {
  const visitor = await Visitor.at(browser, site.url);
  const keyboard = visitor.page.keyboard;
  const focused = () => visitor.page.evaluate(() => {
    const element = document.activeElement;
    const outline = getComputedStyle(element);
    return { id: element.id, text: element.textContent.trim(), seen: outline.outlineStyle !== 'none' && outline.outlineWidth !== '0px' };
  });
  const tabTo = async (wanted) => {
    for (let presses = 0; presses < 40; ++presses) {
      await keyboard.press('Tab');
      const at = await focused();
      if (at.id === wanted || at.text === wanted) {
        assert.ok(at.seen, `the focus on ${wanted} can be seen`);
        return;
      }
    }
    assert.fail(`${wanted} is not reached by Tab`);
  };
  await visitor.go(`${home}login`);
  assert.equal((await focused()).id, 'login_username', 'the login starts in its first field');
  await keyboard.type(name);
  await keyboard.press('Tab');
  await keyboard.type(password);
  await keyboard.press('Enter');
  await visitor.page.getByRole('link', { name: `Log out ${name}` }).waitFor();

  await keyboard.press('Tab');
  assert.equal((await focused()).text, 'Skip to the content');
  await keyboard.press('Enter');
  assert.equal((await focused()).id, 'main');
  await tabTo('Send zoobars');
  await keyboard.press('Enter');
  await visitor.page.waitForURL(/transfer/);
  await tabTo('recipient');
  await keyboard.type(friend);
  await keyboard.press('Tab');
  await keyboard.type('1');
  await tabTo('Send');
  await keyboard.press('Space');
  await visitor.page.waitForURL(/review=yes/);
  await tabTo('Send 1 zoobar');
  await keyboard.press('Space');
  await visitor.page.getByRole('status').getByText('Sent 1 zoobars').waitFor();
  await tabTo(`Log out ${name}`);
  await keyboard.press('Enter');
  await visitor.page.waitForURL(/login/);
  await visitor.leave();
});

test('everything works without JavaScript', async () => {
  const visitor = await Visitor.at(browser, site.url, { javaScriptEnabled: false });
  const other = freshName('carol');
  await visitor.register(other);
  await visitor.write('<b>plain</b>');
  await visitor.page.getByRole('button', { name: 'Save profile' }).click();
  await visitor.page.getByText('Profile saved.').waitFor();
  await visitor.send(friend, 1);
  await visitor.page.getByText('Sent 1 zoobars').waitFor();
  assert.equal(await visitor.balance(), 9);
  await visitor.offer(friend, 2, 'no script');
  await visitor.page.getByText(`You offered 2 zoobars to ${friend}.`).waitFor();
  await visitor.page.getByRole('button', { name: new RegExp(`^Withdraw offer \\d+ to ${friend}$`) }).click();
  await visitor.page.getByText(`You withdrew your offer of 2 zoobars to ${friend}.`).waitFor();
  assert.equal(await visitor.balance(), 9);
  for (const path of Object.values(pages)) assert.equal((await visitor.go(home + path)).status(), 200, path);
  await visitor.leave();
});

test('every page has landmarks, one main heading, a title of its own and named controls', async () => {
  const visitor = await arrive();
  const titles = new Set();
  for (const [page, path] of Object.entries(pages)) {
    await visitor.go(home + path);
    titles.add(await visitor.page.title());
    assert.equal(await visitor.page.getByRole('main').count(), 1, page);
    assert.equal(await visitor.page.getByRole('banner').count(), 1, page);
    assert.equal(await visitor.page.getByRole('contentinfo').count(), 1, page);
    assert.equal(await visitor.page.getByRole('heading', { level: 1 }).count(), 1, page);
    assert.equal(await visitor.page.getByRole('navigation', { name: 'Site' }).count(), page === 'login' ? 0 : 1, page);
    const nameless = await visitor.page.evaluate(() =>
      [...document.querySelectorAll('input:not([type=hidden]):not([hidden]), textarea, button, a[href]')]
        .filter((one) => !(one.labels?.length || one.textContent.trim() || one.getAttribute('aria-label')))
        .map((one) => one.outerHTML));
    assert.deepEqual(nameless, [], page);
    const ids = await visitor.page.evaluate(() => [...document.querySelectorAll('[id]')].map((one) => one.id));
    assert.equal(new Set(ids).size, ids.length, `${page}: an id stands twice`);
  }
  assert.equal(titles.size, Object.keys(pages).length);
  await visitor.leave();
});

test('the Content-Security-Policy holds: what is smuggled into a page does not run', async () => {
  const visitor = await arrive();
  const answer = await visitor.go(home);
  const policy = answer.headers()['content-security-policy'];
  assert.match(policy, /default-src 'none'/);
  assert.doesNotMatch(policy, /unsafe/);
  const ran = await visitor.page.evaluate(async () => {
    const script = document.createElement('script');
    script.textContent = 'window.ran = true';
    document.body.append(script);
    const style = document.createElement('p');
    style.setAttribute('style', 'color: red');
    document.body.append(style);
    return { script: Boolean(window.ran), style: getComputedStyle(style).color === 'rgb(255, 0, 0)' };
  });
  assert.deepEqual(ran, { script: false, style: false });
  assert.ok(visitor.complaints.every((text) => text.includes('Content Security Policy')));
  assert.ok(visitor.complaints.length >= 2);
  await visitor.context.close();
});

test('a script that is not the one whose hash the page names does not run', async () => {
  const visitor = await arrive();
  await visitor.page.route('**/strength.js', (route) => route.fulfill({
    contentType: 'text/javascript', body: 'document.title = "taken"',
  }));
  await visitor.go(`${home}account`);
  assert.doesNotMatch(await visitor.page.title(), /taken/);
  assert.ok(visitor.complaints.some((text) => text.includes('integrity')), visitor.complaints.join());
  await visitor.context.close();
});

test('a form posted from another site is refused', async () => {
  const visitor = await arrive();
  const evil = await Visitor.at(browser, site.url, { storageState: state });
  await evil.page.route('http://evil.example/', (route) => route.fulfill({
    contentType: 'text/html',
    body: `<form method="post" action="${site.url}${home}transfer"><input name="recipient" value="${friend}">
           <input name="zoobars" value="1"><button>go</button></form>`,
  }));
  const held = await visitor.balance();
  await evil.page.goto('http://evil.example/');
  const [answer] = await Promise.all([
    evil.page.waitForResponse(`${site.url}${home}transfer`), evil.page.getByRole('button').click(),
  ]);
  assert.ok([403, 302, 303].includes(answer.status()), `refused, or sent without the cookie: ${answer.status()}`);
  assert.equal(await visitor.balance(), held);
  await evil.context.close();
  await visitor.leave();
});

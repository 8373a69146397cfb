// The editor of profiles: what it does for members, and that no text is lost, whatever happens.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { faintThings } from './readable.mjs';
import { startSite } from './site.mjs';
import { Visitor, freshName, home, launch, password } from './visitor.mjs';

const program = '#!python\nimport json\n\ndef greet(name):\n    # says hello\n    return json.loads("{" + name)\n\nprint("<b>hi</b>", 42)\nprint(greet(api.get_visitor()))';
const files = /\/zoobar\/media\/(editor\.js|editor\.css|codemirror\.css)$/;
let site, browser, name, state;

before(async () => {
  site = await startSite();
  browser = await launch();
  const alice = await Visitor.at(browser, site.url);
  name = freshName('alice');
  await alice.register(name);
  state = await alice.context.storageState();
  await alice.leave();
});
after(async () => {
  await browser?.close();
  await site?.stop();
});

// alice, logged in, at her home page. Every violation of the Content-Security-Policy is a complaint.
async function arrive(options = {}) {
  const visitor = await Visitor.at(browser, site.url, { storageState: state, ...options });
  if (options.javaScriptEnabled !== false) {
    await visitor.page.addInitScript(() => {
      document.addEventListener('securitypolicyviolation', (event) => console.error(`violates ${event.violatedDirective}`));
    });
  }
  await visitor.go(home);
  if (options.javaScriptEnabled !== false) await visitor.page.locator('.CodeMirror').waitFor();
  return visitor;
}
// A member of their own, for tests that end sessions or save.
async function newcomer(options = {}) {
  const visitor = await Visitor.at(browser, site.url, options);
  visitor.name = freshName('carol');
  await visitor.register(visitor.name);
  return visitor;
}
const field = (visitor) => visitor.page.getByRole('textbox', { name: 'Profile' });
const button = (visitor, label) => visitor.page.getByRole('button', { name: label, exact: true });
const focused = (visitor) => visitor.page.evaluate(() => document.activeElement.textContent.trim());
async function until(what, happened) {
  for (const end = Date.now() + 5000; Date.now() < end; await sleep(20)) if (await happened()) return;
  assert.fail(`not in time: ${what}`);
}
// Logs out the member's session from another browser, as "log out other devices" does. The cookie stays here.
async function endSession(visitor) {
  const other = await Visitor.at(browser, site.url, { storageState: await visitor.context.storageState() });
  await other.go(`${home}logout`);
  await other.leave();
}
async function enter(visitor, who, secret = password) {
  await visitor.loginForm().getByLabel('Name').fill(who);
  await visitor.loginForm().getByLabel('Password').fill(secret);
  await button(visitor, 'Log in').click();
}

test('the editor has a name, line numbers, and colours for Python and HTML, and breaks no policy', async () => {
  const alice = await arrive();
  const answer = await alice.go(home);
  const policy = answer.headers()['content-security-policy'];
  assert.equal(policy, "default-src 'none'; style-src 'self'; base-uri 'none'; frame-ancestors 'none'; " +
    "form-action 'self'; script-src 'self'; img-src 'self';");
  await alice.page.locator('.CodeMirror').waitFor();
  assert.equal(await field(alice).count(), 1, 'the plain field is out of the way of screen readers');
  await alice.write(program);
  await alice.page.locator('.cm-keyword', { hasText: 'def' }).waitFor();
  assert.deepEqual(await alice.page.locator('.CodeMirror-code .CodeMirror-linenumber').allInnerTexts(), ['1', '2', '3', '4', '5', '6', '7', '8', '9']);
  assert.equal(await alice.page.locator('.cm-tag').count(), 0);
  await alice.write('#!python\nfor x in range(3):\n  if x:\n       print(x)\n');
  const colours = () => alice.page.locator('.CodeMirror-code').evaluate((code) => {
    const colour = (one) => getComputedStyle(one).color;
    return [...code.querySelectorAll('.cm-error')].filter((one) => colour(one) !== colour(code)).length;
  });
  assert.equal(await colours(), 0, 'an indent of any width is no error');
  await alice.write('<p class="x">words</p>\n#!python');
  await alice.page.locator('.cm-tag', { hasText: 'p' }).first().waitFor();
  await alice.page.locator('.cm-attribute', { hasText: 'class' }).waitFor();
  assert.equal(await alice.page.locator('.cm-keyword').count(), 0);
  await alice.leave();
});

test('Tab indents, and Escape then Tab leaves, and the page says so', async () => {
  const alice = await arrive();
  const { keyboard } = alice.page;
  const said = await field(alice).evaluate((one) => one.getAttribute('aria-describedby').split(' ')
    .map((id) => document.getElementById(id).textContent).join(' '));
  assert.match(said, /Tab indents\. To leave the editor by keyboard, press Escape, then Tab\./);
  await alice.write('');
  await field(alice).click();
  await keyboard.type('a');
  await keyboard.press('Home');
  await keyboard.press('Tab');
  assert.equal(await alice.written(), '    a');
  await keyboard.press('Shift+Tab');
  assert.equal(await alice.written(), 'a');
  await keyboard.press('Escape');
  await alice.page.getByRole('status').getByText('Tab now leaves the editor.').waitFor();
  await keyboard.type('b');
  await keyboard.press('Tab');
  assert.match(await alice.written(), /^ba {2,4}|^b {2,4}a/, 'after another key, Tab indents again');
  await keyboard.press('Escape');
  await keyboard.press('Tab');
  assert.equal(await focused(alice), 'How to write a program');
  await keyboard.press('Shift+Tab');
  await keyboard.press('Escape');
  await keyboard.press('Shift+Tab');
  assert.equal(await focused(alice), 'your page', 'and backwards');
  await alice.leave();
});

test('a click on the label goes to the editor, and what is typed in the last moment is sent', async () => {
  const alice = await newcomer();
  await alice.page.locator('.CodeMirror').waitFor();
  await alice.page.getByText('Profile', { exact: true }).click();
  await alice.page.keyboard.type('typed quickly');
  await button(alice, 'Save profile').evaluate((one) => one.click());
  await alice.page.getByText('Profile saved.').waitFor();
  assert.equal(await alice.written(), 'typed quickly');
  await alice.leave();
});

test('other pages load nothing of the editor', async () => {
  const alice = await arrive();
  let asked = [];
  alice.page.on('request', (request) => { if (files.test(request.url())) asked.push(request.url()); });
  for (const path of ['login', `users?user=${name}`, 'transfer', 'account', 'members', 'journal', 'offers', 'program', 'manual']) {
    await alice.go(home + path);
    assert.deepEqual(asked, [], path);
  }
  await alice.go(home);
  await alice.page.locator('.CodeMirror').waitFor();
  assert.equal(asked.length, 3);
  await alice.leave();
});

test('without the script, and without its style, the plain field remains', async () => {
  for (const file of ['editor.js', 'codemirror.css']) {
    const visitor = await newcomer();
    await visitor.page.route(`**/${file}`, (route) => route.abort());
    await visitor.go(home);
    await visitor.page.waitForLoadState('networkidle');
    assert.equal(await visitor.page.locator('.CodeMirror').count(), 0);
    await visitor.page.locator('textarea#profile_update').fill('plain');
    await button(visitor, 'Save profile').click();
    await visitor.page.getByText('Profile saved.').waitFor();
    await visitor.context.close();
  }
});

test('a preview that fails begins with what it means and the own lines, and marks the line in the editor', async () => {
  const alice = await arrive({ viewport: { width: 1280, height: 900 } });
  await alice.write(program);
  await button(alice, 'Run preview').click();
  const result = alice.page.getByRole('region', { name: 'Preview' });
  const own = result.getByLabel('Lines of your program');
  assert.match(await own.innerText(), /^line 9\n.*\n[^]*line 6, in greet\n[^]*\njson\.decoder\.JSONDecodeError: /);
  assert.doesNotMatch(await own.innerText(), /decoder\.py/, 'without the lines of the library');
  await alice.page.locator('.editor-failed').waitFor();
  assert.match(await alice.page.locator('.editor-failed').innerText(), /^6\s*!\s*return json\.loads/);
  assert.equal(await field(alice).getAttribute('aria-invalid'), 'true');
  const [there, here] = [await result.boundingBox(), await alice.page.locator('.CodeMirror').boundingBox()];
  assert.ok(there.x > here.x + here.width && Math.abs(there.y - here.y) < 200, 'the result is beside the editor');
  await result.getByRole('link', { name: 'line 9' }).click();
  await alice.page.keyboard.type('# ');
  await until('the link leads to its line', async () => /\n# print\(greet/.test(await alice.written()));
  await alice.page.getByText('API reference').click();
  await alice.page.getByText('api.get_xfers(username)').waitFor();

  await alice.page.setViewportSize({ width: 390, height: 844 });
  const [above, below] = [await result.boundingBox(), await alice.page.locator('.CodeMirror').boundingBox()];
  assert.ok(above.y + above.height < below.y && above.x < 40, 'on a narrow screen it is above the editor');
  for (const [text, hint] of [
    ['input("name? ")', /input\(\) has nothing to read here/],
    ['import requests', /The module requests is not available here/],
    ['open("count.json")', /There is no file count\.json\. Your program has no files yet\./],
  ]) {
    await alice.write(`#!python\n${text}`);
    await button(alice, 'Run preview').click();
    await result.getByRole('listitem').filter({ hasText: hint }).waitFor();
    const shown = await result.innerText();
    assert.ok(shown.search(hint) < shown.indexOf('line 2'), 'the hint comes first');
  }
  await alice.leave();
});

for (const javaScriptEnabled of [true, false]) {
  const how = javaScriptEnabled ? 'with' : 'without';
  test(`a session that ended while the member wrote loses nothing, ${how} JavaScript`, async () => {
    const text = '#!python\nprint("<b>&amp;</b>")\n\nprint(\'ü — "quoted"\')\n\tx = 1\n';
    for (const press of ['Save profile', 'Run preview']) {
      const carol = await newcomer({ javaScriptEnabled });
      const bob = freshName('bob');
      await carol.write(text);
      await endSession(carol);
      await button(carol, press).click();
      await carol.page.getByText('You were logged out. Your text is not saved yet').waitFor();
      assert.match(carol.page.url(), /\/login\?nexturl=/);
      assert.equal(await carol.loginForm().getByLabel('Name').inputValue(), carol.name);
      await enter(carol, carol.name, 'a wrong password');
      await carol.page.getByText('Wrong name or password.').waitFor();
      await enter(carol, carol.name);
      await carol.page.getByRole('link', { name: `Log out ${carol.name}` }).waitFor();
      await carol.page.getByText('Your text is not saved yet.').waitFor();
      assert.equal(await carol.written(), text);
      await button(carol, 'Save profile').click();
      await carol.page.getByText('Profile saved.').waitFor();
      assert.equal(await carol.written(), text);

      // Another member who takes the browser over does not see it.
      await carol.write(`${text}# a secret`);
      await endSession(carol);
      await button(carol, press).click();
      await carol.page.getByText('You were logged out.').waitFor();
      await carol.registration().getByLabel('Choose a name').fill(bob);
      await carol.registration().getByLabel('Choose a password').fill(password);
      await button(carol, 'Register').click();
      await carol.page.getByRole('link', { name: `Log out ${bob}` }).waitFor();
      assert.equal(await carol.written(), '');
      assert.doesNotMatch(await carol.page.content(), /a secret/);
      await carol.leave();
    }
  });

  test(`an example over a text that is not saved asks first, ${how} JavaScript`, async () => {
    const carol = await newcomer({ javaScriptEnabled });
    const examples = carol.page.getByRole('navigation', { name: 'Example programs' });
    await examples.getByRole('button', { name: 'granter' }).click();
    await carol.page.getByText('This is an example.').waitFor();
    await carol.write('my own words');
    await examples.getByRole('button', { name: 'hello-user' }).click();
    await carol.page.getByRole('alert').getByText('The text below is not saved.').waitFor();
    assert.equal(await carol.written(), 'my own words');
    await button(carol, 'Replace the text').click();
    await carol.page.getByText('This is an example.').waitFor();
    assert.match(await carol.written(), /^#!python\n/);
    await carol.leave();
  });

  test(`a save that is refused keeps the text, ${how} JavaScript`, async () => {
    const carol = await newcomer({ javaScriptEnabled });
    await carol.write('#!python2\nprint 1');
    await button(carol, 'Save profile').click();
    await carol.page.getByRole('alert').getByText('This site runs Python 3').waitFor();
    assert.equal(await carol.written(), '#!python2\nprint 1');
    await carol.leave();
  });
}

test('the browser asks before a page with a text that is not saved is left, and not otherwise', async () => {
  const carol = await newcomer();
  const dialogs = [];
  carol.page.on('dialog', async (dialog) => {
    dialogs.push(dialog.type());
    await dialog.dismiss();
  });
  await carol.page.locator('.CodeMirror').waitFor();
  await field(carol).click();
  await carol.page.keyboard.type('words');
  await carol.page.getByRole('link', { name: 'Members' }).click();
  await until('the question', () => dialogs.length === 1);
  assert.equal(await carol.written(), 'words');
  await button(carol, 'Save profile').click();
  await carol.page.getByText('Profile saved.').waitFor();
  await carol.page.getByRole('link', { name: 'Members' }).click();
  await carol.page.getByRole('heading', { level: 1, name: 'Members' }).waitFor();
  assert.deepEqual(dialogs, ['beforeunload']);
  await carol.leave();
});

test('a text that is too long is not sent, and the page says by how much', async () => {
  const alice = await arrive();
  await alice.write(`${'ä'.repeat(1000)}\n`.repeat(40));
  await button(alice, 'Save profile').click();
  await alice.page.getByRole('status').getByText('Your text has 80080 bytes. At most 65536').waitFor();
  await alice.write('');
  await alice.leave();
});

test('a long program has a bounded height, fits its screen, and is readable, in light and dark', async () => {
  const folder = process.env.ZOOBAR_SCREENSHOTS;
  const long = `${program}\n${'x = "' + 'no-line-of-a-small-screen-holds-this-'.repeat(5)}"\n${'print(f"{x!r}", None, True, 0x10)\n'.repeat(300)}`;
  for (const colorScheme of ['light', 'dark']) {
    for (const width of [1280, 390, 320]) {
      const alice = await arrive({ colorScheme, viewport: { width, height: 844 } });
      await alice.write(long);
      await button(alice, 'Run preview').click();
      await alice.page.locator('.editor-failed').waitFor();
      const over = await alice.page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      assert.ok(over <= 0, `${over} px too wide at ${width}`);
      assert.ok((await alice.page.locator('.CodeMirror').boundingBox()).height < 650);
      assert.deepEqual(await alice.page.evaluate(faintThings), [], colorScheme);
      if (folder && width !== 320) {
        fs.mkdirSync(folder, { recursive: true });
        await alice.page.screenshot({ path: `${folder}/editor-${width}-${colorScheme}.png`, fullPage: true });
      }
      await alice.leave();
    }
  }
});

test('the manual is in the navigation', async () => {
  const alice = await arrive();
  await alice.page.getByRole('navigation', { name: 'Site' }).getByRole('link', { name: 'Manual' }).click();
  await alice.page.getByRole('heading', { level: 1, name: 'Writing a program' }).waitFor();
  assert.equal(await alice.page.getByRole('link', { name: 'Manual', exact: true }).getAttribute('aria-current'), 'page');
  await alice.leave();
});

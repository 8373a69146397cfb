// Somebody registers in the same second as a whole class.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startSite } from './site.mjs';
import { Visitor, freshName, home, launch, password } from './visitor.mjs';

let site, browser;
before(async () => {
  site = await startSite(['auth { argon2 { memory_kib: 19456 passes: 2 } }']);  // as configured by default, so that a queue forms
  browser = await launch();
});
after(async () => {
  await browser?.close();
  await site?.stop();
});

test('who waits for a turn sees a page that goes on by itself, without JavaScript', async () => {
  const visitor = await Visitor.at(browser, site.url, { javaScriptEnabled: false });
  const name = freshName('late');
  await visitor.go(`${home}login`);
  const register = (pupil) => fetch(`${site.url}${home}login`, {
    method: 'POST',
    redirect: 'manual',
    body: new URLSearchParams({ login_username: pupil, login_password: password, submit_registration: '1' }),
  });
  const pupils = Array.from({ length: 24 }, (_, number) => register(freshName(`pupil${number}`)));
  await visitor.registration().getByLabel('Choose a name').fill(name);
  await visitor.registration().getByLabel('Choose a password').fill(password);
  await visitor.page.getByRole('button', { name: 'Register' }).click();
  await visitor.page.getByRole('heading', { name: 'Please wait' }).waitFor({ timeout: 60_000 });
  assert.match(await visitor.page.locator('#waiting-before').innerText(), /ahead of you\.|You are next\./);
  await visitor.page.getByRole('link', { name: `Log out ${name}` }).waitFor({ timeout: 120_000 });
  for (const answer of await Promise.all(pupils)) assert.equal(answer.status, 303);
  const cookies = await visitor.context.cookies();
  assert.ok(!cookies.some((cookie) => cookie.name === 'PyZoobarClaim'), 'the claim is forgotten');
  await visitor.leave();
});

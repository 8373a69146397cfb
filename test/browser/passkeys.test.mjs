// Passkeys, with Chromium's virtual authenticator (Chrome DevTools Protocol, domain WebAuthn).
import assert from 'node:assert/strict';
import net from 'node:net';
import { after, before, test } from 'node:test';
import { startSite } from './site.mjs';
import { freshName, home, launch, password, Visitor } from './visitor.mjs';

// Browsers take passkeys at localhost, not at 127.0.0.1, and the site must know its port beforehand.
const freePort = () => new Promise((resolve, reject) => {
  const server = net.createServer();
  server.on('error', reject);
  server.listen(0, '127.0.0.1', () => {
    const { port } = server.address();
    server.close(() => resolve(port));
  });
});

let site, browser, url;
before(async () => {
  const port = await freePort();
  site = await startSite([], `127.0.0.1:${port}`);
  url = site.url.replace('127.0.0.1', 'localhost');
  browser = await launch();
});
after(async () => {
  await browser?.close();
  await site?.stop();
});

// A visitor whose browser has an authenticator in it.
async function withAuthenticator(options = {}) {
  const visitor = await Visitor.at(browser, url, options);
  visitor.devtools = await visitor.context.newCDPSession(visitor.page);
  await visitor.devtools.send('WebAuthn.enable');
  const { authenticatorId } = await visitor.devtools.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2', transport: 'internal', hasResidentKey: true, hasUserVerification: true, isUserVerified: true,
      automaticPresenceSimulation: true,
    },
  });
  visitor.authenticator = authenticatorId;
  visitor.credentials = async () =>
    (await visitor.devtools.send('WebAuthn.getCredentials', { authenticatorId })).credentials;
  return visitor;
}

async function addPasskey(visitor, label, secret = password) {
  await visitor.go(`${home}account`);
  await visitor.page.getByLabel('Passkey name').fill(label);
  await visitor.page.getByLabel('Your password', { exact: true }).fill(secret);
  await visitor.page.getByRole('button', { name: 'Add a passkey' }).click();
}

const passkeysOf = (visitor) => visitor.page.locator('section[aria-labelledby=passkeys-title] li');

test('a member adds a passkey, logs in with it, and removes it', async () => {
  const alice = await withAuthenticator();
  const name = freshName('alice');
  await alice.register(name);
  await addPasskey(alice, 'My <b>phone</b>');
  await alice.page.getByText('Passkey added.').waitFor();
  assert.equal(await passkeysOf(alice).count(), 1);
  assert.match(await passkeysOf(alice).innerText(), /My <b>phone<\/b>[^]*never used/);
  const [credential] = await alice.credentials();
  assert.equal(credential.rpId, 'localhost');
  assert.equal(credential.isResidentCredential, true);
  assert.equal(credential.userName, name);
  assert.ok(!Buffer.from(credential.userHandle, 'base64').toString('latin1').includes(name), 'the handle is not the name');

  await alice.page.getByRole('link', { name: `Log out ${name}` }).click();
  await alice.go(`${home}login?nexturl=${encodeURIComponent(`${home}transfer`)}`);
  await alice.page.getByRole('button', { name: 'Log in with a passkey' }).click();
  await alice.page.waitForURL(`**${home}transfer`);
  await alice.page.getByRole('link', { name: `Log out ${name}` }).waitFor();

  await alice.go(`${home}account`);
  assert.match(await passkeysOf(alice).innerText(), /last used/);
  assert.equal(await alice.page.locator('section[aria-labelledby=sessions-title] li').count(), 1);
  await alice.page.getByRole('button', { name: /^Remove the passkey/ }).click();
  await alice.page.getByText('The passkey was removed.').waitFor();
  assert.equal(await passkeysOf(alice).count(), 0);

  await alice.page.getByRole('link', { name: `Log out ${name}` }).click();
  await alice.page.getByRole('button', { name: 'Log in with a passkey' }).click();
  await alice.page.getByText('This passkey was not accepted.').waitFor();
  await alice.leave();
});

test('the same device adds no second passkey, and a wrong password adds none', async () => {
  const bob = await withAuthenticator();
  await bob.register(freshName('bob'));
  await addPasskey(bob, 'Laptop', 'not the password');
  await bob.page.getByText('The current password is wrong.').waitFor();
  assert.deepEqual(await bob.credentials(), []);
  await addPasskey(bob, '');
  await bob.page.getByText('Passkey added.').waitFor();
  await addPasskey(bob, 'Again');
  await bob.page.getByText('This device has a passkey for your account already.').waitFor();
  assert.equal((await bob.credentials()).length, 1);
  assert.equal(await passkeysOf(bob).count(), 1);
  await bob.leave();
});

test('whoever has no passkey is told so, and can try again', async () => {
  const carol = await withAuthenticator();
  await carol.go(`${home}login`);
  const button = carol.page.getByRole('button', { name: 'Log in with a passkey' });
  await carol.devtools.send('WebAuthn.setUserVerified', { authenticatorId: carol.authenticator, isUserVerified: false });
  await button.click();
  await carol.page.getByText('Nothing was done: it was cancelled, or there is no passkey here.').waitFor();
  assert.ok(await button.isEnabled());
  await carol.leave();
});

test('a copied authenticator, whose counter stands still, is refused', async () => {
  const dave = await withAuthenticator();
  const name = freshName('dave');
  await dave.register(name);
  await addPasskey(dave, 'Key');
  await dave.page.getByText('Passkey added.').waitFor();
  const [copy] = await dave.credentials();
  const logIn = async () => {
    await dave.go(`${home}logout`);
    await dave.page.getByRole('button', { name: 'Log in with a passkey' }).click();
  };
  await logIn();
  await dave.page.getByRole('link', { name: `Log out ${name}` }).waitFor();
  const authenticatorId = dave.authenticator;
  await dave.devtools.send('WebAuthn.clearCredentials', { authenticatorId });
  await dave.devtools.send('WebAuthn.addCredential', { authenticatorId, credential: copy });
  await logIn();
  await dave.page.getByText('This passkey was not accepted.').waitFor();
  await dave.leave();
});

test('at an address that takes no passkeys the pages offer none', async () => {
  const erin = await Visitor.at(browser, site.url);
  await erin.go(`${home}login`);
  assert.equal(await erin.page.getByRole('button', { name: 'Log in with a passkey' }).count(), 0);
  assert.equal(await erin.page.locator('script[src$="passkeys.js"]').count(), 0);
  await erin.register(freshName('erin'));
  await erin.go(`${home}account`);
  await erin.page.getByText(`open this site at ${url}`).waitFor();
  assert.equal(await erin.page.getByRole('button', { name: 'Add a passkey' }).count(), 0);
  await erin.leave();
});

test('without JavaScript the forms stay hidden, and a passkey can still be removed', async () => {
  const frank = await withAuthenticator();
  const name = freshName('frank');
  await frank.register(name);
  await addPasskey(frank, 'Phone');
  await frank.page.getByText('Passkey added.').waitFor();
  const plain = await Visitor.at(browser, url, { javaScriptEnabled: false, storageState: await frank.context.storageState() });
  await plain.go(`${home}account`);
  assert.ok(await plain.page.getByLabel('Passkey name').isHidden());
  await plain.page.getByRole('button', { name: /^Remove the passkey/ }).click();
  await plain.page.getByText('The passkey was removed.').waitFor();
  await plain.leave();
  await frank.leave();
});

test('at 320 pixels nothing scrolls sideways', async () => {
  const gina = await withAuthenticator({ viewport: { width: 320, height: 640 } });
  const name = freshName('gina');
  const fits = () => gina.page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth);
  await gina.go(`${home}login`);
  await gina.page.getByRole('button', { name: 'Log in with a passkey' }).waitFor();
  assert.ok(await fits(), 'the login page');
  await gina.register(name);
  await addPasskey(gina, 'W'.repeat(64));
  await gina.page.getByText('Passkey added.').waitFor();
  assert.ok(await fits(), 'the account page');
  if (process.env.ZOOBAR_SCREENSHOTS) {
    const shot = (file) => gina.page.screenshot({ path: `${process.env.ZOOBAR_SCREENSHOTS}/${file}.png`, fullPage: true });
    await shot('passkeys-account-320');
    await gina.go(`${home}logout`);
    await gina.page.getByRole('button', { name: 'Log in with a passkey' }).waitFor();
    await shot('passkeys-login-320');
  }
  await gina.leave();
});

// A person at a browser: one context of Chromium, and a note of everything the browser complained about.
import assert from 'node:assert/strict';
import { chromium } from 'playwright-core';

export const home = '/zoobar/index.cgi/';
export const password = 'correct horse battery staple';

let names = 0;
// A name that is free, even on a site that earlier runs of these tests used.
export const freshName = (stem) => `${stem}-${Date.now().toString(36)}${++names}`;

export const launch = (switches = []) => chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: [...(process.getuid() === 0 ? ['--no-sandbox'] : []), ...switches],
});

export class Visitor {
  static async at(browser, url, options = {}) {
    const visitor = new Visitor();
    visitor.context = await browser.newContext({ baseURL: url, ...options });
    visitor.page = await visitor.context.newPage();
    visitor.complaints = [];
    visitor.page.on('pageerror', (error) => visitor.complaints.push(String(error)));
    visitor.page.on('console', (message) => {
      if (message.type() === 'error' || message.type() === 'warning') visitor.complaints.push(message.text());
    });
    visitor.page.on('requestfailed', (request) => {
      // A hint, the icon or the editor may still be loading when its page is left.
      const left = request.failure()?.errorText === 'net::ERR_ABORTED';
      if (!left || !/\/(strength|icon\.svg|editor\.(js|css)|codemirror\.css)$/.test(request.url())) visitor.complaints.push(`${request.url()} failed`);
    });
    visitor.page.on('response', (answer) => {
      if (answer.status() >= 500) visitor.complaints.push(`${answer.status()} ${answer.url()}`);
    });
    return visitor;
  }

  go(path) { return this.page.goto(path); }

  // The two forms of the login page.
  loginForm() { return this.page.locator('form:has([name=submit_login])'); }
  registration() { return this.page.locator('form:has([name=submit_registration])'); }

  async register(name, secret = password) {
    await this.go(`${home}login`);
    await this.registration().getByLabel('Choose a name').fill(name);
    await this.registration().getByLabel('Choose a password').fill(secret);
    await this.page.getByRole('button', { name: 'Register' }).click();
    await this.page.getByRole('link', { name: `Log out ${name}` }).waitFor();
  }

  async logIn(name, secret = password) {
    await this.go(`${home}login`);
    await this.loginForm().getByLabel('Name').fill(name);
    await this.loginForm().getByLabel('Password').fill(secret);
    await this.page.getByRole('button', { name: 'Log in', exact: true }).click();
  }

  // Writes the whole profile: in the editor, or in the plain field where no script runs.
  async write(text) {
    await this.page.getByRole('textbox', { name: 'Profile' }).fill(text);
  }

  // What the form would send as the profile.
  async written() {
    await this.page.waitForTimeout(350);  // the editor reads what was typed a little later
    return this.page.locator('#profile_update').inputValue();
  }

  // Fills in the form of the page Transfer, and sends it to be asked for a confirmation.
  async ask(recipient, amount) {
    await this.go(`${home}transfer`);
    await this.page.getByLabel('To', { exact: true }).fill(recipient);
    await this.page.getByLabel('Zoobars', { exact: true }).fill(String(amount));
    await this.page.getByRole('button', { name: 'Send', exact: true }).click();
    await this.page.waitForURL(/review=yes/);
  }

  async send(recipient, amount) {
    await this.ask(recipient, amount);
    await this.page.getByRole('button', { name: /^Send \d+ zoobars?$/ }).click();
  }

  async offer(recipient, amount, note = '') {
    await this.go(`${home}offers`);
    await this.page.getByLabel('To', { exact: true }).fill(recipient);
    await this.page.getByLabel('Zoobars', { exact: true }).fill(String(amount));
    await this.page.getByLabel('Note', { exact: true }).fill(note);
    await this.page.getByRole('button', { name: 'Offer', exact: true }).click();
  }

  async balance() {
    await this.go(home);
    return Number((await this.page.locator('.balance').innerText()).match(/(\d+) zoobars/)[1]);
  }

  // Leaves, and checks that the browser complained about nothing.
  async leave() {
    await this.context.close();
    assert.deepEqual(this.complaints, [], 'what the browser complained about');
  }
}

// What members do, from the login page to the account page.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startSite } from './site.mjs';
import { Visitor, freshName, home, launch, password } from './visitor.mjs';

let site, browser;
before(async () => {
  site = await startSite();
  browser = await launch();
});
after(async () => {
  await browser?.close();
  await site?.stop();
});
const arrive = (options) => Visitor.at(browser, site.url, options);

test('a stranger is led to the login and from there to the page asked for', async () => {
  const visitor = await arrive();
  const name = freshName('carol');
  await visitor.register(name);
  await visitor.page.getByRole('link', { name: `Log out ${name}` }).click();
  await visitor.go(`${home}users?user=${name}`);
  assert.match(visitor.page.url(), /login\?nexturl=/);
  await visitor.loginForm().getByLabel('Name').fill(name);
  await visitor.loginForm().getByLabel('Password').fill(password);
  await visitor.page.keyboard.press('Enter');
  await visitor.page.getByRole('heading', { level: 1, name }).waitFor();
  assert.equal(visitor.page.url(), `${site.url}${home}users?user=${name}`);
  await visitor.leave();
});

test('the root leads home and an unknown address has a page', async () => {
  const visitor = await arrive();
  await visitor.go('/');
  assert.match(visitor.page.url(), /login/);
  const answer = await visitor.go(`${home}nowhere`);
  assert.equal(answer.status(), 404);
  await visitor.page.getByRole('heading', { name: 'Not found' }).waitFor();
  visitor.complaints = visitor.complaints.filter((text) => !text.includes('404'));
  await visitor.leave();
});

test('a wrong password and a taken name are said, and the name stays in the form', async () => {
  const visitor = await arrive();
  const name = freshName('dave');
  await visitor.register(name);
  await visitor.go(`${home}logout`);
  await visitor.logIn(name, 'something else');
  assert.match(await visitor.page.getByRole('alert').innerText(), /Wrong name or password/);
  assert.equal(await visitor.loginForm().getByLabel('Name').inputValue(), name);
  assert.equal(await visitor.loginForm().getByLabel('Password').inputValue(), '');
  assert.equal(await visitor.registration().getByLabel('Choose a name').inputValue(), '');
  // With the password just chosen, it would be the same form sent again, which logs in.
  await visitor.registration().getByLabel('Choose a name').fill(name);
  await visitor.registration().getByLabel('Choose a password').fill(`not ${password}`);
  await visitor.page.getByRole('button', { name: 'Register' }).click();
  assert.match(await visitor.page.getByRole('alert').innerText(), /name is already taken/);
  assert.equal(await visitor.registration().getByLabel('Choose a name').inputValue(), name);
  await visitor.registration().getByLabel('Choose a name').fill(name.toUpperCase());
  await visitor.registration().getByLabel('Choose a password').fill(password);
  await visitor.page.getByRole('button', { name: 'Register' }).click();
  assert.match(await visitor.page.getByRole('alert').innerText(), /looks like that of another member/);
  await visitor.leave();
});

test('a new password is judged while it is typed, and again when it is sent', async () => {
  const visitor = await arrive();
  await visitor.go(`${home}login`);
  const hint = visitor.page.locator('#password-strength');
  await visitor.registration().getByLabel('Choose a name').fill(freshName('ann'));
  await visitor.registration().getByLabel('Choose a password').pressSequentially('password1');
  await visitor.page.waitForFunction(() => document.getElementById('password-strength').textContent.includes('not accepted'));
  await visitor.page.getByRole('button', { name: 'Register' }).click();
  await visitor.page.getByText('This password is too easy to guess.').waitFor();
  await visitor.registration().getByLabel('Choose a password').fill('a kettle of purple foxes');
  await visitor.page.waitForFunction(() => document.getElementById('password-strength').textContent.includes('strong'));
  assert.match(await hint.textContent(), /^As a new password: strong\.$/);
  await visitor.leave();
});

test('zoobars go from one member to another, and both journals show it', async () => {
  const alice = await arrive(), bob = await arrive();
  const aliceName = freshName('alice'), bobName = freshName('bob & <co>');
  await alice.register(aliceName);
  await bob.register(bobName);
  assert.equal(await alice.balance(), 10);
  await alice.send(bobName, 3);
  assert.match(await alice.page.getByRole('status').innerText(), new RegExp('Sent 3 zoobars to'));
  assert.equal(await alice.balance(), 7);
  assert.equal(await bob.balance(), 13);
  await bob.go(`${home}journal`);
  assert.match(await bob.page.locator('table.log tbody tr').first().innerText(), new RegExp(`${aliceName}.*3$`, 's'));
  await alice.leave();
  await bob.leave();
});

test('a form sent twice pays once', async () => {
  const alice = await arrive(), bob = await arrive();
  const bobName = freshName('bob');
  await alice.register(freshName('alice'));
  await bob.register(bobName);
  await alice.go(`${home}transfer`);
  await alice.page.getByLabel('To', { exact: true }).fill(bobName);
  await alice.page.getByLabel('Zoobars', { exact: true }).fill('4');
  const form = await alice.page.evaluate(() => new URLSearchParams(new FormData(document.querySelector('form'))).toString());
  for (const said of [/Sent 4 zoobars/, /the zoobars were sent only once/]) {
    const answer = await alice.context.request.post(`${home}transfer`, {
      data: form, headers: { 'content-type': 'application/x-www-form-urlencoded' },
    });
    assert.match(await answer.text(), said);
  }
  assert.equal(await alice.balance(), 6);
  await alice.leave();
  await bob.leave();
});

test('a member is asked before zoobars leave, may think again, and confirms once', async () => {
  const alice = await arrive(), bob = await arrive();
  const bobName = freshName('bob & <co>');
  await alice.register(freshName('alice'));
  await bob.register(bobName);
  await alice.ask(bobName, 9);
  await alice.page.getByRole('heading', { name: `Send 9 zoobars to ${bobName}?` }).waitFor();
  const facts = (await alice.page.locator('.facts').innerText()).split(/\s*\n\s*/);
  assert.deepEqual(facts, ['Recipient', bobName, 'Amount', '9 zoobars', 'You have left', '1 zoobar']);
  assert.equal(await bob.balance(), 10, 'nothing has moved');
  await alice.page.getByRole('link', { name: 'Change' }).click();
  assert.equal(await alice.page.getByLabel('To', { exact: true }).inputValue(), bobName);
  await alice.page.getByLabel('Zoobars', { exact: true }).fill('1');
  await alice.page.getByRole('button', { name: 'Send', exact: true }).click();
  await alice.page.getByRole('button', { name: 'Send 1 zoobar', exact: true }).click();
  await alice.page.getByText('Sent 1 zoobars').waitFor();
  await alice.page.goBack();
  await alice.page.getByRole('button', { name: 'Send 1 zoobar', exact: true }).click();
  await alice.page.getByText('the zoobars were sent only once').waitFor();
  assert.equal(await bob.balance(), 11);
  await alice.go(`${home}journal`);
  const cells = await alice.page.locator('.log tbody tr').first().locator('td').allInnerTexts();
  assert.deepEqual(cells.slice(2), [bobName, '−1', '9']);
  const [file] = await Promise.all([
    alice.page.waitForEvent('download'), alice.page.getByRole('link', { name: 'Download as CSV' }).click(),
  ]);
  assert.equal(file.suggestedFilename(), 'zoobar-statement.csv');
  // A download ends the request for a page.
  alice.complaints = alice.complaints.filter((text) => !text.includes('format=csv'));
  await alice.leave();
  await bob.leave();
});

test('a transfer that cannot be is refused with its reason, and what was typed stays', async () => {
  const alice = await arrive();
  const name = freshName('alice');
  await alice.register(name);
  for (const [recipient, amount, reason] of [
    ['nobody-has-this-name', '1', 'no member with this name'], [name, '1', 'to yourself'], ['x', '1.5', 'fractions'],
    ['x', '-1', 'negative'], ['x', '0', 'is zero'], ['x', 'ten', 'not a number'],
  ]) {
    await alice.ask(recipient, amount);
    const alert = await alice.page.getByRole('alert').innerText();
    assert.ok(alert.includes(`Transfer to ${recipient} failed`) && alert.includes(reason), `${amount}: ${alert}`);
    assert.equal(await alice.page.getByLabel('Zoobars', { exact: true }).inputValue(), amount);
  }
  assert.equal(await alice.balance(), 10);
  await alice.leave();
});

test('an offer waits until its recipient accepts or declines it, or its sender withdraws it', async () => {
  const alice = await arrive(), bob = await arrive();
  const aliceName = freshName('alice'), bobName = freshName('bob & <co>');
  await alice.register(aliceName);
  await bob.register(bobName);
  const button = (visitor, name) => visitor.page.getByRole('button', { name });
  await alice.go(`${home}transfer?recipient=${encodeURIComponent(bobName)}`);
  await alice.page.getByRole('link', { name: 'Offer them instead' }).click();
  assert.equal(await alice.page.getByLabel('To', { exact: true }).inputValue(), bobName);
  assert.equal(await alice.page.getByLabel('Days', { exact: true }).inputValue(), '7');

  await alice.offer(bobName, 3, 'for <b>lunch</b>');
  assert.match(await alice.page.getByRole('status').innerText(), /You offered 3 zoobars to/);
  assert.equal(await alice.balance(), 7);
  assert.equal(await bob.balance(), 10);
  await bob.go(`${home}offers`);
  const got = bob.page.getByRole('region', { name: 'Offers to you' });
  assert.match(await got.innerText(), new RegExp(`3 zoobars from ${aliceName}\\s+for <b>lunch</b>`));
  await button(bob, new RegExp(`^Accept offer \\d+ from ${aliceName}$`)).click();
  assert.match(await bob.page.getByRole('status').innerText(), new RegExp(`You accepted 3 zoobars from ${aliceName}\\.`));
  assert.equal(await bob.balance(), 13);

  await alice.offer(bobName, 2);
  await bob.go(`${home}offers`);
  await button(bob, /^Decline offer/).click();
  await bob.page.getByRole('status').getByText('You declined 2 zoobars').waitFor();
  await alice.offer(bobName, 1);
  await button(alice, /^Withdraw offer/).click();
  await alice.page.getByRole('status').getByText('You withdrew your offer of 1 zoobar').waitFor();
  assert.equal(await alice.balance(), 7);
  await alice.go(`${home}journal`);
  const rows = await alice.page.locator('table.log tbody tr').allInnerTexts();
  for (const [row, text] of [/offer \d+ returned \(withdrawn\)/, /offer \d+/, /offer \d+ returned \(declined\)/, /offer \d+/,
    /offer \d+ accepted/, /offer \d+: for <b>lunch<\/b>/].entries()) assert.match(rows[row], text);
  await alice.leave();
  await bob.leave();
});

test('another member sees a profile without its scripts, and nothing of it runs', async () => {
  const alice = await arrive(), bob = await arrive();
  const name = freshName('alice');
  await alice.register(name);
  await bob.register(freshName('bob'));
  await alice.write(
    '<h2>Hello</h2><script>document.title = "owned"</script><p onclick="x()">I like <b>maps</b>.</p>' +
    '<img src="x" onerror="document.title = \'owned\'"><a href="javascript:alert(1)">click</a>');
  await alice.page.getByRole('button', { name: 'Save profile' }).click();
  await alice.page.getByRole('status').getByText('Profile saved.').waitFor();
  assert.match(await alice.written(), /^<h2>Hello/);

  await bob.go(`${home}users`);
  await bob.page.getByLabel('Member').fill(name);
  await bob.page.getByRole('button', { name: 'View' }).click();
  const profile = bob.page.locator('#profile');
  assert.match(await profile.innerText(), /Hello\s+I like maps\./);
  assert.equal(await profile.locator('script, [onclick], [onerror], [href^="javascript"]').count(), 0);
  assert.notEqual(await bob.page.title(), 'owned');
  assert.equal(await bob.page.locator('#zoobars').getAttribute('class'), '10');
  bob.complaints = bob.complaints.filter((text) => !text.includes('404'));  // the image that does not exist
  await alice.leave();
  await bob.leave();
});

test('a member begins with an example, tries it, saves it, and others see it run', async () => {
  const alice = await arrive(), bob = await arrive();
  const name = freshName('alice'), friend = freshName('bob');
  await alice.register(name);
  await bob.register(friend);
  const { page } = alice;
  await page.getByRole('navigation', { name: 'Example programs' }).getByRole('button', { name: 'hello-user' }).click();
  assert.ok((await alice.written()).startsWith('#!python\n'));
  await page.getByText('It is not saved yet.').waitFor();

  await page.getByRole('button', { name: 'Run preview' }).click();
  const tried = page.getByRole('region', { name: 'Preview' });
  await tried.getByText('Finished. A preview changes nothing.').waitFor();
  assert.match(await tried.locator('.output').innerText(), new RegExp(`Hello, ${name}`));
  assert.match(await tried.innerText(), /Time\s+[\d.]+ m?s[^]*\s5 s\s[^]*Peak memory, including Python\s+[\d.]+ MiB/);
  await bob.go(`${home}users?user=${name}`);
  assert.equal((await bob.page.locator('#profile').textContent()).trim(), '', 'a try is for its owner alone');

  await page.getByRole('button', { name: 'Save profile' }).click();
  await page.getByText('Profile saved.').waitFor();
  assert.ok((await alice.written()).startsWith('#!python\n'));
  await bob.go(`${home}users?user=${name}`);
  assert.match(await bob.page.locator('#profile').innerText(), new RegExp(`Hello, ${friend}`));
  await alice.leave();
  await bob.leave();
});

test('what went wrong in a program is told in words, to its owner alone', async () => {
  const alice = await arrive(), bob = await arrive();
  const name = freshName('alice'), friend = freshName('bob');
  await alice.register(name);
  await bob.register(friend);
  const { page } = alice;
  await alice.write(
    '#!python\nimport socket\nprint("<p>so far</p>")\nsocket.create_connection(("127.0.0.1", 80))');
  await page.getByRole('button', { name: 'Run preview' }).click();
  const tried = page.getByRole('region', { name: 'Preview' });
  await tried.getByText('This program ended with an error.').waitFor();
  assert.equal(await tried.locator('.output').innerText(), 'so far');
  assert.match(await tried.getByLabel('Lines of your program').innerText(), /^line 4\s[^]*\nPermissionError/);
  await tried.getByText('All that the program wrote', { exact: true }).click();
  assert.match(await tried.getByLabel('All that the program wrote').innerText(), /line 4, in <module>[^]*PermissionError/);
  await tried.getByText('Programs may not open network connections.').waitFor();

  await page.getByRole('button', { name: 'Save profile' }).click();
  await bob.go(`${home}users?user=${name}`);
  await bob.page.getByText('This program ended with an error.').waitFor();
  assert.equal(await bob.page.getByText('PermissionError').count(), 0);
  await alice.go(home);
  await page.getByRole('link', { name: 'Program log' }).click();
  await page.getByRole('region', { name: 'Last error' }).getByText(friend).waitFor();
  const blocked = page.getByRole('region', { name: 'Blocked actions' });
  assert.match(await blocked.getByRole('table').innerText(), new RegExp(`${friend}[^]*network connections`));
  await alice.leave();
  await bob.leave();
});

test('a member sets what their program may pay', async () => {
  const alice = await arrive();
  await alice.register(freshName('alice'));
  const { page } = alice;
  await alice.write('#!python\n');
  await page.getByRole('button', { name: 'Save profile' }).click();
  await page.getByLabel('Maximum per hour').fill('4');
  await page.getByLabel('Maximum per member').fill('5');
  await page.getByRole('button', { name: 'Set limits' }).click();
  await page.getByText('Limits not set:').waitFor();
  await page.getByLabel('Maximum per hour').fill('4');
  await page.getByLabel('Maximum per member').fill('2');
  await page.getByRole('button', { name: 'Set limits' }).click();
  await page.getByText('Limits set.').waitFor();
  await alice.go(home);
  assert.equal(await page.getByLabel('Maximum per hour').inputValue(), '4');
  await alice.leave();
});

test('members are listed, searched and sent to', async () => {
  const alice = await arrive(), bob = await arrive();
  const stem = freshName('member');
  await alice.register(`${stem}-a`);
  await bob.register(`${stem}-b`);
  await alice.go(`${home}members`);
  await alice.page.getByLabel('Name starts with').fill(stem);
  await alice.page.getByRole('button', { name: 'Search' }).click();
  assert.equal(await alice.page.locator('table.members tbody tr').count(), 2);
  await alice.page.getByRole('link', { name: `Send zoobars to ${stem}-b` }).click();
  assert.equal(await alice.page.getByLabel('To', { exact: true }).inputValue(), `${stem}-b`);
  await alice.go(`${home}members?search=${stem}-c`);
  await alice.page.getByText('No member\'s name starts with').waitFor();
  await alice.leave();
  await bob.leave();
});

test('the account page ends other sessions and changes the password', async () => {
  const desk = await arrive(), phone = await arrive();
  const name = freshName('erin');
  await desk.register(name);
  await phone.logIn(name);
  await phone.page.getByRole('link', { name: `Log out ${name}` }).waitFor();
  await desk.go(`${home}account`);
  assert.equal(await desk.page.locator('.sessions li').count(), 2);
  await desk.page.getByRole('button', { name: /^End/ }).click();
  await desk.page.getByText('The session has ended.').waitFor();
  await phone.go(home);
  assert.match(phone.page.url(), /login/);

  await phone.logIn(name);
  await desk.page.getByLabel('Current password').fill(password);
  await desk.page.getByLabel('New password', { exact: true }).fill('quite another password');
  await desk.page.getByLabel('Repeat the new password').fill('quite another password');
  await desk.page.getByRole('button', { name: 'Change password' }).click();
  await desk.page.getByText('Password changed.').waitFor();
  await desk.go(home);
  await desk.page.getByRole('link', { name: `Log out ${name}` }).waitFor();
  await phone.go(home);
  assert.match(phone.page.url(), /login/);
  await phone.logIn(name, password);
  await phone.page.getByRole('alert').waitFor();
  await phone.logIn(name, 'quite another password');
  await phone.page.getByRole('link', { name: `Log out ${name}` }).waitFor();

  await desk.go(`${home}account`);
  await desk.page.getByRole('button', { name: 'Log out everywhere' }).click();
  assert.match(desk.page.url(), /login/);
  await phone.go(home);
  assert.match(phone.page.url(), /login/);
  await desk.leave();
  await phone.leave();
});

test('names in any script are members like any other', async () => {
  const alice = await arrive();
  await alice.register(freshName('alice'));
  for (const name of [freshName('../x'), freshName('test1/.'), freshName('عمر'), freshName('Ärla & "co" <b>')]) {
    const other = await arrive();
    await other.register(name);
    await alice.go(`${home}users?user=${encodeURIComponent(name)}`);
    await alice.page.getByRole('heading', { level: 1, name }).waitFor();
    await other.leave();
  }
  await alice.leave();
});

test('echo answers', async () => {
  const visitor = await arrive();
  await visitor.go(`${home}echo?s=${encodeURIComponent('<i>hi</i> & so on')}`);
  assert.equal(await visitor.page.locator('.said').innerText(), '<i>hi</i> & so on');
  await visitor.leave();
});

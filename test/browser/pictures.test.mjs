// Pictures that a program shows: a browser must be able to decode them after the sanitizer has written them again.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startSite } from './site.mjs';
import { Visitor, freshName, home, launch } from './visitor.mjs';

let site, browser;
before(async () => {
  site = await startSite(['profile { timeout_ms: 30000 warm_packages: true packages: "matplotlib" memory_bytes: 402653184 }']);
  browser = await launch();
});
after(async () => {
  await browser?.close();
  await site?.stop();
});

// Pictures of 2 x 1 pixels.
const pictures = {
  png: 'iVBORw0KGgoAAAANSUhEUgAAAAIAAAABCAIAAAB7QOjdAAAAD0lEQVR42mM8wcXFwMAAAAUYAN7dtEW1AAAAAElFTkSuQmCC',
  palette: 'iVBORw0KGgoAAAANSUhEUgAAAAIAAAABAQMAAADO7O3JAAAABlBMVEXICgoAAAB90d3TAAAAAXRSTlMAQObYZgAAAApJREFUeNpjYAAAAAIAAeUn3vwAAAAASUVORK5CYII=',
  jpeg: '/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAP//////////////////////////////////////////////////////////////////////////////////////wAALCAABAAIBAREA/8QAFAABAAAAAAAAAAAAAAAAAAAAAf/EABQQAQAAAAAAAAAAAAAAAAAAAAD/2gAIAQEAAD8AH//Z',
  gif: 'R0lGODdhAgABAIEAAMgKCgAAAAAAAAAAACwAAAAAAgABAAAIBQABAAgIACwAAAAAAgABAIEAAPoAAAAAAAAAAAAIBQABAAgIADs=',
  lossless: 'UklGRh4AAABXRUJQVlA4TBEAAAAvAQAAAAdQhSJXof+BiOh/AAA=',
  lossy: 'UklGRjAAAABXRUJQVlA4ICQAAABwAQCdASoCAAEADMDOJaACdAFAAAD+4LkIw1uvxQ5s7gVAAAA=',
  transparent: 'UklGRk4AAABXRUJQVlA4WAoAAAAQAAAAAQAAAAAAQUxQSAMAAAAAMmQAVlA4ICQAAACwAQCdASoCAAEADMDOJaACdAEO/gLsAP6Be6QPDwJK1ZhAAAA=',
};

// Saves the program and looks at the member's own page. Gives the width of each picture, by its text.
async function shown(program) {
  const alice = await Visitor.at(browser, site.url);
  const name = freshName('alice');
  await alice.register(name);
  await alice.write(`#!python\n${program}`);
  await alice.page.getByRole('button', { name: 'Save profile' }).click();
  await alice.page.getByText('Profile saved.').waitFor();
  do {  // programs are "busy" until the interpreter is ready
    await alice.go(`${home}users?user=${name}`);
    await alice.page.waitForLoadState('networkidle');
  } while (await alice.page.getByText('Busy: this program').count());
  const widths = await alice.page.locator('#profile img').evaluateAll(
    (images) => Object.fromEntries(images.map((image) => [image.alt, image.naturalWidth])));
  await alice.leave();
  return widths;
}

test('a browser decodes each kind of picture that the sanitizer has written again', async () => {
  const program = ['import base64',
    ...Object.entries(pictures).map(([name, text]) => `api.show(base64.b64decode("${text}"), alt="${name}")`),
    `api.show('<svg xmlns="http://www.w3.org/2000/svg" width="2" height="1"><circle r="9" style="fill: red"/></svg>', alt="svg")`,
  ].join('\n');
  const expected = Object.fromEntries([...Object.keys(pictures), 'svg'].map((name) => [name, 2]));
  assert.deepEqual(await shown(program), expected);
});

test('a chart of matplotlib is displayed', { skip: Boolean(process.env.ZOOBAR_URL) }, async () => {
  const widths = await shown(['import matplotlib.pyplot as plt', 'plt.plot([1, 3, 2])', 'api.show(alt="chart")',
    'import io; file = io.BytesIO(); plt.savefig(file, format="svg"); api.show(file.getvalue(), alt="drawn")'].join('\n'));
  assert.equal(widths.chart, 640);
  assert.equal(widths.drawn, 615);  // 460.8pt
});

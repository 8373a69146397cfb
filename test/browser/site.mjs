// A site for one test file: a free port, a free id range, and state in a folder that is removed afterwards.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const source = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
const patience = 20_000;

async function until(what, happened) {
  for (const end = Date.now() + patience; Date.now() < end; await sleep(20)) {
    const value = await happened();
    if (value) return value;
  }
  throw new Error(`no ${what} within ${patience} ms`);
}

async function start(idBase, settings, listen) {
  const state = fs.mkdtempSync(path.join(os.tmpdir(), 'zoobar-browser-'));
  fs.chmodSync(state, 0o755);
  const log = [];
  const master = spawn(process.env.ZOOBAR_BINARY ?? path.join(source, 'build/release/zoobar'), [
    '--role=master', `--config=${source}/config/zoobar.textproto`, `--listen=${listen}`, `--state-dir=${state}/site`,
    `--set=id_base: ${idBase}`,
    ...['auth { argon2 { memory_kib: 64 passes: 1 } }', ...settings].map((text) => `--set=${text}`),  // no slow hash
  ], { stdio: ['ignore', 'pipe', 'pipe'] });
  for (const stream of [master.stdout, master.stderr]) stream.on('data', (text) => log.push(text));
  const exited = once(master, 'exit');
  exited.then(([status, signal]) => { master.gone = `zoobar ended before its time: ${signal ?? status}`; });
  const stop = async () => {
    const early = master.gone;
    master.kill('SIGTERM');
    await exited;
    fs.rmSync(state, { recursive: true, force: true });
    if (early) throw new Error(`${early}\n${Buffer.concat(log)}`);
  };
  try {
    const url = await until('listening file', () => {
      if (master.gone) throw new Error(master.gone);
      const file = `${state}/site/listening`;
      return fs.existsSync(file) && `http://${fs.readFileSync(file, 'utf8').split('\n')[0]}`;
    });
    await until('answer', async () => {
      if (master.gone) throw new Error(master.gone);
      const answer = await fetch(`${url}/zoobar/index.cgi/login`).catch(() => null);
      return answer?.ok;
    });
    return { url, stop, state: `${state}/site` };
  } catch (error) {
    error.taken = master.gone;  // it ended at once: another site holds the id range
    error.message += `\n${Buffer.concat(log)}`;
    await stop().catch(() => {});
    throw error;
  }
}

// listen: the address and port; port 0: a free one.
// Gives { url, stop(), state }; state is the state directory, and missing if the site runs elsewhere. If another site holds an id range, the next range is tried.
export async function startSite(settings = [], listen = '127.0.0.1:0') {
  if (process.env.ZOOBAR_URL) return { url: process.env.ZOOBAR_URL, stop: async () => {} };
  let failure;
  for (let attempt = 0; attempt < 5; ++attempt) {
    try {
      return await start(200_000 + 256 * ((process.pid + 97 * attempt) % 4000), settings, listen);
    } catch (error) {
      if (!error.taken) throw error;
      failure = error;
    }
  }
  throw failure;
}

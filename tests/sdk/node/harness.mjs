// The stand-in providers and the gateway of the suite.

import { spawn } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

export const PROVIDERS = [
  { name: 'openai', host: 'api.openai.com', model: 'gpt-4o-mini' },
  { name: 'mistral', host: 'api.mistral.ai', model: 'mistral-small-latest' },
  { name: 'cohere', host: 'api.cohere.com', model: 'command-a-03-2025' },
];
const CREDENTIAL = 'Bearer fake-provider-key';
const running = [];

/** Starts a binary; resolves to its port once it prints `listening … ADDR`. */
function start(binary, args, env = {}) {
  const child = spawn(binary, args, {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  running.push(child);
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => reject(new Error(`${binary} ended with ${code} before it listened`)));
    createInterface({ input: child.stdout }).on('line', (line) => {
      if (line.startsWith('listening')) resolve(Number(line.slice(line.lastIndexOf(':') + 1)));
    });
  });
}

export async function startAll() {
  const ca = join(mkdtempSync(join(tmpdir(), 'portolan-sdk-')), 'ca.pem');
  const names = PROVIDERS.map(({ host }) => host).join(',');
  const mockPort = await start(process.env.PORTOLAN_MOCK_BIN, [
    ...['--listen', '127.0.0.1:0'],
    ...['--tls-names', names, '--ca-out', ca],
    ...['--expect-authorization', CREDENTIAL],
  ]);
  const port = await start(
    process.env.PORTOLAN_BIN,
    [
      'start',
      ...['--config', process.env.PORTOLAN_SDK_CONFIG],
      ...['--proxy-listen', '127.0.0.1:0'],
      ...['--access-log', 'off'],
      ...['--admin-listen', 'off'],
      ...PROVIDERS.map(({ host }) => `--resolve=${host}:443:127.0.0.1:${mockPort}`),
    ],
    {
      SSL_CERT_FILE: ca,
      ...Object.fromEntries(
        PROVIDERS.map(({ name }) => [`${name.toUpperCase()}_AUTH_HEADER`, CREDENTIAL]),
      ),
    },
  );
  return {
    url: ({ name, model }) => `http://127.0.0.1:${port}/${name}/${model}`,
    script: (...steps) => control(mockPort, 'script', JSON.stringify(steps)),
    reset: () => control(mockPort, 'reset'),
  };
}

export function stopAll() {
  for (const child of running) {
    child.removeAllListeners('exit');
    child.kill('SIGTERM');
  }
}

/** Without TLS, on the same port. */
async function control(port, name, body) {
  const answer = await fetch(`http://127.0.0.1:${port}/_mock/${name}`, { method: 'POST', body });
  if (!answer.ok) throw new Error(`${name}: ${answer.status} ${await answer.text()}`);
  await answer.arrayBuffer();
}

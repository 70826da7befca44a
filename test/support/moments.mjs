// Imported before the command line by a test (NODE_OPTIONS): counts the moments at which something was just done to the
// world outside, and sends the process a signal at one of them.
import child from 'node:child_process';
import { appendFileSync, readFileSync } from 'node:fs';
import fs from 'node:fs/promises';
import http from 'node:http';
import { syncBuiltinESMExports } from 'node:module';
import { basename } from 'node:path';

const { MOMENTS_LOG: log, MOMENTS_AT: at, MOMENTS_SIGNAL: signal = 'SIGKILL', MOMENTS_SYSTEM: system } = process.env;
/** Which moments count: all, or those whose names begin so. */
const counted = new RegExp(`^(?:${process.env.MOMENTS_OF ?? ''})`);
let passed = 0;
/** What a create removes first, of one that was killed before, is not of its own work. */
let isClaimed = false;

function pass(what) {
  if (!isClaimed || !counted.test(what)) return;
  passed++;
  if (log) appendFileSync(log, `${what}\n`);
  if (passed === Number(at)) process.kill(process.pid, signal);
}

const isJournal = (path) => /\/resources\/[^/]+\.json$/.test(String(path));
const { copyFile, mkdir, rename, unlink } = fs;
fs.rename = async (from, to) => {
  await rename(from, to);
  if (!isJournal(to)) return;
  const { state, effects } = JSON.parse(readFileSync(to, 'utf8'));
  isClaimed ||= state === 'creating' && effects.length === 0;
  pass('journal written');
};
fs.unlink = async (path) => {
  await unlink(path);
  if (isJournal(path)) pass('journal removed');
};
fs.mkdir = async (path, options) => {
  const made = await mkdir(path, options);
  const [, place] = /\/(work|specs)\/[^/]+$/.exec(String(path)) ?? [];
  if (place) pass(`${place} folder made`);
  return made;
};

fs.copyFile = async (from, to, ...how) => {
  await copyFile(from, to, ...how);
  if (/\/specs\//.test(String(to))) pass(`${basename(to)} copied`);
};

const { request } = http;
http.request = (options, ...rest) => {
  const asked = request(options, ...rest);
  if (!options.socketPath || options.method === 'GET') return asked;
  for (const event of ['response', 'upgrade'])
    asked.once(event, () => pass(`engine ${options.method} ${options.path}`));
  return asked;
};

const { spawn } = child;
child.spawn = (program, args, options) => {
  const started = spawn(...replayed(program, args), options);
  pass(`${basename(program)} ${args.map((arg) => basename(arg.split('\n')[0])).join(' ')}`);
  return started;
};

/** What mmdebstrap made is kept where `system` says by the first of them, and given again by the others. */
function replayed(program, args) {
  if (!system || !args.includes('--format=tar') || !args.includes('--verbose')) return [program, args];
  return ['sh', ['-c', 'if [ -e "$0" ]; then exec cat "$0"; fi; "$@" | tee "$0"', system, program, ...args]];
}

syncBuiltinESMExports();

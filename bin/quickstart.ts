#!/usr/bin/env -S node --import tsx
// The main job on real data, from nothing: trace a command, rebuild its environment, run it there, print the proof.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { constants, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { NotInstalled, productPrograms, setUp } from './set-up.js';

const reproman = fileURLToPath(new URL('run.js', import.meta.url));
const name = `quickstart-${process.pid}`;
const analysis = `#!/bin/sh
# Mean temperature per station, warmest first.
set -eu
tail -n +2 "$1" \\
  | awk -F, '{ sum[$1] += $3; count[$1]++ } END { for (s in sum) printf "%s %.3f %d\\n", s, sum[s] / count[s], count[s] }' \\
  | sort -k2,2nr -k1,1 > "$2"
echo "warmest: $(head -n 1 "$2")"
`;

try {
  setUp(productPrograms);
} catch (error) {
  if (!(error instanceof NotInstalled)) throw error;
  console.error(error.message);
  process.exit(3);
}

const folder = mkdtempSync(join(tmpdir(), 'reproman-quickstart-'));
writeFileSync(join(folder, 'measurements.csv'), measurements(20_000));
writeFileSync(join(folder, 'analyse.sh'), analysis, { mode: 0o755 });
console.error(`\nA data file of 20,000 measurements and a script that sums them up are in ${folder}`);

await step('Run the analysis once, under trace', ['trace', '--', './analyse.sh', 'measurements.csv', 'report.txt']);
await step('Rebuild its environment, run it there again, and prove both', [
  'create',
  '--name',
  name,
  '--rerun',
  'environment.yml',
]);
await step('Remove the environment again', ['delete', '--yes', name]);
console.error(`\nThe spec (environment.yml, environment.d), the data and the report stay in ${folder}`);

async function step(title: string, args: readonly string[]): Promise<void> {
  console.error(`\n# ${title}\n$ reproman ${args.join(' ')}`);
  const code = await runReproman(args);
  if (code === 0) return;
  console.error(
    `\nThis step ended with code ${code}. Its files are in ${folder}; what was created is shown by: reproman ls`,
  );
  process.exit(code);
}

/** With our own terminal, or through pipes: a log file that we write to is no output of the traced command. */
function runReproman(args: readonly string[]): Promise<number> {
  const env = { ...process.env, PWD: folder };
  const out = process.stdout.isTTY ? 'inherit' : 'pipe';
  const err = process.stderr.isTTY ? 'inherit' : 'pipe';
  const child = spawn(process.execPath, [reproman, ...args], { cwd: folder, env, stdio: ['ignore', out, err] });
  child.stdout?.pipe(process.stdout, { end: false });
  child.stderr?.pipe(process.stderr, { end: false });
  return new Promise((done, failed) => {
    child.once('error', failed);
    child.once('close', (code, signal) => done(code ?? 128 + (signal === null ? 0 : constants.signals[signal])));
  });
}

/** Station, day and temperature: made by a hash, so that every machine has the same data. */
function measurements(rows: number): string {
  const lines = ['station,day,temperature'];
  for (let row = 0; row < rows; row++) {
    const [station = 0, day = 0, high = 0, low = 0] = createHash('sha256').update(String(row)).digest();
    lines.push(
      `S${String(station % 40).padStart(2, '0')},${1 + (day % 28)},${((high * 256 + low) / 1000 - 20).toFixed(2)}`,
    );
  }
  return `${lines.join('\n')}\n`;
}

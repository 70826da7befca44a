#!/usr/bin/env -S node --import tsx
// The main job on real data, from nothing: trace a command, rebuild its environment, run it there, print the proof.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
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

step('Run the analysis once, under trace', ['trace', '--', './analyse.sh', 'measurements.csv', 'report.txt']);
step('Rebuild its environment, run it there again, and prove both', ['create', '--name', name, '--rerun', 'environment.yml']);
step('Remove the environment again', ['delete', '--yes', name]);
console.error(`\nThe spec (environment.yml, environment.d), the data and the report stay in ${folder}`);

function step(title: string, args: readonly string[]): void {
  console.error(`\n# ${title}\n$ reproman ${args.join(' ')}`);
  const { status, signal } = spawnSync(process.execPath, [reproman, ...args], { cwd: folder, stdio: ['ignore', 'inherit', 'inherit'] });
  if (status === 0) return;
  console.error(`\nThis step ended with ${signal ?? `code ${status}`}. Its files are in ${folder}; what was created is shown by: reproman ls`);
  process.exit(status ?? 1);
}

/** Station, day and temperature: made by a hash, so that every machine has the same data. */
function measurements(rows: number): string {
  const lines = ['station,day,temperature'];
  for (let row = 0; row < rows; row++) {
    const [station = 0, day = 0, high = 0, low = 0] = createHash('sha256').update(String(row)).digest();
    lines.push(`S${String(station % 40).padStart(2, '0')},${1 + (day % 28)},${((high * 256 + low) / 1000 - 20).toFixed(2)}`);
  }
  return `${lines.join('\n')}\n`;
}

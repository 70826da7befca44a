// Until `reproman --help` has said all, against `node -e 0`: what any program in Node takes to start. Each in turn, so
// that whatever else the machine does slows both. What is measured is what `npm run build` made. Exits 2 when the target
// is missed.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { median, report } from './shared/measure.js';

const limit = 3;
const rounds = 15;
const reproman = fileURLToPath(new URL('../bin/run.js', import.meta.url));

const times = { node: [] as number[], help: [] as number[] };
for (let round = 0; round < rounds; round++) {
  times.node.push(started(['-e', '0']));
  times.help.push(started([reproman, '--help']));
}
const [node, help] = [median(times.node), median(times.help)];
console.log(`node -e 0 ${node.toFixed(0)} ms; reproman --help ${help.toFixed(0)} ms, ${rounds} rounds`);
report('ratio', help / node, { most: limit });

function started(argv: readonly string[]): number {
  const start = performance.now();
  const { status } = spawnSync(process.execPath, argv, { stdio: 'ignore' });
  if (status !== 0) throw new Error(`${argv.join(' ')} ended with ${status}`);
  return performance.now() - start;
}

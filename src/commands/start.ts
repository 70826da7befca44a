import { BaseCommand } from '../cli/base-command.js';
import { readNames } from '../cli/flags.js';
import { localMachine } from '../machines/local.js';
import { describeRunning, type Running, startResource } from '../resources/running.js';

/** `reproman start`. */
export class Start extends BaseCommand {
  static override readonly description = 'let resources run until they are stopped';
  static override readonly examples = ['<%= config.bin %> start analysis', '<%= config.bin %> start one two --json'];
  static override readonly strict = false;
  static override readonly usage = 'start NAME...';

  async run(): Promise<readonly Running[]> {
    const { argv } = await this.parse(Start);
    await using host = await localMachine();
    const work = { progress: this.progress, signal: this.signal };
    const running: Running[] = [];
    for (const name of readNames(argv)) {
      running.push(await startResource(name, { host, ...work, warn: (line) => this.tell(line) }));
      this.say(running.slice(-1).map(describeRunning).join());
    }
    return running;
  }
}

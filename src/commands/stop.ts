import { BaseCommand } from '../cli/base-command.js';
import { readNames } from '../cli/flags.js';
import { localMachine } from '../machines/local.js';
import { describeRunning, type Running, stopResource } from '../resources/running.js';

/** `reproman stop`. */
export class Stop extends BaseCommand {
  static override readonly description = 'end all that runs in resources';
  static override readonly examples = ['<%= config.bin %> stop analysis'];
  static override readonly strict = false;
  static override readonly usage = 'stop NAME...';

  async run(): Promise<readonly Running[]> {
    const { argv } = await this.parse(Stop);
    await using host = await localMachine();
    const running: Running[] = [];
    for (const name of readNames(argv)) {
      running.push(await stopResource(name, { host, progress: this.progress, signal: this.signal }));
      this.say(running.slice(-1).map(describeRunning).join());
    }
    return running;
  }
}

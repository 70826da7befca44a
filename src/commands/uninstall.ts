import { openStore } from '../archives/store.js';
import { openSpecification } from '../bundle/open.js';
import { ChangeCommand, type ChangeResult } from '../cli/change-command.js';
import { ReproError } from '../errors.js';
import { localMachine } from '../machines/local.js';
import { uninstall } from '../resources/uninstall/uninstall.js';
import { resolveSpecification } from '../spec/resolve.js';

/** `reproman uninstall`. */
export class Uninstall extends ChangeCommand {
  static override readonly description =
    'take packages, or all that a spec has, out of a resource, with what needs them and what only they needed';
  static override readonly examples = [
    '<%= config.bin %> uninstall analysis jq',
    '<%= config.bin %> uninstall analysis python:numpy r:ggplot2 --dry-run',
    '<%= config.bin %> uninstall analysis plots.yml',
  ];
  static override readonly flags = { ...ChangeCommand.changeFlags };
  static override readonly strict = false;
  static override readonly usage = 'uninstall NAME PACKAGE... | SPEC [--dry-run] [--yes]';

  async run(): Promise<ChangeResult> {
    const { argv, flags } = await this.parse(Uninstall);
    const [name, ...unwanted] = argv.map(String);
    const [first] = unwanted;
    if (name === undefined || first === undefined)
      throw new ReproError('usage', 'there is nothing to take out', {
        remedy: 'name the resource, then packages or a spec',
      });
    const store = await openStore();
    const context = { progress: this.progress, signal: this.signal };
    await using host = await localMachine();
    const what = { name, host, store, ...this.agreeing(flags) };
    if (!isSpec(first)) return this.report(await uninstall({ ...what, unwanted: { packages: unwanted } }));
    if (unwanted.length > 1)
      throw new ReproError('usage', 'one spec is taken out at a time', { remedy: 'do it again with the next' });
    await using opened = await openSpecification(first, { store, ...context });
    const { lock } = await resolveSpecification(opened.spec, { host, ...context });
    return this.report(await uninstall({ ...what, unwanted: { spec: { ...opened.spec, lock } } }));
  }
}

/** A file by how specs and bundles end; no package is called so. */
function isSpec(word: string): boolean {
  return /\.(ya?ml|repro)$/.test(word);
}

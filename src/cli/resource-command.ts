import { localMachine } from '../machines/local.js';
import type { Exit } from '../model/access.js';
import type { Resource } from '../model/resource.js';
import { openResource, runConditions } from '../resources/connect.js';
import { runInForeground } from './foreground.js';
import { WrappingCommand } from './wrapping-command.js';

/** A verb that stands for a command in a resource, which runs there as the traced command ran. */
export abstract class ResourceCommand extends WrappingCommand {
  protected async runIn(name: string, commandFor: (resource: Resource) => readonly string[]): Promise<Exit> {
    await using host = await localMachine();
    await using opened = await openResource(name, { host, warn: (line) => this.tell(line) });
    const { resource, machine } = opened;
    const exit = await runInForeground(machine, commandFor(resource), runConditions(resource), this.interruption);
    return this.leaveAs(exit);
  }
}

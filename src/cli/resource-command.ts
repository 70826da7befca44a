import { localMachine } from '../machines/local.js';
import type { Exit } from '../model/access.js';
import type { Resource } from '../model/resource.js';
import { type OpenResource, openResource, runConditions } from '../resources/connect.js';
import { runInForeground } from './foreground.js';
import { WrappingCommand } from './wrapping-command.js';

/** What is done in a resource before a command runs there, and after it. */
export interface Around {
  readonly before: (opened: OpenResource) => Promise<void>;
  readonly after: (opened: OpenResource) => Promise<void>;
}

/** A verb that stands for a command in a resource, which runs there as the traced command ran. */
export abstract class ResourceCommand extends WrappingCommand {
  protected async runIn(
    name: string,
    commandFor: (resource: Resource) => readonly string[],
    around?: Around,
  ): Promise<Exit> {
    await using host = await localMachine();
    await using opened = await openResource(name, { host, warn: (line) => this.tell(line) });
    const { resource, machine } = opened;
    const command = commandFor(resource);
    await around?.before(opened);
    const exit = await runInForeground(machine, command, runConditions(resource), this.interruption);
    await around?.after(opened);
    return this.leaveAs(exit);
  }
}

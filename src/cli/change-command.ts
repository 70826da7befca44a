import { Flags } from '@oclif/core';
import type { Requirement } from '../archives/sameness.js';
import { assembleProof, type Proof, proofExitCode } from '../proof/proof.js';
import { renderProof } from '../proof/report.js';
import type { Upgraded } from '../resources/upgrade/upgrade.js';
import { confirm } from './confirm.js';
import { requireFlag } from './flags.js';
import { StoreCommand } from './store-command.js';

export type ChangeResult = Pick<Upgraded, 'resource' | 'changes' | 'files' | 'isAsCreated'> & {
  readonly proof: Proof | undefined;
};

/** A verb that makes a resource into what another spec has, after showing what changes. */
export abstract class ChangeCommand extends StoreCommand {
  protected static readonly changeFlags = {
    'dry-run': Flags.boolean({ description: 'show what would be changed, and change nothing' }),
    require: requireFlag,
    yes: Flags.boolean({ char: 'y', description: 'do not ask' }),
  };

  /** What is done alike, whatever the change is. */
  protected agreeing(flags: { readonly 'dry-run': boolean; readonly require: Requirement; readonly yes: boolean }) {
    const { 'dry-run': dryRun, require, yes } = flags;
    const agree = async (changes: readonly string[]) => {
      if (yes || changes.length === 0) return;
      this.tell(changes.join('\n'));
      await confirm('Change this?', 'nothing was changed');
    };
    return { agree, dryRun, require, tool: this.config.version, progress: this.progress, signal: this.signal };
  }

  protected report({ resource, changes, files, isAsCreated, tree }: Upgraded): ChangeResult {
    this.say(changes.length === 0 ? `'${resource.name}' is of this spec` : changes.join('\n'));
    const proof = tree && assembleProof(tree, []);
    if (files) this.say(`${files.written} files and folders written, ${files.removed} removed`);
    for (const path of files?.kept ?? []) this.tell(`stays, for it is no part of the spec: ${path}`);
    if (proof) {
      this.say(renderProof(proof));
      process.exitCode = proofExitCode(proof);
    }
    if (isAsCreated) this.say(`the tree is the one that create makes: ${resource.treeDigest ?? 'unknown'}`);
    return {
      ...{ resource, changes, proof },
      ...(files && { files }),
      ...(isAsCreated !== undefined && { isAsCreated }),
    };
  }
}

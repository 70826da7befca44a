import type { Sample } from '../../../support/tracing/comparison.js';
import { shell, tool, tree } from './make.js';

const onTree = { prepare: tree, isDeterministic: true } as const;

/** What people do with files all day. */
export const files: readonly Sample[] = [
  shell('tar', 'tar -cf t.tar tree && mkdir out && tar -xf t.tar -C out', onTree),
  shell('cp -r', 'cp -r tree copy && cp -a tree kept', onTree),
  shell('mv', 'mv tree/a/one.txt tree/b/c/deep.txt && mv tree/a tree/b/ && mv tree moved', onTree),
  shell('ln', 'ln tree/a/one.txt hard && ln -s tree/a soft && cat soft/one.txt hard && rm soft hard', onTree),
  shell('find -execdir', 'find tree -type f -execdir cat {} \\; && find tree -name "*.txt" -delete', onTree),
  shell('rsync', 'rsync -a tree/ synced/ && rsync -a --delete tree/a/ synced/', {
    prepare: tree,
    programs: ['rsync'],
  }),
  shell('grep -r', 'grep -r needle tree; grep -rl nothing-like-it tree || true', onTree),
  shell('rm -r', 'rm -r tree', onTree),
  shell('chmod chown touch', 'chmod -R go-w tree && chown -R "$(id -u)" tree && touch -d @0 tree/a/*', onTree),
  shell('install truncate dd', 'install -m 755 tree/run.sh made && truncate -s 3 made && dd if=made of=made2', onTree),
  shell('sed -i', 'sed -i s/needle/pin/ tree/a/one.txt tree/b/c/deep.txt', { prepare: tree }),
  shell('sort with temporary files', 'seq 30000 | sort -S 64k -T . -R --random-source=/etc/passwd | tail -1', {
    prepare: tree,
  }),
  shell('ls du stat', 'ls -laR tree; du -a tree; stat tree/*; readlink -f tree/link; realpath tree/b/../a', onTree),
  shell('xargs cat', 'find tree -type f -print0 | xargs -0 -n 1 -P 2 cat', onTree),
  shell('gzip', 'gzip -k tree/run.sh && zcat tree/run.sh.gz && gunzip -f tree/run.sh.gz', onTree),
  shell('mkfifo', 'mkfifo f && { cat tree/run.sh > f & cat f; wait; }', onTree),
  shell(
    'cd through links',
    'cd tree/link/.. || cd tree && cd a && cat one.txt && cd ../b/../b/c && cat deep.txt',
    onTree,
  ),
  shell('script with interpreter', './tree/run.sh && ./chain', {
    prepare(folder) {
      tree(folder);
      tool(folder, 'sh', '-c', 'printf "#!%s/tree/run.sh\\n" "$(pwd | sed s/.template//)" > chain');
      tool(folder, 'chmod', '755', 'chain', 'tree/run.sh');
    },
    isDeterministic: true,
  }),
];

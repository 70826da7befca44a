import type { Provisioner } from './provisioner.js';

/** https://docs.chef.io/config_rb_client: `file_backup_path`, and what chef-client and chef-solo keep of a node. */
export const chef: Provisioner = {
  name: 'chef',
  marker: /\b(?:generated|managed|maintained|written)\s+(?:by|with)\s+chef\b/i,
  records: ['/etc/chef/client.rb', '/{etc,var,var/lib}/chef/nodes/*.json'],
  backups: (path) =>
    ['/var/chef', '/var/lib/chef'].map((folder) => ({
      ...{ prefix: `${folder}/backup${path}.chef-`, between: /^[\d.]+$/, ending: '' },
    })),
  read(records) {
    const client = [...records].find(([path]) => path === '/etc/chef/client.rb')?.[1].toString('utf8') ?? '';
    const [, repository] = /^\s*chef_server_url\s+["']([^"']+)["']/m.exec(client) ?? [];
    const nodes = [...records]
      .filter(([path]) => /\/chef\/nodes\/[^/]+\.json$/.test(path))
      .map(([, text]) => text.toString('utf8'));
    const [, revision] = /"policy_revision"\s*:\s*"([0-9a-f]{64})"/.exec(nodes.join('\n')) ?? [];
    return { ...(repository === undefined ? {} : { repository }), ...(revision === undefined ? {} : { revision }) };
  },
};

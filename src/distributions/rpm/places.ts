/** Where systems keep the database; /var/lib/rpm may be a link to one of the others. */
export const databaseFolders = ['/usr/lib/sysimage/rpm', '/usr/share/rpm', '/var/lib/rpm'] as const;

export type DatabaseFolder = (typeof databaseFolders)[number];

/** Of rpm's formats the file that holds the headers. */
export const formats = { sqlite: 'rpmdb.sqlite', ndb: 'Packages.db', bdb: 'Packages' } as const;

export type Format = keyof typeof formats;

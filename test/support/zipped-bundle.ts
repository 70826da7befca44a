import { execFileSync } from 'node:child_process';

const config = `# ReproZip configuration file
version: "1.1"
runs:
- {argv: [run], binary: /bin/run, environ: {LANG: C}, distribution: [debian, '12']}
packages:
  - {name: base-files, version: "12.4", files: ["/etc/debian_version"]}
other_files:
  - "/home/me/data.txt"
`;

const program = `
import io, sys, tarfile, zipfile
config, tar_file, zip_file = sys.argv[1:]
data = io.BytesIO()
with tarfile.open(fileobj=data, mode="w:gz") as tar:
    for name, text in (("DATA/etc/debian_version", b"12.4\\n"), ("DATA/home/me/data.txt", b"data\\n")):
        info = tarfile.TarInfo(name)
        info.size, info.mode, info.mtime = len(text), 0o644, 7
        tar.addfile(info, io.BytesIO(text))
members = {"METADATA/version": b"REPROZIP VERSION 2\\n", "METADATA/trace.sqlite3": b"x" * 9000,
    "METADATA/config.yml": config.encode(), "DATA.tar.gz": data.getvalue(), "EXTENSIONS/foo/one.txt": b""}
with zipfile.ZipFile(zip_file, "w") as bundle:
    for name, text in members.items():
        bundle.writestr(name, text, zipfile.ZIP_DEFLATED if name.endswith("3") else zipfile.ZIP_STORED)
with tarfile.open(tar_file, "w") as bundle:
    for name, text in members.items():
        info = tarfile.TarInfo(name)
        info.size = len(text)
        bundle.addfile(info, io.BytesIO(text))`;

/** A bundle as reprozip_core.common.RPZPack of its last version makes one, and the same members in a tar. Needs Python. */
export function writeBundles(tarFile: string, zipFile: string): void {
  execFileSync('python3', ['-c', program, config, tarFile, zipFile]);
}

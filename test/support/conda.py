"""Makes conda packages and installs them, as conda documents it: what no channel is needed for, byte for byte.

Reads {"pkgs", "root", "prefix", "packages"} from standard input; a file's text may have {placeholder}.
"""
import base64, bz2, compileall, hashlib, io, json, os, re, subprocess, sys, tarfile, zipfile

PLACEHOLDER = ("/opt/build_env" + "_placehold" * 30)[:255]
DATE = 1_600_000_000
ENTRY_POINT = """#!{prefix}/bin/python
# -*- coding: utf-8 -*-
import re
import sys

from {module} import {function}

if __name__ == '__main__':
    sys.argv[0] = re.sub(r'(-script\\.pyw?|\\.exe)?$', '', sys.argv[0])
    sys.exit({function}())
"""


def content_of(file):
    if "base64" in file:
        return base64.b64decode(file["base64"])
    return file.get("text", "").replace("{placeholder}", PLACEHOLDER).encode()


def make(package, pkgs):
    """Writes the package as pkgs/NAME-VERSION-BUILD.{conda,tar.bz2}; gives its record without what an installation adds."""
    name = f"{package['name']}-{package['version']}-{package['build']}"
    members, paths = [], []
    for path, file in sorted(package["files"].items()):
        if "link" in file:
            members.append((path, None, 0o777, file["link"]))
            paths.append({"_path": path, "path_type": "softlink", "sha256": hashlib.sha256(b"").hexdigest(), "size_in_bytes": 0})
            continue
        content = content_of(file)
        entry = {"_path": path, "path_type": "hardlink", "sha256": hashlib.sha256(content).hexdigest(), "size_in_bytes": len(content)}
        if PLACEHOLDER.encode() in content:
            entry |= {"prefix_placeholder": PLACEHOLDER, "file_mode": "binary" if b"\0" in content else "text"}
        members.append((path, content, file.get("mode", 0o664), None))
        paths.append(entry)
    index = {key: package[key] for key in ("name", "version", "build", "depends", "noarch") if key in package}
    index |= {"build_number": 0, "subdir": "noarch" if "noarch" in package else "linux-64", "timestamp": DATE * 1000}
    info = {"info/index.json": index, "info/paths.json": {"paths": paths, "paths_version": 1}}
    if "entry_points" in package:
        link = {"noarch": {"type": "python", "entry_points": package["entry_points"]}, "package_metadata_version": 1}
        info["info/link.json"] = link
    infos = [(path, json.dumps(value).encode(), 0o644, None) for path, value in info.items()]
    os.makedirs(pkgs, exist_ok=True)
    fn = name + (".tar.bz2" if package.get("format") == "tar.bz2" else ".conda")
    if fn.endswith(".bz2"):
        data = bz2.compress(tar_of(infos + members))
    else:
        data = conda_of(name, infos, members)
    with open(os.path.join(pkgs, fn), "wb") as out:
        out.write(data)
    channel = package.get("channel", "http://127.0.0.1:1/forge")
    url = f"{channel}/{index['subdir']}/{fn}"
    sums = {"md5": hashlib.md5(data).hexdigest(), "sha256": hashlib.sha256(data).hexdigest(), "size": len(data)}
    return index | sums | {"channel": f"{channel}/{index['subdir']}", "fn": fn, "url": url, "paths": paths}


def tar_of(members):
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.GNU_FORMAT) as tar:
        for path, content, mode, link in members:
            member = tarfile.TarInfo(path)
            member.mtime, member.mode = DATE, mode
            if link is not None:
                member.type, member.linkname = tarfile.SYMTYPE, link
                tar.addfile(member)
            else:
                member.size = len(content)
                tar.addfile(member, io.BytesIO(content))
    return buffer.getvalue()


def conda_of(name, infos, members):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", compression=zipfile.ZIP_STORED) as archive:
        archive.writestr("metadata.json", json.dumps({"conda_pkg_format_version": 2}))
        for part, files in (("pkg", members), ("info", infos)):
            packed = subprocess.run(["zstd", "-q", "-c"], input=tar_of(files), stdout=subprocess.PIPE, check=True).stdout
            archive.writestr(f"{part}-{name}.tar.zst", packed)
    return buffer.getvalue()


def replaced(content, mode, prefix):
    """conda/core/portability.py"""
    old, new = PLACEHOLDER.encode(), prefix.encode()
    if mode == "text":
        return content.replace(old, new)

    def fill(match):
        found = match.group()
        return found.replace(old, new) + b"\0" * ((len(old) - len(new)) * found.count(old))

    return re.sub(re.escape(old) + b"([^\0]*?)\0", fill, content)


def install(package, record, root, prefix, pkgs, short):
    target = root + prefix
    site = f"lib/python{short}/site-packages"
    files, paths = [], []
    for path, entry in zip(sorted(package["files"]), record.pop("paths")):
        file = package["files"][path]
        placed = re.sub("^site-packages/", site + "/", path) if package.get("noarch") == "python" else path
        placed = re.sub("^python-scripts/", "bin/", placed)
        os.makedirs(os.path.dirname(f"{target}/{placed}"), exist_ok=True)
        entry = entry | {"_path": placed}
        if "link" in file:
            os.symlink(file["link"], f"{target}/{placed}")
        else:
            content = content_of(file)
            if "file_mode" in entry:
                content = replaced(content, entry["file_mode"], prefix)
            entry["sha256_in_prefix"] = hashlib.sha256(content).hexdigest()
            put(f"{target}/{placed}", content, file.get("mode", 0o664) & ~0o022, "file_mode" in entry)
        files.append(placed)
        paths.append(entry)
    for line in package.get("entry_points", []):
        program, module, function = re.split(r"\s*[=:]\s*", line)
        text = ENTRY_POINT.format(prefix=prefix, module=module, function=function)
        put(f"{target}/bin/{program}", text.encode(), 0o755, True)
        files.append(f"bin/{program}")
        paths.append({"_path": f"bin/{program}", "path_type": "unix_python_entry_point"})
    if package.get("noarch") == "python":
        for path in [file for file in files if file.endswith(".py")]:
            compileall.compile_file(f"{target}/{path}", ddir=f"{prefix}/{os.path.dirname(path)}", quiet=2)
            cached = f"{os.path.dirname(path)}/__pycache__/{os.path.basename(path)[:-3]}.{sys.implementation.cache_tag}.pyc"
            files.append(cached)
            paths.append({"_path": cached, "path_type": "pyc_file"})
    record |= {"files": files, "paths_data": {"paths_version": 1, "paths": paths}}
    record |= {"package_tarball_full_path": f"{pkgs[len(root):]}/{record['fn']}", "requested_spec": package.get("requested", "None")}
    name = f"{package['name']}-{package['version']}-{package['build']}"
    os.makedirs(f"{target}/conda-meta", exist_ok=True)
    put(f"{target}/conda-meta/{name}.json", json.dumps(record, indent=2, sort_keys=True).encode(), 0o644, True)


def put(path, content, mode, is_new):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as out:
        out.write(content)
    os.chmod(path, mode)
    if not is_new:
        os.utime(path, (DATE, DATE))


def main():
    asked = json.load(sys.stdin)
    short = next((p["version"].rsplit(".", 1)[0] for p in asked["packages"] if p["name"] == "python"), "")
    requested = []
    for package in asked["packages"]:
        install(package, make(package, asked["pkgs"]), asked["root"], asked["prefix"], asked["pkgs"], short)
        if "requested" in package:
            requested.append(package["requested"])
    history = f"==> 2026-01-31 12:00:00 <==\n# cmd: conda create\n# update specs: {requested!r}\n"
    put(f"{asked['root']}{asked['prefix']}/conda-meta/history", history.encode(), 0o644, True)


main()

"""Builds the sample image from BusyBox, the same bytes each time, and loads it into Docker.

It asks no registry and needs no builder; it knows nothing of Homeport.
"""

import argparse
import gzip
import hashlib
import io
import json
import platform
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path
from typing import Final

IMAGE: Final = "sample:latest"
CREATED: Final = "2000-01-01T00:00:00Z"
ARCHITECTURES: Final = {"x86_64": "amd64", "aarch64": "arm64", "armv7l": "arm"}

PASSWD: Final = """\
root:x:0:0:root:/root:/bin/sh
app:x:1000:1000:app:/tmp:/bin/sh
nobody:x:65534:65534:nobody:/:/bin/false
"""
GROUP: Final = """\
root:x:0:
app:x:1000:
nogroup:x:65534:
"""
PAGE: Final = """\
<!doctype html>
<title>sample</title>
<h1>It runs.</h1>
"""
SERVE: Final = """\
#!/bin/sh
# serve [PORT] [TEXT]: an HTTP server that says what it does; TEXT replaces the page.
port=${1:-80}
if [ -n "${2:-}" ]; then
    mkdir -p /tmp/www && echo "$2" >/tmp/www/index.html && cd /tmp/www || exit 1
else
    cd /www || exit 1
fi
echo "serving on port $port"
httpd -f -v -p "$port" &
# The first process of a container has no default handlers: without this, SIGTERM would be lost.
trap 'kill $!; echo "told to stop"; exit 0' TERM INT
wait $!
"""


def busybox() -> Path:
    """The static BusyBox of this machine."""
    found = shutil.which("busybox", path="/bin:/usr/bin:/sbin:/usr/sbin")
    if found is None:
        sys.exit("sample-images: busybox is missing: run scripts/setup")
    path = Path(found).resolve()
    if b"/ld-linux" in path.read_bytes()[:4096]:
        sys.exit(f"sample-images: {path} is not static; install busybox-static")
    return path


def layer(binary: Path) -> bytes:
    """The image's one layer, as an uncompressed tar."""
    listed = subprocess.run([binary, "--list"], capture_output=True, text=True, check=True)
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.GNU_FORMAT) as tar:
        for name, mode in (
            ("bin", 0o755), ("etc", 0o755), ("root", 0o700), ("tmp", 0o1777), ("var", 0o755),
            ("www", 0o755),
        ):  # fmt: skip
            _add(tar, name, mode, kind=tarfile.DIRTYPE)
        _add(tar, "bin/busybox", 0o755, binary.read_bytes())
        for applet in sorted(set(listed.stdout.split()) - {"busybox"}):
            _add(tar, f"bin/{applet}", 0o777, kind=tarfile.SYMTYPE, link="busybox")
        _add(tar, "bin/serve", 0o755, SERVE.encode())
        _add(tar, "etc/passwd", 0o644, PASSWD.encode())
        _add(tar, "etc/group", 0o644, GROUP.encode())
        # Without it BusyBox's static wget has no way to look up a name, and crashes.
        _add(tar, "etc/nsswitch.conf", 0o644, b"hosts: files dns\n")
        _add(tar, "www/index.html", 0o644, PAGE.encode())
    return buffer.getvalue()


def image(root: bytes) -> tuple[str, bytes]:
    """The image's id and the archive that `docker load` reads."""
    config = {
        "architecture": ARCHITECTURES.get(platform.machine(), platform.machine()),
        "os": "linux",
        "created": CREATED,
        "config": {"Env": ["PATH=/bin"], "Cmd": ["sh"], "WorkingDir": "/"},
        "rootfs": {"type": "layers", "diff_ids": [f"sha256:{hashlib.sha256(root).hexdigest()}"]},
        "history": [{"created": CREATED, "created_by": "busybox-static"}],
    }
    raw = json.dumps(config, sort_keys=True).encode()
    digest = hashlib.sha256(raw).hexdigest()
    manifest = [{"Config": f"{digest}.json", "RepoTags": [IMAGE], "Layers": ["layer.tar"]}]
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.GNU_FORMAT) as tar:
        _add(tar, f"{digest}.json", 0o644, raw)
        _add(tar, "layer.tar", 0o644, root)
        _add(tar, "manifest.json", 0o644, json.dumps(manifest).encode())
    return f"sha256:{digest}", buffer.getvalue()


def _add(
    tar: tarfile.TarFile,
    name: str,
    mode: int,
    content: bytes = b"",
    *,
    kind: bytes = tarfile.REGTYPE,
    link: str = "",
) -> None:
    """Add an entry that looks the same whoever builds it, wherever and whenever."""
    entry = tarfile.TarInfo(name)
    entry.mode, entry.type, entry.linkname, entry.size = mode, kind, link, len(content)
    tar.addfile(entry, io.BytesIO(content))


def main() -> int:
    """Load the image unless Docker has this very one; or write the archive to a file."""
    parser = argparse.ArgumentParser(prog="scripts/sample-images", description=__doc__)
    parser.add_argument("--quiet", action="store_true", help="say nothing when all is well")
    parser.add_argument("--output", type=Path, help="write the archive (.tar.gz) there instead")
    options = parser.parse_args()
    identity, archive = image(layer(busybox()))
    if options.output:
        options.output.write_bytes(gzip.compress(archive, mtime=0))
        return 0
    there = subprocess.run(
        ["docker", "image", "inspect", "--format", "{{.Id}}", IMAGE],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    if there.stdout.strip() == identity:
        return 0
    loaded = subprocess.run(["docker", "load"], input=archive, capture_output=True, check=False)
    if loaded.returncode:
        print(f"sample-images: {loaded.stderr.decode().strip()}", file=sys.stderr)
        return 1
    if not options.quiet:
        print(f"sample-images: loaded {IMAGE} ({identity[7:19]})")
    return 0


if __name__ == "__main__":
    sys.exit(main())

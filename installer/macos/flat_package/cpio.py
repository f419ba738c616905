"""The archive with a package's files: cpio of the old portable form ("odc"), through gzip."""

import gzip

# Magic, device, inode, mode, user, group, links, device of a device, time, length of the name, length of the content.
HEADER = b"070707%06o%06o%06o%06o%06o%06o%06o%011o%06o%011o"


def archive(entries, seconds):
    """The bytes for these entries, all owned by root:wheel and of this time."""
    parts = []
    for number, entry in enumerate(entries, start=1):
        name = "." if entry.path == "." else f"./{entry.path}"
        parts.append(_record(name, number, entry.mode, 2 if entry.is_folder else 1, entry.content, seconds))
    parts.append(_record("TRAILER!!!", 0, 0, 1, b"", 0))
    return gzip.compress(b"".join(parts), compresslevel=9, mtime=0)


def _record(name, number, mode, links, content, seconds):
    named = name.encode() + b"\0"
    head = HEADER % (0, number, mode, 0, 0, links, 0, seconds, len(named), len(content))
    return head + named + content

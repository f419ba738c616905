"""What a package puts on a disk: folders and files, each with its mode."""

import dataclasses
import stat


@dataclasses.dataclass(frozen=True)
class Entry:
    """A folder or a file. The path is relative to the root of the disk, `.` is that root itself."""

    path: str
    mode: int
    content: bytes = b""

    @property
    def is_folder(self):
        return stat.S_ISDIR(self.mode)

    @property
    def parent(self):
        """The path of the folder that it is in; None for the root."""
        if self.path == ".":
            return None
        return self.path.rpartition("/")[0] or "."

    @property
    def name(self):
        return self.path.rpartition("/")[2]


def tree(files):
    """The entries for {path: (permissions, content)}, with every folder on the way (0755), parents first."""
    folders = {"."}
    for path in files:
        parts = path.split("/")[:-1]
        folders.update("/".join(parts[: count + 1]) for count in range(len(parts)))
    found = [Entry(path, stat.S_IFDIR | 0o755) for path in folders]
    for path, (permissions, content) in files.items():
        found.append(Entry(path, stat.S_IFREG | permissions, content))
    # "." sorts before all, and a folder before what is in it.
    return sorted(found, key=lambda entry: [] if entry.path == "." else entry.path.split("/"))

"""The bill of materials: what a package puts where, for macOS' receipts.

Apple describes the format nowhere. This follows what others found out and what Apple's tools are known to take:
github.com/hogliux/bomutils (bom.h) and the crate apple-bom. Everything is big-endian. A file is numbered blocks; names
("variables") lead to the blocks where a tree begins.
"""

import struct
import zlib

_FOLDER, _FILE = 2, 1
# More leaves than one block has room for need a tree of two levels, which this package is far too small for.
MOST = 400


class _Store:
    """Numbered blocks. Number 0 is that of no block."""

    def __init__(self):
        self.blocks = [b""]
        self.variables = []

    def add(self, block):
        self.blocks.append(block)
        return len(self.blocks) - 1

    def tree(self, leaves, block_size=4096):
        """A tree of one leaf, with pairs of block numbers in it."""
        paths = struct.pack(">HHII", 1, len(leaves), 0, 0) + b"".join(struct.pack(">II", *leaf) for leaf in leaves)
        child = self.add(paths.ljust(block_size, b"\0"))
        return self.add(b"tree" + struct.pack(">IIIIB", 1, child, block_size, len(leaves), 0))

    def name(self, name, number):
        self.variables.append(struct.pack(">IB", number, len(name)) + name)

    def write(self):
        offset = 512  # The header has a block of its own.
        pointers = [struct.pack(">II", 0, 0)]
        for block in self.blocks[1:]:
            pointers.append(struct.pack(">II", offset, len(block)))
            offset += len(block)
        variables = struct.pack(">I", len(self.variables)) + b"".join(self.variables)
        # The list of blocks, then an empty list of free ones with room for two.
        index = struct.pack(">I", len(pointers)) + b"".join(pointers) + struct.pack(">I", 0) + bytes(16)
        header = b"BOMStore" + struct.pack(
            ">IIIIII", 1, len(self.blocks) - 1, offset + len(variables), len(index), offset, len(variables)
        )
        return header.ljust(512, b"\0") + b"".join(self.blocks[1:]) + variables + index


def bill(entries, seconds):
    """The bytes for these entries, parents first, all owned by root:wheel and of this time."""
    if len(entries) > MOST:
        raise ValueError(f"{len(entries)} entries are more than a bill of one leaf takes")
    store = _Store()
    store.name(b"BomInfo", store.add(struct.pack(">III", 1, len(entries) + 1, 1) + bytes(16)))
    numbers = {entry.path: number for number, entry in enumerate(entries, start=1)}
    parent = lambda entry: numbers.get(entry.parent, 0)
    leaves = []
    for entry in sorted(entries, key=lambda entry: (parent(entry), entry.name)):
        about = struct.pack(
            ">BBHHIIIIBII",
            _FOLDER if entry.is_folder else _FILE,
            1,
            3,
            entry.mode,
            0,
            0,
            seconds,
            len(entry.content),
            1,
            0 if entry.is_folder else checksum(entry.content),
            0,
        )
        number = store.add(struct.pack(">II", numbers[entry.path], store.add(about)))
        named = store.add(struct.pack(">I", parent(entry)) + entry.name.encode() + b"\0")
        leaves.append((number, named))
    store.name(b"Paths", store.tree(leaves))
    store.name(b"HLIndex", store.tree([]))
    store.name(b"VIndex", store.add(struct.pack(">IIIB", 1, store.tree([], 128), 0, 0)))
    store.name(b"Size64", store.tree([]))
    return store.write()


# Each byte with its bits the other way round.
_MIRRORED = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))


def checksum(content):
    """The checksum of cksum(1) in POSIX, which is what a bill has of each file.

    That is the polynomial of zlib's, with the bits of each byte and of the result the other way round, and nothing but
    zero to begin with: 30 MB in Python alone would take ten seconds."""
    length, tail = len(content), bytearray()
    while length:
        tail.append(length & 0xFF)
        length >>= 8
    value = zlib.crc32(tail.translate(_MIRRORED), zlib.crc32(content.translate(_MIRRORED), 0xFFFFFFFF))
    return int(f"{value ^ 0xFFFFFFFF:032b}"[::-1], 2) ^ 0xFFFFFFFF

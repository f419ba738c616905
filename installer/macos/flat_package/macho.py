"""What a program for macOS says of itself: only as much as tells a right program from a wrong one (mach-o/fat.h,
mach-o/loader.h)."""

import struct

_UNIVERSAL, _ONE = 0xCAFEBABE, 0xFEEDFACF
_ARCHITECTURES = {0x01000007: "x86_64", 0x0100000C: "arm64"}
_BUILD_VERSION, _VERSION_MIN = 0x32, 0x24


def architectures(program):
    """{architecture: the oldest macOS that it runs on}, such as {"arm64": "11.0"}.

    Raises ValueError where it is no universal program."""
    if len(program) < 8 or struct.unpack_from(">I", program)[0] != _UNIVERSAL:
        raise ValueError("it is no universal program")
    (count,) = struct.unpack_from(">I", program, 4)
    if not 1 <= count <= 8:
        raise ValueError(f"it has {count} parts")
    found = {}
    for index in range(count):
        kind, _, offset, size, _ = struct.unpack_from(">IIIII", program, 8 + 20 * index)
        part = program[offset : offset + size]
        if len(part) < 32 or struct.unpack_from("<I", part)[0] != _ONE:
            raise ValueError(f"part {index + 1} is no program of 64 bits")
        found[_ARCHITECTURES.get(kind, hex(kind))] = _oldest(part)
    return found


def _oldest(part):
    (commands,) = struct.unpack_from("<I", part, 16)
    at = 32
    for _ in range(min(commands, 1000)):
        command, size = struct.unpack_from("<II", part, at)
        if command in (_BUILD_VERSION, _VERSION_MIN):
            (version,) = struct.unpack_from("<I", part, at + (12 if command == _BUILD_VERSION else 8))
            return f"{version >> 16}.{version >> 8 & 0xFF}"
        if size < 8:
            break
        at += size
    return "unknown"

"""xar: a table of contents in XML, then the files (github.com/mackyle/xar, "xarformat")."""

import hashlib
import struct
import time
import zlib
from xml.sax.saxutils import escape

_MAGIC, _HEADER_SIZE, _VERSION, _SHA1 = 0x78617221, 28, 1, 1


def archive(files, seconds):
    """The bytes for {path: content}, a path being `name` or `folder/name`. The table gives this as its time."""
    # The heap begins with the checksum of the table.
    heap, numbers = bytearray(20), iter(range(1, 1_000_000))
    listed, folders = [], {}
    for path, content in files.items():
        folder, _, name = path.rpartition("/")
        row = _file(next(numbers), name, content, len(heap))
        heap += content
        if not folder:
            listed.append(row)
        elif folder in folders:
            folders[folder].append(row)
        else:
            folders[folder] = [row]
            listed.append(folder)
    rows = [_folder(next(numbers), row, folders[row]) if row in folders else row for row in listed]
    created = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(seconds))
    table = (
        '<?xml version="1.0" encoding="UTF-8"?>\n<xar>\n <toc>\n'
        f"  <creation-time>{created}</creation-time>\n"
        '  <checksum style="sha1"><offset>0</offset><size>20</size></checksum>\n'
        + "".join(rows)
        + " </toc>\n</xar>\n"
    ).encode()
    packed = zlib.compress(table, 9)
    heap[:20] = hashlib.sha1(packed).digest()
    header = struct.pack(">IHHQQI", _MAGIC, _HEADER_SIZE, _VERSION, len(packed), len(table), _SHA1)
    return header + packed + bytes(heap)


def _owned(number, name, kind, mode):
    return (
        f'  <file id="{number}"><name>{escape(name)}</name><type>{kind}</type><mode>{mode:04o}</mode>'
        "<uid>0</uid><user>root</user><gid>0</gid><group>wheel</group>"
    )


def _file(number, name, content, offset):
    digest = hashlib.sha1(content).hexdigest()
    return (
        _owned(number, name, "file", 0o644)
        + f"<data><length>{len(content)}</length><offset>{offset}</offset><size>{len(content)}</size>"
        '<encoding style="application/octet-stream"/>'
        f'<extracted-checksum style="sha1">{digest}</extracted-checksum>'
        f'<archived-checksum style="sha1">{digest}</archived-checksum></data></file>\n'
    )


def _folder(number, name, rows):
    return _owned(number, name, "directory", 0o755) + "\n" + "".join(rows) + "  </file>\n"

#!/usr/bin/env python3
"""Lays the home that benches/scan.sh and benches/deep.sh look through: the same seed gives the same tree.

    benches/lay_home.py FOLDER [--repositories 1500] [--files 290000] [--seed 1]

Repositories have the files that git writes; their objects, like pictures and other
binaries, are random bytes. Texts are cut from a few long ones of each kind, so that laying
is quick and no two files are alike. Tokens are well formed, made anew, and were never
issued by anybody.
"""

import argparse
import base64
import os
import random
import string
import sys

WORDS = "api app auth cart core data docs feed form grid help host item jobs kit lib mail main menu"
WORDS += " model node order page pay plan query role rule sale search shop site stock store task test"
WORDS += " theme tool user util view web work"
WORDS = WORDS.split()
ENDINGS = [".cs", ".ts", ".py", ".json", ".md", ".yml", ".txt", ".html", ".css", ".java", ".go"]
HOOKS = ["applypatch-msg", "commit-msg", "post-update", "pre-applypatch", "pre-commit",
         "pre-merge-commit", "pre-push", "pre-rebase", "pre-receive", "prepare-commit-msg", "update"]
BASE62 = string.digits + string.ascii_uppercase + string.ascii_lowercase
CREDENTIAL_EVERY = 50  # one repository in so many has a token in its remote

# Where packages and caches lie, and their share of all files that are not in repositories.
CACHES = {".cache/pip": 0.25, ".cargo/registry/src": 0.25, ".nuget/packages": 0.2,
          ".npm/_cacache/content-v2": 0.2, ".local/share/Trash/files": 0.1}


def marvin32(data):
    """The checksum of Microsoft's common annotated security keys."""
    mask = 0xFFFFFFFF
    seed = int.from_bytes(b"Default0", "big")
    low, high = seed & mask, seed >> 32

    def turned(value, bits):
        return ((value << bits) | (value >> (32 - bits))) & mask

    def mix(low, high):
        high ^= low
        low = (turned(low, 20) + high) & mask
        high = turned(high, 9) ^ low
        low = (turned(low, 27) + high) & mask
        return low, turned(high, 19)

    data = data + b"\x80"
    data += bytes(-len(data) % 4)
    for at in range(0, len(data), 4):
        low = (low + int.from_bytes(data[at:at + 4], "little")) & mask
        low, high = mix(low, high)
    low, high = mix(low, high)
    return (low ^ high).to_bytes(4, "little")


def base62(data):
    number, text = int.from_bytes(data, "big"), ""
    while number:
        number, digit = divmod(number, 62)
        text = BASE62[digit] + text
    zeros = len(data) - len(data.lstrip(b"\0"))
    return ("0" * zeros + text).ljust(6, "0")[:4]


def token(rng):
    """A token of 84 characters, made in March 2026."""
    head = "".join(rng.choice(BASE62) for _ in range(52))
    body = head + "JQQJ9" + "9CC" + "ACAAAAAAAAAA" + "AAAS" + "AZDO"
    return body + base62(marvin32(base64.b64decode(body)))


class Texts:
    """Long texts of a few kinds, to cut files from."""

    LENGTH = 1 << 20
    # How a line of each kind looks: W is a word, N a number, H a hash in hex, B one in base64.
    LINES = {
        "code": ["    W = W.W(W, W[N])", "def W_W(W, W=None):", "    if W is not None and W.W > N:",
                 "        return W.W.W(\"W W W\")", "# W W the W of a W, W W by the W", "",
                 "public sealed class WW : WBase, IW<W>", "    private readonly IW _W = new W(N);",
                 "import { W, W } from '@W/W-W/dist/W';", "\t\treturn fmt.Errorf(\"W: %w\", err)"],
        "json": ["    \"W\": \"W-W\",", "    \"W\": [N, N, N],", "  \"W-W\": {", "  },",
                 "    \"W\": \"https://W.example/W/W/N\","],
        "prose": ["W W the W of W, and a W that W W. W W in W: W, W or W.", "", "## W W",
                  "- `W --W N`: W the W, see [W](https://W.example/docs/W/W-W.html#W)"],
        "lock": ["    \"node_modules/W-W\": {", "      \"version\": \"N.N.N\",",
                 "      \"resolved\": \"https://registry.example/W-W/-/W-W-N.N.N.tgz\",",
                 "      \"integrity\": \"sha512-BB==\",", "    },"],
        "log": ["2026-11-N 10:N:N.N INFO  W.W.WW - W W in N ms (id=H)",
                "2026-11-N 10:N:N.N WARN  /home/dev/work/W-W/src/W/WW/W.W: W N of N"],
        "packed": ["function W(t,e){var n=t.W||e[N];return n.W(function(r){return r>N?r.W:e.W(r,N)})}",
                   "!function(t){\"use strict\";t.W=W}(W);", "var W=\"BB\",W={W:N,W:!0};"],
    }
    KINDS = {".json": "json", ".yml": "json", ".md": "prose", ".txt": "log", ".html": "prose"}

    def __init__(self, rng):
        self.rng = rng
        self.noise = rng.randbytes(self.LENGTH)
        self.long = {kind: self.text(kind) for kind in self.LINES}

    def text(self, kind):
        rng, parts, length = self.rng, [], 0
        fill = {"W": lambda: rng.choice(WORDS), "N": lambda: str(rng.randrange(100)),
                "H": lambda: f"{rng.getrandbits(128):032x}",
                "B": lambda: base64.b64encode(rng.randbytes(33)).decode()}
        while length < self.LENGTH:
            line = rng.choice(self.LINES[kind])
            line = "".join(fill[sign]() if sign in fill else sign for sign in line)
            end = "" if kind == "packed" and rng.random() < 0.98 else "\n"
            parts.append(line + end)
            length += len(line) + 1
        return "".join(parts).encode()

    def cut(self, kind, length):
        long = self.noise if kind == "noise" else self.long[kind]
        start = self.rng.randrange(len(long))
        part = long[start:start + length]
        while len(part) < length:
            part += long[:length - len(part)]
        return part

    def length(self):
        """Half of all files are shorter than 1.2 KB; one in a hundred is longer than 13 KB."""
        return min(4 << 20, int(self.rng.lognormvariate(7.1, 1.03)))

    def file(self, name):
        """What a file of this name holds."""
        _, ending = os.path.splitext(name)
        chance = self.rng.random()
        kind = self.KINDS.get(ending, "code")
        if chance < 0.03:
            kind = "noise"
        elif kind == "json" and chance < 0.1:
            kind = "lock"
        elif ending == ".ts" and chance < 0.1:
            kind = "packed"
        return self.cut(kind, self.length())


class Home:
    def __init__(self, root, seed):
        self.root = root
        self.rng = random.Random(seed)
        self.texts = Texts(random.Random(seed + 1))
        self.files = 0
        self.bytes = 0
        self.credentials = 0
        self.buried = 0
        self.made = set()

    def write(self, path, content=""):
        full = os.path.join(self.root, path)
        folder = os.path.dirname(full)
        if folder not in self.made:
            os.makedirs(folder, exist_ok=True)
            self.made.add(folder)
        if isinstance(content, str):
            content = content.encode()
        with open(full, "wb") as file:
            file.write(content)
        self.files += 1
        self.bytes += len(content)

    def noise(self, path, length):
        self.write(path, self.texts.cut("noise", length))

    def bury(self, path, kind, line):
        """A file of this kind, with a line in its middle that only a look at its contents finds."""
        before, after = (self.texts.cut(kind, self.texts.length()) for _ in range(2))
        self.write(path, before + b"\n" + line.encode() + b"\n" + after)
        self.buried += 1

    def folder(self, path):
        full = os.path.join(self.root, path)
        os.makedirs(full, exist_ok=True)
        self.made.add(full)

    def name(self):
        return f"{self.rng.choice(WORDS)}-{self.rng.choice(WORDS)}"

    def repository(self, path, number):
        rng = self.rng
        user = ""
        if number % CREDENTIAL_EVERY == 0:
            user = f"dev:{token(rng)}@"
            self.credentials += 1
        organization = "contoso" if number % 3 else "fabrikam"
        url = f"https://{user}dev.azure.com/{organization}/project/_git/{os.path.basename(path)}"
        git = f"{path}/.git"
        self.write(f"{git}/HEAD", "ref: refs/heads/main\n")
        self.write(f"{git}/config",
                   "[core]\n\trepositoryformatversion = 0\n\tfilemode = true\n\tbare = false\n"
                   "\tlogallrefupdates = true\n"
                   f"[remote \"origin\"]\n\turl = {url}\n"
                   "\tfetch = +refs/heads/*:refs/remotes/origin/*\n"
                   "[branch \"main\"]\n\tremote = origin\n\tmerge = refs/heads/main\n")
        self.write(f"{git}/description", "Unnamed repository\n")
        self.write(f"{git}/info/exclude")
        for hook in HOOKS:
            self.write(f"{git}/hooks/{hook}.sample", self.texts.cut("code", 1600))
        commit = f"{rng.getrandbits(160):040x}"
        log = f"{'0' * 40} {commit} Dev <dev@contoso.example> 1790000000 +0000\tclone: from {url.replace(user, '')}\n"
        self.write(f"{git}/packed-refs", f"# pack-refs with: peeled fully-peeled sorted\n{commit} refs/tags/v1\n")
        self.write(f"{git}/refs/heads/main", commit + "\n")
        self.write(f"{git}/logs/HEAD", log)
        self.write(f"{git}/logs/refs/heads/main", log)
        self.folder(f"{git}/refs/tags")
        pack = f"{rng.getrandbits(160):040x}"
        size = int(rng.lognormvariate(10.5, 1.2))
        for ending, part in [("pack", 1), ("idx", 16), ("rev", 128)]:
            self.noise(f"{git}/objects/pack/pack-{pack}.{ending}", size // part)
        for _ in range(rng.randrange(5, 30)):
            name = f"{rng.getrandbits(160):040x}"
            self.noise(f"{git}/objects/{name[:2]}/{name[2:]}", self.texts.length() // 3)
        self.write(f"{path}/README.md", self.texts.file("README.md"))
        self.write(f"{path}/.gitignore", "node_modules\n")
        if number % 20 == 7:
            self.write(f"{path}/.npmrc", "registry=https://registry.example/\n")

    def tree(self, path, files):
        """Files in folders up to four deep, about eight in each."""
        folders = [path]
        for _ in range(max(1, files // 8)):
            above = self.rng.choice(folders)
            if above.count("/") - path.count("/") < 4:
                folders.append(f"{above}/{self.name()}")
        for number in range(files):
            folder = self.rng.choice(folders)
            name = f"{self.name()}-{number}{self.rng.choice(ENDINGS)}"
            self.write(f"{folder}/{name}", self.texts.file(name))


def lay(root, repositories, files, seed):
    home = Home(root, seed)
    rng = home.rng
    paths = []
    for number in range(repositories):
        above = rng.choice(["src", "work", "src/contoso", "src/fabrikam", "projects/old"])
        paths.append(f"{above}/{home.name()}-{number}")
        home.repository(paths[-1], number)
    secret = base64.b64encode(token(rng).encode()).decode()
    home.write(".npmrc", "//pkgs.dev.azure.com/contoso/_packaging/feed/npm/registry/:username=contoso\n"
               f"//pkgs.dev.azure.com/contoso/_packaging/feed/npm/registry/:_password={secret}\n")
    home.write(".git-credentials", f"https://contoso:{token(rng)}@dev.azure.com\n")
    home.write(".gitconfig", "[user]\n\tname = Dev\n[credential]\n\thelper = store\n")
    home.credentials += 2

    # What only --deep finds: one of each kind of place.
    home.bury(".npmrc.bak", "prose", f"//pkgs.dev.azure.com/contoso/_packaging/feed/npm/registry/:_password={secret}")
    home.bury("src/deploy.sh", "code", f"# curl -u dev:{token(rng)} https://dev.azure.com/contoso/_apis/projects")
    home.bury(".cache/tool/debug.log", "log", f"GET https://x:{token(rng)}@dev.azure.com/contoso/p/_git/r 200")
    home.bury(f"{paths[0]}/k8s/secret.yaml", "json", f"  token: {base64.b64encode(token(rng).encode()).decode()}")
    home.bury(".config/Code/User/globalStorage/state.vscdb", "noise", f"secret://dev.azure.com{token(rng)}")
    home.write(".local/state/tool/trace.log", home.texts.cut("log", 64 << 20))
    home.noise(".local/share/tool/model.bin", 64 << 20)

    # What is left goes to work trees (six tenths), packages in them, and caches.
    left = max(0, files - home.files)
    for path in paths:
        home.tree(path, int(left * 0.6 / repositories))
    with_packages = paths[::10]
    for path in with_packages:
        home.tree(f"{path}/node_modules", int(left * 0.2 / len(with_packages)))
    caches = files - home.files
    for path, share in CACHES.items():
        home.tree(path, int(caches * share))
    home.tree("Documents", max(0, files - home.files))
    return home


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("folder")
    parser.add_argument("--repositories", type=int, default=1500)
    parser.add_argument("--files", type=int, default=290_000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    if os.path.isdir(options.folder) and os.listdir(options.folder):
        sys.exit(f"{options.folder} is not empty: name a new folder")
    home = lay(options.folder, options.repositories, options.files, options.seed)
    print(f"{options.repositories} repositories, {home.files} files, {home.bytes >> 20} MB, "
          f"{home.credentials} credentials, {home.buried} more that only --deep finds")


if __name__ == "__main__":
    main()

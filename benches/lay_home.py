#!/usr/bin/env python3
"""Lays the home that benches/scan.sh walks: the same seed gives the same tree.

    benches/lay_home.py FOLDER [--repositories 1500] [--files 290000] [--seed 1]

Repositories have the files that git writes, with objects that are only names: nothing
here reads them. Tokens are well formed, made anew, and were never issued by anybody.
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


class Home:
    def __init__(self, root, seed):
        self.root = root
        self.rng = random.Random(seed)
        self.files = 0
        self.credentials = 0
        self.made = set()

    def write(self, path, content=""):
        full = os.path.join(self.root, path)
        folder = os.path.dirname(full)
        if folder not in self.made:
            os.makedirs(folder, exist_ok=True)
            self.made.add(folder)
        with open(full, "w", encoding="utf-8") as file:
            file.write(content)
        self.files += 1

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
            self.write(f"{git}/hooks/{hook}.sample")
        self.write(f"{git}/packed-refs")
        self.write(f"{git}/refs/heads/main")
        self.write(f"{git}/logs/HEAD")
        self.write(f"{git}/logs/refs/heads/main")
        self.folder(f"{git}/refs/tags")
        pack = f"{rng.getrandbits(160):040x}"
        for ending in ["pack", "idx", "rev"]:
            self.write(f"{git}/objects/pack/pack-{pack}.{ending}")
        for _ in range(rng.randrange(5, 30)):
            name = f"{rng.getrandbits(160):040x}"
            self.write(f"{git}/objects/{name[:2]}/{name[2:]}")
        self.write(f"{path}/README.md")
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
            self.write(f"{folder}/{self.name()}-{number}{self.rng.choice(ENDINGS)}")


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
    print(f"{options.repositories} repositories, {home.files} files, {home.credentials} credentials")


if __name__ == "__main__":
    main()

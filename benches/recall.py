#!/usr/bin/env python3
"""Counts what finders of secrets report of the tables that tests/every_place.rs lays.

A planted secret counts as found when one finding lies in its file and either names its line or has the secret in its
text, encoded or not: whatever the finding's rule calls it. `named` are those of them that a person can tell to be
of Azure DevOps: by the rule's name or description, or, for rekey, always.

On the look-alikes every finding counts. Those of the class "no secret" are false whatever they are called. A token of
another organization or host, or a secret of another service, is none of rekey's business but is a secret: a general
finder is right to report it, so these are counted apart.
"""

import argparse
import collections
import json
import os
import re
import subprocess
import sys
from pathlib import Path

AZURE_DEVOPS = re.compile(r"azure[-_. ]?(devops|repos|pat\b)|\bado\b|azdo|vsts|visual ?studio", re.IGNORECASE)
ABOUT = ["--org", "contoso", "--tenant", "22222222-0000-4000-8000-000000000002",
         "--connected-at", "2026-10-10T12:00:00Z", "--offline", "--json"]

Finding = collections.namedtuple("Finding", "path first last text named")


def rekey(program, tables, homes):
    for home in homes:
        done = subprocess.run([program, "scan", "--home", str(tables / home), *ABOUT],
                              capture_output=True, check=False)
        if done.returncode not in (0, 1):
            sys.exit(f"rekey in {home}: {done.stderr.decode()}")
        for found in json.loads(done.stdout)["findings"]:
            place = found["location"]
            line = place.get("line") or 1
            yield Finding(os.path.realpath(place["path"]), line, line, "", True)


def kingfisher(program, tables, homes):
    folder = tables / Path(homes[0]).parent
    done = subprocess.run([program, "scan", "--no-validate", "--format", "jsonl", str(folder)],
                          capture_output=True, check=False, cwd=tables)
    for line in done.stdout.decode(errors="replace").splitlines():
        record = json.loads(line)
        if "rule" not in record:
            continue
        rule, found = record["rule"], record["finding"]
        yield Finding(os.path.realpath(found["path"]), found["line"], found["line"], found["snippet"],
                      bool(AZURE_DEVOPS.search(f"{rule['id']} {rule['name']} {rule.get('description', '')}")))


def betterleaks(program, tables, homes):
    folder = tables / Path(homes[0]).parent
    answer = tables / "betterleaks.json"
    subprocess.run([program, "filesystem", str(folder), "--no-banner", "--output", str(answer)],
                   capture_output=True, check=False, cwd=tables)
    for found in json.loads(answer.read_text(encoding="utf-8")).get("findings") or []:
        place = found["location"]
        yield Finding(os.path.realpath(place["path"]), place["start_line"], place["end_line"], found["match"]["full"],
                      bool(AZURE_DEVOPS.search(f"{found['rule_id']} {found['description']}")))


def recall(rows, findings, tables):
    """Found and named, of each form of secret."""
    by_path = collections.defaultdict(list)
    for finding in findings:
        by_path[finding.path].append(finding)
    counts = collections.defaultdict(lambda: [0, 0, 0])
    for row in rows:
        path = os.path.realpath(tables / row["home"] / row["path"])
        hits = [finding for finding in by_path[path]
                if finding.first <= row["line"] <= finding.last
                or row["secret"] in finding.text or row["text"] in finding.text]
        for key in ("all", row["form"], "encoded" if row["encoded"] else "plain"):
            count = counts[key]
            count[0] += 1
            count[1] += bool(hits)
            count[2] += any(finding.named for finding in hits)
    return counts


def loud(likes, findings, tables):
    """Look-alikes of each class with any finding, and with one that names Azure DevOps."""
    homes = {os.path.realpath(tables / like["home"]): like for like in likes}
    said = collections.defaultdict(lambda: [set(), set()])
    for finding in findings:
        for home, like in homes.items():
            if finding.path.startswith(home + os.sep):
                said[like["class"]][0].add(home)
                if finding.named:
                    said[like["class"]][1].add(home)
    return said


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("tables", type=Path)
    for finder in ("rekey", "kingfisher", "betterleaks"):
        parser.add_argument(f"--{finder}", required=True, type=os.path.abspath)
    options = parser.parse_args()
    tables = options.tables.resolve()
    manifest = json.loads((tables / "manifest.json").read_text(encoding="utf-8"))
    rows, likes = manifest["rows"], manifest["look_alikes"]
    finders = {"rekey": rekey, "Kingfisher": kingfisher, "Betterleaks": betterleaks}
    counts, said = {}, {}
    for name, find in finders.items():
        program = getattr(options, name.lower())
        counts[name] = recall(rows, find(program, tables, [row["home"] for row in rows]), tables)
        said[name] = loud(likes, find(program, tables, [like["home"] for like in likes]), tables)

    def table(title, head, lines):
        print(f"\n{title}\n\n| {head} | {' | '.join(finders)} |\n|{'---|' * (len(finders) + 1)}")
        for line, cells in lines:
            print(f"| {line} | {' | '.join(cells)} |")

    def share(part, whole):
        return f"{part} ({100 * part / whole:.0f} %)"

    lines = []
    for key, words in [("all", "found"), ("84", "… of 84 characters"), ("52", "… of 52 characters"),
                       ("JWT", "… JWT"), ("plain", "… as they are"), ("encoded", "… encoded")]:
        whole = counts["rekey"][key][0]
        lines.append((f"{words}, of {whole}", [share(counts[name][key][1], whole) for name in finders]))
    whole = counts["rekey"]["all"][0]
    lines.append((f"found and named as Azure DevOps', of {whole}",
                  [share(counts[name]["all"][2], whole) for name in finders]))
    table("Planted secrets", "planted secrets", lines)

    classes = collections.Counter(like["class"] for like in likes)
    lines = []
    for name_of_class, words in [("no secret", "no secret at all"),
                                 ("secret of another service", "secrets of another service"),
                                 ("token of elsewhere", "tokens of another host, server or organization")]:
        cells = [f"{len(said[name][name_of_class][0])} ({len(said[name][name_of_class][1])})" for name in finders]
        lines.append((f"{words}, of {classes[name_of_class]}", cells))
    table("Look-alikes with any finding (with one that names Azure DevOps)", "look-alikes", lines)


if __name__ == "__main__":
    main()

"""The indented blocks of a page, a file each: SECTION-1, SECTION-2, ...   python3 blocks.py PAGE DIR"""

import re
import sys

page, directory = sys.argv[1:]
section, number, block = "", 0, []
for line in open(page).read().split("\n") + [""]:
    if line.startswith("    "):
        block.append(line[4:])
        continue
    if block:
        number += 1
        with open(f"{directory}/{section}-{number}", "w") as file:
            file.write("\n".join(block) + "\n")
    block = []
    if line.startswith("## "):
        section, number = re.sub(r"[^a-z]+", "-", line[3:].lower()).strip("-"), 0

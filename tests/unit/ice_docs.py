#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""What Documentation/mip6_ice*.rst say about names is true: the files, functions, test
cases and stories of the conformance tables exist, every section of the draft has its
line, each counter is described in the words of the sources, and each sysctl with its
default. TAP on the standard output.

    ice_docs.py [TOP]
"""
import re
import sys
from pathlib import Path

TOP = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).resolve().parents[2]
DOC = TOP / "Documentation"
MODULE = TOP / "net/mip6_ice"

problems = []


def problem(text):
    problems.append(text)


def tables(text):
    """Rows of the simple tables of reStructuredText, as lists of cells."""
    rows, columns = [], []
    for line in text.splitlines():
        if re.fullmatch(r"=+( +=+)+", line):  # the rule above, or below
            columns = [] if columns else [m.span() for m in re.finditer("=+", line)]
        elif columns and line.strip():
            rows.append([line[a:b if i + 1 < len(columns) else None].strip()
                         for i, (a, b) in enumerate(columns)])
    return rows


def functions(path):
    """Functions, structs and enums that a file of the module defines or declares."""
    text = path.read_text()
    names = set(re.findall(r"^(?:[\w ]+[ *])?(\w+)\(", text, re.M))
    return names | set(re.findall(r"^(?:struct|enum) (\w+)", text, re.M))


def cases(name):
    path = TOP / f"tests/unit/{name}_test.c"
    if not path.exists():
        return None
    return re.findall(r'\{ "([^"]*)", test_', path.read_text())


def check_code(section, cell):
    """file.c:function, function, file.c, in this order; words between are prose."""
    current = None
    for name, rest in re.findall(r"(\w+\.[ch])((?::\w+)?(?:, (?!\w+\.[ch])\w+)*)", cell):
        current = MODULE / name
        if not current.exists():
            problem(f"{section}: there is no net/mip6_ice/{name}")
            continue
        for function in re.findall(r"\w+", rest):
            if rest.startswith(":") and function not in functions(current):
                problem(f"{section}: no {function} in {name}")
    if current is None and not re.search(r"nothing|no rules|no example|the whole|foundations", cell):
        problem(f"{section}: no file in {cell!r}")


def check_tests(section, cell, last):
    stories = [p.name for p in (TOP / "tests/net").glob("*.sh")]
    found = cell == "none"
    unit = last
    for word in re.findall(r'unit:\w+|"[^"]*"|\b1\d0\b|\b1\d5\b|interop|the same', cell):
        found = True
        if word.startswith("unit:"):
            unit = word[5:]
            if cases(unit) is None:
                problem(f"{section}: there is no tests/unit/{unit}_test.c")
        elif word.startswith('"'):
            text = word.strip('"')
            if unit and cases(unit) and any(text in c for c in cases(unit)):
                continue
            if any(text in p.read_text() for p in (TOP / "tests/net").glob("1*-ice-*.sh")):
                continue
            problem(f"{section}: no test case {word} in {unit or 'the stories'}")
        elif word.isdigit() and not any(s.startswith(word + "-ice-") for s in stories):
            problem(f"{section}: there is no story {word}")
    if not found:
        problem(f"{section}: no test in {cell!r}")
    return unit


# Leaves of RFC 5245 that say what an agent does, streams of media and SIP aside.
ICE = """2.7 4.1.1.1 4.1.1.2 4.1.1.3 4.1.1.4 4.1.2.1 4.1.2.2 4.1.3 4.1.4 4.2 4.3 5.1 5.2 5.3
    5.4 5.5 5.6 5.7.1 5.7.2 5.7.3 5.7.4 5.8 6.1 6.2 6.3 6.4 7.1.1 7.1.2.1 7.1.2.2 7.1.2.3
    7.1.2.4 7.1.3.1 7.1.3.2.1 7.1.3.2.2 7.1.3.2.3 7.1.3.2.4 7.1.3.3 7.2.1.1 7.2.1.2
    7.2.1.3 7.2.1.4 7.2.1.5 7.2.2 8.1.1.1 8.1.1.2 8.1.2 8.2.1 8.2.2 8.3.1 8.3.2 9.1.1.1
    9.1.2.1 9.1.2.2 9.1.3.1 9.1.3.2 9.2.1.1 9.2.2.1 9.2.2.2 9.2.2.3 9.2.3 9.3.1.1
    9.3.1.4 9.3.2 10 11.1.1 11.1.2 11.1.3 11.2 15.1 15.4 16.1 16.2 18 19.1 19.2"""


def sections(label):
    """Of "5.7.1-3", "5.3-5.6" and "8.2": each section that is meant."""
    for first, last in re.findall(r"(?<![D\w])(\d+(?:\.\d+)*)(?:-([\d.]+))?", label):
        yield first
        if last:
            stem, number = first.rpartition(".")[::2]
            for n in range(int(number), int(last.rpartition(".")[2]) + 1):
                yield f"{stem}.{n}"


def conformance():
    text = (DOC / "mip6_ice-conformance.rst").read_text()
    rows = tables(text)
    unit = None
    for row in rows:
        if len(row) != 3:
            problem(f"a row of {len(row)} cells: {row}")
            continue
        check_code(row[0], row[1])
        unit = check_tests(row[0], row[2], unit)
    listed = " ".join(r[0] for r in rows)
    part = re.split(r"^(?=.*\n=+\n\n=)", text, flags=re.M)
    told = {s for p in part if p.startswith("RFC 5245\n")
            for r in tables(p) for s in sections(r[0])}
    for section in ICE.split():
        if not any(section == s or section.startswith(s + ".") for s in told):
            problem(f"RFC 5245, Section {section}, has no line")
    for section in ("1 1.1 1.2 1.3 1.4 1.5 1.6 2 3 4 5 6 7 8 9 10 11 12 13 14.1 14.2 14.3 "
                    "14.4.1 14.4.2 15").split():
        if not re.search(rf"\bD{re.escape(section)}(?![\d.])", listed):
            problem(f"Section {section} of the draft has no line")


def counters():
    text = (DOC / "mip6_ice.rst").read_text()
    told = {r[0]: r[1] for r in tables(text) if len(r) == 2}
    source = {}
    for name in "mib.h", "agent.h":
        code = (MODULE / name).read_text()
        source.update(re.findall(r'X\((\w+),\s*"([^"]*)"\)', code))
    for name, doc in source.items():
        if told.get(name) != doc:
            problem(f"counter {name}: documented as {told.get(name)!r}, is {doc!r}")
    for name in told.keys() - source.keys():
        problem(f"counter {name} does not exist")
    # One that nothing counts is a promise that is not kept.
    code = "".join(p.read_text() for p in MODULE.glob("*.c"))
    for name in source:
        if not re.search(rf"MICE_(INC|ADD)\(\w+(->\w+)?, {name}\b|MICE_STAT_{name}\b", code):
            problem(f"counter {name}: nothing counts it")


def sysctls():
    text = (DOC / "mip6_ice-sysctl.rst").read_text()
    told = {}
    for names, body in re.findall(r"^([a-z_, ]+) - .*\n((?:\t.*\n|\n)+)", text, re.M):
        for name in names.split(", "):
            told[name] = body
    code = (MODULE / "sysctl.c").read_text()
    knobs = set(re.findall(r'(?:KNOB|DEVICES)\("(\w+)"', code)) | set(re.findall(r'procname\s*= "(\w+)"', code))
    for name in knobs - told.keys():
        problem(f"net.mip6_ice.{name} is not documented")
    for name in told.keys() - knobs:
        problem(f"net.mip6_ice.{name} does not exist")
    for name, body in told.items():
        if "Default:" not in body:
            problem(f"net.mip6_ice.{name}: no default")
    manual = (TOP / "tools/man/mip6_ice.7").read_text()
    for name in knobs:
        if f".It {name} " not in manual and f".It {name}\n" not in manual:
            problem(f"net.mip6_ice.{name} is not in mip6_ice.7")


failed = 0
checks = (conformance, counters, sysctls)
print(f"1..{len(checks)}")
for n, check in enumerate(checks, 1):
    problems.clear()
    check()
    for text in problems:
        print(f"# {text}")
    failed |= bool(problems)
    print(f"{'not ' if problems else ''}ok {n} documentation of M-ICE: {check.__name__}")
sys.exit(failed)

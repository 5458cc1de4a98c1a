#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""What Documentation/*-sysctl.rst and the example say of each sysctl is what the code
does: type, unit, range and default; and so is the default in the manual page. A line
for each that differs, and at the end how many were compared.

    sysctls.py TOP
"""
import re
import sys
from pathlib import Path

TOP = Path(sys.argv[1])
COMMENT = re.compile(r"/\*(.*?)\*/", re.S)


def unit_of(text):
    """What is counted, as a comment or a heading has it."""
    for unit in "milliseconds", "per second", "seconds":
        if re.search(rf"\b{unit}\b", text):
            return unit
    return ""


class Code:
    """The sysctls of a module, out of its sources."""

    def __init__(self, module):
        folder = TOP / "net" / module
        self.text = (folder / "sysctl.c").read_text()
        headers = [*folder.glob("*.h"), *TOP.glob("include/uapi/linux/*.h")]
        self.words, self.comments = {}, {}
        for path in [*headers, folder / "sysctl.c"]:
            for name, value, comment in re.findall(
                    r"^#define\s+(\w+)[ \t]+([^\n]*?)[ \t]*(/\*.*?\*/)?$", path.read_text(), re.M):
                self.words[name], self.comments[name] = value, comment
        for line in re.findall(r"^static unsigned int [^\n]*", self.text, re.M):
            for name, value in re.findall(r"(\w+)(?: = ([^,;]+))?[,;]", line.split("/*")[0]):
                self.words[name] = value or "0"
                self.comments[name] = " ".join(COMMENT.findall(line))
        self.knobs = self.read_knobs()
        self.defaults = self.read_defaults()

    def value(self, expression):
        """The number, or the string, that a C expression of constants is."""
        while True:
            known = [w for w in re.findall(r"\b[A-Za-z_]\w*", re.sub(r'"[^"]*"', "", expression))
                     if w in self.words]
            if not known:
                break
            for word in known:
                expression = re.sub(rf"\b{word}\b", f"({self.words[word]})", expression)
        string = re.fullmatch(r'\(*"(.*)"\)*', expression)
        if string:
            return string[1]
        expression = expression.replace("BIT(", "(1<<").replace("/", "//")
        if not re.fullmatch(r"[\d\s()*/+<-]+", expression):
            sys.exit(f"what is {expression}?")
        return eval(expression)     # digits and operators

    def read_knobs(self):
        """Name: (place, type, names of the least and of the most)."""
        table = self.text[self.text.index("knobs_template[] ="):]
        table = table[:table.index("MOBILITY_SYSCTL_END")]
        knobs = {}
        for macro, args in re.findall(r"(\w*KNOB|DEVICES)\(([^)]*)\)", table):
            args = [a.strip().strip('"') for a in args.split(",")]
            kind = "string" if macro == "DEVICES" else "integer"
            knobs[args[0]] = (args[1], kind, *(args[3:5] or (None, None)))
        for entry in re.findall(r"\{\s*\.procname.*?\}", table, re.S):
            get = dict(re.findall(r"\.(\w+)\s*=\s*(.*?),\n", entry))
            place = re.search(r"NET_OFFSET\((\S+)\)", get["data"])[1]
            knobs[get["procname"].strip('"')] = (place, "integer", get["extra1"][1:], get["extra2"][1:])
        return knobs

    def read_defaults(self):
        """Place: expression. What is not set is 0, or empty."""
        body = self.text[self.text.index("static void set_defaults("):]
        body = body[:body.index("\n}\n")]
        return dict(re.findall(r"(?:->|\.)(\w+)\s*= ([^,;{]+)[,;]", body))

    def facts(self, name):
        place, kind, least, most = self.knobs[name]
        expression = self.defaults.get(place, '""' if kind == "string" else "0")
        units = {unit_of(self.comments.get(w, ""))
                 for w in re.findall(r"\w+", f"{expression} {least} {most}")} - {""}
        if len(units) > 1:
            sys.exit(f"{name}: is it counted in {units}?")
        if kind != "string":
            least, most = self.value(least), self.value(most)
        if (least, most) == (0, 1):
            kind = "boolean"
        return {"type": kind, "unit": "".join(units), "range": (least, most),
                "default": self.value(expression)}


def numbers(text):
    return [int(n) for n in re.findall(r"\d+", text)]


def documented(module):
    """Name: what the page says of it, in the words of facts()."""
    text = (TOP / f"Documentation/{module}-sysctl.rst").read_text()
    entries = re.split(r"^(?=[a-z_0-9, ]+ - )", text, flags=re.M)[1:]
    for entry in entries:
        heading, body = entry.split("\n", 1)
        names, kind = heading.split(" - ", 1)
        body = " ".join(body.split())
        said = {"type": re.match(r"\w+", kind)[0].lower(), "unit": unit_of(kind)}
        default = re.search(r"\b[Dd]efault:? (?:(empty)|``([^`]*)``|(\d+(?: and \d+)*))", body)
        between = re.findall(r"\b(\d+) (?:to|or) (\d+)\b(?=[^.]*default|[.;])", body)
        names = names.split(", ")
        values = numbers(default[3]) if default and default[3] else [default and (default[2] or "")]
        for i, name in enumerate(names):
            yield name, dict(said, range=tuple(map(int, between[-1])) if between else None,
                             default=values[i if len(values) > 1 else 0])


def manual(module, code):
    """The list in section 7: all of them, alphabetically, each with its default."""
    text = (TOP / f"tools/man/{module}.7").read_text()
    text = text[text.index(f".Va net.{module}.*"):].split(".El", 1)[0]
    found = dict(re.findall(r"^\.It (\w+)\n(.*?)(?=^\.It|\Z)", text, re.M | re.S))
    if list(found) != sorted(code.knobs):
        print(f"{module}.7: lists {' '.join(found)}")
    for name, words in found.items():
        said = re.search(r"Default:\s+(?:\.Ql )?(.*?) ?\.$", words, re.M)
        default = str(code.facts(name)["default"]) or "empty"
        if not said or said[1] != default:
            print(f"{module}.7: {name}: said {said and said[1]!r}, is {default!r}")


def example(codes):
    """The file that people copy: defaults, or the other value behind a comment."""
    text = (TOP / "tools/examples/sysctl.conf").read_text()
    for off, module, name, value in re.findall(r"^(#?)net\.(\w+)\.(\w+) = (\S+)$", text, re.M):
        default = str(codes[module].facts(name)["default"])
        if (default == value) == bool(off):
            print(f"sysctl.conf: {name} is {value}, by default {default}")


codes, compared = {}, 0
for module in "tcp_mobility", "mip6_ice":
    code = codes[module] = Code(module)
    manual(module, code)
    for name, said in documented(module):
        if name not in code.knobs:
            print(f"{module}: there is no {name}")
            continue
        want = code.facts(name)
        # A page may call what is 0 or 1 an integer, and says so; what holds for
        # all of its kind needs no range.
        if want["type"] == "boolean":
            said["range"] = said["range"] or (said["type"] == "boolean" and (0, 1))
            said["type"] = "boolean" if said["type"] == "integer" else said["type"]
        elif want["type"] == "string":
            want["range"] = said["range"]
        for what in want:
            if said[what] != want[what]:
                print(f"{module}: {name}: {what}: said {said[what]!r}, is {want[what]!r}")
        compared += 1
example(codes)
print(f"{compared} compared")

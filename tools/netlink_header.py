#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Write the uapi header of a generic netlink family out of its YAML spec.

	tools/netlink_header.py Documentation/netlink/specs/NAME.yaml >HEADER

Names are those that the kernel's own generator gives for the same spec; on top
of it every doc becomes kernel-doc. What the spec says is defined in another
header (`header:') stays there.
"""
import os
import sys
import textwrap

import yaml


def c_name(*parts):
    return "_".join(parts).replace("-", "_").upper()


def comment(lines):
    return "/**\n" + "".join(" *%s\n" % (line if line[0] == "\t" else " " + line)
                             for line in lines) + " */\n"


def folded(text):
    """Lines of kernel-doc; those behind the first begin with a tab."""
    return textwrap.wrap(text, 72, subsequent_indent="\t", expand_tabs=False,
                         break_long_words=False, break_on_hyphens=False)


def described(name, doc):
    return folded("@%s: %s" % (name, " ".join(doc.split())))


def enum(name, doc, members, tail):
    """members: (constant, doc, initializer or None)"""
    lines = folded("enum %s - %s" % (name, " ".join(doc.split())))
    for const, text, _ in members:
        lines += described(const, text)
    out = comment(lines) + "enum %s {\n" % name
    for const, _, value in members:
        out += "\t%s%s,\n" % (const, "" if value is None else " = %s" % value)
    return out + tail + "};\n"


def header(spec, path):
    family = spec["name"]
    guard = "_UAPI_" + c_name(spec["uapi-header"].replace("/", "_").replace(".", "_"))
    parts = []
    others = []
    for d in spec["definitions"]:
        if "header" in d:
            others.append(d["header"])
            continue
        one = [c_name(family, d["name"], e["name"]) for e in d["entries"]]
        docs = [e["doc"] for e in d["entries"]]
        if d["type"] == "flags":
            init = ["%d" % (1 << i) for i in range(len(one))]
        else:
            init = [None] * len(one)
        parts.append(enum("%s_%s" % (family, d["name"].replace("-", "_")), d["doc"],
                          list(zip(one, docs, init)), ""))
    for s in spec["attribute-sets"]:
        prefix = c_name(family, "a", s["name"])
        members = []
        for i, a in enumerate(s["attributes"]):
            doc = a.get("doc", "Alignment." if a["type"] == "pad" else "")
            members.append((prefix + "_" + c_name(a["name"]), doc, "1" if i == 0 else None))
        tail = "\n\t__%s_MAX,\n\t%s_MAX = (__%s_MAX - 1)\n" % (prefix, prefix, prefix)
        parts.append(enum("%s_attr_%s" % (family, s["name"]), s["doc"], members, tail))
    prefix = c_name(family, "cmd")
    members = []
    for i, o in enumerate(spec["operations"]["list"]):
        members.append((prefix + "_" + c_name(o["name"]), o["doc"].split("\n\n")[0],
                        "1" if i == 0 else None))
    tail = "\n\t__%s_MAX,\n\t%s_MAX = (__%s_MAX - 1)\n" % (prefix, prefix, prefix)
    parts.append(enum("%s_cmd" % family, "Operations and messages; the spec says what each takes.",
                      members, tail))
    groups = "".join('#define %s\t"%s"\n' % (c_name(family, "mcgrp", g["name"]), g["name"])
                     for g in spec["mcast-groups"]["list"])
    includes = "".join("#include <%s>\n" % h for h in sorted(set(others)))
    return """/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/*
 * Written by tools/netlink_header.py out of %s,
 * which has more to say. Change there first.
 */
#ifndef %s
#define %s

%s
#define %s\t"%s"
#define %s\t1

%s
%s
#endif /* %s */
""" % (path, guard, guard, includes, c_name(family, "family-name"), family,
       c_name(family, "family-version"), "\n".join(parts), groups, guard)


def main():
    if len(sys.argv) != 2:
        sys.exit("usage: netlink_header.py SPEC >HEADER")
    with open(sys.argv[1], encoding="utf-8") as file:
        spec = yaml.safe_load(file)
    top = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    path = os.path.relpath(os.path.abspath(sys.argv[1]), top)
    sys.stdout.write(header(spec, path))


if __name__ == "__main__":
    main()

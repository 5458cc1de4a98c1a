#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Does everybody mean the same? The spec of mip6_ice against what is made of it.

	tests/unit/ice_netlink.py		TAP

Compares Documentation/netlink/specs/mip6_ice.yaml with the uapi header, the
operations, policies and answers of net/mip6_ice/netlink.c, the names of the
tracepoint, those of mobctl and the manual page; and the counters with the page
that explains them.
"""
import os
import re
import subprocess
import sys

import yaml

import netlink_spec as common

SPEC = "Documentation/netlink/specs/mip6_ice.yaml"
HEADER = "include/uapi/linux/mip6_ice.h"
NET = "net/mip6_ice/"
SETS = {"peer": "A", "cand": "C", "pair": "P", "stat": "S"}


def header_agrees():
    made = subprocess.run([sys.executable, os.path.join(common.TOP, "tools/netlink_header.py"),
                           os.path.join(common.TOP, SPEC)], check=True, capture_output=True,
                          text=True).stdout
    return [] if made == common.read(HEADER) else \
        ["%s is not what tools/netlink_header.py writes" % HEADER]


def policies(text):
    found = {}
    for name, body in re.findall(r"static const struct nla_policy (\w+)\[[^\]]*\] = \{\n(.*?)\n\};",
                                 text, flags=re.S):
        found[name] = {attr: " ".join(how.split()).rstrip(",") for attr, how in
                       re.findall(r"\[[ACPS]\((\w+)\)\]\s*=\s*(.*?)(?=\n\t\[|\Z)", body, flags=re.S)}
    return found


def how_of(attr):
    """The policies that fit what the spec says of an attribute."""
    checks = attr.get("checks", {})
    if attr["type"] == "nest":
        return ["NLA_POLICY_NESTED(%s_policy)" % attr["nested-attributes"]]
    if attr["type"] == "binary":
        if "exact-len" not in checks:
            return ["ADDR_POLICY"]			# 4 or 16 octets
        return ["IP6_POLICY"] if checks["exact-len"] == 16 else \
            ["NLA_POLICY_EXACT_LEN(MICE_PWD_LEN)"]
    kind = "NLA_" + attr["type"].upper()
    if "min" in checks and "max" in checks:
        return ["NLA_POLICY_RANGE(%s, %d, %d)" % (kind, checks["min"], checks["max"])]
    if "max" in checks:
        return ["NLA_POLICY_MAX(%s, %d)" % (kind, checks["max"])]
    if attr.get("enum"):
        return ["NLA_POLICY_MASK(%s, MIP6_ICE_PEER_FLAGS_INITIATE | MIP6_ICE_PEER_FLAGS_MANUAL)" % kind]
    return ["{ .type = %s }" % kind]


def policy_agrees(spec):
    out = []
    text = common.code(NET + "netlink.c")
    found = policies(text)
    attrs = {s["name"]: {a["name"]: a for a in s["attributes"]} for s in spec["attribute-sets"]}
    for op, body in common.operations(spec, text, "MIP6_ICE", out):
        policy = re.search(r"\.policy\s*= (\w+),", body).group(1)
        want = common.requests_of(op)
        got = set() if policy == "no_policy" else set(found[policy])
        out += common.differ("%s: attributes that it takes" % op["name"],
                             sorted(common.c_name(n) for n in want), sorted(got))
        for name in want:
            out += common.differ("%s/%s: policy" % (op["name"], name),
                                 how_of(attrs[op["attribute-set"]][name]),
                                 [found[policy].get(common.c_name(name))])
    for name in ("type", "addr", "port", "priority"):
        out += common.differ("cand/%s: policy" % name, how_of(attrs["cand"][name]),
                             [found["cand_policy"].get(common.c_name(name))])
    if not re.search(r"no_policy\[\] = \{\s*\[1\]\s*= \{ \.type = NLA_REJECT \}", text):
        out.append("no_policy refuses nothing: the core neither checks nor can show it")
    out += common.refusals_have_words(text)
    if ".validate" in text or ".resv_start_op =" in text:
        out.append("not everything is validated strictly")
    return out


def answers_agree(spec):
    """What the kernel puts into messages is what the spec lists, and all of it."""
    out = []
    text = common.code(NET + "netlink.c")
    text = text[text.index("static int put_addr("):text.index("static const struct genl_ops")]
    who = {"HOME", "PEER"}
    for s in spec["attribute-sets"]:
        short = SETS[s["name"]]
        put = set(re.findall(r"\b%s\((\w+)\)" % short, text)) - {"PAD", "MAX"}
        if short in "CP":
            put |= who					# put_who() speaks for all sets
        listed = {common.c_name(n) for o in spec["operations"]["list"]
                  if o["attribute-set"] == s["name"] for n in common.replies_of(o)} - {"PAD"}
        out += common.differ("answers of %s" % s["name"], sorted(listed), sorted(put))
    return out


def words(text, name):
    body = re.search(r'NAMES\(%s, "\w+",(.*?)\);' % name, text, flags=re.S).group(1)
    return re.findall(r'"([^"]*)"', body)


def names_agree(spec):
    out = []
    entries = {d["name"]: [e["name"] for e in d["entries"]] for d in spec["definitions"]}
    trace = common.read(NET + "trace.h")
    for name, prefix in (("event", "MIP6_ICE_EVENT_"), ("state", "MIP6_ICE_STATE_")):
        part = trace[trace.index("#define MICE_TRACE_%sS" % name.upper()):]
        part = part[:part.index("EMe(") + 80]
        got = [text for const, text in re.findall(r'EMe?\((\w+),\s*"([^"]*)"\)', part)
               if const == prefix + common.c_name(text)]
        out += common.differ("trace.h: %ss" % name,
                             entries[name][1:] if name == "event" else entries[name], got)
    tool = common.read("tools/mobctl/ice.c")
    for name, table in (("state", "ice_state"), ("cand-type", "ice_type"),
                        ("pair-state", "ice_pair_state"), ("why", "ice_why"),
                        ("event", "ice_event"), ("peer-flags", "ice_peer_flag"),
                        ("pair-flags", "ice_pair_flag")):
        out += common.differ("ice.c: %s" % table, entries[name], words(tool, table))
    page = common.read("tools/man/mip6_ice.7")
    for enum, title in (("state", "States of a session:"), ("why", "Why a pair has failed:"),
                        ("event", "Events of\n")):
        part = page[page.index(title):].split(".El", 1)[0]
        out += ["%s %s: not in mip6_ice.7" % (enum, name) for name in entries[enum]
                if name not in ("none", "nothing") and ".It %s\n" % name not in part]
    return out


def counters_documented():
    """Each counter has words of its own, and the page of the user says where."""
    listed = re.findall(r'\tX\((\w+),\s*"([^"]*)"\)', common.read(NET + "mib.h") +
                        common.read(NET + "agent.h"))
    out = ["%s is there twice" % n for n in {n for n, _ in listed}
           if [m for m, _ in listed].count(n) > 1]
    page = common.read("Documentation/mip6_ice.rst")
    out += ["%s: not in Documentation/mip6_ice.rst like this: %s" % pair for pair in listed
            if not re.search(r"^%s +%s$" % (pair[0], re.escape(pair[1])), page, flags=re.M)]
    return out


def main():
    spec = yaml.safe_load(common.read(SPEC))
    print("TAP version 13")
    common.check("everything in the spec is described", common.documented(spec))
    common.check("the kernel's schema", common.schema(spec))
    common.check("the spec uses what it defines", common.references(spec))
    common.check("the uapi header", header_agrees())
    common.check("operations and policies", policy_agrees(spec))
    common.check("answers", answers_agree(spec))
    common.check("names for people", names_agree(spec))
    common.check("counters", counters_documented())
    print("1..%d" % common.cases)
    sys.exit(bool(common.failed))


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Does everybody mean the same? The netlink spec against what is made of it.

	tests/unit/netlink_spec.py		TAP

Compares Documentation/netlink/specs/tcp_mobility.yaml with what the kernel's schema
lets a spec say (the tables here are ours, of Linux 6.12), with the uapi headers,
the operations and policies of net/tcp_mobility/netlink.c, what attrs.c puts
into answers, the names of the tracepoint and those of the test program; and the
list of counters with its documentation.
"""
import copy
import os
import re
import subprocess
import sys

import yaml

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
SPEC = "Documentation/netlink/specs/tcp_mobility.yaml"
HEADER = "include/uapi/linux/tcp_mobility_netlink.h"
NET = "net/tcp_mobility/"

cases = 0
failed = 0


def read(path):
    with open(os.path.join(TOP, path), encoding="utf-8") as file:
        return file.read()


def check(name, problems):
    """A TAP line; problems is a list of sentences."""
    global cases, failed
    cases += 1
    failed += bool(problems)
    for problem in problems:
        print("# %s" % problem)
    print("%s %d %s" % ("not ok" if problems else "ok", cases, name))


def differ(what, want, got):
    return [] if want == got else ["%s: the spec has %s, there is %s" % (what, want, got)]


def c_name(name):
    return name.upper().replace("-", "_")


def code(path):
    """Source without comments."""
    return re.sub(r"/\*.*?\*/", "", read(path), flags=re.S)


def enum_of(text, prefix):
    """Constants of a C enum in order, without the prefix; what ends it left out."""
    names = re.findall(r"^\t%s([A-Z0-9_]+)( = [^,]*)?,$" % prefix, text, flags=re.M)
    return [name for name, _ in names]


def documented(spec):
    """Everything has a doc that ends like a sentence."""
    out = []

    def look(where, thing):
        doc = thing.get("doc", "")
        if not doc.strip().endswith("."):
            out.append("%s: no doc, or no sentence" % where)
        if len(" ".join(doc.split())) < 8:
            out.append("%s: says nothing" % where)

    look("family", spec)
    for d in spec["definitions"]:
        look(d["name"], d)
        for e in d["entries"]:
            look("%s/%s" % (d["name"], e["name"]), e)
    for s in spec["attribute-sets"]:
        look(s["name"], s)
        for a in s["attributes"]:
            if a["type"] not in ("pad", "unused"):
                look("%s/%s" % (s["name"], a["name"]), a)
    for o in spec["operations"]["list"]:
        look(o["name"], o)
    return out


def references(spec):
    """Every name that is used is defined, every attribute is used somewhere."""
    out = []
    enums = {d["name"] for d in spec["definitions"]}
    for s in spec["attribute-sets"]:
        names = {a["name"] for a in s["attributes"]}
        used = set()
        for a in s["attributes"]:
            if a.get("enum") and a["enum"] not in enums:
                out.append("%s/%s: no enum %s" % (s["name"], a["name"], a["enum"]))
        for o in spec["operations"]["list"]:
            if o["attribute-set"] != s["name"]:
                continue
            for attrs in attributes_of(o):
                for name in attrs:
                    used.add(name)
                    if name not in names:
                        out.append("%s: no attribute %s" % (o["name"], name))
        out += ["%s/%s: no operation has it" % (s["name"], n) for n in sorted(names - used)]
    return out


# What objects of a spec may have; "!" has to be there. What only other families need,
# names for C and the like, is left out.
KEYS = {
    "family": "name! doc! protocol uapi-header definitions attribute-sets! operations! "
              "mcast-groups",
    "definition": "name! type! doc header value-start entries",
    "entry": "name! value doc",
    "attribute-set": "name! doc subset-of attributes!",
    "attribute": "name! type! doc value byte-order multi-attr nested-attributes enum "
                 "enum-as-flags checks sub-type display-hint",
    "checks": "min max min-len max-len exact-len flags-mask",
    "operations": "enum-model list!",
    "operation": "name! doc! value attribute-set flags dont-validate do dump notify event mcgrp",
    "do": "request reply pre post",
    "message": "attributes",
    "groups": "list!",
    "group": "name! flags",
}
# Words of which one has to be taken, in the two protocols that we may be of.
WORDS = {
    "protocol": "genetlink genetlink-legacy",
    "definition type": "const enum flags",
    "attribute type": "unused pad flag binary uint sint u8 u16 u32 u64 s32 s64 string nest "
                      "indexed-array nest-type-value",
    "byte-order": "little-endian big-endian",
    "enum-model": "unified",
    "display-hint": "hex mac fddi ipv4 ipv6 uuid",
    "flags": "admin-perm",
    "dont-validate": "strict dump dump-strict",
}
LEGACY = {
    "protocol": "genetlink-c",
    "definition type": "struct",
    "attribute type": "bitfield32",
    "enum-model": "directional",
    "flags": "uns-admin-perm",
}


def schema(spec):
    """What the schema of the protocol that the spec names would refuse."""
    out = []
    legacy = spec.get("protocol") == "genetlink-legacy"

    def word(where, which, value):
        known = WORDS[which] + (" " + LEGACY.get(which, "") if legacy else "")
        if value not in known.split():
            out.append("%s: %s may not be %s" % (where, which, value))

    def keys(where, kind, thing):
        known = KEYS[kind].split()
        out.extend("%s: no %s may be there" % (where, key) for key in thing
                   if key not in known and key + "!" not in known)
        out.extend("%s: has no %s" % (where, key[:-1]) for key in known
                   if key[-1] == "!" and key[:-1] not in thing)
        for key in ("byte-order", "enum-model", "display-hint", "protocol"):
            if key in thing:
                word(where, key, thing[key])
        for key in ("flags", "dont-validate"):
            for value in thing.get(key, []):
                word(where, key, value)
        for key in ("name", "doc"):
            if not isinstance(thing.get(key, ""), str):
                out.append("%s: %s is no text" % (where, key))

    def message(where, thing):
        keys(where, "message", thing)
        out.extend("%s: %s is no name" % (where, name) for name in thing.get("attributes", [])
                   if not isinstance(name, str))

    keys("family", "family", spec)
    for d in spec.get("definitions", []):
        keys(d.get("name"), "definition", d)
        word(d.get("name"), "definition type", d.get("type"))
        for e in d.get("entries", []):
            if not isinstance(e, str):
                keys("%s/%s" % (d.get("name"), e.get("name")), "entry", e)
    for s in spec.get("attribute-sets", []):
        keys(s.get("name"), "attribute-set", s)
        for a in s.get("attributes", []):
            where = "%s/%s" % (s.get("name"), a.get("name"))
            keys(where, "attribute", a)
            for key in ("type", "sub-type"):
                if key in a:
                    word(where, "attribute type", a[key])
            keys(where, "checks", a.get("checks", {}))
            out.extend("%s: %s is no number" % (where, key) for key, value in
                       a.get("checks", {}).items() if not isinstance(value, int) or value < 0)
    keys("operations", "operations", spec.get("operations", {}))
    for o in spec.get("operations", {}).get("list", []):
        where = o.get("name")
        keys(where, "operation", o)
        for how in ("do", "dump"):
            keys(where, "do", o.get(how, {}))
            for what in ("request", "reply"):
                message(where, o.get(how, {}).get(what, {}))
        message(where, o.get("event", {}))
    keys("mcast-groups", "groups", spec.get("mcast-groups", {"list": []}))
    for g in spec.get("mcast-groups", {}).get("list", []):
        keys(g.get("name"), "group", g)
    return out


def schema_finds(spec):
    """Each of these makes a good spec one that the schema refuses."""
    def asked(s):
        return next(o for o in s["operations"]["list"] if "do" in o)

    def attr(s):
        return s["attribute-sets"][0]["attributes"][0]

    changes = {
        "another protocol": lambda s: s.update(protocol="generic"),
        "a flag that genetlink has not": lambda s: s.pop("protocol", None),
        "no doc": lambda s: s.pop("doc"),
        "a key of nobody": lambda s: s.update(author="me"),
        "a type of nobody": lambda s: attr(s).update(type="u12"),
        "no type": lambda s: attr(s).pop("type"),
        "an order of nobody": lambda s: attr(s).update({"byte-order": "network"}),
        "a check of nobody": lambda s: attr(s).update(checks={"least": 1}),
        "a check that is no number": lambda s: attr(s).update(checks={"max": -1}),
        "a definition of nobody": lambda s: s["definitions"][0].update(type="union"),
        "an entry without name": lambda s: s["definitions"][0]["entries"][0].pop("name"),
        "an operation without doc": lambda s: asked(s).pop("doc"),
        "a flag of nobody": lambda s: asked(s).update(flags=["root"]),
        "a model of nobody": lambda s: s["operations"].update({"enum-model": "split"}),
        "an answer of nobody": lambda s: asked(s)["do"].update(answer={}),
        "a name that is none": lambda s: asked(s)["do"].update(
            request={"attributes": [1]}),
        "a group without name": lambda s: s["mcast-groups"]["list"][0].pop("name"),
    }
    out = []
    for what, change in changes.items():
        bad = copy.deepcopy(spec)
        change(bad)
        if not schema(bad):
            out.append("%s is not found" % what)
    return out


def attributes_of(op):
    """All lists of attributes that an operation mentions."""
    lists = []
    for how in ("do", "dump"):
        for what in ("request", "reply"):
            lists.append(op.get(how, {}).get(what, {}).get("attributes", []))
    lists.append(op.get("event", {}).get("attributes", []))
    return lists


def requests_of(op):
    """Attributes that the operation takes, in either form."""
    return {name for how in ("do", "dump")
            for name in op.get(how, {}).get("request", {}).get("attributes", [])}


def replies_of(op):
    return {name for how in ("do", "dump")
            for name in op.get(how, {}).get("reply", {}).get("attributes", [])} | \
        set(op.get("event", {}).get("attributes", []))


def header_agrees(spec):
    """The generated header is what the generator makes; others by their enums."""
    made = subprocess.run([sys.executable, os.path.join(TOP, "tools/netlink_header.py"),
                           os.path.join(TOP, SPEC)], check=True, capture_output=True,
                          text=True).stdout
    out = [] if made == read(HEADER) else ["%s is not what tools/netlink_header.py writes" % HEADER]
    other = code("include/uapi/linux/tcp_mobility.h")
    for name, start, prefix in (("state", "enum tcp_mobility_state {", "TCP_MOBILITY_"),
                                ("reason", "enum tcp_mobility_reason {", "TCP_MOBILITY_R_")):
        body = other[other.index(start):]
        body = body[:body.index("}")]
        want = [c_name(e["name"]) for d in spec["definitions"] if d["name"] == name
                for e in d["entries"]]
        out += differ("enum tcp_mobility_%s" % name, want, enum_of(body, prefix))
    return out


def policies(text):
    """{policy: {attribute: how}} of netlink.c."""
    select = re.search(r"#define SELECT_POLICY(.*?)\n\n", text, flags=re.S).group(1)
    text = text.replace("\tSELECT_POLICY,", select.replace("\\", "") + ",")
    found = {}
    for name, body in re.findall(r"static const struct nla_policy (\w+)\[[^\]]*\] = \{\n(.*?)\n\};",
                                 text, flags=re.S):
        found[name] = {attr: " ".join(how.split()).rstrip(",") for attr, how in
                       re.findall(r"\[[AL]\((\w+)\)\]\s*=\s*(.*?)\s*$", body, flags=re.M)}
    return found


def ranges(text):
    return {name: (int(lo or 0), hi) for name, lo, hi in
            re.findall(r"range_validation (\w+) = \{\s*(?:\.min = (\d+),\s*)?\.max = ([^,]*),", text)}


def how_of(attr, limits):
    """The policy that the spec asks for."""
    sort = attr["type"]
    checks = attr.get("checks", {})
    if sort == "binary" and attr["name"].endswith("addr"):
        return ["ADDR_POLICY"]			# 4 or 16 octets
    if sort == "binary":
        return ["NLA_POLICY_RANGE(NLA_BINARY, %d, %d)" % (checks["min-len"], checks["max-len"])]
    kind = "NLA_FLAG" if sort == "flag" else "NLA_" + sort.upper()
    lo, hi = checks.get("min"), checks.get("max")
    if hi is None:
        return ["{ .type = %s }" % kind]
    fit = ["NLA_POLICY_FULL_RANGE(%s, &%s)" % (kind, name) for name, pair in limits.items()
           if pair == (lo or 0, hi)]
    fit.append("NLA_POLICY_MAX(%s, %d)" % (kind, hi) if lo is None else
               "NLA_POLICY_RANGE(%s, %d, %d)" % (kind, lo, hi))
    return fit


def numbers(limits):
    value = {"1 << 24": 1 << 24, "TCP_MOBILITY_SUSPEND_TIME_MAX": 86400}
    return {name: (lo, value.get(hi) or int(hi)) for name, (lo, hi) in limits.items()}


def operations(spec, text, prefix, out):
    """Those that can be requested, each with its entry in ops[] of the text."""
    for op in spec["operations"]["list"]:
        entry = re.search(r"\{\s*\.cmd\s*= %s_CMD_%s,(.*?)\n\t\}" % (prefix, c_name(op["name"])),
                          text, flags=re.S)
        if "event" in op:
            out += ["%s: an event that can be requested" % op["name"]] if entry else []
            continue
        if not entry:
            out.append("%s: not in ops[]" % op["name"])
            continue
        body = entry.group(1)
        for how, field in (("do", ".doit"), ("dump", ".dumpit")):
            if (how in op) != bool(re.search(r"\%s\s*=" % field, body)):
                out.append("%s: %s here and not there" % (op["name"], how))
        # The families look themselves, with words: include/compat/mobility_compat.h.
        admin = "uns-admin-perm" in op.get("flags", [])
        if admin != ("internal_flags\t= MOBILITY_ADMIN" in body) or "ADMIN_PERM" in body:
            out.append("%s: who may do it" % op["name"])
        if "dump" in op and admin != bool(re.search(r"\.start\s*= keys_start,", body)):
            out.append("%s: who may dump it" % op["name"])
        yield op, body


def refusals_have_words(text):
    """Those that no story can provoke; and .pre_doit refuses where the core would be mute."""
    out = ["a refusal without words: %s" % line.strip() for line in text.splitlines()
           if "return -ENOMEM" in line or "return -EPERM" in line]
    if not re.search(r"^\s*\.pre_doit\s*= mobility_pre_doit,", text, flags=re.M):
        out.append("family: nobody looks who asks")
    return out


def policy_agrees(spec):
    out = []
    text = code(NET + "netlink.c")
    found = policies(text)
    limits = numbers(ranges(text))
    sets = {s["name"]: {a["name"]: a for a in s["attributes"]} for s in spec["attribute-sets"]}
    for op, body in operations(spec, text, "TCP_MOBILITY", out):
        if ".validate" in body:
            out.append("%s: not validated strictly" % op["name"])
        policy = re.search(r"\.policy\s*= (\w+),", body)
        if not policy:
            out.append("%s: no policy" % op["name"])
            continue
        policy = policy.group(1)
        want = requests_of(op)
        if not want:
            out += differ("%s: policy" % op["name"], "no_policy", policy)
            continue
        maxattr = re.search(r"\.maxattr\s*= (\w+),", body).group(1)
        out += differ("%s: .maxattr" % op["name"],
                      "TCP_MOBILITY_A_%s_MAX" % c_name(op["attribute-set"]), maxattr)
        out += differ("%s: attributes that it takes" % op["name"],
                      sorted(c_name(n) for n in want), sorted(found[policy]))
        for name in want & set(sets[op["attribute-set"]]):
            how = found[policy].get(c_name(name))
            fit = how_of(sets[op["attribute-set"]][name], limits)
            if how not in fit:
                out.append("%s/%s: policy is %s, not %s" % (op["name"], name, how,
                                                           " or ".join(fit)))
    if re.search(r"NLA_POLICY_VALIDATE_FN\((?!NLA_BINARY)", text):
        out.append("a function validates a number: the kernel warns when it shows that policy")
    out += refusals_have_words(text)
    if re.search(r"^\s*\.resv_start_op", text, flags=re.M):
        out.append("family: .resv_start_op lets reserved fields pass")
    return out


def answers_agree(spec):
    """What the kernel puts into messages is what the spec lists, and all of it."""
    out = []
    text = code(NET + "attrs.c") + code(NET + "netlink.c")
    used = set(re.findall(r"\bA\((\w+)\)", text))
    tuples = {"LOCAL_ADDR", "ORIG_LOCAL_ADDR", "PREV_LOCAL_ADDR"}
    for name in list(used & tuples):
        start = name[:-len("LOCAL_ADDR")]
        used |= {start + x for x in ("LOCAL_PORT", "REMOTE_ADDR", "REMOTE_PORT")}
    used |= {"PAD"}
    conn = [s for s in spec["attribute-sets"] if s["name"] == "conn"][0]
    for a in conn["attributes"]:
        if c_name(a["name"]) not in used:
            out.append("conn/%s: nobody puts or reads it" % a["name"])
    put = set(re.findall(r"(?:nla_put\w*|put_u64|put_addr|put_tuple)\(\s*skb,\s*A\((\w+)\)", text))
    listed = {c_name(n) for o in spec["operations"]["list"] if o["attribute-set"] == "conn"
              for n in replies_of(o)}
    out += ["conn/%s: is put, and no answer has it" % n for n in sorted(put - listed)]
    for short, name in (("L", "limits"), ("V", "version")):
        want = {c_name(n) for o in spec["operations"]["list"] if o["attribute-set"] == name
                for n in replies_of(o)}
        got = set(re.findall(r"(?:\{ |nla_put\w*\(skb, )%s\((\w+)\)" % short, text))
        out += differ("answers of %s" % name, sorted(want), sorted(got))
    return out


def names_agree(spec):
    """Texts of the tracepoint and of nlprobe are the names of the spec."""
    out = []
    entries = {d["name"]: [e["name"] for e in d["entries"]] for d in spec["definitions"]}
    trace = read(NET + "trace.h")
    for name, prefix in (("event", "TCP_MOBILITY_EVENT_"), ("state", "TCP_MOBILITY_")):
        part = trace[trace.index("#define TCPMOB_TRACE_%sS" % name.upper()):]
        part = part[:part.index("EMe(") + 80]
        got = [text for const, text in re.findall(r'EMe?\((\w+),\s*"([^"]*)"\)', part)
               if const == prefix + c_name(text)]
        want = entries[name] if name == "state" else entries[name][1:]
        out += differ("trace.h: %ss" % name, want, got)
    probe = read("tests/prog/nlprobe.c")
    for name, array in (("state", "states"), ("event", "events"), ("cause", "causes"),
                        ("refusal", "refusals"), ("death", "deaths"), ("move", "moves"),
                        ("exchange", "exchanges")):
        body = re.search(r"const char \* const %s\[\] = \{(.*?)NULL" % array, probe,
                         flags=re.S).group(1)
        out += differ("nlprobe.c: %s" % array, entries[name], re.findall(r'"([^"]*)"', body))
    kinds = {"u8": "U8", "u16": "U16", "u32": "U32", "u64": "U64", "flag": "FLAG",
             "string": "STRING"}
    for s in spec["attribute-sets"]:
        short = {"conn": "C", "limits": "L", "stat": "S", "version": "V"}[s["name"]]
        got = dict((n, (text, k)) for n, text, k in
                   re.findall(r'\t%s\((\w+)\)\s*= \{ "([^"]*)", (\w+)' % short, probe))
        for a in s["attributes"]:
            if a["type"] == "pad":
                continue
            kind = "BE16" if a.get("byte-order") else kinds.get(a["type"])
            if a["type"] == "binary":
                kind = "ADDR" if a["name"].endswith("addr") else "HEX"
            out += differ("nlprobe.c: %s" % a["name"], (a["name"], kind),
                          got.get(c_name(a["name"])))
    return out


def counters_documented():
    """Each counter stands in the list of the user's page, with the same words."""
    listed = re.findall(r'\tX\((\w+),\s*(?:[^"]*?\s)?"([^"]*)"\)', read(NET + "mib.h"), flags=re.S)
    page = read("Documentation/tcp_mobility.rst")
    return ["%s: not in Documentation/tcp_mobility.rst like this: %s" % pair for pair in listed
            if not re.search(r"^%s +%s$" % (pair[0], re.escape(pair[1])), page, flags=re.M)]


def main():
    spec = yaml.safe_load(read(SPEC))
    print("TAP version 13")
    check("everything in the spec is described", documented(spec))
    check("the kernel's schema", schema(spec))
    check("what that would refuse is found", schema_finds(spec))
    check("the spec uses what it defines", references(spec))
    check("the uapi headers", header_agrees(spec))
    check("operations and policies", policy_agrees(spec))
    check("answers", answers_agree(spec))
    check("names for people", names_agree(spec))
    check("counters", counters_documented())
    print("1..%d" % cases)
    sys.exit(bool(failed))


if __name__ == "__main__":
    main()

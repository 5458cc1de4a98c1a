#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""python3-aioice as the peer of the module, its API worked by hand.

    hand_aioice.py controlling|controlled UFRAG PWD { TYPE ADDRESS PORT PRIORITY }...

The role is ours, all else the module's. Prints "local UFRAG PWD" and ADDRESS PORT
PRIORITY of each candidate, and "connected LOCAL PORT REMOTE PORT" once a pair is
nominated; then answers until it is killed.

    hand_aioice.py files

Prints the files that all of this needs, after two of them have met here.
"""
import asyncio
import os
import secrets
import sys

import aioice

PATIENCE = 30  # seconds


def connection(controlling, v6):
    c = aioice.Connection(ice_controlling=controlling, components=1,
                          use_ipv4=not v6, use_ipv6=v6)
    # 4 and 24 hex digits, as the option of M-ICE can carry them.
    c.local_username = secrets.token_hex(2)
    c.local_password = secrets.token_hex(12)
    return c


async def run(role, ufrag, pwd, *words):
    candidates = [words[i:i + 4] for i in range(0, len(words), 4)]
    c = connection(role == "controlling", ":" in words[1])
    await c.gather_candidates()
    told = ["local", c.local_username, c.local_password]
    for mine in c.local_candidates:
        told += [mine.host, str(mine.port), str(mine.priority)]
    print(*told, flush=True)
    c.remote_username, c.remote_password = ufrag, pwd
    for kind, host, port, priority in candidates:
        await c.add_remote_candidate(aioice.Candidate(
            "1", 1, "udp", int(priority), host, int(port), kind))
    await c.add_remote_candidate(None)
    await asyncio.wait_for(c.connect(), PATIENCE)
    pair = c._nominated[1]
    print("connected", *pair.local_addr[:2], *pair.remote_addr[:2], flush=True)
    await asyncio.sleep(3600)


async def files():
    a, b = connection(True, False), connection(False, False)
    await a.gather_candidates()
    await b.gather_candidates()
    for us, them in (a, b), (b, a):
        us.remote_username, us.remote_password = them.local_username, them.local_password
        for candidate in them.local_candidates:
            await us.add_remote_candidate(candidate)
        await us.add_remote_candidate(None)
    await asyncio.gather(a.connect(), b.connect())
    await a.close()
    await b.close()
    for module in list(sys.modules.values()):
        for name in "__file__", "__cached__":
            path = getattr(module, name, None)
            if path and os.path.exists(path):
                print(os.path.abspath(path))


asyncio.run(files() if sys.argv[1:] == ["files"] else run(*sys.argv[1:]))

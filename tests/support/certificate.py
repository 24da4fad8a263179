"""A certificate that vouches for itself, for servers on this machine."""

from __future__ import annotations

import pathlib
import ssl
import subprocess


def certificate(folder: pathlib.Path, *names: str) -> tuple[pathlib.Path, ssl.SSLContext]:
    """Its file, for clients to trust, and a server's context with it. Names as in "DNS:git.example", "IP:127.0.0.1"."""
    file, key = folder / "certificate.pem", folder / "key.pem"
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=git server"]
    command += ["-addext", f"subjectAltName={','.join(names)}", "-keyout", str(key), "-out", str(file)]
    subprocess.run(command, check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file, key)
    return file, context

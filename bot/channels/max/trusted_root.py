"""Makes the TLS context for MAX's host, which also trusts the root certificate of MAX's chain.

The file is the «Russian Trusted Root CA» of Минцифры (gosuslugi.ru/crt), which ordinary stores do not hold. Its SHA-256
is checked before it is used: D2:6D:2D:02:31:B7:C3:9F:92:CC:73:85:12:BA:54:10:35:19:E4:40:5D:68:B5:BD:70:3E:97:88:CA:8E:
CF:31. The root, not the issuer below it, is what is trusted: that one ends in March 2027.
"""

import hashlib
import ssl
from datetime import UTC, datetime
from pathlib import Path

import certifi

FILE = Path(__file__).with_name("russian_trusted_root_ca.pem")
FINGERPRINT = "d26d2d0231b7c39f92cc738512ba54103519e4405d68b5bd703e9788ca8ecf31"


def context() -> ssl.SSLContext:
    """Makes what a connection to MAX trusts. Raises ValueError where the file is not the certificate it should be."""
    trusted = ssl.create_default_context(cafile=certifi.where())
    trusted.load_verify_locations(cadata=_read())
    return trusted


def ends_at() -> datetime:
    """Gives the moment when the root certificate ends, UTC. Raises ValueError as `context` does."""
    alone = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    alone.load_verify_locations(cadata=_read())
    (certificate,) = alone.get_ca_certs()
    return datetime.fromtimestamp(ssl.cert_time_to_seconds(str(certificate["notAfter"])), UTC)


def _read() -> bytes:
    der = ssl.PEM_cert_to_DER_cert(FILE.read_text("ascii"))
    if hashlib.sha256(der).hexdigest() != FINGERPRINT:
        raise ValueError(f"{FILE.name} is another certificate")
    return der

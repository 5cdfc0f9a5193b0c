"""Keys, certificates and the bundles that model-signing's command does not write."""
import datetime
import sys

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


def save(name, data):
    with open(name, "wb") as f:
        f.write(data)


def private_pem(key):
    return key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())


def certify(name, key, issuer, by, ca):
    now = datetime.datetime.now(datetime.timezone.utc)
    names = [x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, n)]) for n in (name, issuer)]
    usage = dict.fromkeys(("content_commitment", "key_encipherment", "data_encipherment", "key_agreement", "crl_sign", "encipher_only", "decipher_only"), False)
    return (
        x509.CertificateBuilder()
        .subject_name(names[0])
        .issuer_name(names[1])
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=30))
        .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
        .add_extension(x509.KeyUsage(digital_signature=not ca, key_cert_sign=ca, **usage), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(by.public_key()), critical=False)
        .sign(by, hashes.SHA384())
        .public_bytes(serialization.Encoding.PEM)
    )


def key(curve, private, public):
    k = ec.generate_private_key(getattr(ec, curve)())
    save(private, private_pem(k))
    save(public, k.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo))


def certificate(folder):
    ca, leaf, other = (ec.generate_private_key(ec.SECP384R1()) for _ in range(3))
    save(folder + "/leaf.key", private_pem(leaf))
    save(folder + "/ca.pem", certify("ca", ca, "ca", ca, True))
    save(folder + "/leaf.pem", certify("leaf", leaf, "ca", ca, False))
    save(folder + "/other.pem", certify("ca", other, "ca", other, True))


def sign(how, private, model, signature):
    import model_signing

    config = model_signing.hashing.Config()
    if how == "shards":
        config.use_shard_serialization(shard_size=1000)
    else:
        config.use_file_serialization(hashing_algorithm=how)
    model_signing.signing.Config().use_elliptic_key_signer(private_key=private).set_hashing_config(config).sign(model, signature)


{"key": key, "certificate": certificate, "sign": sign}[sys.argv[1]](*sys.argv[2:])

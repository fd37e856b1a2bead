"""A small certificate authority, a wrong one, and servers' certificates."""
from support.process import run

CURVE = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes']


class Certificates:
    """Each is made once and kept; names are those of files without their ending."""

    def __init__(self, folder):
        self.folder = folder
        for name in ('authority', 'wrong_authority'):
            run('openssl', 'req', '-x509', *CURVE, '-days', 2, '-subj', f'/CN=culvert test {name}',
                '-addext', 'basicConstraints=critical,CA:TRUE', '-keyout', self.key(name),
                '-out', self.certificate(name))

    def certificate(self, name):
        return self.folder / f'{name}.crt'

    def key(self, name):
        return self.folder / f'{name}.key'

    def text(self, name):
        return self.certificate(name).read_text()

    def server(self, name, authority='authority'):
        """(certificate, key) of a server of that name or address."""
        stem = f'{name}-of-{authority}'
        if not self.certificate(stem).exists():
            request, extension = self.folder / f'{stem}.csr', self.folder / f'{stem}.ext'
            kind = 'IP' if name.replace('.', '').isdigit() else 'DNS'
            extension.write_text(f'subjectAltName={kind}:{name}\n')
            run('openssl', 'req', '-new', *CURVE, '-subj', f'/CN={name}', '-keyout',
                self.key(stem), '-out', request)
            run('openssl', 'x509', '-req', '-days', 2, '-in', request, '-CA',
                self.certificate(authority), '-CAkey', self.key(authority), '-CAcreateserial',
                '-extfile', extension, '-out', self.certificate(stem))
        return self.certificate(stem), self.key(stem)

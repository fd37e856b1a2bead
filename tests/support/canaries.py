"""Texts that must be found nowhere, and the search for them: as they are, in hexadecimal, and in
base64 at any alignment."""
import base64
import os
import secrets

CHUNK = 4 << 20


def new(label):
    """Letters and digits, so that no quoting changes it on its way."""
    return f'canary{label}{secrets.token_hex(12)}'


def forms(text):
    """name of the form -> bytes to look for."""
    raw = text.encode()
    found = {'raw': raw, 'hex': raw.hex().encode(), 'HEX': raw.hex().upper().encode(),
             'reversed': raw[::-1], 'wide': text.encode('utf-16-le')}
    for offset in range(3):
        coded = base64.b64encode(b'\0' * offset + raw)
        # The first and last letters mix with the neighbours' bits.
        start = (0, 2, 3)[offset]
        found[f'base64 at {offset}'] = coded[start:len(coded) - 4]
    return found


def found_in(data, canaries):
    """(label, form) of all that is in there."""
    return {(label, form) for label, text in canaries.items()
            for form, needle in forms(text).items() if needle in data}


def data_of(path):
    """A file's bytes in chunks that overlap; holes of sparse files are left out."""
    with open(path, 'rb') as file:
        end = os.fstat(file.fileno()).st_size
        at = 0
        while at < end:
            try:
                at = os.lseek(file.fileno(), at, os.SEEK_DATA)
            except OSError:
                return
            hole = os.lseek(file.fileno(), at, os.SEEK_HOLE)
            while at < hole:
                file.seek(at)
                yield file.read(min(CHUNK + 4096, hole - at))
                at += CHUNK
            at = hole


def found_in_files(paths, canaries):
    """(file's name, label, form) of all that is in these files."""
    found = set()
    for path in paths:
        for data in data_of(path):
            found |= {(path.name, *what) for what in found_in(data, canaries)}
    return found


def files_under(folder):
    return [path for path in sorted(folder.rglob('*')) if path.is_file()]

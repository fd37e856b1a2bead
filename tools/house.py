"""What the house checks share: the tree's files, C text without comments, the verdict.

A check is a program `check-NAME [ROOT]`: it prints `file:line: message (rule)` for each
breach and exits 1 when there is one. ROOT is for tools/test-checks, which plants breaches.
"""
import os
import re
import sys

ROOT = os.path.abspath(sys.argv[1] if len(sys.argv) > 1
                       else os.path.join(os.path.dirname(__file__), '..'))
breaches = []


def files(folders, endings):
    """Paths relative to the root, sorted."""
    found = []
    for folder in folders:
        for at, folders_below, names in os.walk(os.path.join(ROOT, folder)):
            folders_below[:] = [name for name in folders_below if not name.startswith('__')]
            found += [os.path.relpath(os.path.join(at, name), ROOT)
                      for name in names if name.endswith(endings)]
    return sorted(found)


def read(path):
    with open(os.path.join(ROOT, path), encoding='utf-8') as file:
        return file.read()


def settings(path):
    """Words of each line of a settings file, without comments."""
    lines = (line.partition('#')[0].split() for line in read(path).splitlines())
    return [words for words in lines if words]


TOKENS = re.compile(r'//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'',
                    re.DOTALL)


def code_of(path):
    """C text with comments and literals blanked out; line numbers stay."""
    def blank(match):
        return re.sub(r'[^\n]', ' ', match.group())
    return TOKENS.sub(blank, read(path))


def line_of(text, offset):
    return text.count('\n', 0, offset) + 1


def breach(path, line, message, rule):
    breaches.append(f'{path}:{line}: {message} ({rule})')


def verdict():
    for text in breaches:
        print(text)
    sys.exit(1 if breaches else 0)

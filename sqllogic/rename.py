"""The same file with other names and other spellings of constants: its results stay valid.

Tables, views, indexes and columns that the file itself makes get names drawn by a seed. Whole
numbers and texts are written otherwise (44 as 0044 or as a sum, 'ab' as E'ab'), so that nothing
can depend on the text of a statement.
"""
import random
import re
import string

# Names of a definition, in the order in which they are looked for.
TABLE = re.compile(r'\bCREATE\s+(?:TEMP(?:ORARY)?\s+)?TABLE\s+(?:IF\s+NOT\s+EXISTS\s+)?(\w+)\s*\('
                   r'(.*)\)', re.IGNORECASE | re.DOTALL)
OTHER = re.compile(r'\bCREATE\s+(?:OR\s+REPLACE\s+)?(?:TEMP(?:ORARY)?\s+)?(?:UNIQUE\s+)?'
                   r'(?:VIEW|INDEX|TRIGGER)\s+(\w+)', re.IGNORECASE)
CONSTRAINTS = {'primary', 'unique', 'check', 'foreign', 'constraint', 'exclude', 'like'}
TOKENS = re.compile(r"(?P<string>[EeXxBbUu]?&?'(?:[^']|'')*')|(?P<quoted>\"(?:[^\"]|\"\")*\")|"
                    r'(?P<comment>--[^\n]*|/\*.*?\*/)|(?P<word>[A-Za-z_][A-Za-z_0-9$]*)|'
                    r'(?P<number>\d+(?:\.\d*)?(?:[eE][+-]?\d+)?|\.\d+)|'
                    r'(?P<other>.)', re.DOTALL)


def split_top(text):
    """At commas that are in no parentheses."""
    depth, start, parts = 0, 0, []
    for at, letter in enumerate(text):
        depth += (letter == '(') - (letter == ')')
        if letter == ',' and depth == 0:
            parts.append(text[start:at])
            start = at + 1
    return [*parts, text[start:]]


def names_defined(sql):
    match = TABLE.search(sql)
    if match:
        columns = [re.match(r'\s*(\w+)', part) for part in split_top(match.group(2))]
        return [match.group(1)] + [column.group(1) for column in columns
                                   if column and column.group(1).lower() not in CONSTRAINTS]
    return OTHER.findall(sql)


class Renamer:
    def __init__(self, seed):
        self.seed = seed

    def rename(self, content):
        text = content.decode('utf-8', 'surrogateescape').replace('\r\n', '\n')
        chosen = random.Random(self.seed)
        names = self.choose_names(text, chosen)
        out, in_sql = [], False
        block = []
        for line in text.split('\n'):
            if in_sql and (line.strip() == '' or line == '----'):
                out.append(self.rewrite('\n'.join(block), names, chosen))
                block, in_sql = [], False
            if in_sql:
                block.append(line)
                continue
            out.append(line)
            in_sql = line.startswith(('statement ', 'query '))
        if block:
            out.append(self.rewrite('\n'.join(block), names, chosen))
        return '\n'.join(out).encode('utf-8', 'surrogateescape')

    @staticmethod
    def choose_names(text, chosen):
        names = {}
        for sql in re.findall(r'^statement ok\n((?:.+\n)+)', text, re.MULTILINE):
            for name in names_defined(sql) if 'CREATE' in sql[:200].upper() else ():
                if name.lower() not in names:
                    letters = ''.join(chosen.choices(string.ascii_lowercase, k=6))
                    names[name.lower()] = f'{letters}_{len(names)}'
        return names

    @staticmethod
    def respell_number(number, after, chosen):
        if not number.isdigit() or len(number) > 9:
            return number
        if after in ('<', '>', '=') and chosen.random() < 0.5:
            part = chosen.randint(0, int(number))
            return f'({part} + {int(number) - part})'
        return '0' * chosen.randint(0, 2) + number

    def rewrite(self, sql, names, chosen):
        out, after = [], ''
        for match in TOKENS.finditer(sql):
            kind, token = match.lastgroup, match.group()
            if kind == 'word':
                out.append(names.get(token.lower(), token))
            elif kind == 'number':
                out.append(self.respell_number(token, after, chosen))
            elif kind == 'string' and token[0] == "'" and '\\' not in token:
                out.append(('E' if chosen.random() < 0.5 else '') + token)
            else:
                out.append(token)
            if not token.isspace():
                after = token
        return ''.join(out)

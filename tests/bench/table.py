"""Rows of figures beside a peer's: repetitions, medians, ratios, and the Markdown table."""
import statistics
import sys
import time
from dataclasses import dataclass, field


@dataclass
class Figure:
    """One measurement. `result` is what the measured thing answered: both sides must agree
    on it, or no ratio is printed. `processor` is the server's time for one piece, in us."""
    value: float
    result: object = None
    processor: float | None = None


@dataclass
class Goal:
    """Of the ratio, or of our figure itself."""
    sign: str
    number: float
    unit: str = ''

    def __str__(self):
        return f'{self.sign} {self.number:g}{" " + self.unit if self.unit else ""}'

    def is_met(self, ratio, ours):
        value = ours if self.unit else ratio
        return value >= self.number if self.sign == '>=' else value <= self.number


@dataclass
class Row:
    name: str
    peer_name: str
    unit: str
    goal: Goal | None
    peer: list = field(default_factory=list)
    ours: list = field(default_factory=list)
    trouble: str = ''

    def ratio(self):
        return middle(self.ours) / middle(self.peer)

    def verdict(self):
        if self.goal is None:
            return '-', '-'
        is_met = self.goal.is_met(self.ratio(), middle(self.ours))
        return str(self.goal), 'met' if is_met else 'missed'

    def cells(self):
        if self.trouble:
            goal = '-' if self.goal is None else str(self.goal)
            return [self.name, self.peer_name, '-', '-', '-', goal, self.trouble]
        return [self.name, self.peer_name, spread(self.peer, self.unit),
                spread(self.ours, self.unit), f'{self.ratio():.2f}', *self.verdict()]

    def processor_cells(self):
        peer, ours = ([figure.processor for figure in side] for side in (self.peer, self.ours))
        if self.trouble or not peer or None in peer + ours:
            return None
        peer, ours = statistics.median(peer), statistics.median(ours)
        return [self.name, f'{peer:.1f}', f'{ours:.1f}', f'{ours / peer:.2f}']


def middle(figures):
    return statistics.median(figure.value for figure in figures)


def number(value):
    if value >= 1000:
        return f'{value:,.0f}'
    return f'{value:.0f}' if value >= 100 else f'{value:.3g}'


def spread(figures, unit):
    values = [figure.value for figure in figures]
    text = f'{number(middle(figures))} {unit}'
    if len(values) > 1:
        text += f' [{number(min(values))}-{number(max(values))}]'
    return text


def must_agree(rows):
    for row in rows:
        peer, ours = row.peer[-1].result, row.ours[-1].result
        if peer != ours:
            raise AssertionError(f'results differ: the peer has {peer!r}, we have {ours!r}')


def markdown(titles, rows):
    lines = ['| ' + ' | '.join(titles) + ' |', '|' + '---|' * len(titles)]
    return '\n'.join(lines + ['| ' + ' | '.join(row) + ' |' for row in rows]) + '\n'


class Table:
    """Rows in the order in which they were measured. `chosen` is a part of their names."""

    def __init__(self, repetitions, chosen=''):
        self.repetitions, self.chosen = repetitions, chosen
        self.rows, self.notes, self.is_broken = [], [], False
        self.start = time.monotonic()

    def wants(self, name):
        return self.chosen in name

    def compare(self, name, peer_name, unit, peer, ours, goal=None):
        """Calls `peer` and `ours`, which give a Figure, in turn."""
        self.compare_parts([(name, goal)], peer_name, unit, lambda: [peer()], lambda: [ours()])

    def compare_parts(self, parts, peer_name, unit, peer, ours):
        """The same for measurements that give a list of Figures at once, a row for each:
        `parts` are (name, goal). Whoever was second begins the next repetition. What goes
        wrong becomes the rows' text, and later rows go on."""
        rows = [Row(name, peer_name, unit, goal) for name, goal in parts]
        if not any(self.wants(row.name) for row in rows):
            return
        try:
            for repetition in range(self.repetitions):
                turns = [(peer, 'peer'), (ours, 'ours')]
                for measure, side in turns if repetition % 2 == 0 else reversed(turns):
                    for row, figure in zip(rows, measure(), strict=True):
                        getattr(row, side).append(figure)
                must_agree(rows)
        except Exception as error:  # pylint: disable=broad-except
            for row in rows:
                row.trouble = 'failed: ' + ' '.join(str(error).split())[-300:].replace('|', '/')
        for row in rows:
            self.add(row)

    def add(self, row):
        self.rows.append(row)
        cells = row.cells()
        text = cells[6] if row.trouble else (f'peer {cells[2]}, ours {cells[3]}, ratio {cells[4]}'
                                            f', goal {cells[5]} {cells[6].strip("-")}')
        self.say(f'{row.name} ({row.peer_name}): {text}')

    def note(self, text):
        self.notes.append(text)
        self.say(text)

    def fail(self, what, error):
        """For what several rows would have needed."""
        self.is_broken = True
        self.note(f'failed: {what}: {" ".join(str(error).split())[-600:]}')

    def say(self, text):
        print(f'[{time.monotonic() - self.start:5.0f} s] {text}', file=sys.stderr, flush=True)

    def has_failed(self):
        return self.is_broken or any(row.trouble for row in self.rows)

    def text(self, heading):
        parts = [heading, markdown(
            ['row', 'peer', "peer's figure", 'ours', 'ratio ours / peer', 'goal', ''],
            [row.cells() for row in self.rows])]
        processor = [cells for cells in map(Row.processor_cells, self.rows) if cells]
        if processor:
            parts.append('Processor time of the server, in microseconds for each transaction:\n')
            parts.append(markdown(['row', 'peer', 'ours', 'ratio'], processor))
        parts += [f'Note: {note}\n' for note in self.notes]
        return '\n'.join(parts)

#!/usr/bin/python3 -B
"""make bench: Culvert beside its peers, which this starts itself, in one run. Prints a line
for each row as it is done, and the table, which it also writes to build/bench/table.md.
Nothing here passes or fails by a time; status 1 means that a row could not be measured."""
import argparse
import datetime
import os
import resource
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from bench.programs import FOLDER  # noqa: E402
from bench.sql_rows import measure_sql  # noqa: E402
from bench.table import Table  # noqa: E402
from bench.tunnel_rows import measure_tunnels  # noqa: E402
from support import places  # noqa: E402


def arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--quick', action='store_true',
                        help='20 s: does everything work? Its figures mean nothing')
    parser.add_argument('--even', action='store_true',
                        help='a second PostgreSQL instead of Culvert: how even are the sides?')
    parser.add_argument('--only', choices=('sql', 'tunnels'))
    parser.add_argument('--row', default='', metavar='TEXT',
                        help='only rows whose names have this text in them')
    parser.add_argument('--repetitions', type=int, help='3 by default, 1 with --quick')
    return parser.parse_args()


def processor_name():
    with open('/proc/cpuinfo', encoding='ascii', errors='replace') as file:
        for line in file:
            if line.startswith('model name'):
                return line.partition(':')[2].strip()
    return os.uname().machine


def heading(quick, load_before):
    now = datetime.datetime.now().strftime('%Y-%m-%d %H:%M')
    text = (f'{now}, {len(os.sched_getaffinity(0))} cores of {processor_name()}, Linux '
            f'{os.uname().release}, load {load_before:.1f} before the run. Medians '
            f'[least-most].\n')
    return '**A smoke run: these figures mean nothing.**\n\n' + text if quick else text


def main():
    options = arguments()
    load_before = os.getloadavg()[0]
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, min(hard, 8192)), hard))
    table = Table(options.repetitions or (1 if options.quick else 3), options.row)
    parts = {'tunnels': lambda: measure_tunnels(table, options.quick),
             'sql': lambda: measure_sql(table, options.quick, options.even)}
    try:
        for name, measure in parts.items():
            if options.only in (None, name):
                try:
                    measure()
                except Exception as error:  # pylint: disable=broad-except
                    table.fail(name, error)
    finally:
        places.remove_root()
        text = table.text(heading(options.quick, load_before))
        FOLDER.mkdir(parents=True, exist_ok=True)
        (FOLDER / 'table.md').write_text(text)
        print(text)
    return 1 if table.has_failed() else 0


if __name__ == '__main__':
    sys.exit(main())

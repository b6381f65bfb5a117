#!/usr/bin/env bash
# Counts the instructions of warm pages with callgrind and holds them against benches/instructions.txt:
# one that differs by more than 3 % ends with 1. `--write` writes them down instead.
#
# Needs valgrind. The counts belong to the compiler that is named beside them.
set -euo pipefail
cd "$(dirname "$0")/.."

kept=benches/instructions.txt
counted=$(mktemp -d)
trap 'rm -rf "$counted"' EXIT

program=$(cargo bench --locked --bench instructions --no-run --message-format=json 2>/dev/null |
    sed -n 's/.*"executable":"\([^"]*instructions[^"]*\)".*/\1/p' | tail -n 1)
[ -x "$program" ] || { echo "the bench instructions was not built: cargo bench --bench instructions --no-run"; exit 1; }

times=$(valgrind --tool=callgrind --callgrind-out-file="$counted/out" \
    --toggle-collect='instructions::warm_*' "$program" 2>"$counted/log" | sed -n 's/ of each//p') ||
    { cat "$counted/log"; exit 1; }

{
    rustc --version
    callgrind_annotate --inclusive=yes --threshold=100 "$counted/out" |
        sed -nE 's/^ *([0-9,]+) .*:instructions::(warm_[a-z_]+).*/\1 \2/p' | tr -d , |
        sort -u -k2,2 | awk -v times="$times" '{ printf "%s %d\n", $2, $1 / times }'
} >"$counted/now"

if [ "${1:-}" = --write ]; then
    cp "$counted/now" "$kept"
    cat "$kept"
    exit
fi
[ "$(head -n 1 "$kept")" = "$(head -n 1 "$counted/now")" ] ||
    echo "another compiler than $(head -n 1 "$kept"): what differs may be its doing"
join -j 1 <(tail -n +2 "$kept" | sort) <(tail -n +2 "$counted/now" | sort) | awk '
    { ratio = $3 / $2; printf "%s: %d instructions, %d before (%+.1f %%)\n", $1, $3, $2, 100 * (ratio - 1)
      if (ratio > 1.03 || ratio < 0.97) differs = 1; seen++ }
    END { if (seen != 3) { print "three pages were to be counted, not " seen + 0; exit 1 }
          if (differs) print "a page differs by more than 3 %: find out why, or write the counts down with --write"
          exit differs }'
